"""A line of a file of counts: in our own columns, or in a platform's by the mapping file of an import."""

from __future__ import annotations

import contextlib
import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.host.points import COUNTS
from telltale.host.shown import Array
from telltale.study import schema
from telltale.study.import_mapping import ColumnMap, Source, read_mapping
from telltale.study.import_sources import read_lookup, with_mark
from telltale.study.import_stretches import Stretch
from telltale.study.import_totals import Total, count_since, refuse_no_total
from telltale.study.import_values import map_value

_TIME: Final = "time"
_VIEWERS: Final = "viewers"
_TABLE: Final = "room_counts"
COUNTED: Final = tuple(name for name in COUNTS if name != "engagement")
"""What a row can count."""


@dataclass(frozen=True, slots=True, eq=False)
class CountedRow:
    """What one row tells."""

    begin: datetime | None
    """None where a row counts since the row before."""
    end: datetime
    counts: Array
    """Shape (names,); NaN where it was not counted."""
    viewers: float
    """Present; NaN where not known."""


class LiveRows(Protocol):
    """Reads the lines of a file of counts."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    """What is counted, of `COUNTED`."""
    knows_viewers: bool

    def read(self, cells: Sequence[str]) -> CountedRow | None:
        """A row, None where it is of something else; a ValueError says what is wrong with it."""
        ...

    def remark(self) -> str:
        """What else should be known of the rows so far, in one line."""
        ...


class OwnRows:
    """Columns of ours: `time` (ISO 8601 with its zone), counts since the row before, `viewers` present."""

    encoding = "utf-8"
    delimiter = ","

    def __init__(self, path: Path) -> None:
        self._head = _head(path, self.encoding, self.delimiter)
        self.names = tuple(name for name in self._head if name in COUNTED)
        self.knows_viewers = _VIEWERS in self._head
        unknown = [name for name in self._head if name not in (_TIME, _VIEWERS, *COUNTED)]
        if _TIME not in self._head or unknown or not self.names or len(set(self._head)) < len(self._head):
            wrong = f": no column {', '.join(map(repr, unknown))} is known" if unknown else ""
            raise FormatError(
                f"{path} does not begin with the names of its columns{wrong}",
                hint=f"the first line wants 'time', some of {', '.join(COUNTED)}, and may have 'viewers'; "
                "columns of a platform's own want --mapping FILE",
            )

    def read(self, cells: Sequence[str]) -> CountedRow:
        """A row that counts since the row before."""
        told = _cells_of(self._head, cells)
        counts = np.array([_count_of(told[name]) for name in self.names])
        return CountedRow(None, _moment_of(told[_TIME]), counts, _count_of(told.get(_VIEWERS, "")))

    def remark(self) -> str:
        """Nothing."""
        return ""


class MappedRows:
    """Columns of a platform's, by that part of a mapping file which `telltale study import` reads them with.

    Parameters
    ----------
    path
        The file that grows, whatever `file` the mapping names.
    mapping
        Its one source of `room_counts`; of several the one whose file has the name of this one.
    room
        The broadcast, where rows tell theirs, or the host where they tell that: other rows are passed over.
    """

    def __init__(self, path: Path, mapping: Path, room: str | None) -> None:
        self._path = path
        self._source = source = _source_for(path, mapping)
        self._room = room
        self._mine = 0
        self._others: set[str] = set()
        self.encoding, self.delimiter = source.encoding, source.delimiter
        self._refuse(mapping)
        self._head = _head(path, self.encoding, self.delimiter)
        if lacking := sorted(source.their_columns() - set(self._head)):
            raise FormatError(
                f"{path} has no column {', '.join(map(repr, lacking))}, which {mapping} asks for",
                hint=f"it has {', '.join(self._head)}",
            )
        self.names: tuple[str, ...] = tuple(name for name in COUNTED if name in source.columns)
        self.knows_viewers = _VIEWERS in source.columns
        self._meanings = {m.lookup: read_lookup(mapping.parent, m.lookup) for m in source.maps if m.lookup}
        self._totals: dict[str, Total] = {}
        self._rows: Counter[str] = Counter()
        self._falls: Counter[str] = Counter()
        self._first: datetime | None = None

    def read(self, cells: Sequence[str]) -> CountedRow | None:
        """A row that counts for its own stretch; None where it is of another broadcast, or not to be kept."""
        theirs = _cells_of(self._head, cells)
        if not all(theirs[name].strip() in words for name, words in self._source.keep.items()):
            return None
        if not self._of_this_broadcast(theirs):
            return None
        stretch = self._stretch_of(theirs)
        counts = np.array([self._count(theirs, name, stretch) for name in self.names])
        viewers = self._number(theirs, _VIEWERS) if self.knows_viewers else math.nan
        return CountedRow(stretch.begin, stretch.end, counts, viewers)

    def remark(self) -> str:
        """That all rows so far are of other broadcasts or hosts, or that totals fell; empty where not."""
        if self._mine or not self._others:
            fell = (f"{name} in {number}" for name, number in self._falls.items())
            told = ", ".join(fell)
            return f"{self._path}: totals so far fell: {told}; these counts are left empty" if told else ""
        there = ", ".join(sorted(self._others)[:5])
        return f"{self._path}: no row of {self._whose} {self._room} so far; there are rows of {there}"

    def _refuse(self, mapping: Path) -> None:
        """What an import can take and a running broadcast cannot."""
        clock = self._source.clock
        if clock is None or not clock.time:
            raise ConfigError(
                f"{mapping}: time_s of {_TABLE} is no moment", hint="give 'time': how the moment is written"
            )
        if self._source.file_kind != "csv" or "\n".encode(self.encoding) != b"\n":
            raise ConfigError(
                f"{mapping}: a file that grows is CSV in UTF-8, GB 18030 or the like",
                hint="let the platform export that",
            )
        if not set(self._source.columns) & set(COUNTED):
            raise ConfigError(f"{mapping}: {_TABLE} maps no count", hint=f"map some of {', '.join(COUNTED)}")
        if self._room is None:
            raise ConfigError(
                f"{mapping}: rows tell their {self._whose}", hint=f"name this {self._whose} with --room ID"
            )

    @property
    def _whose(self) -> str:
        return "host" if self._source.room else "broadcast"

    def _of_this_broadcast(self, theirs: dict[str, str]) -> bool:
        way = self._source.room
        whose = self._value(theirs, way.host if way else self._source.columns["room_id"], "id")
        if whose == self._room:
            self._mine += 1
            return True
        self._others.add(str(whose))
        return False

    def _stretch_of(self, theirs: dict[str, str]) -> Stretch:
        clock = self._source.clock
        stamp = None if clock is None else self._value(theirs, clock, "utc")
        length_s = self._number(theirs, "length_s")
        if stamp is None or not length_s > 0:
            raise ValueError("it tells no moment" if stamp is None else "its length_s is not above 0")
        return Stretch.of(stamp, length_s, self._source.stamp_marks)

    def _count(self, theirs: dict[str, str], name: str, stretch: Stretch) -> float:
        """A count; NaN where there is none, and where a total so far does not tell it."""
        value = self._number(theirs, name)
        if name not in self._source.totals or math.isnan(value):
            return value
        # Totals are asked for in seconds: any moment will do to count them from.
        self._first = self._first or stretch.begin
        begin_s, end_s = ((one - self._first).total_seconds() for one in (stretch.begin, stretch.end))
        now, before = Total(value, end_s, ""), self._totals.get(name)
        self._totals[name] = now
        if before is None:
            return math.nan
        self._rows[name] += 1
        if value < before.value:
            self._falls[name] += 1
            refuse_no_total(str(self._path), name, self._falls[name], self._rows[name])
            return math.nan
        count = count_since(now, before, begin_s)
        return math.nan if count is None else count

    def _number(self, theirs: dict[str, str], name: str) -> float:
        value = self._value(theirs, self._source.columns[name], "number")
        if value is not None and value < 0:
            raise ValueError(f"{name}: {value:g} is below 0")
        return math.nan if value is None else float(value)

    def _value(self, theirs: dict[str, str], column: ColumnMap, kind: schema.Kind) -> Any:
        meanings = self._meanings[column.lookup] if column.lookup else {}
        return map_value(theirs, column, kind, self._source.empty, meanings)


def _source_for(path: Path, mapping: Path) -> Source:
    sources = [one for one in read_mapping(mapping).source if one.table == _TABLE]
    named = sources if len(sources) == 1 else [one for one in sources if Path(one.file).name == path.name]
    if len(named) == 1:
        return named[0]
    there = f"it has them for {', '.join(one.file for one in sources)}" if sources else "add a [[source]]"
    raise ConfigError(f"{mapping} has no one source of {_TABLE} for {path.name}", hint=there)


def _head(path: Path, encoding: str, delimiter: str) -> list[str]:
    if not path.is_file():
        raise FormatError(f"no file of counts at {path}", hint="name the file that an export adds to")
    with told_encoding(path, encoding), path.open(encoding=with_mark(encoding), newline="") as file:
        return next(csv.reader([file.readline()], delimiter=delimiter), [])


@contextlib.contextmanager
def told_encoding(path: Path, encoding: str) -> Iterator[None]:
    """Bytes that are none of this encoding are one clear line."""
    try:
        yield
    except UnicodeDecodeError as error:
        name = encoding.upper()
        raise FormatError(
            f"{path} is not written in {name}", hint="export it so, or set 'encoding' in a --mapping FILE"
        ) from error


def _cells_of(head: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(head):
        raise ValueError(f"{len(cells)} cells under {len(head)} columns")
    return dict(zip(head, cells, strict=True))


def _moment_of(cell: str) -> datetime:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is no time; write 2026-05-01T20:15:00+08:00") from None
    if moment.tzinfo is None:
        raise ValueError(f"{cell} names no time zone; write 2026-05-01T20:15:00+08:00")
    return moment


def _count_of(cell: str) -> float:
    """A count; NaN where the cell is empty.

    >>> _count_of("12"), _count_of("")
    (12.0, nan)
    """
    if not cell:
        return math.nan
    with contextlib.suppress(ValueError):
        if 0 <= (count := float(cell)) < math.inf:
            return count
    raise ValueError(f"{cell!r} is no count")
