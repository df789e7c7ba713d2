"""Signal: rows of 128 named channels over time, all that passes from the reading wing to the rest.

Missing has one meaning here: a row with `valid` = 0 was not read, and its other 127 values are NaN. In a
row that was read, a unit hidden by a hand or a cup has confidence 0 and NaN in its six other channels.
Every later step must respect both; none may fill them in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.provenance import Provenance

Times = npt.NDArray[np.float64]
Values = npt.NDArray[np.float32]

_SLACK_S = 1e-6
"""Times are sums of tenths in binary: 0.1 * 3 is a little more than 0.3."""


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One face's rows.

    >>> signal = Signal(np.array([0.1, 0.2]), np.zeros((2, 128), dtype=np.float32))
    Traceback (most recent call last):
    telltale.core.errors.FormatError: row 0 has valid = 0 but holds values: ...
    """

    times_s: Times
    """Shape (T,), seconds from the start of the recording, strictly increasing. Row t pools (t - 0.1, t]."""
    values: Values
    """Shape (T, 128), in the order of `channels.NAMES`."""
    face: str = "0"
    """Which face of the picture this is."""
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", np.asarray(self.times_s, dtype=np.float64))
        object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float32))
        _check_shape(self.times_s, self.values)
        _check_unread(self.values)

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Shape (T,): where the face was read."""
        read: npt.NDArray[np.bool_] = self.values[:, channels.VALID] == 1.0
        return read

    def channel(self, name: str) -> Values:
        """One channel by name, shape (T,)."""
        return self.values[:, channels.INDEX[name]]

    def between(self, start_s: float, stop_s: float) -> Signal:
        """The rows that pool nothing outside (start, stop]: start + 0.1 s <= t <= stop.

        A stretch whose ends lie between two rows loses the row that reaches over its start, so 30 s cut
        anywhere hold 299 or 300 rows.
        """
        first = np.searchsorted(self.times_s, start_s + 1.0 / channels.RATE_HZ - _SLACK_S, side="left")
        last = max(first, np.searchsorted(self.times_s, stop_s + _SLACK_S, side="right"))
        return replace(self, times_s=self.times_s[first:last], values=self.values[first:last])

    def flipped(self) -> Signal:
        """The same face mirrored left to right."""
        return replace(self, values=channels.flip(self.values))

    def shifted(self, seconds: float) -> Signal:
        """The same rows on a clock that shows `seconds` more."""
        return replace(self, times_s=self.times_s + seconds)

    def resampled(self, times_s: Times) -> Signal:
        """The rows at other times, each taken from the nearest row within half a period, else unread.

        Nothing is interpolated: a value between two rows was never measured.
        """
        times_s = np.asarray(times_s, dtype=np.float64)
        values = unread_rows(len(times_s))
        if len(self):
            right = np.clip(np.searchsorted(self.times_s, times_s), 0, len(self) - 1)
            left = np.maximum(right - 1, 0)
            nearer_left = np.abs(self.times_s[left] - times_s) <= np.abs(self.times_s[right] - times_s)
            nearest = np.where(nearer_left, left, right)
            # A thousandth of slack, for times that were written as decimals.
            near = np.abs(self.times_s[nearest] - times_s) <= 0.5 / channels.RATE_HZ + 1e-3
            values[near] = self.values[nearest[near]]
        return replace(self, times_s=times_s, values=values)


def unread_rows(count: int) -> Values:
    """Rows of a face that was not read: NaN, with `valid` = 0. Shape (count, 128)."""
    rows = np.full((count, channels.COUNT), np.nan, dtype=np.float32)
    rows[:, channels.VALID] = 0.0
    return rows


def join(signals: Sequence[Signal]) -> Signal:
    """Consecutive pieces of one face as one signal.

    >>> a = Signal(np.array([0.1]), unread_rows(1))
    >>> len(join([a, a.shifted(0.1)]))
    2
    """
    if not signals:
        raise FormatError("nothing to join", hint="give at least one signal")
    if len({signal.face for signal in signals}) > 1:
        raise FormatError("these signals are of different faces", hint="join the pieces of one face")
    return replace(
        signals[0],
        times_s=np.concatenate([s.times_s for s in signals]),
        values=np.concatenate([s.values for s in signals]),
    )


def _check_shape(times_s: Times, values: Values) -> None:
    if values.ndim != 2 or values.shape[1] != channels.COUNT or times_s.shape != values.shape[:1]:
        raise FormatError(
            f"a signal wants times (T,) and values (T, 128), not {times_s.shape} and {values.shape}",
            hint="take the channels in the order of telltale.core.channels.NAMES",
        )
    if not np.isfinite(times_s).all() or (np.diff(times_s) <= 0).any():
        raise FormatError("times do not increase", hint="sort the rows by time and drop repeated ones")


def _check_unread(values: Values) -> None:
    valid = values[:, channels.VALID]
    if not np.isin(valid, (0.0, 1.0)).all():
        row = int(np.flatnonzero(~np.isin(valid, (0.0, 1.0)))[0])
        raise FormatError(f"row {row} has valid = {valid[row]}", hint="valid is 0 or 1")
    unread = valid == 0.0
    filled = unread & (np.isnan(values).sum(axis=1) < channels.COUNT - 1)
    if filled.any():
        raise FormatError(
            f"row {int(np.flatnonzero(filled)[0])} has valid = 0 but holds values",
            hint="an unread row is NaN in every channel but valid",
        )
