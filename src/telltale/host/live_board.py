"""What is known of a broadcast while it runs: stretches that ended, their counts, and what goes along.

A stretch waits until it is counted, then it is one addition to the sums of `online.OnlineCorrelation`: of
shares and of log(1 + count), for counts rise by ratios, and vary the more the higher they are. Where somebody
counts viewers, log(1 + viewers) is held fixed, and a stretch in which they are not known says nothing. What
stands out is told against all that is looked at, and against looking again and again: Bonferroni over pairs
and over `LOOKS`. `benchmarks/hosts/live.py 100` printed that something false ever stood out in 7 of 100
simulated broadcasts, and in 5 of 100 in which all counts and all faces drift.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from telltale.host.evidence_words import worded
from telltale.host.live_counts import RoomCounter
from telltale.host.online import Correlations, OnlineCorrelation
from telltale.host.shown import Array
from telltale.host.watch import WatchedStretch
from telltale.signs.expressions import Evidence

KEPT: Final = 240
"""Stretches of which the page shows the course."""
LEVEL: Final = 0.95
LOOKS: Final = 30
"""Looks after every stretch of two hours are worth about so many that know nothing of each other."""
ENOUGH: Final = 30.0
"""Effective stretches before anything may stand out: fewer are too few for Fisher's interval so far out."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveState:
    """All that is told."""

    now: datetime
    """End of the last stretch that was counted."""
    every_s: float
    stretches: int
    waiting: int
    """Stretches that have ended and are not counted yet."""
    unread: int
    """Stretches that say nothing, for one of `lacking`."""
    lacking: tuple[int, int, int]
    """Stretches in which the host's face was hardly read, nothing was counted, viewers were not known."""
    left_out: str
    """What of the counts could not be read, in one line."""
    who: str
    """Who is counted, in words."""
    uncounted: tuple[int, ...]
    """By outcome: of all other stretches those in which it was not counted."""
    correlations: Correlations
    """By lag, expression and outcome; intervals each for itself."""
    strict: Correlations
    """The same with intervals that allow for all that is looked at."""
    ends_s: Array
    """Shape (n,): ends of the last stretches, seconds from the begin."""
    shares: Array
    """Shape (n, E)."""
    counts: Array
    """Shape (n, K)."""
    viewers: Array | None
    """Shape (n,): mean number present, NaN where not known; None where nobody counts them."""
    half_life_s: float | None
    evidence: dict[str, Evidence]
    """How well it is known what each expression looks like, by name."""
    simulated: bool = False


