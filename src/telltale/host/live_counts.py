"""What is counted while a broadcast runs: asked by stretch, told once it is whole.

Whatever counts (`RoomCounter`) says up to when it has counted; a stretch waits until then. Two come with
Telltale: a file that a platform's export adds rows to, and the service's own shop events (`telltale.live`).
"""

from __future__ import annotations

import contextlib
import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from telltale.core.errors import FormatError
from telltale.host.points import COUNTS
from telltale.host.shown import Array

_ENGAGEMENT: Final = ("comments", "likes", "shares", "gifts")
_TIME: Final = "time"
_VIEWERS: Final = "viewers"
_COUNTED: Final = tuple(name for name in COUNTS if name != "engagement")


class RoomCounter(Protocol):
    """What counts."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What it counts, of `COUNTS`."""
        ...

    def known_until(self, now: datetime) -> datetime | None:
        """Up to when all is counted; None if nothing is yet."""
        ...

    def between(self, start: datetime, end: datetime) -> Array:
        """What came in (start, end], shape (outcomes,); NaN where it was not counted."""
        ...


class FileCounter:
    """A CSV file that grows: `time` (ISO 8601 with its zone), then counts since the row before.

    A row that is still being written is left for later. Where a row reaches over the end of a stretch its
    counts are shared out by time. A row that cannot be read is left out and told; since when the row after it
    counts is not known, so up to that one there is a gap. `viewers`, where there is such a column, are those
    present, and no count.
    """

    who = "whoever the platform counted in the file"
    """Who is counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: list[datetime] = []
        self._rows: list[Array] = []
        self._present: list[float] = []
        self._at, self._lines = 0, 0
        self._broken, self._first_broken, self._gap = 0, "", False
        self._head = _first_line(path)
        self._names = tuple(name for name in self._head if name in _COUNTED)
        unknown = [name for name in self._head if name not in (_TIME, _VIEWERS, *_COUNTED)]
        if _TIME not in self._head or unknown or not self._names or len(set(self._head)) < len(self._head):
            wrong = f": no column {', '.join(map(repr, unknown))} is known" if unknown else ""
            raise FormatError(
                f"{path} does not begin with the names of its columns{wrong}",
                hint=f"the first line wants 'time', some of {', '.join(_COUNTED)}, and may have 'viewers'",
            )
        self._take()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Its columns, and engagement where any of what it is made of is among them."""
        return (*self._names, "engagement") if set(self._names) & set(_ENGAGEMENT) else self._names

    @property
    def knows_viewers(self) -> bool:
        """Whether it has a column of viewers."""
        return _VIEWERS in self._head

    def left_out(self) -> str:
        """How many rows cannot be read and why the first cannot, in one line; empty where all can."""
        if not self._broken:
            return ""
        rows = "1 row is" if self._broken == 1 else f"{self._broken:,} rows are"
        first = "" if self._broken == 1 else "the first, "
        return f"{self.path}: {rows} left out; {first}{self._first_broken}"

    def known_until(self, now: datetime) -> datetime | None:  # noqa: ARG002 (what is written is what is known)
        """The time of its last row."""
        self._take()
        return self._ends[-1] if self._ends else None

    def between(self, start: datetime, end: datetime) -> Array:
        """Counts of the rows within, and of those that reach over an end by the share that lies within."""
        total = np.zeros(len(self._names))
        covered_s = 0.0
        for place, within_s, row_s in self._within(start, end):
            total += self._rows[place] * (within_s / row_s)
            covered_s += within_s
        whole = covered_s >= 0.99 * (end - start).total_seconds()
        return with_engagement(total if whole else np.full(len(total), np.nan), self._names)

    def viewers(self, start: datetime, end: datetime) -> float:
        """Mean number of viewers present, over what is known of the stretch; NaN where nothing is."""
        rows = [(self._present[place], within_s) for place, within_s, _ in self._within(start, end)]
        known = [(there, within_s) for there, within_s in rows if not math.isnan(there)]
        seconds = sum(within_s for _, within_s in known)
        return sum(there * within_s for there, within_s in known) / seconds if known else math.nan

    def _within(self, start: datetime, end: datetime) -> Iterator[tuple[int, float, float]]:
        """The rows that reach into a stretch: place, seconds within and seconds in all."""
        for place in range(1, len(self._ends)):
            before, after = self._ends[place - 1], self._ends[place]
            within_s = (min(after, end) - max(before, start)).total_seconds()
            if within_s > 0:
                yield place, within_s, (after - before).total_seconds()

    def _take(self) -> None:
        """Read the lines that were added."""
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < self._at:
                raise FormatError(f"{self.path} has become shorter", hint="let an export only add rows to it")
            file.seek(self._at)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        if not whole:
            return
        with _told(self.path):
            text = whole.decode("utf-8-sig" if self._at == 0 else "utf-8")
        rows = csv.reader(io.StringIO(text, newline=""))
        for cells in rows:
            line = self._lines + rows.line_num
            if line == 1 or not any(cells):
                continue
            try:
                self._add(cells)
            except ValueError as error:
                self._first_broken = self._first_broken or f"line {line} ({','.join(cells)!r}): {error}"
                self._broken += 1
                self._gap = True
        self._lines += rows.line_num
        self._at += len(whole)

    def _add(self, cells: Sequence[str]) -> None:
        """Keep a row; a ValueError says what is wrong with it."""
        if len(cells) != len(self._head):
            raise ValueError(f"{len(cells)} cells under {len(self._head)} columns")
        told = dict(zip(self._head, cells, strict=True))
        moment = _moment_of(told[_TIME])
        if self._ends and moment <= self._ends[-1]:
            raise ValueError("not after the row before: rows rise by time")
        counts = np.array([_count_of(told[name]) for name in self._names])
        present = _count_of(told.get(_VIEWERS, ""))
        self._ends.append(moment)
        self._rows.append(np.full(len(counts), np.nan) if self._gap else counts)
        self._present.append(present)
        self._gap = False


def _first_line(path: Path) -> list[str]:
    if not path.is_file():
        raise FormatError(f"no file of counts at {path}", hint="name the file that an export adds to")
    with _told(path), path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader([file.readline()]), [])


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not written in UTF-8", hint="let the export write UTF-8") from error


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


def with_engagement(counts: Array, names: Sequence[str]) -> Array:
    """Counts with the sum of comments, likes, shares and gifts behind them, where any of these is counted.

    >>> with_engagement(np.array([2.0, 3.0, 4.0]), ("purchases", "likes", "gifts")).tolist()
    [2.0, 3.0, 4.0, 7.0]
    """
    parts = [place for place, name in enumerate(names) if name in _ENGAGEMENT]
    return np.append(counts, counts[parts].sum()) if parts else counts
