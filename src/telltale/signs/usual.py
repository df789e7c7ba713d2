"""How a face usually holds its head and eyes: the posture that it is in, among those that it keeps.

Who reads comments for two thirds of a minute looks down more often than not, and then up: neither is an
expression, and one usual for both would take one of them for it. In each window of `usual_s` the values of a
channel have a density (a histogram, smoothed by a Gaussian). Of its peaks with a valley between them those
are postures that hold a tenth of the window each; values belong to the nearest, and a posture is their
median. With one posture that is the median of the window. With more, a row is in the one that most rows of
the `_VOTE_S` around it are nearest to, so that what is done for a moment is no posture, and what was kept for
long is no expression.

Windows follow each other by `_STEP_S` on the clock of the recording; at its begin and end, and where it is
shorter, the window is the nearest one that lies within. The size of a face is read as its log.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import RATE_HZ
from telltale.core.signal import Signal, Times

Array = npt.NDArray[np.float64]

_STEP_S: Final = 60.0
_LEAST_S: Final = 15.0
"""So much of a window must have been read."""
_VOTE_S: Final = 12.0
_SLACK_S: Final = 1e-6
_BIN: Final = 0.01
"""Radians, as all that follows; of the size the log."""
_FAR: Final = 4.0
_WIDTH: Final = 0.06
"""Standard deviation of the Gaussian: what a head does while it is held still."""
_REACH: Final = 0.12
"""How far from its peak a posture is still held."""
_HOLDS: Final = 0.1
_VALLEY: Final = 0.8
"""Two peaks are one where the density between them falls to no less than this share of the lower one."""
_BINS: Final = round(2 * _FAR / _BIN) + 1
_KERNEL: Final = np.exp(-0.5 * (np.arange(-18, 19) * _BIN / _WIDTH) ** 2)


class Usual:
    """A face's usual yaw, pitch, roll, size and gaze, row by row.

    Parameters
    ----------
    usual_s
        Length of a window.
    """

    def __init__(self, signal: Signal, usual_s: float) -> None:
        self._signal = signal
        self._windows = windows(signal.times_s, usual_s)

    def above(self, name: str) -> Array:
        """A channel less its usual. Shape (T,); of the size the log."""
        values = self._signal.channel(name).astype(np.float64)
        if name == "face_size":
            values = np.log(np.maximum(values, 1e-6))
        read = np.isfinite(values)
        above, told = np.full(len(values), np.nan), postures(values[read])
        for step, rows in self._windows:
            own = values[rows][read[rows]]
            told = postures(own) if len(own) >= _LEAST_S * RATE_HZ else told
            held = _held(values[rows], told)
            above[step] = values[step] - held[step.start - rows.start : step.stop - rows.start]
        return above


def windows(times_s: Times, usual_s: float) -> list[tuple[slice, slice]]:
    """The rows of each step, and those of the window that it goes by.

    >>> for step, rows in windows(np.arange(1, 201) / 1.0, 120.0):
    ...     print(step.start, step.stop, rows.start, rows.stop)
    0 60 0 120
    60 120 30 150
    120 180 80 200
    180 200 80 200
    """
    if not len(times_s):
        return []
    first_s, last_s = float(times_s[0]) - 1 / RATE_HZ, float(times_s[-1])
    begins = np.arange(np.floor(first_s / _STEP_S + _SLACK_S), np.ceil(last_s / _STEP_S - _SLACK_S)) * _STEP_S
    wide = np.clip(begins + (_STEP_S - usual_s) / 2, first_s, max(last_s - usual_s, first_s))

    def row(at_s: npt.NDArray[np.floating]) -> list[int]:
        """Rows are named by when they end: the one that ends at a begin lies before it."""
        found: list[int] = np.searchsorted(times_s, at_s + _SLACK_S, side="right").tolist()
        return found

    ends = row(begins + _STEP_S)
    return [
        (slice(a, b), slice(min(a, c), max(b, d)))
        for a, b, c, d in zip([0, *ends[:-1]], ends, row(wide), row(wide + usual_s), strict=True)
    ]


def postures(values: Array) -> Array:
    """Those that are kept, of which one is in any case. Rising; shape (P,), empty without values.

    >>> down, up = np.full(400, -0.3), np.full(200, 0.02)
    >>> postures(np.concatenate([down, up])).round(2).tolist()
    [-0.3, 0.02]
    >>> postures(np.concatenate([down, up[:9]])).round(2).tolist()
    [-0.3]
    """
    if not len(values):
        return values
    place = ((np.clip(values, -_FAR, _FAR) + _FAR) / _BIN).astype(np.intp)
    density = np.convolve(np.bincount(place, minlength=_BINS), _KERNEL, "same")
    peaks = _apart(density)
    kept = peaks[[(np.abs(values - peak) <= _REACH).mean() >= _HOLDS for peak in peaks]]
    if len(kept) < 2:
        return np.array([np.median(values)])
    nearest = _nearest(values, kept)
    return np.array([np.median(values[nearest == k]) for k in range(len(kept))])


def _apart(density: Array) -> Array:
    """Where a density has peaks with a valley between any two of them, rising."""
    rises = np.diff(density, prepend=0.0, append=0.0)
    peaks: list[int] = []
    for peak in np.flatnonzero((rises[:-1] > 0) & (rises[1:] <= 0)).tolist():
        if peaks and density[peaks[-1] : peak].min() >= _VALLEY * min(density[peaks[-1]], density[peak]):
            peaks[-1] = max(peaks[-1], peak, key=lambda place: float(density[place]))
        else:
            peaks.append(peak)
    at: Array = (np.array(peaks) + 0.5) * _BIN - _FAR
    return at


def _held(values: Array, kept: Array) -> Array:
    """The posture that a face is in, row by row. Shape (T,)."""
    if len(kept) < 2:
        return np.full(len(values), kept[0] if len(kept) else np.nan)
    mine = _nearest(values, kept)[:, None] == np.arange(len(kept))
    votes = np.cumsum(np.vstack([np.zeros(len(kept)), mine & np.isfinite(values)[:, None]]), axis=0)
    reach, rows = round(_VOTE_S * RATE_HZ / 2), np.arange(len(values))
    around = votes[np.minimum(rows + reach + 1, len(rows))] - votes[np.maximum(rows - reach, 0)]
    held: Array = kept[around.argmax(axis=1)]
    return held


def _nearest(values: Array, kept: Array) -> npt.NDArray[np.intp]:
    nearest: npt.NDArray[np.intp] = np.abs(values[:, None] - kept).argmin(axis=1)
    return nearest
