"""Which expressions come with sales, and which of it survives.

    every expression x outcome > correlation > the ladder (rungs.py), errors by jackknife > q (families.py)
    candidates (q low on one of the last two rungs) > checks (placebo.py, permute.py, wild.py) > a verdict

Two questions are kept apart. Could chance alone have done this in these broadcasts? That is asked 28 times an
outcome, so it is corrected (q), and where hosts are few broadcasts are its clusters: with G hosts the wild
bootstrap's p cannot fall far under 2^-G, and with ten hardly an answer could ever be told. And does it hold
from host to host? That is asked of what is left, by intervals and the wild bootstrap over hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.core.settings import not_share, not_whole
from telltale.core.threads import one_thread
from telltale.host import permute, placebo, wild
from telltale.host.correlation import Correlations, correlate
from telltale.host.driver import Answer, Checks, DriverStudy, Step
from telltale.host.estimate import Estimate, Estimates, estimates
from telltale.host.families import over_families
from telltale.host.glm import GlmFit, fit_added, fit_glm, jackknife
from telltale.host.points import COUNTS, HostPoints
from telltale.host.rungs import RUNGS, TOGETHER, Design, Ladder
from telltale.host.shown import Array, Codes
from telltale.host.verdict import ALPHA, LONGEST_S, judge, with_kin

_BEFORE: Final = RUNGS.index("before")


@one_thread()
def find_drivers(
    points: HostPoints,
    outcomes: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    permutations: int = permute.DRAWS,
    bootstraps: int = wild.DRAWS,
) -> DriverStudy:
    """Ask of every expression what comes with it.

    Parameters
    ----------
    outcomes
        Of the study's counts; all of them if not given.
    permutations, bootstraps
        Draws of the two checks that draw.
    """
    names = (
        tuple(outcomes) if outcomes is not None else tuple(name for name in COUNTS if name in points.counts)
    )
    _check(points, names, level, seed, permutations, bootstraps)
    ladder = Ladder(points)
    climbs: dict[str, _Climb] = {}
    refused: dict[str, str] = {}
    for outcome in names:
        try:
            climbs[outcome] = _climb(ladder, outcome, level)
        except FormatError as error:
            refused[outcome] = str(error)
    if not climbs:
        raise FormatError(f"nothing can be asked of this study: {next(iter(refused.values()))}")
    q = np.stack(
        [over_families(np.array([climb.p[r] for climb in climbs.values()])) for r in range(len(RUNGS))],
        axis=1,
    )
    answers: list[Answer] = []
    theta = {}
    for climb, corrected in zip(climbs.values(), q, strict=True):
        chosen = np.flatnonzero((corrected[_BEFORE:] <= ALPHA).any(axis=0)).tolist()
        beside = _negbin(climb.full, level) if chosen else None
        if beside is not None:
            theta[climb.outcome] = beside[1]
        checks: dict[int, Checks] = {}
        if chosen:
            later = _later(ladder, climb.outcome, level)
            checks = {
                k: _checks(ladder, climb, k, later[k], level, seed, permutations, bootstraps) for k in chosen
            }
        answers += [
            _answer(
                ladder, climb, k, corrected[:, k], None if beside is None else beside[0][k], checks.get(k)
            )
            for k in range(len(ladder.asked.names))
        ]
    return DriverStudy(
        tuple(with_kin(answers)), tuple(climbs), refused,
        {name: climb.full.notes for name, climb in climbs.items()},
        {name: len(climb.full) for name, climb in climbs.items()},
        theta, len(np.unique(ladder.cluster)), ladder.clustered_by, len(np.unique(points.host)),
        len(np.unique(points.room)), level, seed, points.simulated,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Climb:
    """One outcome, all expressions at once."""

    outcome: str
    correlation: Correlations
    rungs: tuple[Estimates, ...]
    p: tuple[Array, ...]
    """By rung: what is corrected."""
    ols: Estimates
    full: Design
    fit: GlmFit
    """Of the last rung."""


def _check(
    points: HostPoints, names: tuple[str, ...], level: float, seed: int, permutations: int, bootstraps: int
) -> None:
    faults = not_share(level=level) + not_whole(199, permutations=permutations, bootstraps=bootstraps)
    faults += not_whole(0, seed=seed)
    there = ", ".join(points.counts) or "none"
    faults += [
        f"no outcome {name!r} in this study (there are: {there})"
        for name in names
        if name not in points.counts
    ]
    if not names:
        faults.append("no outcome to ask about")
    if faults:
        raise ConfigError("; ".join(faults), hint="mend these")


def _climb(ladder: Ladder, outcome: str, level: float) -> _Climb:
    rungs: list[Estimates] = []
    p: list[Array] = []
    for rung in RUNGS:
        asked = ladder.design(outcome, rung)
        if rung == "alone":
            rate = asked.y / ladder.points.minutes[asked.rows]
            correlation = correlate(asked.shares, rate, asked.cluster, level)
        if rung in TOGETHER:
            fit = fit_glm(asked.together, asked.y, offset=asked.offset, cluster=asked.cluster)
            rungs.append(_together(fit, asked.together, asked, level))
            p.append(_together(fit, asked.together, asked, level, cluster=asked.fine).p)
        else:
            base = fit_glm(asked.controls, asked.y, offset=asked.offset, cluster=asked.cluster)
            rows, x = base.rows, asked.controls[np.ix_(base.rows, base.kept)]
            value, error = fit_added(base, x, asked.y[rows], asked.offset[rows], asked.shares[rows])
            rungs.append(estimates(value, error, base.freedom, level))
            p.append(rungs[-1].p)
    return _Climb(outcome, correlation, tuple(rungs), tuple(p), _ols(asked, level), asked, fit)


def _together(
    fit: GlmFit, x: Array, asked: Design, level: float, *, scale: float = 1.0, cluster: Codes | None = None
) -> Estimates:
    """The expressions' own coefficients, errors by the jackknife."""
    own = slice(-asked.shares.shape[1], None)
    error = np.sqrt(np.diag(jackknife(fit, x, cluster)))[own]
    freedom = fit.freedom if cluster is None else len(np.unique(cluster[fit.rows])) - 1
    return estimates(scale * fit.beta[own], scale * error, freedom, level)


