"""The head: from a frame's vector to the units of one side, run on both.

    (intensity, velocity, spread, moving)(17) = f(vector of the side)

`f` is a small network (`units/nets.py`), shipped as ONNX. `spread` is how far it expects to be off, in units
of intensity; from it, and from what was in sight, comes the confidence. `moving` is how fast the skin moves,
against how fast it does while a unit changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError
from telltale.face.view import Array, Pose
from telltale.units.feature_vector import SIZE
from telltale.weights.onnx_model import OnnxModel, check_ports

UNITS: Final = len(ACTION_UNITS)
CLOSE: Final = 0.15
"""Confidence is the chance that an intensity lies within this of the truth, on faces as in training."""
_UNREADABLE_RAD: Final = math.radians(70)
_SHARP: Final = 0.1
HIDDEN_BELOW: Final = 0.35
"""A unit whose region is in sight by less than this was not read."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadReading:
    """What the head says of one frame."""

    intensity: Array
    """Shape (17, 2), left and right; NaN where the unit was hidden."""
    velocity: Array
    """Shape (17, 2), 1/s; NaN where hidden."""
    confidence: Array
    """Shape (17,), 0 where hidden."""
    moving: Array
    """Shape (17, 2): how fast the skin of a unit's region moves; 1 is slow for a unit that changes."""


class Head:
    """The network and what is made of its numbers.

    Parameters
    ----------
    model
        Takes `vector` (2, SIZE), gives `intensity`, `velocity`, `spread` and `moving` (2, 17).
    """

    def __init__(self, model: OnnxModel) -> None:
        shape = model.inputs[0].shape
        if shape[-1] != SIZE:
            raise FormatError(
                f"{model.name} takes {shape[-1]} features, this version makes {SIZE}", hint="train it again"
            )
        check_ports(model, takes={"vector"}, gives={"intensity", "velocity", "spread", "moving"})
        self._model = model

    def read(self, vectors: Array, seen: Array, clear: float = 1.0) -> HeadReading:
        """Units of both sides.

        Parameters
        ----------
        vectors
            Shape (2, SIZE).
        seen
            Shape (17,): how far each region is in sight.
        clear
            `clearness` of the view.
        """
        out = self._model.run(vector=vectors)
        hidden = seen < HIDDEN_BELOW
        confidence = clear * confidence_of(out["spread"].T, seen)
        intensity, velocity = (
            np.where(hidden[:, None], np.float32(np.nan), values)
            for values in (np.clip(out["intensity"].T, 0.0, 1.0), out["velocity"].T)
        )
        confidence = np.where(hidden, np.float32(0), confidence)
        return HeadReading(intensity, velocity, confidence, out["moving"].T)


def clearness(pose: Pose, blur: float) -> float:
    """How much of a reading's confidence a turned or blurred face leaves, 0 to 1.

    The network learnt how far it errs where most faces are frontal and sharp. On people held back, the share
    of close readings fell by 4 % at 25 degrees, by 15 % at 37, and by a tenth where blur is .45:

        (1 - (turn / 70 degrees)^3) (1 - ((blur - .1) / .9)^2)

    >>> straight = Pose(0.0, 0.0, 0.0, np.eye(3, dtype=np.float32), 50.0, np.zeros(2, np.float32))
    >>> clearness(straight, 0.0), round(clearness(straight, 0.55), 2)
    (1.0, 0.75)
    """
    turned = min(max(abs(pose.yaw), abs(pose.pitch)) / _UNREADABLE_RAD, 1.0)
    blurred = max(blur - _SHARP, 0.0) / (1 - _SHARP)
    return (1 - turned**3) * (1 - blurred**2)


def confidence_of(spread: Array, seen: Array) -> Array:
    """The chance that both sides lie within `CLOSE` of the truth, times what was in sight. Shape (17,).

    Parameters
    ----------
    spread
        Shape (17, 2): expected standard error.

    >>> confidence_of(np.full((17, 2), 0.15, np.float32), np.ones(17, np.float32))[0].round(2)
    np.float32(0.68)
    """
    worse = np.maximum(spread.max(axis=1), 1e-3)
    chance: Array = (2 * ndtr(CLOSE / worse) - 1).astype(np.float32)
    return chance * seen
