"""One face followed frame by frame: from its views to the 128 channels of each frame."""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.stages import Timer, untimed
from telltale.face.view import Array, FaceView
from telltale.units.features import FeatureMaker
from telltale.units.filters import UnitFilters, UnitReadings
from telltale.units.head import Head

INTENSITY: Final = np.stack([channels.unit_channels(f"intensity_{s}") for s in ("left", "right")], axis=1)
_VELOCITY: Final = np.stack([channels.unit_channels(f"velocity_{s}") for s in ("left", "right")], axis=1)
_ENERGY: Final = np.stack([channels.unit_channels(f"energy_{s}") for s in ("left", "right")], axis=1)
_CONFIDENCE: Final = channels.unit_channels("confidence")
_FACE: Final = np.array(
    [
        channels.INDEX[name]
        for name in ("yaw", "pitch", "roll", "gaze_x", "gaze_y", "face_size", "brightness", "noise")
    ]
)


class UnitReader:
    """Makes a row of 128 channels of each view of one face, looking only back."""

    def __init__(self, head: Head, *, timer: Timer = untimed) -> None:
        self._head = head
        self._timer = timer
        self._features = FeatureMaker(timer=timer)
        self._filters = UnitFilters()
        self._gaze = np.zeros(2, dtype=np.float32)

    def step(self, view: FaceView) -> Array:
        """The channels of one frame. Shape (128,)."""
        features = self._features.step(view)
        if np.isfinite(view.gaze).all():
            self._gaze = view.gaze
        with self._timer("head"):
            reading = self._head.read(features.vectors, view.seen)
        with self._timer("filters"):
            units = self._filters.step(view.time_s, reading.intensity, reading.velocity)
            return row_of(view, units, reading.confidence, self._gaze)


def row_of(view: FaceView, units: UnitReadings, confidence: Array, gaze: Array) -> Array:
    """The 128 channels of a frame that was read.

    Parameters
    ----------
    confidence
        Shape (17,).
    gaze
        Shape (2,): where the eyes look, or last looked while they are shut; AU45 says that they are.
    """
    row = np.empty(channels.COUNT, dtype=np.float32)
    row[INTENSITY], row[_VELOCITY], row[_ENERGY] = units.intensity, units.velocity, units.energy
    row[_CONFIDENCE] = confidence
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
