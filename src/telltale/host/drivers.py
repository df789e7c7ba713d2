"""Which expressions come with sales, and which of it survives.

    every expression x outcome > correlation > the ladder (climb.py), errors by jackknife > q (families.py)
    candidates (q low on one of the last two rungs) > checks (checks.py) > a verdict

An expression is asked about at once, and half a minute, a minute and two before the count; faces last, so
what comes late shows a little at once too. Where more than one stands out, the surest is told.

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
from telltale.host.climb import Climb, asked_p, climb, fit_design, lags_of, late_p, together
from telltale.host.driver import Answer, Checks, DriverStudy, Step
from telltale.host.estimate import Estimate, Estimates
from telltale.host.families import over_families
from telltale.host.points import COUNTS, MINUTE_S, HostPoints
from telltale.host.question import Question
from telltale.host.rungs import RUNGS, Ladder
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
    lags = lags_of(ladder)
    late = {name: [late_p(ladder.at(lag), name) for lag in lags] for name in climbs}
    p = [_asked(climbs, late, rung) for rung in range(len(RUNGS))]
    q = [over_families(one) for one in p]
    answers: list[Answer] = []
    theta: dict[str, float] = {}
    for place, name in enumerate(climbs):
        checker = Checker(ladder, name, level, seed, permutations, bootstraps)
        asking = _Asking(ladder, climbs[name], (0.0, *lags), checker, level)
        answers += asking.answers([one[place] for one in p], [one[place] for one in q])
        theta |= {} if asking.theta is None else {name: asking.theta}
    return DriverStudy(
        tuple(with_kin(answers)), tuple(climbs), refused,
        {name: one.full.notes for name, one in climbs.items()},
        {name: len(one.full) for name, one in climbs.items()},
        theta, len(np.unique(ladder.cluster)), ladder.clustered_by, len(np.unique(points.host)),
        len(np.unique(points.room)), level, seed, points.simulated, (1 + len(lags)) * len(answers),
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
    if points.step_s < MINUTE_S:
        faults.append(f"stretches of {points.step_s:g} s are too short: put them together to 60 s or more")
    if faults:
        raise ConfigError("; ".join(faults), hint="mend these")


def _asked(climbs: dict[str, Climb], late: dict[str, list[tuple[Array, Array]]], rung: int) -> Array:
    """What is corrected at a rung, outcomes as rows: at once, and on the last two rungs late."""
    if rung < _BEFORE:
        return np.array([one.p[rung] for one in climbs.values()])
    return np.array(
        [asked_p(one.p[rung], [p[rung - _BEFORE] for p in late[name]]) for name, one in climbs.items()]
    )


class _Asking:
    """The answers of one outcome, each at the lag at which it stands out most."""

    def __init__(
        self, ladder: Ladder, once: Climb, lags: tuple[float, ...], checker: Checker, level: float
    ) -> None:
        self._ladder, self._lags, self._checker, self._level = ladder, lags, checker, level
        self._outcome, self._climbs = once.outcome, {0.0: once}
        self._negbin: dict[float, tuple[Estimates, float] | None] = {}

    @property
    def theta(self) -> float | None:
        """Of the negative binomial at once; None where it was not fitted."""
        found = self._negbin.get(0.0)
        return None if found is None else found[1]

    def answers(self, p: list[Array], q: list[Array]) -> list[Answer]:
        """One an expression; p and q by rung, as they are corrected."""
        each = len(self._ladder.asked.names)
        # Shape (2, 1 + lags, E): the last two rungs, at once and late.
        last_p, last_q = (np.stack([one.reshape(-1, each) for one in kind[_BEFORE:]]) for kind in (p, q))
        stands = np.asarray((last_q <= ALPHA).any(axis=0))
        surest = np.where(stands, np.nan_to_num(last_p, nan=1.0).min(axis=0), np.inf).argmin(axis=0)
        found = []
        for k, place in enumerate(surest.tolist()):
            lower = [float(one[k]) if place == 0 else float("nan") for one in q[:_BEFORE]]
            asked = Question(self._outcome, self._ladder.asked.names[k], self._lags[place])
            checks = self._checker(asked) if stands[:, k].any() else None
            found.append(self._answer(asked, k, [*lower, *last_q[:, place, k].tolist()], checks))
        return found

    def _answer(self, asked: Question, k: int, q: list[float], checks: Checks | None) -> Answer:
        one, ladder = self._climb(asked.lag_s), self._ladder
        r = one.correlation
        correlation = Estimate(*(float(part[k]) for part in (r.r, r.low, r.high, r.p)))
        steps = tuple(Step(rung, one.rungs[i][k], float(one.p[i][k]), q[i]) for i, rung in enumerate(RUNGS))
        verdict, reasons, gone_at = judge(steps, checks, coarse=ladder.points.step_s > LONGEST_S)
        beside = None if checks is None else self._beside(asked.lag_s)
        return Answer(
            asked.outcome, asked.name, float(ladder.asked.mean[k]), float(ladder.asked.sd[k]), correlation,
            steps, None if beside is None else beside[0][k], one.ols[k], checks, verdict, reasons, gone_at,
            asked.lag_s,
        )  # fmt: skip

    def _climb(self, lag_s: float) -> Climb:
        if lag_s not in self._climbs:
            self._climbs[lag_s] = climb(self._ladder.at(lag_s), self._outcome, self._level)
        return self._climbs[lag_s]

    def _beside(self, lag_s: float) -> tuple[Estimates, float] | None:
        """The last rung by negative binomial, and its theta; None for amounts."""
        if lag_s not in self._negbin:
            asked = self._climb(lag_s).full
            whole = bool((asked.y == np.round(asked.y)).all())
            fit = fit_design(asked, "negbin") if whole else None
            self._negbin[lag_s] = None if fit is None else (together(fit, asked, self._level), fit.theta)
        return self._negbin[lag_s]
