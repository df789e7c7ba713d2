"""What in a signal speaks of the log's events: the screen lights the face anew, a touch dips the head.

Two activity series on the rows' grid, a_i at the moment t_i at which row i ends:

    screen   |b_(i+1) - b_i|                                      b: brightness; at a pin or an unpin
    touch    mean(flanks of t_i) - mean(the 0.6 s around t_i)     of pitch and of gaze_y; flanks are the
                                                                  0.6 s before and after; at a cart, a
                                                                  like, a share, a gift, a message, a
                                                                  pause, a look

Each is scaled to z with median 0 and robust SD 1 and bent to z / (1 + |z| / 12), so that no lamp outweighs
the events. For events at times e the curve over lags l is the mean of a(e + l), a read between rows by
straight line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.signal import Signal, Times

Floats = npt.NDArray[np.float64]
Kind = Literal["screen", "touch"]

KINDS: Final[tuple[Kind, ...]] = ("screen", "touch")
EVENTS: Final[dict[Kind, tuple[str, ...]]] = {
    "screen": ("product_pin", "product_unpin"),
    "touch": ("add_to_cart", "like", "share", "gift", "chat", "view_item", "pause"),
}
"""Which events of the log each kind of evidence is held against."""

ROW_S: Final = 1 / channels.RATE_HZ
LAG_S: Final = ROW_S / 4
_BOUND: Final = 12.0
_DIP_ROWS: Final = 6
_DIP: Final = np.repeat([0.5, -1.0, 0.5], _DIP_ROWS) / _DIP_ROWS


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """One kind of activity of one session on a whole grid of rows."""

    start_s: float
    """Time of the first value, on the log's clock."""
    values: Floats
    """Shape (T,), one a tenth of a second; NaN where the face was not read."""


def activity(signal: Signal, kind: Kind) -> Activity:
    """The activity of one kind in a signal."""
    if kind == "screen":
        light = _on_grid(signal, "brightness")
        return Activity(float(signal.times_s[0]), _scaled(np.abs(np.diff(light, append=np.nan))))
    dips = np.stack([_scaled(_dip(_on_grid(signal, name))) for name in ("pitch", "gaze_y")])
    return Activity(float(signal.times_s[0]), _scaled(dips.mean(axis=0)))


def lags_s(max_lag_s: float) -> Floats:
    """The lags that are tried, from -max to +max by a quarter of a row. Shape (L,), L odd."""
    most = round(max_lag_s / LAG_S)
    lags: Floats = np.arange(-most, most + 1, dtype=np.float64) * LAG_S
    return lags


def window_rows(max_lag_s: float) -> int:
    """How many whole rows of lag lie from -max to +max; odd."""
    return 2 * round(max_lag_s / ROW_S) + 1


def event_curves(series: Activity, events_s: Times, max_lag_s: float) -> Floats:
    """Activity around each event. Shape (E, L); NaN where there is none."""
    place = (events_s[:, None] + lags_s(max_lag_s) - series.start_s) / ROW_S
    below = np.floor(place + 1e-6).astype(np.int64)
    share = np.clip(place - below, 0.0, 1.0)
    padded = np.concatenate([series.values, [np.nan, np.nan]])
    last = len(series.values)
    inside = (below >= 0) & (below < last)
    below = np.where(inside, below, last)
    after = padded[below + 1]
    # Exactly on a row the next one does not count, not even when it was not read.
    return padded[below] * (1 - share) + np.where(share > 1e-6, after * share, 0.0)


def shift_curve(series: Activity, events_s: Times) -> Floats:
    """Summed activity at the events when all are moved s rows around the circle. Shape (T,), s = 0, 1, ..."""
    rows = np.round((events_s - series.start_s) / ROW_S).astype(np.int64)
    train = np.zeros(len(series.values))
    np.add.at(train, rows[(rows >= 0) & (rows < len(train))], 1.0)
    level = np.nan_to_num(series.values - np.nanmean(series.values))
    moved: Floats = np.fft.irfft(np.fft.rfft(level) * np.conj(np.fft.rfft(train)), n=len(train))
    return moved


def _on_grid(signal: Signal, name: str) -> Floats:
    place = np.round((signal.times_s - signal.times_s[0]) / ROW_S).astype(np.int64)
    grid = np.full(int(place[-1]) + 1, np.nan)
    grid[place] = signal.channel(name)
    return grid


def _dip(angle: Floats) -> Floats:
    """Flanks less middle around each row's end, shape (T,); NaN near the ends and where a row is unread."""
    dip = np.full(len(angle), np.nan)
    if len(angle) >= len(_DIP):
        # The middle of the 18 rows i ... i + 17 is the end of row i + 8.
        middle = len(_DIP) // 2 - 1
        found = np.convolve(angle, _DIP, mode="valid")
        dip[middle : middle + len(found)] = found
    return dip


def _scaled(values: Floats) -> Floats:
    read = values[np.isfinite(values)]
    if not len(read):
        return values
    median = np.median(read)
    # A signal without noise has no median deviation; its standard deviation is then the only measure.
    spread = 1.4826 * np.median(np.abs(read - median)) or np.std(read) or 1.0
    scaled = (values - median) / spread
    bent: Floats = scaled / (1 + np.abs(scaled) / _BOUND)
    return bent
