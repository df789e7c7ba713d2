"""From intensities a frame to the energy of brief acts, causally and by the frames' real times.

Between frames an intensity is taken to run straight, so every rate is filtered over the same stretches of
time and gives the same answer as far as it saw the same motion. With x the intensity, t now:

    energy     how far x(c) lies outside [min(b, f), max(b, f)], where b and f are the means of x over the
               stretches 0.10 - 0.16 s before and after c, and c is the frame 0.16 s ago

So a bump gives its height, a step or a ramp nothing, and what comes and goes slowly next to nothing. The
height that a bump a cos^2(pi t / d) leaves in the energy, as a share of a, its frames being dense:

    d              40 ms   60 ms   100 ms   200 ms   300 ms   500 ms   1 s    1.5 s   3 s
    200 a second   0.99    1.00    1.00     1.00     0.92     0.53     0.16   0.07    0.02
     60            0.88    0.97    0.99     1.00     0.91     0.52     0.16   0.07    0.02
     30            0.58    0.78    0.94     0.99     0.91     0.53     0.15   0.07    0.02
     15            0.28    0.46    0.70     0.91     0.87     0.52     0.16   0.08    0.02

(means over where its apex falls between two frames). Energy comes 0.16 s late, and up to one frame more. A
bump shorter than two frames is caught or missed as its apex falls on a frame or between two.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS

Array = npt.NDArray[np.float64]

ENERGY_LAG_S: Final = 0.16
"""How late energy tells of a bump: what stands out must have come back."""
RESTART_S: Final = 0.5
"""A unit that was unread for longer begins anew: what was before says nothing of now."""

_REACH_S: Final = 0.01
"""Half of the stretch on which the height at a frame is taken; a frame's spacing where that is longer."""
_BEFORE_S: Final = np.linspace(-ENERGY_LAG_S, -0.1, 5)
_AFTER_S: Final = -_BEFORE_S[::-1]
_KEPT_S: Final = 2 * ENERGY_LAG_S + RESTART_S
_SLACK_S: Final = 1e-6
_SHAPE: Final = (len(ACTION_UNITS), 2)


class BriefEnergy:
    """How far what just came and went stands out, for the units of one face.

    >>> brief = BriefEnergy()
    >>> for frame, height in enumerate((0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0)):
    ...     energy = brief.step(frame / 30, np.full((17, 2), height))
    >>> float(energy[0, 0].round(2))
    0.5
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all frames: the face was lost."""
        self._times_s: Array = np.empty(0)
        self._past: Array = np.empty((0, *_SHAPE))
        self._read_s: Array = np.full(_SHAPE, -np.inf)
        self._energy: Array = np.zeros(_SHAPE)

    def step(self, time_s: float, intensity: npt.ArrayLike) -> Array:
        """The energy after one more frame, shape (17, 2), in units of intensity; NaN where unread.

        Parameters
        ----------
        time_s
            When it was shown; later than the frame before.
        intensity
            Shape (17, 2); NaN where a unit was not read.
        """
        now = np.asarray(intensity, dtype=np.float64)
        last_s = float(self._times_s[-1]) if len(self._times_s) else -np.inf
        self._remember(time_s, now)
        self._energy = self._step_energy(time_s, last_s)
        return np.where(np.isnan(now), np.nan, self._energy)

    def _remember(self, time_s: float, now: Array) -> None:
        """Add a frame; a unit read again after a short gap ran straight meanwhile, after a long one stood."""
        old = int(self._times_s.searchsorted(time_s - _KEPT_S, side="right"))
        self._times_s = np.concatenate([self._times_s[old:], [time_s]])
        self._past = np.concatenate([self._past[old:], now[None]])
        read = ~np.isnan(now)
        gap_s = time_s - self._read_s
        begins = read & (gap_s > RESTART_S)
        if begins.any():
            self._past[:, begins] = now[begins]
            self._energy = np.where(begins, 0.0, self._energy)
        # Only the frame before can be unread with this one read: what is older was filled in by then.
        again = read & ~begins & np.isnan(self._past[-2 if len(self._past) > 1 else -1])
        for unit, side in np.argwhere(again):
            series = self._past[:, unit, side]
            lost = np.isnan(series)
            series[lost] = np.interp(self._times_s[lost], self._times_s[~lost], series[~lost])
        self._read_s[read] = time_s

    def _at(self, times_s: Array) -> Array:
        """The intensities at some times, the first frame's before it. Shape (len(times_s), 17, 2)."""
        if len(self._times_s) == 1:
            return np.repeat(self._past, len(times_s), axis=0)
        right = np.minimum(np.maximum(self._times_s.searchsorted(times_s), 1), len(self._times_s) - 1)
        start_s, stop_s = self._times_s[right - 1], self._times_s[right]
        share = np.minimum(np.maximum((times_s - start_s) / (stop_s - start_s), 0.0), 1.0)[:, None, None]
        mixed: Array = self._past[right - 1] * (1 - share) + self._past[right] * share
        return mixed

    def _step_energy(self, time_s: float, last_s: float) -> Array:
        """The most that any frame whose surroundings are now complete stands out of them.

        Frames come unevenly: none is left out, and where none became complete the last energy holds.
        """
        complete = (self._times_s <= time_s - ENERGY_LAG_S + _SLACK_S) & (
            self._times_s > last_s - ENERGY_LAG_S + _SLACK_S
        )
        found = [self._stands_out(middle_s) for middle_s in self._times_s[complete]]
        if len(found) == 1:
            return found[0]
        return np.max(found, axis=0) if found else self._energy

    def _stands_out(self, middle_s: float) -> Array:
        spacing_s = (self._times_s[-1] - self._times_s[0]) / max(len(self._times_s) - 1, 1)
        reach_s = max(_REACH_S, spacing_s)
        around = self._at(middle_s + np.concatenate([_BEFORE_S, _AFTER_S, (-reach_s, 0.0, reach_s)]))
        low, middle, high = around[10:]
        shift = _vertex(low, middle, high)
        slopes = (around[[4, 9]] - around[[0, 5]]) / (_BEFORE_S[4] - _BEFORE_S[0])
        before = np.add.reduce(around[:5]) / 5 + shift * reach_s * slopes[0]
        after = np.add.reduce(around[5:10]) / 5 + shift * reach_s * slopes[1]
        middle = middle - 0.25 * (low - high) * shift
        outside = np.maximum(middle - np.maximum(before, after), np.minimum(before, after) - middle)
        energy: Array = np.maximum(outside, 0.0)
        return energy


def _vertex(low: Array, middle: Array, high: Array) -> Array:
    """Where the parabola through three even values turns, in steps from the middle; 0 where it is no extreme.

    At 15 or 30 frames a second an apex falls between two; without this, fewer frames would tell of less.
    """
    extreme = (middle - low) * (middle - high) > 0
    bend = np.where(extreme, low - 2 * middle + high, 1.0)
    turn: Array = np.where(extreme, (low - high) / (2 * bend), 0.0)
    return turn