def _ols(asked: Design, level: float) -> Estimates:
    """Rates by least squares, each point weighing what it was exposed; as a share of the mean rate."""
    exposure = np.exp(asked.offset - asked.offset.mean())
    mean = asked.y.sum() / exposure.sum()
    x = asked.together
    fit = fit_glm(x, asked.y / exposure, kind="ols", weight=exposure, cluster=asked.cluster)
    return _together(fit, x, asked, level, scale=1 / mean)


def _negbin(asked: Design, level: float) -> tuple[Estimates, float] | None:
    """The same by negative binomial, and its theta; None for amounts."""
    if (asked.y != np.round(asked.y)).any():
        return None
    x = asked.together
    fit = fit_glm(x, asked.y, kind="negbin", offset=asked.offset, cluster=asked.cluster)
    return _together(fit, x, asked, level), fit.theta


def _checks(
    ladder: Ladder,
    climb: _Climb,
    k: int,
    later: Estimate,
    level: float,
    seed: int,
    permutations: int,
    bootstraps: int,
) -> Checks:
    asked, outcome = climb.full, climb.outcome
    column = asked.controls.shape[1] + k
    return Checks(
        later,
        _or_unknown(lambda: placebo.around(ladder, outcome, k, level)),
        _or_unknown(lambda: placebo.shifted(ladder, outcome, k, level)),
        _or_unknown(lambda: placebo.nearby(ladder, outcome, k, level)),
        permute.permutation_p(asked, k, ladder.points.host[asked.rows], draws=permutations, seed=seed),
        float(wild.wild_p(climb.fit, asked.together, asked.y, [column], draws=bootstraps, seed=seed)[0]),
    )


def _later(ladder: Ladder, outcome: str, level: float) -> Estimates:
    """The check of later faces for every expression; not known where there are too few points."""
    try:
        return placebo.later(ladder, outcome, level)
    except FormatError:
        nothing = np.full(len(ladder.asked.names), np.nan)
        return Estimates(nothing, nothing, nothing, nothing)


def _or_unknown(check: Callable[[], Estimate]) -> Estimate:
    """A check; what it has too few points for is not known, and what is not known sinks (`verdict.py`)."""
    try:
        return check()
    except FormatError:
        return Estimate(*(float("nan"),) * 4)


def _answer(
    ladder: Ladder, climb: _Climb, k: int, q: Array, negbin: Estimate | None, checks: Checks | None
) -> Answer:
    r = climb.correlation
    correlation = Estimate(*(float(part[k]) for part in (r.r, r.low, r.high, r.p)))
    steps = tuple(
        Step(rung, climb.rungs[i][k], float(climb.p[i][k]), float(q[i])) for i, rung in enumerate(RUNGS)
    )
    verdict, reasons, gone_at = judge(steps, checks, coarse=ladder.points.step_s > LONGEST_S)
    return Answer(
        climb.outcome, ladder.asked.names[k], float(ladder.asked.mean[k]), float(ladder.asked.sd[k]),
        correlation, steps, negbin, climb.ols[k], checks, verdict, reasons, gone_at,
    )  # fmt: skip
