"""One face followed frame by frame: from its views to the 128 channels of each frame."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.stages import Timer, untimed
from telltale.face.view import Array, FaceView
from telltale.motion.regions import inside_picture
from telltale.units.features import FeatureMaker
from telltale.units.filters import BriefEnergy
from telltale.units.head import HIDDEN_BELOW, Head, HeadReading, clearness
from telltale.units.hold import Hold

INTENSITY: Final = np.stack([channels.unit_channels(f"intensity_{s}") for s in ("left", "right")], axis=1)
VELOCITY: Final = np.stack([channels.unit_channels(f"velocity_{s}") for s in ("left", "right")], axis=1)
_ENERGY: Final = np.stack([channels.unit_channels(f"energy_{s}") for s in ("left", "right")], axis=1)
_CONFIDENCE: Final = channels.unit_channels("confidence")
_FACE: Final = np.array(
    [
        channels.INDEX[name]
        for name in ("yaw", "pitch", "roll", "gaze_x", "gaze_y", "face_size", "brightness", "noise")
    ]
)

_EYES: Final = channels.ACTION_UNITS.index(45)
BLINK_S: Final = 0.4
"""Eyes that are shut for longer look nowhere."""


class UnitReader:
    """Makes a row of 128 channels of each view of one face, looking only back."""

    def __init__(self, head: Head, *, timer: Timer = untimed) -> None:
        self._head = head
        self._timer = timer
        self._features = FeatureMaker(timer=timer)
        self._hold = Hold()
        self._brief = BriefEnergy()
        self._gaze = np.full(2, np.nan, dtype=np.float32)
        self._gaze_s = -math.inf

    def step(self, view: FaceView) -> Array:
        """The channels of one frame. Shape (128,)."""
        features = self._features.step(view)
        seen = np.minimum(view.seen, inside_picture(view.points68, view.size_px))
        if np.isfinite(view.gaze).all() and seen[_EYES] >= HIDDEN_BELOW:
            self._gaze, self._gaze_s = view.gaze, view.time_s
        elif view.time_s - self._gaze_s > BLINK_S:
            self._gaze = np.full(2, np.nan, dtype=np.float32)
        with self._timer("head"):
            clear = clearness(view.pose, view.quality.blur)
            reading = self._head.read(features.vectors, seen, clear)
        with self._timer("filters"):
            held = self._hold.step(view.time_s, reading.intensity, reading.moving, alone=features.alone)
            reading = replace(reading, intensity=held)
            energy = self._brief.step(view.time_s, held)
            return row_of(view, reading, energy, self._gaze)


def row_of(view: FaceView, reading: HeadReading, energy: npt.ArrayLike, gaze: Array) -> Array:
    """The 128 channels of a frame that was read.

    Parameters
    ----------
    energy
        Shape (17, 2).
    gaze
        Shape (2,): where the eyes look, through a blink where they last looked; NaN while they stay shut.
    """
    row = np.empty(channels.COUNT, dtype=np.float32)
    row[INTENSITY], row[VELOCITY] = reading.intensity, reading.velocity
    row[_ENERGY], row[_CONFIDENCE] = energy, reading.confidence
    pose, quality = view.pose, view.quality
    row[_FACE] = (
        pose.yaw,
        pose.pitch,
        pose.roll,
        *gaze,
        quality.face_size,
        quality.brightness,
        quality.noise,
    )
    row[channels.VALID] = 1.0
    return row
