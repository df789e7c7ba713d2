"""A study that is followed: which of its sessions are counted, which are new, when all must be read anew.

    look > nothing changed: done
         > somebody took consent back, or what was counted changed: all is read anew, arrows are sought anew
         > sessions that the look before saw too > their rows, once > the live graph
         > so many came since arrows were chosen, if asked: all is read anew, too

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

from telltale.causal.arrows_anew import ArrowChanges, changes, sought_again
from telltale.causal.asked_graph import AskedGraph
from telltale.causal.discovery import FactorGraph
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

Drop = Callable[[str, datetime], None]
"""Told that what was told before must be shown no more: why, and when."""

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
    anew: ArrowChanges | None
    """What a search, half samples not asked, finds more and less by now than it did when arrows were chosen;
    None where that is not known."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found."""

    told: Told | None = None
    """Where numbers changed."""
    says: tuple[str, ...] = ()
    """What else is to be said."""


@dataclass(slots=True, eq=False)
class _Held:
    """What is kept between looks: sums, and a line of facts on each session that was counted."""

    asked: AskedGraph
    factors: tuple[Factor, ...]
    live: LivePaths
    counted: dict[str, Visit]
    chosen: int
    chosen_at: datetime
    sought: FactorGraph | None
    """What a search over these found, half samples not asked."""
    units: dict[str, frozenset[str]] = field(default_factory=dict)
    """Sessions that the last look saw and did not count, by what is read together: themselves or rooms."""
    failed: dict[str, Marks] = field(default_factory=dict)
    """Of these, those that could not be read, and how the files stood then."""

    @property
    def by_room(self) -> bool:
        return self.asked.graph.rows.adjusted

    def changed(self) -> ArrowChanges | None:
        """What a search finds by now and did not find when arrows were chosen."""
        by_now = sought_again(self.asked.graph, self.live.graph.moments)
        return None if by_now is None or self.sought is None else changes(self.sought, by_now)

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
    drop
        Called before anything is read anew where people or sessions went, and when nothing can be told.
    relearn_every
        Sessions that come until all is read anew and arrows are chosen anew; never if left out.
    """

    def __init__(
        self,
        folder: Path,
        learn: Learn,
        question: PathQuestion,
        drop: Drop | None = None,
        relearn_every: int | None = None,
    ) -> None:
        self._folder, self._learn, self._question = folder, learn, question
        self._dropped, self._relearn_every = drop, relearn_every
        self._marks: Marks = ()
        self._study: Study | None = None
        self._agreed: frozenset[tuple[str, str]] = frozenset()
        self._there = Attendance({}, frozenset(), {})
        self._held: _Held | None = None
        self._stuck = False

    def start(self, now: datetime) -> Told:
        """Read all that is there and choose the arrows; what was held stays where that fails."""
        stands, study = marks_of(self._folder), Study.open(self._folder)
        holding = agreed(study, now)
        asked, panel = self._learn()
        there = attendance(study, _sources(panel.factors), now)
        counted = {
            name: there.visits.get(name, _CHANGED) for name in panel.session_ids if name not in there.awaited
        }
        rows = further_rows(panel, asked.graph.rows)
        live = LivePaths(live_graph(asked.graph, rows, panel), [self._question])
        sought = sought_again(asked.graph, live.graph.moments) if asked.graph.settings.halves else asked.graph
        held = _Held(asked, panel.factors, live, counted, len(counted), now, sought)
        told = self._told(held, now)
        self._marks, self._study, self._agreed, self._there, self._held = stands, study, holding, there, held
        return told

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
            return self._anew(f"{_of(lost, 'person', 'people')} took consent back", now, gone=True)
        if changed or holding != self._agreed:
            before = self._there
            self._there, self._agreed = attendance(study, _sources(held.factors), now), holding
            if other := sum(self._there.visits.get(name) != visit for name, visit in held.counted.items()):
                why = f"{_of(other, 'session')} that {_was(other)} counted changed or went"
                return self._anew(why, now, gone=True)
            if any(self._there.prices.get(product) != price for product, price in before.prices.items()):
                return self._anew("what prices are compared with changed", now)
        units, seen = held.group(self._there.visits), held.units
        held.units = units
        ready = {key: names for key, names in units.items() if seen.get(key) == names}
        if held.by_room and ready.keys() & {visit.room for visit in held.counted.values()}:
            return self._anew("sessions came to a broadcast that was counted already", now)
        waiting = _waiting([names for key, names in units.items() if seen.get(key) != names]) * held.by_room
        taken, faults = self._take(study, held, ready, now)
        if not taken:
            return Looked(says=(*waiting, *faults))
        told, says = self._relearnt(held, now)
        return Looked(told or self._told(held, now), (*waiting, *faults, *says))

    def _anew(self, why: str, now: datetime, *, gone: bool = False) -> Looked:
        """What was summed up cannot be taken out of the sums again, so nothing of it is kept."""
        self._held = None
        if gone:
            self._drop(f"{why}; all is read anew", now)
        try:
            return Looked(self.start(now), (f"{why}: all was read anew, and the arrows were chosen anew",))
        except TelltaleError as error:
            self._stuck = True
            says = f"{why}, and nothing is kept: {error}; it is tried again once the study changes"
            self._drop(says, now)
            return Looked(says=(says,))

    def _drop(self, why: str, now: datetime) -> None:
        if self._dropped is not None:
            self._dropped(why, now)

    def _relearnt(self, held: _Held, now: datetime) -> tuple[Told | None, tuple[str, ...]]:
        """Choose the arrows anew where so many sessions came that it was asked for; what is said of it."""
        came = len(held.counted) - held.chosen
        if self._relearn_every is None or came < self._relearn_every:
            return None, ()
        why = f"{_of(came, 'session')} came since the arrows were chosen"
        try:
            told = self.start(now)
        except TelltaleError as error:
            return None, (f"{why}, and they stay as they were: {error}; it is tried again when more come",)
        moved = changes(held.asked.graph, told.asked.graph)
        return told, (f"{why}: all was read anew, and a new search did {moved}",)

    def _take(
        self, study: Study, held: _Held, ready: dict[str, frozenset[str]], now: datetime
    ) -> tuple[bool, list[str]]:
        """Count what is ready; whether anything was, and what could not be read."""
        stands = {key: (*self._marks, *marks(self._signals(study, names))) for key, names in ready.items()}
        left = {key: names for key, names in ready.items() if held.failed.get(key) != stands[key]}
        rows: list[SessionRows] = []
        faults: dict[str, list[str]] = {}
        try:
            rows += self._rows(study, held, [name for names in left.values() for name in names], now)
        except TelltaleError:
            # One by one, so that what is whole need not wait for what is broken.
            for key, names in left.items():
                try:
                    rows += self._rows(study, held, names, now)
                except TelltaleError as error:
                    held.failed[key] = stands[key]
                    faults.setdefault(str(error), []).append(key)
        for one in rows:
            held.live.graph.add(one.rows, one.owner)
            held.counted[one.session] = self._there.visits[one.session]
        return bool(rows), [_fault(error, keys) for error, keys in faults.items()]

    def _signals(self, study: Study, names: Iterable[str]) -> list[Path]:
        rooms = {self._there.visits[name].room for name in names}
        hosts = [study.host_signal_path(room, host) for room in sorted(rooms) for host in study.teams[room]]
        return [*map(study.signal_path, sorted(names)), *hosts]

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
        since = count - held.chosen
        anew = held.changed() if since else ArrowChanges(0, 0)
        return Told(asked.for_step(found), asked, count, since, held.chosen_at, now, anew)


def _waiting(fresh: list[frozenset[str]]) -> tuple[str, ...]:
    """What is said of broadcasts of which sessions came since the look before."""
    if not fresh:
        return ()
    came = f"{_of(sum(map(len, fresh)), 'session')} of {_of(len(fresh), 'broadcast')} came"
    return (
        f"{came}: read once no more of them come between two looks, for what a room shares is told against"
        " all who were there",
    )


def _fault(error: str, keys: list[str]) -> str:
    """One line on all that one fault keeps from being read: a table that is broken is so for each session.

    >>> _fault("it is broken", ["s1"])
    "it is broken; 's1' is read again once the study changes"
    >>> _fault("it is broken", ["s1", "s2", "s3"])
    "it is broken; 's1' and 2 more are read again once the study changes"
    """
    more = f" and {len(keys) - 1:,} more are" if len(keys) > 1 else " is"
    return f"{error}; '{keys[0]}'{more} read again once the study changes"


def _of(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _sources(factors: tuple[Factor, ...]) -> frozenset[str]:
    return frozenset(factor.source for factor in factors)
