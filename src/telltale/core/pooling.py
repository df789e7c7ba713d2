"""From frames at any rate to rows at 10 Hz: each channel pools all its frames, none is skipped.

The row at t pools the frames in (t - 0.1, t]: over the frame values x of that tenth of a second

    mean           sum(x) / n                       intensities, pose, the picture
    signed peak    the x of largest |x|             velocities
    max            max(x)                           micro-event energy
    min            min(x)                           confidence, valid

Taking every third frame of 30 would lose events of 40 - 200 ms. A row is read only if each of its frames
was read, and a unit in it only if the unit was read in each of them (both follow from the minimum); a
tenth of a second without frames is an unread row.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.signal import Signal, Times, Values, unread_rows

_SLACK_ROWS: Final = 1e-6
"""A frame at 1.1 s belongs to the row at 1.1 s, although 1.1 * 10 is a little over 11 in binary."""


def _columns(pooling: channels.Pooling) -> npt.NDArray[np.intp]:
    return np.array([i for i, channel in enumerate(channels.CHANNELS) if channel.pooling == pooling])


_MEAN: Final = _columns("mean")
_SIGNED_PEAK: Final = _columns("signed_peak")
_MAX: Final = _columns("max")
_MIN: Final = _columns("min")


def pool_frames(times_s: Times, frames: Values, *, face: str = "0") -> Signal:
    """Pool frames into rows at 10 Hz.

    Parameters
    ----------
    times_s
        Shape (F,), seconds from the start of the recording, strictly increasing, evenly spaced or not.
    frames
        Shape (F, 128), in the order of `channels.NAMES`; a frame that was not read is NaN with `valid` = 0.
    face
        Which face of the picture this is.

    Returns
    -------
    The rows from the first frame's to the last frame's, at whole tenths of a second.

    >>> frames = np.zeros((3, 128), dtype=np.float32)
    >>> frames[:, channels.VALID] = 1.0
    >>> frames[1, channels.INDEX["au04_energy_left"]] = 0.3
    >>> signal = pool_frames(np.array([1, 2, 3]) / 30, frames)
    >>> signal.times_s, float(signal.channel("au04_energy_left")[0])
    (array([0.1]), 0.30000001192092896)
    """
    whole = Signal(times_s, frames, face=face)
    if not len(whole):
        return whole
    tenth = np.ceil(whole.times_s * channels.RATE_HZ - _SLACK_ROWS).astype(np.int64)
    starts = np.flatnonzero(np.diff(tenth, prepend=tenth[0] - 1))
    filled = tenth[starts]
    rows = unread_rows(int(filled[-1] - filled[0]) + 1)
    rows[filled - filled[0]] = _pool(whole.values, starts)
    return Signal(np.arange(filled[0], filled[-1] + 1) / channels.RATE_HZ, rows, face=face)


class FramePooler:
    """`pool_frames` for frames that come one by one: a row is told when a frame of a later tenth comes.

    >>> pooler = FramePooler()
    >>> frame = np.zeros(128, dtype=np.float32)
    >>> [len(pooler.add(i / 30, frame)) for i in (1, 2, 3, 4)], len(pooler.finish())
    ([0, 0, 0, 1], 1)
    """

    def __init__(self) -> None:
        self._tenth: int | None = None
        self._frames: list[Values] = []

    def add(self, time_s: float, frame: Values) -> list[tuple[float, Values]]:
        """Take a frame, shape (128,); the rows that it completes, those without frames among them."""
        tenth = int(np.ceil(time_s * channels.RATE_HZ - _SLACK_ROWS))
        rows: list[tuple[float, Values]] = []
        if self._tenth is not None and tenth > self._tenth:
            rows = self.finish()
            empty = unread_rows(1)[0]
            missed = range(round(rows[-1][0] * channels.RATE_HZ) + 1, tenth)
            rows += [(at / channels.RATE_HZ, empty) for at in missed]
        self._tenth = tenth
        self._frames.append(frame)
        return rows

    def finish(self) -> list[tuple[float, Values]]:
        """The row of the frames that have come since the last one, if any."""
        if self._tenth is None or not self._frames:
            return []
        row = _pool(np.stack(self._frames), np.array([0]))[0]
        at_s = self._tenth / channels.RATE_HZ
        self._tenth, self._frames = None, []
        return [(at_s, row)]


def _pool(frames: Values, starts: npt.NDArray[np.intp]) -> Values:
    """One row for each group of frames that begins at `starts`. Shape (len(starts), 128)."""
    rows = np.empty((len(starts), channels.COUNT), dtype=np.float32)
    counts = np.diff(starts, append=len(frames)).astype(np.float32)
    rows[:, _MEAN] = np.add.reduceat(frames[:, _MEAN], starts) / counts[:, None]
    highest = np.maximum.reduceat(frames[:, _SIGNED_PEAK], starts)
    lowest = np.minimum.reduceat(frames[:, _SIGNED_PEAK], starts)
    rows[:, _SIGNED_PEAK] = np.where(highest >= -lowest, highest, lowest)
    rows[:, _MAX] = np.maximum.reduceat(frames[:, _MAX], starts)
    rows[:, _MIN] = np.minimum.reduceat(frames[:, _MIN], starts)
    unread = rows[:, channels.VALID] == 0.0
    rows[unread] = unread_rows(int(unread.sum()))
    return rows
