"""Stretches that a platform counted, laid on its broadcasts; and whether their clock is that of another zone.

An export's minute is told by one stamp, its start or its end, and need not begin with the broadcast. A
stretch is kept where any of it lies in its broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from telltale.core.errors import FormatError
from telltale.study.import_mapping import ColumnMap, StampMarks
from telltale.study.import_values import UnmappableError
from telltale.study.import_visits import Broadcast

_HALF_HOURS: Final = tuple(h for h in range(-28, 29) if h)
"""Zones of the earth lie up to 14 h from UTC."""
_MOST: Final = 0.9
"""Share of the rows that another zone must bring into their broadcasts before it is named."""
_COMMON: Final = (
    "UTC", "Asia/Shanghai", "Asia/Tokyo", "Asia/Jakarta", "Asia/Kolkata", "Asia/Dubai", "Europe/London",
    "Europe/Berlin", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Sao_Paulo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
"""Zones to propose, the first whose clocks showed that hour on that day."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when a row counts."""

    begin: datetime
    end: datetime

    @classmethod
    def of(cls, stamp: datetime, length_s: float, marks: StampMarks | None) -> Stretch:
        """A stretch by its one stamp."""
        length = timedelta(seconds=length_s)
        return cls(stamp, stamp + length) if marks == "start" else cls(stamp - length, stamp)

    def touches(self, room: Broadcast) -> bool:
        """Whether any of it lies in the broadcast."""
        return self.begin < room.stop and room.start < self.end

    def end_in(self, room: Broadcast) -> float:
        """Its end in seconds from the broadcast's start, to the millisecond.

        >>> from datetime import UTC
        >>> t = datetime(2026, 3, 1, 12, tzinfo=UTC)
        >>> room = Broadcast("r1", t + timedelta(seconds=40), t + timedelta(seconds=640))
        >>> Stretch.of(t, 60, "start").end_in(room)
        20.0
        """
        if not self.touches(room):
            late = self.begin >= room.stop
            apart = self.begin - room.stop if late else room.start - self.end
            when = f"after {room.name} ended" if late else f"before {room.name} began"
            raise UnmappableError(f"{_hours(apart.total_seconds())} {when}")
        return round((self.end - room.start).total_seconds(), 3)


@dataclass(slots=True)
class LaidStretches:
    """The stretches of one source, each with the broadcasts it may belong to."""

    file: str
    clock: ColumnMap
    """How their stamps are read."""
    stretches: list[Stretch] = field(default_factory=list)
    rooms: list[tuple[Broadcast, ...]] = field(default_factory=list)

    def note(self, stretch: Stretch, rooms: tuple[Broadcast, ...]) -> None:
        """Take in a row."""
        self.stretches.append(stretch)
        self.rooms.append(rooms)

    def refuse_other_zone(self) -> None:
        """Raise one line where nearly all rows would lie in their broadcasts some whole half hours earlier or
        later, and more of them than do now.
        """
        row = np.repeat(np.arange(len(self.rooms)), [len(rooms) for rooms in self.rooms])
        if not len(row):
            return
        known = [room for rooms in self.rooms for room in rooms]
        starts, stops = (np.array([getattr(r, n).timestamp() for r in known]) for n in ("start", "stop"))
        begins, ends = (
            np.array([getattr(s, n).timestamp() for s in self.stretches]) for n in ("begin", "end")
        )

        def inside(half_hours: int) -> int:
            late_s = 1800 * half_hours
            touch = (begins[row] - late_s < stops) & (starts < ends[row] - late_s)
            return len(np.unique(row[touch]))

        found = {h: inside(h) for h in _HALF_HOURS}
        # Of equals a whole hour, then the nearest: most zones are whole hours apart.
        best = min(found, key=lambda h: (-found[h], h % 2, abs(h)))
        if found[best] >= _MOST * len(self.rooms) and found[best] > inside(0):
            raise self._other_zone(best, found[best])

    def _other_zone(self, half_hours: int, count: int) -> FormatError:
        side = "after" if half_hours > 0 else "before"
        told = (
            f"{count} of {len(self.rooms)} rows lie {_hours(1800 * abs(half_hours))} {side} their broadcasts"
        )
        if self.clock.time.startswith("epoch"):
            return FormatError(f"{self.file}: {told}", hint="is the zone of rooms.started_at right?")
        zone = self._zone(self.stretches[0].begin, half_hours)
        return FormatError(f"{self.file}: {told}", hint=f"is 'timezone' {zone}?")

    def _zone(self, moment: datetime, half_hours: int) -> str:
        """A zone whose clocks are ahead of the mapping's by so much."""
        ahead = moment.astimezone(ZoneInfo(self.clock.timezone)).utcoffset() or timedelta()
        wanted = ahead + timedelta(minutes=30 * half_hours)
        fitting = (name for name in _COMMON if moment.astimezone(ZoneInfo(name)).utcoffset() == wanted)
        hours, minutes = divmod(abs(int(wanted.total_seconds())) // 60, 60)
        sign = "+" if wanted >= timedelta() else "-"
        return next(fitting, f"one at UTC{sign}{hours:02d}:{minutes:02d}")


def _hours(seconds: float) -> str:
    """
    >>> _hours(28_800), _hours(5_400), _hours(90), _hours(0.5)
    ('8 h', '1.5 h', '90 s', '0.5 s')
    """
    return f"{seconds / 3600:.3g} h" if seconds >= 3600 else f"{seconds:g} s"
