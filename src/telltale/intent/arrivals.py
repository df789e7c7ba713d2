"""Rows of one viewer as they arrive, late, twice or in another order, put back into seconds by their time.

Row k stands for time k / 10. A second is given out once its ten rows are there, and half a second after its
end whatever has come: a row that has not come by then was not read, even if it comes later. Seconds are given
out in order. Time is an argument: nothing here reads a clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.signal import unread_rows
from telltale.intent.evidence import Array

LATE_S: Final = 0.5
"""Later rows are unread."""
_ROWS: Final = round(channels.RATE_HZ)


class Arrivals:
    """Holds the rows of the seconds that are not over yet.

    >>> arrivals, row = Arrivals(), np.zeros((1, 128), np.float32)
    >>> arrivals.add([0.2], row), arrivals.add([0.1], row), arrivals.add([0.2], row)
    (1, 1, 0)
    >>> len(arrivals.take(1.4)), [block.shape for _, block in arrivals.take(1.5)]
    (0, [(10, 128)])
    >>> arrivals.add(np.arange(11, 21) / 10, np.zeros((10, 128), np.float32)), len(arrivals.take(2.0))
    (10, 1)
    """

    def __init__(self, first_second: int = 0) -> None:
        self._second = first_second
        """The next second to be given out, (second, second + 1]."""
        self._held: dict[int, Array] = {}
        self.too_late = 0
        """Rows that came after their second was given out."""

    def add(self, times_s: npt.ArrayLike, values: Array) -> int:
        """Take rows, shape (n, 128), at their own times; returns how many were new and in time."""
        new = 0
        for time_s, row in zip(np.asarray(times_s, dtype=np.float64), values, strict=True):
            number = round(float(time_s) * channels.RATE_HZ)
            if number <= self._second * _ROWS:
                self.too_late += 1
            elif number not in self._held:
                self._held[number] = row
                new += 1
        return new

    def take(self, now_s: float) -> list[tuple[int, Array]]:
        """Seconds that are whole or ended half a second ago: of each the end and the rows, (10, 128)."""
        given = []
        while self._is_whole() or self._second + 1 + LATE_S <= now_s + 1e-9:
            block = unread_rows(_ROWS)
            for place in range(_ROWS):
                row = self._held.pop(self._second * _ROWS + place + 1, None)
                if row is not None:
                    block[place] = row
            self._second += 1
            given.append((self._second, block))
        return given

    def _is_whole(self) -> bool:
        """Whether all rows of the next second are there."""
        first = self._second * _ROWS + 1
        return len(self._held) >= _ROWS and all(
            number in self._held for number in range(first, first + _ROWS)
        )
