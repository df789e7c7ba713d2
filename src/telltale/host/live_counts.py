"""What is counted while a broadcast runs: asked by stretch, told once it is whole.

Whatever counts (`RoomCounter`) says up to when it has counted; a stretch waits until then. Two come with
Telltale: a file that a platform's export adds rows to, and the service's own shop events (`telltale.live`).
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from telltale.core.errors import FormatError
from telltale.host.live_rows import LiveRows, OwnRows, told_encoding
from telltale.host.shown import Array
from telltale.study.import_sources import with_mark

_ENGAGEMENT: Final = ("comments", "likes", "shares", "gifts")
_OVERLAP: Final = timedelta(seconds=0.5)
"""Rows may reach into one another so far: stamps are rounded."""

_FAR_S: Final = 25 * 60.0
"""A last row as far as this from now is told: zones lie half hours apart."""
_ZONE_H: Final = 1.0
_REMEMBERED: Final = 4096
"""Bytes that were read last and must still be there."""


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
    """A CSV file that grows, read by `live_rows`.

    A row that is still being written is left for later. Where a row reaches over the end of a stretch its
    counts are shared out by time. A row that cannot be read is left out and told. If rows count since the row
    before, it is not known then since when the next one counts, so up to that one there is a gap. Viewers are
    those present, and no count.

    Parameters
    ----------
    rows
        How its lines are read: as our own columns if left out.
    """

    who = "whoever the platform counted in the file"
    """Who is counted."""

    def __init__(self, path: Path, rows: LiveRows | None = None) -> None:
        self.path = path
        self._read = OwnRows(path) if rows is None else rows
        self._names = self._read.names
        self.knows_viewers = self._read.knows_viewers
        """Whether somebody counts them."""
        self._begins: list[datetime] = []
        self._ends: list[datetime] = []
        self._rows: list[Array] = []
        self._present: list[float] = []
        self._now: datetime | None = None
        self._at, self._lines, self._tail = 0, 0, b""
        self._broken, self._first_broken, self._gap = 0, "", False
        self._take()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Its columns, and engagement where any of what it is made of is among them."""
        return (*self._names, "engagement") if set(self._names) & set(_ENGAGEMENT) else self._names

    def left_out(self) -> str:
        """What of the file cannot be used and why, in one line; empty where all can."""
        return "; ".join(filter(None, (self._unread(), self._read.remark(), self._far())))

    def _unread(self) -> str:
        if not self._broken:
            return ""
        rows = "1 row is" if self._broken == 1 else f"{self._broken:,} rows are"
        first = "" if self._broken == 1 else "the first, "
        return f"{self.path}: {rows} left out; {first}{self._first_broken}"

    def _far(self) -> str:
        """That its last row is of another hour than now."""
        if not self._ends or self._now is None:
            return ""
        away_s = (self._ends[-1] - self._now).total_seconds()
        if abs(away_s) < _FAR_S:
            return ""
        hours, side = round(abs(away_s) / 1800) / 2, "before" if away_s < 0 else "after"
        zone = "is its time zone right?" if hours >= _ZONE_H else "does the export still run?"
        return f"{self.path}: its last row lies {hours:g} h {side} now: {zone}"

    def known_until(self, now: datetime) -> datetime | None:
        """The time of its last row."""
        self._now = now
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
        for place, (begins, ends) in enumerate(zip(self._begins, self._ends, strict=True)):
            within_s = (min(ends, end) - max(begins, start)).total_seconds()
            if within_s > 0:
                yield place, within_s, (ends - begins).total_seconds()

    def _take(self) -> None:
        """Read the lines that were added."""
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < self._at:
                raise FormatError(f"{self.path} has become shorter", hint="let an export only add rows to it")
            file.seek(self._at - len(self._tail))
            if file.read(len(self._tail)) != self._tail:
                raise FormatError(
                    f"{self.path} has changed in what was read before",
                    hint="let an export only add rows to it",
                )
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        if not whole:
            return
        encoding = self._read.encoding
        with told_encoding(self.path, encoding):
            text = whole.decode(with_mark(encoding) if self._at == 0 else encoding)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=self._read.delimiter)
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
        self._tail = (self._tail + whole)[-_REMEMBERED:]

    def _add(self, cells: Sequence[str]) -> None:
        """Keep a row; a ValueError says what is wrong with it."""
        if (row := self._read.read(cells)) is None:
            return
        before = self._ends[-1] if self._ends else row.begin or row.end
        if self._ends and row.end <= before:
            raise ValueError("not after the row before: rows rise by time")
        if row.begin is not None and row.begin < before - _OVERLAP:
            raise ValueError("it begins before the row before ends")
        # Of rows that count since the row before, one that could not be read leaves a gap up to the next.
        unknown = row.begin is None and self._gap
        self._begins.append(before if row.begin is None else max(row.begin, before))
        self._ends.append(row.end)
        self._rows.append(np.full(len(row.counts), np.nan) if unknown else row.counts)
        self._present.append(row.viewers)
        self._gap = False


def with_engagement(counts: Array, names: Sequence[str]) -> Array:
    """Counts with the sum of comments, likes, shares and gifts behind them, where any of these is counted.

    >>> with_engagement(np.array([2.0, 3.0, 4.0]), ("purchases", "likes", "gifts")).tolist()
    [2.0, 3.0, 4.0, 7.0]
    """
    parts = [place for place, name in enumerate(names) if name in _ENGAGEMENT]
    return np.append(counts, counts[parts].sum()) if parts else counts
