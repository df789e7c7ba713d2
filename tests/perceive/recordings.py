"""Small recordings of rendered heads, for the tests of reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.face import rendered

from telltale.media.frame import Picture
from telltale.media.write import VideoWriter

Shown = dict[str, tuple[int, int]]
"""Heads by name, and where each is put."""

MIDDLE = (170, 90)


def record(
    path: Path, seconds: float, shown: Callable[[float], Shown | None], *, rate_hz: float = 15.0
) -> Path:
    """A video of 640 x 480; where `shown` gives None the picture is black."""
    with VideoWriter(path, width_px=640, height_px=480, rate_hz=rate_hz) as video:
        for index in range(round(seconds * rate_hz)):
            time_s = index / rate_hz
            video.add(_picture(shown(time_s)), time_s)
    return path


def talking(time_s: float) -> Shown:
    """A head that moves a little and smiles now and then."""
    left, top = MIDDLE
    name = "smile" if 0.6 < time_s % 1.2 < 0.9 else "front"
    return {name: (left + round(6 * np.sin(5 * time_s)), top)}


def _picture(shown: Shown | None) -> Picture:
    if shown is None:
        return np.zeros((480, 640, 3), dtype=np.uint8)
    return rendered.frame(0, shown).rgb
