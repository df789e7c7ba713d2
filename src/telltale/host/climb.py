"""One outcome up the ladder: every expression on every rung, at once and a minute or two before the count.

What comes late is asked beside what shows at once, and only of the last two rungs. It takes a smaller part of
the chance of error (`FOR_LATE`): most of what a face does comes within its minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.host.added import fit_added
from telltale.host.correlation import Correlations, correlate
from telltale.host.estimate import Estimates, estimates
from telltale.host.glm import GlmFit, fit_glm, jackknife
from telltale.host.rungs import RUNGS, TOGETHER, Design, Ladder
from telltale.host.shown import Array, Codes

FOR_LATE: Final = 0.2
"""Part of the chance of error that all late questions together may use."""
REACH_S: Final = 120.0
"""What comes later than this is not asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """One outcome, all expressions at once."""

    outcome: str
    correlation: Correlations
    rungs: tuple[Estimates, ...]
    p: tuple[Array, ...]
    """By rung, shape (E,): what is corrected."""
    late_p: dict[float, tuple[Array, Array]]
    """By lag in seconds: of the last two rungs, shapes (E,)."""
    ols: Estimates
    full: Design
    fit: GlmFit
    """Of the last rung."""

    def asked_p(self, rung: int) -> Array:
        """What is corrected together, shape (E,), or (E + E lags,) on the last two rungs.

        p over a weight of 1 on average (Genovese, Roeder & Wasserman 2006): at once first, then lag by lag.
        """
        if not self.late_p or RUNGS[rung] not in TOGETHER:
            return self.p[rung]
        lags = len(self.late_p)
        late = [both[rung - len(RUNGS)] for both in self.late_p.values()]
        once, other = (1 - FOR_LATE) * (1 + lags), FOR_LATE * (1 + lags) / lags
        found: Array = np.minimum(np.concatenate([self.p[rung] / once, *(p / other for p in late)]), 1.0)
        return found


def lags_of(ladder: Ladder) -> tuple[float, ...]:
    """How late is asked about, in seconds: one and two minutes; nothing where points are too long."""
    return tuple(lag for lag in (ladder.minute_s, 2 * ladder.minute_s) if lag <= REACH_S)


def climb(ladder: Ladder, outcome: str, level: float) -> Climb:
    """Ask about one outcome."""
    rungs: list[Estimates] = []
    p: list[Array] = []
    for rung in RUNGS:
        asked = ladder.design(outcome, rung)
        if rung == "alone":
            rate = asked.y / ladder.points.minutes[asked.rows]
            correlation = correlate(asked.shares, rate, asked.cluster, level)
        if rung in TOGETHER:
            fit = fit_design(asked)
            rungs.append(together(fit, asked, level))
            p.append(together(fit, asked, level, cluster=asked.fine).p)
        else:
            base = fit_glm(
                asked.controls, asked.y, offset=asked.offset, weight=asked.weight, cluster=asked.cluster
            )
            value, error = fit_added(base, asked.controls, asked.y, asked.offset, asked.shares, asked.weight)
            rungs.append(estimates(value, error, base.freedom, level))
            p.append(rungs[-1].p)
    return Climb(
        outcome, correlation, tuple(rungs), tuple(p), _late(ladder, outcome), _ols(asked, level), asked, fit
    )


def fit_design(asked: Design, kind: str = "poisson", cluster: Codes | None = None) -> GlmFit:
    """All expressions together."""
    return fit_glm(
        asked.together, asked.y, kind="negbin" if kind == "negbin" else "poisson", offset=asked.offset,
        weight=asked.weight if kind == "poisson" else None,
        cluster=asked.cluster if cluster is None else cluster, group=asked.group,
    )  # fmt: skip


def together(
    fit: GlmFit, asked: Design, level: float, *, scale: float = 1.0, cluster: Codes | None = None
) -> Estimates:
    """The expressions' own coefficients, errors by the jackknife."""
    own = slice(-asked.shares.shape[1], None)
    error = np.sqrt(np.diag(jackknife(fit, asked.together, cluster)))[own]
    freedom = fit.freedom if cluster is None else len(np.unique(cluster[fit.rows])) - 1
    return estimates(scale * fit.beta[own], scale * error, freedom, level)


def _late(ladder: Ladder, outcome: str) -> dict[float, tuple[Array, Array]]:
    """p of what showed earlier, one expression at a time, all that shows at once in the design."""
    lags, found = lags_of(ladder), []
    if not lags:
        return {}
    earlier = np.column_stack([ladder.seen(lag) for lag in lags])
    for rung in TOGETHER:
        asked = ladder.design(outcome, rung, earlier)
        base = fit_design(asked, cluster=asked.fine)
        value, error = fit_added(base, asked.together, asked.y, asked.offset, asked.extra, asked.weight)
        found.append(np.split(estimates(value, error, base.freedom).p, len(lags)))
    return {lag: (found[0][k], found[1][k]) for k, lag in enumerate(lags)}


def _ols(asked: Design, level: float) -> Estimates:
    """Rates by least squares, each point weighing what it was exposed; as a share of the mean rate."""
    exposure = np.exp(asked.offset - asked.offset.mean())
    mean = asked.y.sum() / exposure.sum()
    fit = fit_glm(
        asked.together, asked.y / exposure, kind="ols", weight=exposure, cluster=asked.cluster,
        group=asked.group,
    )  # fmt: skip
    return together(fit, asked, level, scale=1 / mean)
