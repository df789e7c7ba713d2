"""Running totals to counts: what a platform tells as "so far" becomes what came in each stretch.

    count of a stretch = total at its end - total at the end of the stretch before

Only where the two touch: what came in a stretch that was not exported is in the next difference, and nobody
can tell how much of it is whose, so that count is left empty. The first stretch of a broadcast counts from 0
if the broadcast begins in it. A total that falls is no running total: the row is turned away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

Row = dict[str, Any]
_TOUCH_S: Final = 0.5
"""Stretches as near as this follow one another: stamps are rounded."""


@dataclass(frozen=True, slots=True)
class _Total:
    """A total as it was last told in a broadcast."""

    value: float
    end_s: float
    place: str


@dataclass(slots=True)
class RunningTotals:
    """The rows of one source whose columns `names` are totals so far."""

    names: tuple[str, ...]
    rows: list[tuple[Row, str]] = field(default_factory=list)
    """Each with the place where it stood."""

    def note(self, row: Row, place: str) -> None:
        """Take in a row."""
        if self.names:
            self.rows.append((row, place))

    def settle(self) -> Iterator[tuple[Row, str, list[str]]]:
        """Turn totals into counts, in the rows themselves; gives those whose totals fall, and why.

        >>> totals = RunningTotals(("likes",))
        >>> for minute, so_far in ((1, 5.0), (2, 5.0), (4, 9.0), (5, 8.0)):
        ...     row = {"room_id": "r", "time_s": 60.0 * minute, "length_s": 60.0, "likes": so_far}
        ...     totals.note(row, f"line {minute}")
        >>> [why for _, _, why in totals.settle()]
        [['likes: the total so far falls from 9 (line 4) to 8']]
        >>> [row["likes"] for row, _ in totals.rows[:3]]
        [5.0, 0.0, None]
        """
        last: dict[tuple[str, str], _Total] = {}
        for row, place in sorted(self.rows, key=lambda one: (one[0]["room_id"], one[0]["time_s"])):
            room, end_s = row["room_id"], row["time_s"]
            now = {n: _Total(row[n], end_s, place) for n in self.names if row.get(n) is not None}
            before = {name: last[room, name] for name in now if (room, name) in last}
            reasons = [
                f"{name}: the total so far falls from {was.value:g} ({was.place}) to {now[name].value:g}"
                for name, was in before.items()
                if now[name].value < was.value
            ]
            if reasons:
                yield row, place, reasons
                continue
            for name, total in now.items():
                row[name] = _count(total, before.get(name), end_s - row["length_s"])
                last[room, name] = total


def _count(now: _Total, before: _Total | None, start_s: float) -> float | None:
    """What came in the stretch that began then; None where more than that lies between the two totals."""
    if before is None:
        return now.value if start_s <= _TOUCH_S else None
    return round(now.value - before.value, 6) if abs(start_s - before.end_s) <= _TOUCH_S else None
