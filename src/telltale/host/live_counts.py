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
    counts are shared out by time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: list[datetime] = []
        self._rows: list[Array] = []
        self._at = 0
        self._head = _first_line(path)
        self._names = tuple(name for name in self._head if name in _COUNTED)
        unknown = [name for name in self._head if name not in (_TIME, *_COUNTED)]
        if _TIME not in self._head or unknown or not self._names or len(set(self._head)) < len(self._head):
            wrong = f": no column {', '.join(map(repr, unknown))} is known" if unknown else ""
            raise FormatError(
                f"{path} does not begin with the names of its columns{wrong}",
                hint=f"the first line wants 'time' and some of {', '.join(_COUNTED)}",
            )
        self._take()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Its columns, and engagement where any of what it is made of is among them."""
        return (*self._names, "engagement") if set(self._names) & set(_ENGAGEMENT) else self._names

    def known_until(self, now: datetime) -> datetime | None:  # noqa: ARG002 (what is written is what is known)
        """The time of its last row."""
        self._take()
        return self._ends[-1] if self._ends else None

    def between(self, start: datetime, end: datetime) -> Array:
        """Counts of the rows within, and of those that reach over an end by the share that lies within."""
        total = np.zeros(len(self._names))
        covered_s = 0.0
        for before, after, row in zip(self._ends[:-1], self._ends[1:], self._rows[1:], strict=True):
            within_s = (min(after, end) - max(before, start)).total_seconds()
            if within_s > 0:
                total += row * (within_s / (after - before).total_seconds())
                covered_s += within_s
        whole = covered_s >= 0.99 * (end - start).total_seconds()
        return with_engagement(total if whole else np.full(len(total), np.nan), self._names)

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
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""))):
            if (self._at == 0 and number == 0) or not any(cells):
                continue
            self._add(cells)
        self._at += len(whole)

    def _add(self, cells: Sequence[str]) -> None:
        try:
            told = dict(zip(self._head, cells, strict=True))
            moment = datetime.fromisoformat(told[_TIME])
            counts = np.array([_count_of(told[name]) for name in self._names])
        except ValueError as error:
            what = f"{self.path}: {','.join(cells)!r} is no row of counts"
            hint = f"write {','.join(self._head)}: {_TIME} as 2026-05-01T20:15:00+08:00, counts as numbers"
            raise FormatError(what, hint=hint) from error
        if moment.tzinfo is None:
            raise FormatError(
                f"{self.path}: {told[_TIME]} names no time zone", hint="write 2026-05-01T20:15:00+08:00"
            )
        if self._ends and moment <= self._ends[-1]:
            raise FormatError(
                f"{self.path}: {told[_TIME]} is not after the row before", hint="rows rise by time"
            )
        self._ends.append(moment)
        self._rows.append(counts)


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


def _count_of(cell: str) -> float:
    """A count; NaN where the cell is empty.

    >>> _count_of("12"), _count_of("")
    (12.0, nan)
    """
    count = float(cell) if cell else math.nan
    if cell and not 0 <= count < math.inf:
        raise ValueError(f"{cell} is no count")
    return count


def with_engagement(counts: Array, names: Sequence[str]) -> Array:
    """Counts with the sum of comments, likes, shares and gifts behind them, where any of these is counted.

    >>> with_engagement(np.array([2.0, 3.0, 4.0]), ("purchases", "likes", "gifts")).tolist()
    [2.0, 3.0, 4.0, 7.0]
    """
    parts = [place for place, name in enumerate(names) if name in _ENGAGEMENT]
    return np.append(counts, counts[parts].sum()) if parts else counts
