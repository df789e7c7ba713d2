"""A source's rows turned into rows of one of our tables, or turned away with every reason at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from telltale.study import schema
from telltale.study.import_mapping import ColumnMap, RoomFrom, SessionFrom, Source
from telltale.study.import_sources import SourceRow, read_lookup, read_rows
from telltale.study.import_stretches import LaidStretches, Stretch
from telltale.study.import_totals import RunningTotals
from telltale.study.import_values import UnmappableError, map_value
from telltale.study.import_visits import Row, Visits


@dataclass(frozen=True, slots=True)
class RowNote:
    """A row of theirs, and why it could not be taken, or not all of it."""

    file: str
    place: str
    table: str
    reason: str

    def line(self) -> str:
        """
        >>> RowNote("orders.csv", "line 7", "events", "product_id: no product 'x'").line()
        "orders.csv line 7 (events): product_id: no product 'x'"
        """
        return f"{self.file} {self.place} ({self.table}): {self.reason}"


class Known:
    """Every value that other tables may refer to, and every key that is taken."""

    def __init__(self) -> None:
        self._values: dict[str, set[Any]] = defaultdict(set)
        self._targets = {c.refers_to for table in schema.TABLES for c in table.columns if c.refers_to}
        self._targets |= {f"{table.name}.{table.key}" for table in schema.TABLES if table.key}

    def learn(self, table: str, row: Row) -> None:
        """Take in a row."""
        for name, value in row.items():
            if f"{table}.{name}" in self._targets:
                self._values[f"{table}.{name}"].add(value)

    def has(self, target: str, value: Any) -> bool:
        """Whether `table.column` holds the value."""
        return value in self._values[target]


@dataclass(slots=True)
class _Draft:
    """A row in the making, and what stood in its way."""

    row: Row = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def put(self, name: str, make: Callable[..., Any], *facts: Any) -> None:
        """Set a value, or note why it could not be made."""
        try:
            self.row[name] = make(*facts)
        except UnmappableError as error:
            self.reasons.append(f"{name}: {error}")


class SourceMapper:
    """Takes one source; afterwards `rows`, `rejects` and `emptied` hold what became of each of its rows."""

    def __init__(self, folder: Path, source: Source, known: Known, visits: Visits) -> None:
        self.folder, self.source, self.known, self.visits = folder, source, known, visits
        self.table = schema.BY_NAME[source.table]
        self.rows: list[Row] = []
        self.rejects: list[RowNote] = []
        self.emptied: list[RowNote] = []
        """Rows that were taken without a count, as its total so far falls."""
        self.left_out = 0
        """Rows that `keep` does not name."""
        self.repeated = 0
        """Rows that `distinct` found a second time."""
        self._seen: set[tuple[Any, ...]] = set()
        self._meanings = {m.lookup: read_lookup(folder, m.lookup) for m in source.maps if m.lookup}
        self._clock = source.clock or ColumnMap(constant=0)
        self._stretches = LaidStretches(source.file, self._clock)
        self._totals = RunningTotals(source.file, source.totals)

    def take_all(self) -> None:
        """Go through the source.

        Raises
        ------
        FormatError
            When its stretches lie on the clock of another zone than their broadcasts, or what is mapped as a
            total so far is none: no row of it is right.
        """
        for theirs in read_rows(self.folder, self.source):
            if not theirs.problem and not self._is_kept(theirs):
                self.left_out += 1
                continue
            self._take(theirs)
        self._stretches.refuse_other_zone()
        for fall in self._totals.settle():
            if fall.turned_away:
                self.rows = [one for one in self.rows if one is not fall.row]
                self._reject(fall.place, fall.reasons)
            else:
                self.emptied.append(self._note(fall.place, fall.reasons))

    def _take(self, theirs: SourceRow) -> None:
        draft = _Draft(reasons=[theirs.problem]) if theirs.problem else self._mapped(theirs)
        if not draft.reasons and self._is_repeated(draft.row):
            self.repeated += 1
            return
        if reasons := draft.reasons or list(self._faults(draft.row)):
            self._reject(theirs.place, reasons)
        else:
            self.rows.append(draft.row)
            self._totals.note(draft.row, theirs.place)
            self.known.learn(self.source.table, draft.row)

    def _reject(self, place: str, reasons: list[str]) -> None:
        self.rejects.append(self._note(place, reasons))

    def _note(self, place: str, reasons: list[str]) -> RowNote:
        return RowNote(self.source.file, place, self.source.table, "; ".join(reasons))

    def _is_kept(self, theirs: SourceRow) -> bool:
        return all(
            str(theirs.values.get(name, "")).strip() in words for name, words in self.source.keep.items()
        )

    def _is_repeated(self, ours: Row) -> bool:
        if not self.source.distinct:
            return False
        facts = tuple(ours.values())
        repeated = facts in self._seen
        self._seen.add(facts)
        return repeated

    def _mapped(self, theirs: SourceRow) -> _Draft:
        draft = _Draft()
        for name, column in self.source.columns.items():
            draft.put(name, self._value, theirs, column, self._kind(name))
        if self.source.session:
            way = self.source.session
            draft.put("session_id", self._session_of, theirs, way)
            if "time_s" not in self.source.columns:
                draft.put("time_s", self._value, theirs, way.at, "utc")
        if self.source.room:
            draft.put("time_s", self._value, theirs, self.source.room.at, "utc")
        if self.source.stamp_marks:
            self._lay_stretch(draft, theirs)
            return draft
        if self.source.room:
            draft.put("room_id", self._room_of, theirs, self.source.room, draft.row.get("time_s"))
        for name, value in list(draft.row.items()):
            if isinstance(value, datetime) and self._kind(name) == "number":
                coarse_s = (self.source.columns.get(name) or self._clock).coarse_s
                draft.put(name, self._since_start, draft.row, value, coarse_s)
        return draft

    def _room_of(self, theirs: SourceRow, way: RoomFrom, moment: datetime | None) -> str:
        host = self._value(theirs, way.host, "id")
        if host is None or moment is None:
            raise UnmappableError("no host or no moment to find it by")
        return self.visits.room_of(host, moment, moment + timedelta(seconds=way.at.coarse_s))

    def _lay_stretch(self, draft: _Draft, theirs: SourceRow) -> None:
        """Turn the stamp of a stretch into its end, and find its broadcast where only the host is known."""
        stamp, length_s = draft.row.get("time_s"), draft.row.get("length_s")
        if draft.reasons or stamp is None or length_s is None:
            return  # told as it is, or as having no value
        if not length_s > 0:
            draft.reasons.append(f"length_s: {length_s:g} is not above 0")
        elif isinstance(stamp, datetime):
            stretch = Stretch.of(stamp, length_s, self.source.stamp_marks)
            draft.put("time_s", self._end_of, draft.row, theirs, stretch)
        elif self.source.stamp_marks == "start":
            draft.row["time_s"] = stamp + length_s

    def _end_of(self, ours: Row, theirs: SourceRow, stretch: Stretch) -> float:
        if way := self.source.room:
            host = self._value(theirs, way.host, "id")
            if host is None:
                raise UnmappableError("no host to find its broadcast by")
            self._stretches.note(stretch, self.visits.rooms_of(host))
            ours["room_id"] = self.visits.room_of(host, stretch.begin, stretch.end)
        elif ours.get("room_id") is None:
            raise UnmappableError("the room_id it counts from is not known")
        room = self.visits.room(str(ours["room_id"]))
        if not self.source.room:
            self._stretches.note(stretch, (room,))
        return stretch.end_in(room)

    def _value(self, theirs: SourceRow, column: ColumnMap, kind: schema.Kind) -> Any:
        meanings = self._meanings[column.lookup] if column.lookup else {}
        return map_value(theirs.values, column, kind, self.source.empty, meanings)

    def _session_of(self, theirs: SourceRow, way: SessionFrom) -> str:
        person, moment = self._value(theirs, way.person, "id"), self._value(theirs, way.at, "utc")
        if person is None or moment is None:
            raise UnmappableError("no person or no moment to find it by")
        return self.visits.session_of(person, moment, way.at.coarse_s)

    def _since_start(self, ours: Row, moment: datetime, coarse_s: float) -> float:
        of_session = any(column.name == "session_id" for column in self.table.columns)
        table, key = ("sessions", "session_id") if of_session else ("rooms", "room_id")
        if ours.get(key) is None:
            raise UnmappableError(f"the {key} it counts from is not known")
        return self.visits.seconds_into(table, str(ours[key]), moment, coarse_s)

    def _faults(self, ours: Row) -> Iterator[str]:
        """What the format does not admit."""
        for column in self.table.columns:
            value = ours.get(column.name)
            if value is None:
                if column.required and not column.empty_allowed:
                    yield f"{column.name}: there is no value"
            elif column.allowed and value not in column.allowed:
                yield f"{column.name}: {value!r} is none of {', '.join(column.allowed)}"
            elif column.refers_to and not self.known.has(column.refers_to, value):
                yield f"{column.name}: {value!r} is not in {column.refers_to}"
            elif column.low is not None and value < column.low:
                yield f"{column.name}: {value!r} is below {column.low:g}"
            elif column.high is not None and value > column.high:
                yield f"{column.name}: {value!r} is over {column.high:g}"
            elif column.name == self.table.key and self.known.has(f"{self.table.name}.{column.name}", value):
                yield f"{column.name}: {value!r} is taken"

    def _kind(self, name: str) -> schema.Kind:
        return next((column.kind for column in self.table.columns if column.name == name), "number")
