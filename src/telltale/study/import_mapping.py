"""The mapping file of an import: which of their files and columns become which of ours. TOML, read whole.

[study]
name = "Spring orders"

[[source]]
table = "events"
file = "orders.csv"
encoding = "gb18030"
keep = { "订单状态" = ["已完成"] }

[source.session]
person = { column = "用户ID" }
at = { column = "支付时间", time = "%Y-%m-%d %H:%M:%S", timezone = "Asia/Shanghai", coarse_s = 1.0 }

[source.columns]
type = { constant = "purchase" }
product_id = { column = "商品ID" }
value = { column = "实付金额", remove = "¥,", scale = 1.0 }
"""

from __future__ import annotations

import difflib
import math
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from telltale.core import config
from telltale.study import schema

FileKind = Literal["csv", "jsonl", "parquet"]
StampMarks = Literal["start", "end"]
_KIND_OF_ENDING: dict[str, FileKind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A file that says what a value means, such as the panel's list of shop numbers and pseudonyms."""

    file: str
    """CSV in UTF-8, beside the mapping file."""
    key: str
    """Its column with the value as the export has it."""
    value: str
    """Its column with the value to take."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How one of our values is made from a row of theirs."""

    column: str = ""
    """Their column; `a.b` reaches into nested JSON."""
    constant: Any = None
    """The same value for every row, instead of a column."""
    remove: str = ""
    """Characters to take out first, such as `¥,`."""
    values: dict[str, Any] = field(default_factory=dict)
    """Their word to ours; any other word is refused."""
    lookup: Lookup | None = None
    thousands: str = ""
    """What parts groups of three digits: `,` in 12,345. Digits that are parted otherwise are refused."""
    decimal: str = "."
    """What parts the whole from the fraction: `,` in 12,5."""
    suffixes: dict[str, float] = field(default_factory=dict)
    """Endings of numbers and what each multiplies by: `{ "w" = 1e4, "万" = 1e4, "k" = 1e3 }`."""
    scale: float = 1.0
    """Factor for numbers: 0.01 from fen to yuan, 0.001 from milliseconds to seconds."""
    cumulative: bool = False
    """For counts: their column tells the total so far in the broadcast; differences are taken."""
    time: str = ""
    """How a moment is written: `iso`, `epoch_s`, `epoch_ms`, or a format such as `%Y-%m-%d %H:%M`. For our
    `time_s` the moment becomes seconds from the start of the session (or, for chat and counts, of the
    broadcast)."""
    timezone: str = "UTC"
    """The zone of moments that do not name their own."""
    coarse_s: float = 0.0
    """How coarse their clock is: 60 when it tells minutes. The event came at the stamp or so much later."""

    def __post_init__(self) -> None:
        if bool(self.column) == (self.constant is not None):
            raise ValueError("give either a 'column' or a 'constant'")
        if self.values and self.lookup:
            raise ValueError("give either 'values' or a 'lookup'")
        if problem := self._number_fault():
            raise ValueError(problem)
        if not 0 <= self.coarse_s < math.inf or not math.isfinite(self.scale):
            raise ValueError("'coarse_s' must be 0 or more and 'scale' a number")
        try:
            zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone {self.timezone!r}: write one such as Asia/Shanghai") from error

    def _number_fault(self) -> str:
        """What is wrong with how numbers are written; empty where nothing is."""
        if len(self.decimal) != 1 or len(self.thousands) > 1 or (self.decimal + self.thousands).isalnum():
            return "'thousands' and 'decimal' are one character each, and no letter or digit"
        if self.decimal == self.thousands:
            return f"'thousands' and 'decimal' are both '{self.decimal}': set the one that differs"
        for ending, factor in self.suffixes.items():
            if not ending or ending != ending.strip() or ending[-1].isdigit() or not 0 < factor < math.inf:
                return f"'suffixes' has {ending!r} = {factor:g}: endings have no digits, factors are above 0"
        if self.cumulative and self.suffixes:
            # The next rounded total is as many thousands off as the count that it should tell.
            return "'cumulative' needs every digit: totals such as 1.2w are rounded, leave 'suffixes' out"
        return ""


@dataclass(frozen=True, slots=True)
class SessionFrom:
    """Finds the session of a row that names only a person and a moment."""

    person: ColumnMap
    at: ColumnMap

    def __post_init__(self) -> None:
        if not self.at.time:
            raise ValueError("'at' needs 'time': how the moment is written")


@dataclass(frozen=True, slots=True)
class RoomFrom:
    """Finds the broadcast of a row that names only a host and a moment."""

    host: ColumnMap
    at: ColumnMap

    def __post_init__(self) -> None:
        if not self.at.time:
            raise ValueError("'at' needs 'time': how the moment is written")


@dataclass(frozen=True, slots=True)
class Source:
    """One of their files, for one of our tables; several sources of one table are put together."""

    table: str
    file: str
    columns: dict[str, ColumnMap]
    """Our column to theirs."""
    kind: FileKind | None = None
    """Told by the file's ending when not given."""
    encoding: str = "utf-8"
    delimiter: str = ","
    empty: tuple[str, ...] = ("", "NULL", "null", "\\N")
    """Words that mean there is no value."""
    keep: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Their column to the words with which a row is kept; other rows are left out, and counted."""
    distinct: bool = False
    """Take equal rows once: a list of hosts from a list of broadcasts."""
    session: SessionFrom | None = None
    room: RoomFrom | None = None
    stamp_marks: StampMarks | None = None
    """For counts: whether a row's `time_s` is the start of its stretch or the end."""

    def __post_init__(self) -> None:
        if self.table not in schema.BY_NAME:
            raise ValueError(f"no table {self.table!r}: choose one of {', '.join(schema.BY_NAME)}")
        if self.kind is None and Path(self.file).suffix.lower() not in _KIND_OF_ENDING:
            raise ValueError(f"cannot tell the kind of {self.file!r}: set kind to csv, jsonl or parquet")
        if len(self.delimiter) != 1:
            raise ValueError("'delimiter' is one character")
        try:
            "".encode(self.encoding)
        except LookupError as error:
            raise ValueError(f"no encoding {self.encoding!r}: utf-8 and gb18030 are common") from error
        if wrong := [*self._unknown(), *self._missing()]:
            raise ValueError("; ".join(wrong))

    @property
    def file_kind(self) -> FileKind:
        """What kind of file it is."""
        return self.kind or _KIND_OF_ENDING[Path(self.file).suffix.lower()]

    @property
    def found(self) -> set[str]:
        """Our columns that are found rather than mapped."""
        of_session = {"session_id", "time_s"} if self.session else set()
        return of_session | ({"room_id", "time_s"} if self.room else set())

    @property
    def clock(self) -> ColumnMap | None:
        """How `time_s` is read."""
        found = self.session or self.room
        return self.columns.get("time_s") or (found.at if found else None)

    @property
    def totals(self) -> tuple[str, ...]:
        """Our counts that their columns tell as totals so far."""
        return tuple(name for name, column in self.columns.items() if column.cumulative)

    def their_columns(self) -> set[str]:
        """Every column of theirs that the mapping asks for."""
        return {m.column for m in self.maps if m.column} | set(self.keep)

    @property
    def maps(self) -> list[ColumnMap]:
        """Every value of theirs that is asked for, to be mapped or to find something by."""
        by_person = [self.session.person, self.session.at] if self.session else []
        by_host = [self.room.host, self.room.at] if self.room else []
        return [*self.columns.values(), *by_person, *by_host]

    def _unknown(self) -> list[str]:
        table = schema.BY_NAME[self.table]
        known = [column.name for column in table.columns]
        if table.factors:
            return []
        told = []
        for name in self.columns:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                mend = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(known)}"
                told.append(f"{self.table} has no column '{name}': {mend}")
        return told

    def _missing(self) -> list[str]:
        table = schema.BY_NAME[self.table]
        names = {column.name for column in table.columns}
        if self.session and "session_id" not in names:
            return [f"{self.table} has no session to find: leave 'session' out"]
        if self.room and not {"room_id", "time_s"} <= names:
            return [f"{self.table} has no broadcast to find: leave 'room' out"]
        if self.room and (twice := sorted(self.columns.keys() & {"room_id", "time_s"})):
            return [f"'room' finds {' and '.join(twice)}: leave them out of its columns"]
        if "length_s" in names:
            if self.stamp_marks is None:
                return [f'{self.table} needs stamp_marks: set it to "start" or "end" of the stretch']
            if self.clock is not None and self.clock.coarse_s:
                return [f"a stamp of {self.table} is the {self.stamp_marks} of a stretch: leave coarse_s out"]
        elif self.stamp_marks is not None:
            return [f"{self.table} has no stretches: leave stamp_marks out"]
        if wrong := sorted(set(self.totals) - set(schema.COUNTS if "length_s" in names else ())):
            can = f"only {', '.join(schema.COUNTS)} of room_counts can"
            return [f"{', '.join(wrong)} of {self.table} cannot be 'cumulative': {can}"]
        asked = {column.name for column in table.columns if column.required and not column.empty_allowed}
        lacking = sorted(asked - set(self.columns) - self.found)
        return [f"{self.table} needs {', '.join(lacking)}: map them"] if lacking else []


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What a new study is called, and what it has none of."""

    name: str
    without: tuple[str, ...] = ()
    """Needed tables that are written with no row, such as participants where hosts alone are studied."""

    def __post_init__(self) -> None:
        needed = [table.name for table in schema.TABLES if table.required]
        if wrong := [name for name in self.without if name not in needed]:
            raise ValueError(f"'without' names {', '.join(wrong)}: choose from {', '.join(needed)}")


@dataclass(frozen=True, slots=True)
class Mapping:
    """The whole mapping file."""

    source: tuple[Source, ...]
    study: StudyFacts | None = None
    """Needed for a new study only."""

    def __post_init__(self) -> None:
        if not self.source:
            raise ValueError("no [[source]]: name at least one file")


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; every fault is told at once, with its line."""
    return config.load(Mapping, path)
