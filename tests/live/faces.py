"""Rows as a device would send them."""

from __future__ import annotations

import numpy as np

from telltale.core import channels
from telltale.core.signal import Values
from telltale.live.frames import Rows


def face_rows(seconds: int, seed: int = 0) -> Values:
    """Rows of a face that moves, shape (10 * seconds, 128)."""
    values = np.abs(np.random.default_rng(seed).normal(0, 0.08, (seconds * 10, channels.COUNT)))
    values[:, channels.VALID] = 1.0
    return values.astype(np.float32)


def message(values: Values, first: int, count: int = 10) -> Rows:
    """Rows `first` to `first + count - 1` of a recording, counted from 1."""
    return Rows(first, (first + count - 1) / 10 + 0.02, values[first - 1 : first - 1 + count])
