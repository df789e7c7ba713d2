"""A study that is followed: which of its sessions are counted, which are new, when all must be read anew.

    look > nothing changed: done
         > somebody took consent back, or what was counted changed: all is read anew, arrows are sought anew
         > sessions that the look before saw too > their rows, once > the live graph

A session is read a look after it came, so that tables written one after another are all there. Where what a
room shares is taken out, a row is told against all who were there: then broadcasts are read, each once no
session of it came between two looks; one that comes later still has all read anew. Looks take the time as an
argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from telltale.causal.asked_graph import AskedGraph
from telltale.causal.further_rows import SessionRows, further_rows, live_graph
from telltale.causal.live_paths import LivePaths, PathQuestion
from telltale.causal.path_intervals import SurePaths
from telltale.core.errors import TelltaleError
from telltale.factors.attendance import Attendance, Marks, Visit, agreed, attendance, marks, marks_of
from telltale.factors.factor import Factor
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.study.store import Study

Learn = Callable[[], tuple[AskedGraph, FactorPanel]]
"""The graph of the study as it is, and the panel of all factors that it was given."""

_CHANGED = Visit("", "", "")
"""In place of a session that was not as it is now when it was counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is known by now."""

    found: SurePaths
    asked: AskedGraph
    sessions: int
    since: int
    """Of these, those that came after the arrows were chosen."""
    chosen_at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found."""

    told: Told | None = None
    """Where numbers changed."""
    says: tuple[str, ...] = ()
    """What else is to be said."""
    dropped: bool = False
    """Whether what was told before must not be told again."""


@dataclass(slots=True, eq=False)
class _Held:
    """What is kept between looks: sums, and a line of facts on each session that was counted."""

    asked: AskedGraph
    factors: tuple[Factor, ...]
    live: LivePaths
    counted: dict[str, Visit]
    chosen: int
    chosen_at: datetime
    units: dict[str, frozenset[str]] = field(default_factory=dict)
    """Sessions that the last look saw and did not count, by what is read together: themselves or rooms."""
    failed: dict[str, Marks] = field(default_factory=dict)
    """Of these, those that could not be read, and how the files stood then."""

    @property
    def by_room(self) -> bool:
        return self.asked.graph.rows.adjusted

    def group(self, visits: dict[str, Visit]) -> dict[str, frozenset[str]]:
        """Sessions that are not counted."""
        units: dict[str, set[str]] = {}
        for name, visit in visits.items():
            if name not in self.counted:
                units.setdefault(visit.room if self.by_room else name, set()).add(name)
        return {key: frozenset(names) for key, names in units.items()}


