"""One outcome up the ladder: every expression on every rung.

It is asked at once, and of the last two rungs late too: of all faces half a minute, a minute and two before
the count. Late questions take a smaller part of the chance of error (`FOR_LATE`): most of what a face does
comes within its minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import FormatError
from telltale.host.added import fit_added
from telltale.host.correlation import Correlations, correlate
from telltale.host.estimate import Estimates, estimates
from telltale.host.glm import GlmFit, fit_glm, jackknife
from telltale.host.rungs import RUNGS, TOGETHER, Design, Ladder
from telltale.host.shown import Array, Codes

FOR_LATE: Final = 0.2
"""Part of the chance of error that all late questions together may use."""
LATE: Final = (0.5, 1.0, 2.0)
"""Minutes before the count."""
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
    ols: Estimates
    full: Design
    fit: GlmFit
    """Of the last rung."""


def asked_p(once: Array, late: Sequence[Array]) -> Array:
    """What is corrected together, shape (E + E lags,): at once first, then lag by lag, shapes (E,) each.

    p over a weight of 1 on average (Genovese, Roeder & Wasserman 2006).

    >>> asked_p(np.array([0.008]), [np.array([0.01])]).round(4).tolist()
    [0.005, 0.025]
    """
    if not late:
        return once
    lags = len(late)
    weights = (1 - FOR_LATE) * (1 + lags), FOR_LATE * (1 + lags) / lags
    found: Array = np.concatenate([once / weights[0], *(p / weights[1] for p in late)])
    return np.minimum(found, 1.0)


def lags_of(ladder: Ladder) -> tuple[float, ...]:
    """How late is asked about, in seconds; nothing where points are too long."""
    return tuple(late * ladder.minute_s for late in LATE if late * ladder.minute_s <= REACH_S)


def late_p(ladder: Ladder, outcome: str) -> tuple[Array, Array]:
    """p of each expression on the last two rungs of a late ladder, shapes (E,); NaN of too few points."""
    try:
        before, within = (ladder.design(outcome, rung) for rung in TOGETHER)
        return _fine(before), _fine(within)
    except FormatError:
        nothing = np.full(len(ladder.asked.names), np.nan)
        return nothing, nothing


def _fine(asked: Design) -> Array:
    return together(fit_design(asked, cluster=asked.fine), asked, 0.95).p


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
    return Climb(outcome, correlation, tuple(rungs), tuple(p), _ols(asked, level), asked, fit)


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


def _ols(asked: Design, level: float) -> Estimates:
    """Rates by least squares, each point weighing what it was exposed; as a share of the mean rate."""
    exposure = np.exp(asked.offset - asked.offset.mean())
    mean = asked.y.sum() / exposure.sum()
    fit = fit_glm(
        asked.together, asked.y / exposure, kind="ols", weight=exposure, cluster=asked.cluster,
        group=asked.group,
    )  # fmt: skip
    return together(fit, asked, level, scale=1 / mean)
