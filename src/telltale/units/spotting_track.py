"""The last seconds of one face, as the spotting of events looks back on them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.units.spotting_bumps import UNITS, Array, as_series

_SPEED_S = 0.1
"""Head speed is taken over this time, so that the noise of one frame is no turn."""
_BLINK = ACTION_UNITS.index(45)


class Track:
    """Frames by time: 51 series of intensity and the head's speed."""

    def __init__(self) -> None:
        self.times_s: Array = np.empty(0)
        self.series: Array = np.empty((0, 3 * UNITS))
        self._pose: Array = np.empty((0, 3))
        self._speed: Array = np.empty(0)

    def add(self, time_s: float, intensity: Array, pose: Array) -> None:
        """Add a frame: intensity (17, 2), pose (3,) in radians."""
        self.times_s = np.append(self.times_s, time_s)
        self.series = np.concatenate([self.series, as_series(intensity)[None]])
        self._pose = np.concatenate([self._pose, pose[None]])
        since = int(np.searchsorted(self.times_s, time_s - _SPEED_S - 1e-6))
        passed_s = time_s - self.times_s[since]
        moved = float(np.linalg.norm(pose - self._pose[since]))
        speed = moved / passed_s if passed_s > 0 and np.isfinite(moved) else 0.0
        self._speed = np.append(self._speed, speed)

    def forget_before(self, time_s: float) -> int:
        """Drop older frames; how many went."""
        gone = int(np.searchsorted(self.times_s, time_s))
        self.times_s, self.series = self.times_s[gone:], self.series[gone:]
        self._pose, self._speed = self._pose[gone:], self._speed[gone:]
        return gone

    def within(self, start_s: float, stop_s: float) -> slice:
        """The frames of a stretch, both ends taken in."""
        first, last = np.searchsorted(self.times_s, [start_s - 1e-9, stop_s + 1e-9])
        return slice(int(first), int(last))

    def pose_at(self, time_s: float) -> Array:
        """Yaw, pitch and roll at the last frame up to a time, shape (3,)."""
        pose: Array = self._pose[max(int(np.searchsorted(self.times_s, time_s + 1e-9)) - 1, 0)]
        return pose

    def fastest_turn(self, start_s: float, stop_s: float) -> float:
        """Greatest speed of the head in a stretch, rad/s."""
        # A speed speaks of the tenth of a second before its frame.
        speeds = self._speed[self.within(start_s, stop_s + _SPEED_S)]
        return float(speeds.max(initial=0.0))

    def blink(self, start_s: float, stop_s: float) -> float:
        """How far the lids came down in a stretch, the eye that shut more."""
        lids = self.series[:, [_BLINK, UNITS + _BLINK]]
        inside = lids[self.within(start_s, stop_s)]
        if not np.isfinite(inside).any():
            return 0.0
        return float(np.nanmax(inside) - np.nanmedian(lids))

    def flank(self, column: int, apex_s: float, height: float, reach_s: float, towards: int) -> float:
        """Seconds from the apex to where a series has fallen by half of the height, between two frames.

        NaN where it does not fall so far within `reach_s`. `towards` is -1 before the apex and 1 after it.
        """
        ends = (apex_s - reach_s, apex_s) if towards < 0 else (apex_s, apex_s + reach_s)
        part = self.within(*ends)
        times_s, x = self.times_s[part][::towards], self.series[part, column][::towards]
        if len(x) < 2:
            return float("nan")
        half = np.interp(apex_s, self.times_s, self.series[:, column]) - height / 2
        below = np.flatnonzero(x < half)
        if not len(below):
            return float("nan")
        k = int(below[0])
        if k == 0:
            return float(abs(times_s[0] - apex_s))
        share = (x[k - 1] - half) / (x[k - 1] - x[k])
        return float(abs(times_s[k - 1] + share * (times_s[k] - times_s[k - 1]) - apex_s))


def unit_sides(values: npt.NDArray[np.float64]) -> Array:
    """The left and right of 51 series, shape (17, 2)."""
    return np.column_stack([values[:UNITS], values[UNITS : 2 * UNITS]])
