"""Which expressions come with sales, and which of it survives.

    every expression x outcome > correlation > the ladder (climb.py), errors by jackknife > q (families.py)
    candidates (q low on one of the last two rungs) > checks (checks.py) > a verdict

An expression is asked about at once, and a minute and two before the count; faces last, so what comes late
shows a little at once too. Where more than one stands out, the surest is told.

Two questions are kept apart. Could chance alone have done this in these broadcasts? That is asked of all
expressions and outcomes, so it is corrected (q), and where hosts are few broadcasts are its clusters: with G
hosts the wild bootstrap's p cannot fall far under 2^-G, and with ten hardly an answer could ever be told. And
does it hold from host to host? That is asked of what is left, by intervals and the wild bootstrap over hosts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.core.settings import not_share, not_whole
from telltale.core.threads import one_thread
from telltale.host import permute, wild
from telltale.host.checks import Checker
from telltale.host.climb import Climb, climb, fit_design, together
from telltale.host.driver import Answer, Checks, DriverStudy, Step
from telltale.host.estimate import Estimate, Estimates
from telltale.host.families import over_families
from telltale.host.late import late_answer
from telltale.host.points import COUNTS, HostPoints
from telltale.host.question import Question
from telltale.host.rungs import RUNGS, Design, Ladder
from telltale.host.shown import Array
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
    climbs: dict[str, Climb] = {}
    refused: dict[str, str] = {}
    for outcome in names:
        try:
            climbs[outcome] = climb(ladder, outcome, level)
        except FormatError as error:
            refused[outcome] = str(error)
    if not climbs:
        raise FormatError(f"nothing can be asked of this study: {next(iter(refused.values()))}")
    q = [over_families(np.array([one.asked_p(r) for one in climbs.values()])) for r in range(len(RUNGS))]
    answers: list[Answer] = []
    theta: dict[str, float] = {}
    for place, one in enumerate(climbs.values()):
        checker = Checker(ladder, one.outcome, level, seed, permutations, bootstraps)
        found, overdispersion = _answers(ladder, one, [corrected[place] for corrected in q], checker, level)
        answers += found
        theta |= {} if overdispersion is None else {one.outcome: overdispersion}
    return DriverStudy(
        tuple(with_kin(answers)), tuple(climbs), refused,
        {name: one.full.notes for name, one in climbs.items()},
        {name: len(one.full) for name, one in climbs.items()},
        theta, len(np.unique(ladder.cluster)), ladder.clustered_by, len(np.unique(points.host)),
        len(np.unique(points.room)), level, seed, points.simulated,
    )  # fmt: skip


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


def _answers(
    ladder: Ladder, one: Climb, q: list[Array], checker: Checker, level: float
) -> tuple[list[Answer], float | None]:
    """Those of one outcome, and theta of the negative binomial where it was fitted; q by rung."""
    each = len(ladder.asked.names)
    # Shape (2, 1 + lags, E): the last two rungs, at once and late.
    last = np.stack([corrected.reshape(-1, each) for corrected in q[_BEFORE:]])
    p = np.stack([one.asked_p(rung).reshape(-1, each) for rung in range(_BEFORE, len(RUNGS))])
    stands = np.asarray((last <= ALPHA).any(axis=0))
    place = np.where(stands, p.min(axis=0), np.inf).argmin(axis=0)
    lags = (0.0, *one.late_p)
    once = stands[0] & (place == 0)
    beside = _negbin(one.full, level) if once.any() else None
    answers = []
    for k, name in enumerate(ladder.asked.names):
        asked = Question(one.outcome, name, lags[int(place[k])])
        checks = checker(asked) if stands[:, k].any() else None
        if asked.lag_s and checks is not None:
            own_p = [found[k] for found in one.late_p[asked.lag_s]]
            answers.append(late_answer(ladder, asked, own_p, last[:, place[k], k].tolist(), checks, level))
            continue
        negbin = None if beside is None else beside[0][k]
        answers.append(_answer(ladder, one, k, [float(corrected[k]) for corrected in q], negbin, checks))
    return answers, None if beside is None else beside[1]


def _negbin(asked: Design, level: float) -> tuple[Estimates, float] | None:
    """The last rung by negative binomial, and its theta; None for amounts."""
    if (asked.y != np.round(asked.y)).any():
        return None
    fit = fit_design(asked, "negbin")
    return together(fit, asked, level), fit.theta


def _answer(
    ladder: Ladder, one: Climb, k: int, q: list[float], negbin: Estimate | None, checks: Checks | None
) -> Answer:
    r = one.correlation
    correlation = Estimate(*(float(part[k]) for part in (r.r, r.low, r.high, r.p)))
    steps = tuple(Step(rung, one.rungs[i][k], float(one.p[i][k]), q[i]) for i, rung in enumerate(RUNGS))
    verdict, reasons, gone_at = judge(steps, checks, coarse=ladder.points.step_s > LONGEST_S)
    return Answer(
        one.outcome, ladder.asked.names[k], float(ladder.asked.mean[k]), float(ladder.asked.sd[k]),
        correlation, steps, negbin, one.ols[k], checks, verdict, reasons, gone_at,
    )  # fmt: skip
