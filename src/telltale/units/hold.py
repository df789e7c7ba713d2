"""A mouth that does not move shows no change.

How far a smile looks open also hangs on zoom, focus and codec: on a photograph that pans, AU25 wandered.
Lips, their corners and the jaw move far when they do, and cheeks with them, so the intensities x of AU6, 12,
25 and 26 are held unless the skin of their region moves:

    held += (1 - exp(-r dt)) (x - held)          r = 60/s min(moving, 2)^8 + 0.3/s

`moving` is how fast the skin moves, against what three quarters of the frames exceed in which that unit
changes (`HeadNet`); the fastest of the last fifth of a second counts, as an act stands still at its apex.
Other units wander less, and move too little to be told from the flow's noise: they pass as they are.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.face.view import Array

HELD: Final = [ACTION_UNITS.index(unit) for unit in (6, 12, 25, 26)]
_RATE_HZ: Final = 60.0
_STEEP: Final = 8
_LEAK_HZ: Final = 0.3
"""What was held wrongly is right again after some seconds."""
_FASTEST: Final = 2.0
"""More changes nothing."""
_MOVED_S: Final = 0.2
_SLACK_S: Final = 1e-6


class Hold:
    """The intensities of one face, those of the mouth held where it is still.

    >>> hold, still = Hold(), np.zeros((17, 2), np.float32)
    >>> first = hold.step(0.0, still, still, alone=True)
    >>> held = hold.step(0.1, still + 0.2, still + 0.3, alone=False)
    >>> [round(float(held[ACTION_UNITS.index(unit), 0]), 2) for unit in (4, 25)]
    [0.2, 0.01]
    """

    def __init__(self) -> None:
        self._held: Array = np.full((len(HELD), 2), np.nan, np.float32)
        self._moving: deque[tuple[float, Array]] = deque()
        self._time_s = -math.inf

    def step(self, time_s: float, intensity: Array, moving: Array, *, alone: bool) -> Array:
        """The next frame's intensities, shape (17, 2); NaN where they were.

        Parameters
        ----------
        moving
            Shape (17, 2).
        alone
            Whether there is nothing to compare this frame with: then it is taken as it is.
        """
        if alone:
            self._moving.clear()
        self._moving.append((time_s, moving[HELD]))
        while time_s - self._moving[0][0] > _MOVED_S + _SLACK_S:
            self._moving.popleft()
        fastest = np.max([speed for _, speed in self._moving], axis=0)
        rate_hz = _RATE_HZ * np.minimum(fastest, _FASTEST) ** _STEEP + _LEAK_HZ
        share = (1 - np.exp(-rate_hz * (time_s - self._time_s))).astype(np.float32)
        now = intensity[HELD]
        taken = alone | np.isnan(self._held)
        self._held = np.where(taken, now, self._held + share * (now - self._held))
        self._time_s = time_s
        passed = intensity.copy()
        passed[HELD] = self._held
        return passed
