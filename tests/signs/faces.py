"""Made-up signals of one face: units at chosen heights, head and gaze at chosen angles."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from telltale.core import channels
from telltale.core.signal import Signal, Values, unread_rows


def face_of(rows: int, units: Mapping[int, float] | None = None, /, **pose: float) -> Signal:
    """A face that shows `units` on both sides throughout and faces the camera but for `pose`."""
    values = np.zeros((rows, channels.COUNT), dtype=np.float32)
    values[:, channels.unit_channels("confidence")] = 1.0
    for number, level in (units or {}).items():
        for side in ("left", "right"):
            values[:, channels.INDEX[f"au{number:02d}_intensity_{side}"]] = level
    values[:, channels.INDEX["face_size"]] = 0.3
    for name, value in pose.items():
        values[:, channels.INDEX[name]] = value
    values[:, channels.VALID] = 1.0
    return Signal((np.arange(rows) + 1) / channels.RATE_HZ, values)


def then(*parts: Signal) -> Signal:
    """One after another."""
    values: Values = np.concatenate([part.values for part in parts])
    return Signal((np.arange(len(values)) + 1) / channels.RATE_HZ, values)


def unread(rows: int) -> Signal:
    """A face that was not read."""
    return Signal((np.arange(rows) + 1) / channels.RATE_HZ, unread_rows(rows))


def hidden(signal: Signal, *numbers: int) -> Signal:
    """The same with units that a hand covers."""
    values = signal.values.copy()
    for number in numbers:
        for channel in channels.CHANNELS:
            if channel.action_unit == number:
                place = channels.INDEX[channel.name]
                values[:, place] = 0.0 if channel.name.endswith("confidence") else np.nan
    return Signal(signal.times_s, values)