class LiveBoard:
    """Joins a stream's stretches with what is counted.

    Parameters
    ----------
    names
        The expressions.
    began
        When the stream began.
    lags
        Stretches by which counts may come later.
    half_life_s
        After how long a stretch weighs half; never if left out.
    viewers
        Says the mean number of viewers from one moment to another, NaN where it is not known.
    left_out
        Says what of the counts could not be read.
    who
        Who is counted, in words.
    evidence
        Of each of the names.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        counter: RoomCounter,
        began: datetime,
        every_s: float,
        *,
        lags: tuple[int, ...] = (0, 1, 2),
        half_life_s: float | None = None,
        viewers: Callable[[datetime, datetime], float] | None = None,
        left_out: Callable[[], str] = str,
        who: str = "",
        evidence: Sequence[Evidence] = (),
        simulated: bool = False,
    ) -> None:
        self._counter, self._began, self._every_s = counter, began, every_s
        self._half_life_s, self._simulated = half_life_s, simulated
        half_life = None if half_life_s is None else half_life_s / every_s
        self._viewers, self._left_out, self._who = viewers, left_out, who
        self._evidence = dict(zip(names, evidence, strict=False))
        beside = () if viewers is None else ("viewers",)
        self._online = OnlineCorrelation(names, counter.outcomes, lags, half_life, beside)
        self._waiting: deque[WatchedStretch] = deque()
        self._course: deque[tuple[Any, ...]] = deque(maxlen=KEPT)
        self._unread, self._lacking = 0, np.zeros(3, dtype=np.int64)
        self._uncounted = np.zeros(len(counter.outcomes), dtype=np.int64)

    def ended(self, stretch: WatchedStretch) -> None:
        """A stretch has ended; it waits to be counted."""
        self._waiting.append(stretch)

    def look(self, now: datetime, *, last: bool = False) -> int:
        """Count what can be counted by now; how many stretches were.

        Parameters
        ----------
        last
            Nothing more will be counted: what waits is taken as it is.
        """
        until = self._counter.known_until(now)
        taken = 0
        while self._waiting:
            stretch = self._waiting[0]
            start, end = (self._began + timedelta(seconds=s) for s in (stretch.start_s, stretch.end_s))
            if (until is None or until < end) and not last:
                break
            self._waiting.popleft()
            counts = self._counter.between(start, end)
            beside = () if self._viewers is None else (self._viewers(start, end),)
            self._online.add(stretch.shares, np.log1p(counts), np.log1p(beside))
            lacking = [bool(np.isnan(told).all()) for told in (stretch.shares, counts, *beside)]
            self._lacking[: len(lacking)] += lacking
            if any(lacking):
                self._unread += 1
            else:
                self._uncounted += np.isnan(counts)
            self._course.append((stretch.end_s, stretch.shares, counts, *beside))
            taken += 1
        return taken

    @property
    def state(self) -> LiveState:
        """What is known."""
        course = list(self._course)
        correlations = self._online.correlations(LEVEL)
        many = LOOKS * max(correlations.r.size, 1)
        end_s = course[-1][0] if course else 0.0
        e, k = len(self._online.names), len(self._online.outcomes)
        return LiveState(
            now=self._began + timedelta(seconds=end_s),
            every_s=self._every_s,
            stretches=correlations.stretches,
            waiting=len(self._waiting),
            unread=self._unread,
            lacking=(int(self._lacking[0]), int(self._lacking[1]), int(self._lacking[2])),
            uncounted=tuple(self._uncounted.tolist()),
            left_out=self._left_out(),
            who=self._who,
            correlations=correlations,
            strict=self._online.correlations(1 - (1 - LEVEL) / many),
            ends_s=np.array([one[0] for one in course]),
            shares=np.array([one[1] for one in course]).reshape(len(course), e),
            counts=np.array([one[2] for one in course]).reshape(len(course), k),
            viewers=None if self._viewers is None else np.array([one[3] for one in course]),
            half_life_s=self._half_life_s,
            evidence=self._evidence,
            simulated=self._simulated,
        )


@dataclass(frozen=True, slots=True)
class StandsOut:
    """An expression that goes along with a count beyond what chance brings."""

    name: str
    outcome: str
    lag_s: float
    r: float
    low: float
    high: float


def stands_out(state: LiveState) -> tuple[StandsOut, ...]:
    """What stands out, the strongest first; of each expression and count the lag at which it is strongest."""
    found = state.strict
    beyond = ((found.low > 0) | (found.high < 0)) & (found.effective >= ENOUGH)
    strength = np.where(beyond, np.abs(found.r), -1.0)
    best = strength.argmax(axis=0)
    told = [
        StandsOut(
            name,
            outcome,
            found.lags[best[i, k]] * state.every_s,
            *(float(part[best[i, k], i, k]) for part in (found.r, found.low, found.high)),
        )
        for i, name in enumerate(found.names)
        for k, outcome in enumerate(found.outcomes)
        if strength[best[i, k], i, k] > 0
    ]
    return tuple(sorted(told, key=lambda one: -abs(one.r)))


def evidence_of(state: LiveState, name: str) -> Evidence:
    """How well it is known what an expression looks like."""
    return state.evidence.get(name, "published")


def has_enough(state: LiveState) -> bool:
    """Whether anything can be said of any pair."""
    found = state.correlations
    return bool((np.isfinite(found.r) & (found.effective >= ENOUGH)).any())


def beyond_words(state: LiveState) -> str:
    """What correlations are beyond."""
    return f"a straight trend over time{'' if state.viewers is None else ' and the number of viewers'}"


def live_words(state: LiveState, *, over: bool = False) -> tuple[str, str, str]:
    """What goes along, how sure that is, and what it is not.

    Parameters
    ----------
    over
        No more will come.
    """
    by_now = "In what was seen" if over else "So far"
    told = stands_out(state)
    many = state.correlations.r.size
    if told:
        first = told[0]
        later = f", {first.lag_s:g} s later" if first.lag_s else ""
        more = f" {len(told) - 1} more stand{'s' * (len(told) == 2)} out." if len(told) > 1 else ""
        more_or_less = "more" if first.r > 0 else "less" if first.outcome == "revenue" else "fewer"
        name = worded(first.name, evidence_of(state, first.name))
        answer = (
            f"{by_now} {name} goes with {more_or_less} {first.outcome}{later}: "
            f"correlation {first.r:.2f} ({first.low:.2f} to {first.high:.2f}).{more}"
        )
    elif not has_enough(state):
        yet = "was seen to say anything" if over else "has been seen to say anything yet"
        answer = f"Too little {yet}."
    else:
        answer = f"{by_now} no expression goes along with what is counted more than chance would have it."
    fades = "" if state.half_life_s is None else f"; what is {state.half_life_s / 60:g} min old counts half"
    sure = (
        f"{_wanted(state)}{_long(state.stretches * state.every_s)} in {state.stretches:,} "
        f"{'stretch' if state.stretches == 1 else 'stretches'} of {state.every_s:g} s{fades}. "
        f"{beyond_words(state).capitalize()} {'is' if state.viewers is None else 'are'} taken out. "
        f"Intervals allow for all {many:,} pairs that are looked at again and again, and for neighbours "
        f"being alike.{f' Counted: {state.who}.' if state.who else ''}"
    )
    not_said = (
        "One broadcast cannot tell which of the two makes the other, or whether something makes both: a host "
        "smiles when sales are good. 'telltale host report' asks many broadcasts."
    )
    return answer, sure, not_said


def lacking_words(state: LiveState) -> str:
    """What stretches lack, each with how many; empty where all tell something."""
    what = zip(("a face", "a count", "the number of viewers"), state.lacking, strict=True)
    return ", ".join(f"{number:,} lack{'s' * (number == 1)} {name}" for name, number in what if number)


def _wanted(state: LiveState) -> str:
    """How much is wanted and what stretches lack, as long as nothing can be said; ends with a space."""
    if has_enough(state):
        return ""
    lack = f"; of all {state.stretches:,}, {lacking}" if (lacking := lacking_words(state)) else ""
    good = state.stretches - state.unread
    return f"Wanted are {ENOUGH:.0f} independent stretches; {good:,} can be used so far{lack}. "


def _long(seconds: float) -> str:
    """
    >>> _long(15.0), _long(60.0), _long(200.0), _long(7200.0)
    ('15 seconds', '1 minute', '3.3 minutes', '120 minutes')
    """
    if seconds < 60:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60, 1 if seconds < 600 else 0)
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"
