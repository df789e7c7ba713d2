"""A recording's own clock, past the places where it jumps."""

from __future__ import annotations

from dataclasses import dataclass, field

BACK_S = 0.5
"""A picture this much earlier than the one before comes after a clock that was set anew; less is disorder."""
AHEAD_S = 3600.0
"""So is one this much later: nobody films a face every hour."""


@dataclass(slots=True)
class Clock:
    """Counts on where a recording's times jump, as in two recordings joined into one file.

    >>> clock = Clock(step_s=0.5)
    >>> [clock.place(time_s) for time_s in (0.0, 0.5, 95_000.0, 95_000.5, 0.5)]
    [0.0, 0.5, 1.0, 1.5, 2.0]
    >>> clock.jumps_s
    [1.0, 2.0]
    """

    step_s: float
    """What a picture is taken to last where the times do not say."""
    _shift_s: float = 0.0
    _last_s: float | None = None
    jumps_s: list[float] = field(default_factory=list)
    """Where it counted on."""

    def place(self, time_s: float) -> float:
        """The time since the recording began; what is a little out of order stays so."""
        placed = time_s + self._shift_s
        last = self._last_s
        if last is not None and not last - BACK_S <= placed <= last + AHEAD_S:
            placed = last + self.step_s
            self._shift_s = placed - time_s
            self.jumps_s.append(placed)
        self._last_s = placed if last is None else max(placed, last)
        return placed
