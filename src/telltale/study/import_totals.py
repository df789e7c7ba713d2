"""Running totals to counts: what a platform tells as "so far" becomes what came in each stretch.

    count of a stretch = total at its end - total at the end of the stretch before

Only where the two touch: what came in a stretch that was not exported is in the next difference, and nobody
can tell how much of it is whose, so that count is left empty. The first stretch of a broadcast counts from 0
if the broadcast begins in it.

A total that falls tells of something taken back, such as a refund: what came in that stretch is not known,
its count is left empty, and the total goes on from there. Where most totals of a row fall, the row is of
another count altogether and is turned away; one total alone must fall to less than half for that, as a
counter that begins anew does. A column that falls in more than a quarter of its rows is no total, and none
of it is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from telltale.core.errors import FormatError

Row = dict[str, Any]
_TOUCH_S: Final = 0.5
"""Stretches as near as this follow one another: stamps are rounded."""
_MOST_FALLS: Final = 0.25
"""Share of its rows in which a total may fall; counts of each stretch, taken for totals, fall in half."""
_ENOUGH: Final = 8
"""Rows with one before them from which on that is asked."""


def refuse_no_total(file: str, name: str, falls: int, rows: int) -> None:
    """Raise one line where a column falls in so many of its rows that it holds no totals."""
    if rows >= _ENOUGH and falls > _MOST_FALLS * rows:
        raise FormatError(
            f"{file}: {name} is mapped as a total so far and falls in {falls:,} of {rows:,} rows",
            hint="leave its 'cumulative' out if each row tells what came in its stretch alone",
        )


@dataclass(frozen=True, slots=True)
class Total:
    """A total as it was last told in a broadcast, at `end_s` of its clock."""

    value: float
    end_s: float
    place: str


@dataclass(frozen=True, slots=True)
class Fall:
    """A row of which totals fall."""

    row: Row
    place: str
    reasons: list[str]
    """A line for each total that falls."""
    turned_away: bool
    """Whether the row is of another count; else those totals alone are empty, and the rest is counted."""


@dataclass(slots=True)
class RunningTotals:
    """The rows of one source whose columns `names` are totals so far."""

    file: str
    names: tuple[str, ...]
    rows: list[tuple[Row, str]] = field(default_factory=list)
    """Each with the place where it stood."""

    def note(self, row: Row, place: str) -> None:
        """Take in a row."""
        if self.names:
            self.rows.append((row, place))

    def settle(self) -> list[Fall]:
        """Turn totals into counts, in the rows themselves; gives those of which totals fall.

        Raises
        ------
        FormatError
            When a column falls so often that it holds no totals.

        >>> totals = RunningTotals("minutes.csv", ("likes", "revenue"))
        >>> for minute, likes, revenue in ((1, 5.0, 90.0), (2, 5.0, 60.0), (3, 9.0, 80.0), (5, 8.0, 70.0)):
        ...     row = {"room_id": "r", "time_s": 60.0 * minute, "length_s": 60.0}
        ...     totals.note(row | {"likes": likes, "revenue": revenue}, f"line {minute}")
        >>> [(fall.place, fall.reasons, fall.turned_away) for fall in totals.settle()][0]
        ('line 2', ['revenue: the total so far falls from 90 (line 1) to 60'], False)
        >>> [(row["likes"], row["revenue"]) for row, _ in totals.rows[:3]]
        [(5.0, 90.0), (0.0, None), (4.0, 20.0)]
        """
        self._refuse_no_totals()
        return list(self._settled())

    def _refuse_no_totals(self) -> None:
        for name in self.names:
            told = [(row["room_id"], row[name]) for row in self._in_time() if row.get(name) is not None]
            steps = [after - before for (one, before), (other, after) in pairwise(told) if one == other]
            falls = sum(step < 0 for step in steps)
            refuse_no_total(self.file, name, falls, len(steps))

    def _in_time(self) -> list[Row]:
        return [row for row, _ in sorted(self.rows, key=_by_time)]

    def _settled(self) -> Iterator[Fall]:
        last: dict[tuple[str, str], Total] = {}
        for row, place in sorted(self.rows, key=_by_time):
            room, end_s = row["room_id"], row["time_s"]
            now = {n: Total(row[n], end_s, place) for n in self.names if row.get(n) is not None}
            before = {name: last[room, name] for name in now if (room, name) in last}
            fallen = [name for name, was in before.items() if now[name].value < was.value]
            turned_away = 2 * len(fallen) > len(now) > 1 or any(
                len(now) == 1 and now[name].value < before[name].value / 2 for name in fallen
            )
            if fallen:
                reasons = [_told(name, before[name], now[name]) for name in fallen]
                yield Fall(row, place, reasons, turned_away)
            if turned_away:
                continue
            for name, total in now.items():
                count = count_since(total, before.get(name), end_s - row["length_s"])
                row[name] = None if name in fallen else count
                last[room, name] = total


def _by_time(noted: tuple[Row, str]) -> tuple[str, float]:
    return noted[0]["room_id"], noted[0]["time_s"]


def _told(name: str, before: Total, now: Total) -> str:
    """In full digits: what was paid back is often less than `g` shows."""
    return f"{name}: the total so far falls from {before.value:.12g} ({before.place}) to {now.value:.12g}"


def count_since(now: Total, before: Total | None, start_s: float) -> float | None:
    """What came in the stretch that began then; None where more than that lies between the two totals.

    >>> count_since(Total(9.0, 120.0, "line 3"), Total(5.0, 60.0, "line 2"), start_s=60.0)
    4.0
    """
    if before is None:
        return now.value if start_s <= _TOUCH_S else None
    return round(now.value - before.value, 6) if abs(start_s - before.end_s) <= _TOUCH_S else None