class FollowedPaths:
    """One question about a study, kept up to date.

    Parameters
    ----------
    folder
        The study's.
    learn
        See `Learn`; asked at the start and whenever all is read anew.
    question
        What is asked.
    """

    def __init__(self, folder: Path, learn: Learn, question: PathQuestion) -> None:
        self._folder, self._learn, self._question = folder, learn, question
        self._marks: Marks = ()
        self._study: Study | None = None
        self._agreed: frozenset[tuple[str, str]] = frozenset()
        self._there = Attendance({}, frozenset(), {})
        self._held: _Held | None = None
        self._stuck = False

    def start(self, now: datetime) -> Told:
        """Read all that is there and choose the arrows."""
        self._held = None
        self._marks = marks_of(self._folder)
        self._study = Study.open(self._folder)
        self._agreed = agreed(self._study, now)
        asked, panel = self._learn()
        self._there = attendance(self._study, _sources(panel.factors), now)
        counted = {
            name: self._there.visits.get(name, _CHANGED)
            for name in panel.session_ids
            if name not in self._there.awaited
        }
        rows = further_rows(panel, asked.graph.rows)
        live = LivePaths(live_graph(asked.graph, rows, panel), [self._question])
        self._held = _Held(asked, panel.factors, live, counted, len(counted), now)
        return self._told(self._held, now)

    def look(self, now: datetime) -> Looked:
        """See what came. What is broken is said once, and tried again when the study changes."""
        before, self._marks = self._marks, marks_of(self._folder)
        if self._marks != before:
            self._study, self._stuck = None, False
        if self._stuck:
            return Looked()
        try:
            self._study = self._study or Study.open(self._folder)
            if self._held is None:
                return Looked(self.start(now))
            return self._looked(self._study, self._held, now, changed=self._marks != before)
        except TelltaleError as error:
            self._stuck = True
            return Looked(says=(f"{error}; it is tried again once the study changes",))

    def _looked(self, study: Study, held: _Held, now: datetime, *, changed: bool) -> Looked:
        holding = agreed(study, now)
        if lost := len(self._agreed - holding):
            return self._anew(f"{_of(lost, 'person', 'people')} took consent back", now)
        if changed or holding != self._agreed:
            before = self._there
            self._there, self._agreed = attendance(study, _sources(held.factors), now), holding
            if other := sum(self._there.visits.get(name) != visit for name, visit in held.counted.items()):
                return self._anew(f"{_of(other, 'session')} that {_was(other)} counted changed or went", now)
            if any(self._there.prices.get(product) != price for product, price in before.prices.items()):
                return self._anew("what prices are compared with changed", now)
        units, seen = held.group(self._there.visits), held.units
        held.units = units
        ready = {key: names for key, names in units.items() if seen.get(key) == names}
        if held.by_room and ready.keys() & {visit.room for visit in held.counted.values()}:
            return self._anew("sessions came to a broadcast that was counted already", now)
        waiting = _waiting([names for key, names in units.items() if seen.get(key) != names]) * held.by_room
        taken, faults = self._take(study, held, ready, now)
        return Looked(self._told(held, now) if taken else None, (*waiting, *faults))

    def _anew(self, why: str, now: datetime) -> Looked:
        """What was summed up cannot be taken out of the sums again, so nothing of it is kept."""
        self._held = None
        try:
            return Looked(self.start(now), (f"{why}: all was read anew, and the arrows were chosen anew",))
        except TelltaleError as error:
            self._stuck = True
            says = f"{why}, and nothing is kept: {error}; it is tried again once the study changes"
            return Looked(says=(says,), dropped=True)

    def _take(
        self, study: Study, held: _Held, ready: dict[str, frozenset[str]], now: datetime
    ) -> tuple[bool, list[str]]:
        """Count what is ready; whether anything was, and what could not be read."""
        stands = {key: (*self._marks, *marks(self._signals(study, names))) for key, names in ready.items()}
        left = {key: names for key, names in ready.items() if held.failed.get(key) != stands[key]}
        rows: list[SessionRows] = []
        faults = []
        try:
            rows += self._rows(study, held, [name for names in left.values() for name in names], now)
        except TelltaleError:
            # One by one, so that what is whole need not wait for what is broken.
            for key, names in left.items():
                try:
                    rows += self._rows(study, held, names, now)
                except TelltaleError as error:
                    held.failed[key] = stands[key]
                    faults.append(f"{error}; '{key}' is read again once the study changes")
        for one in rows:
            held.live.graph.add(one.rows, one.owner)
            held.counted[one.session] = self._there.visits[one.session]
        return bool(rows), faults

    def _signals(self, study: Study, names: Iterable[str]) -> list[Path]:
        rooms = {self._there.visits[name].room for name in names}
        return [*map(study.signal_path, sorted(names)), *map(study.host_signal_path, sorted(rooms))]

    def _rows(
        self, study: Study, held: _Held, names: Collection[str], now: datetime
    ) -> tuple[SessionRows, ...]:
        if not names:
            return ()
        learnt = held.asked.graph.rows
        panel = factor_panel(
            study, grid_s=learnt.grid_s, session_ids=sorted(names), factors=held.factors, now=now
        )
        return further_rows(panel, learnt)

    def _told(self, held: _Held, now: datetime) -> Told:
        weights = held.live.graph.weights()
        (found,) = held.live.answers(weights)
        asked = replace(held.asked, graph=replace(held.asked.graph, linear=weights.graph))
        count = len(held.counted)
        return Told(asked.for_step(found), asked, count, count - held.chosen, held.chosen_at, now)


def _waiting(fresh: list[frozenset[str]]) -> tuple[str, ...]:
    """What is said of broadcasts of which sessions came since the look before."""
    if not fresh:
        return ()
    came = f"{_of(sum(map(len, fresh)), 'session')} of {_of(len(fresh), 'broadcast')} came"
    return (
        f"{came}: read once no more of them come between two looks, for what a room shares is told against"
        " all who were there",
    )


def _of(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _sources(factors: tuple[Factor, ...]) -> frozenset[str]:
    return frozenset(factor.source for factor in factors)
