"""The head's input, number by number, for one side of the face.

`own` always is the side asked for and x grows away from the midline towards it, so the vector of the right
side is the vector of the left side of the mirrored face: one network serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.mean_face import MEAN
from telltale.face.points68 import MIRRORED_68
from telltale.face.view import REGIONS, Array, FaceView
from telltale.motion.descriptors import DESCRIPTOR_SIZE, MIRROR_ORDER, describe, displacements
from telltale.motion.flow import FlowField
from telltale.units.neutral import Look, Neutral
from telltale.units.unturn import blend_68

_MIRROR68: Final[npt.NDArray[np.intp]] = np.array(MIRRORED_68)

_MOTION_SCALE: Final = np.float32(1 / 60)
"""Crop pixels a second to numbers about 1."""
_DISTANCE_SCALE: Final = np.float32(1 / 6)
"""Crop pixels to numbers about 1."""
_GEOMETRY_SCALE: Final = np.float32(10)
"""Eyes' distances to numbers about 1."""
_TURN_SCALE: Final = np.float32(2)


_MEAN68: Final = blend_68(MEAN)
_HALF: Final = REGIONS * 3 * 3 * 2

PARTS: Final[tuple[tuple[str, int], ...]] = (
    ("descriptors", DESCRIPTOR_SIZE),
    ("motion_own", _HALF),
    ("motion_other", _HALF),
    ("distance_own", _HALF),
    ("distance_other", _HALF),
    ("geometry", 68 * 2),
    ("shape", 68 * 2),
    ("still_own", REGIONS),
    ("still_other", REGIONS),
    ("still_neutral_own", REGIONS),
    ("still_neutral_other", REGIONS),
    ("turned", 3),
    ("turned_from_neutral", 3),
    ("seen", REGIONS),
    ("picture", 6),
)
"""Names and lengths of the vector's parts, in their order."""

SIZE: Final = sum(length for _, length in PARTS)


def part_slices() -> dict[str, slice]:
    """Where each part stands in the vector.

    >>> part_slices()["descriptors"]
    slice(0, 1224, None)
    """
    ends = np.cumsum([length for _, length in PARTS])
    return {name: slice(int(end) - length, int(end)) for (name, length), end in zip(PARTS, ends, strict=True)}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All that a frame's vector is made of."""

    view: FaceView
    look: Look
    neutral: Neutral
    moved: FlowField | None
    """Flow from a moment before; None on the first frame."""
    samples: Array
    """Where to read `moved`."""
    rate_hz: float
    """One over the time `moved` took."""
    away: FlowField
    """Flow from the neutral."""


def vectors_of(seen: Seen) -> Array:
    """The vectors of the left and the right side. Shape (2, SIZE)."""
    look, neutral = seen.look, seen.neutral
    histograms, by_cell = _motion(seen)
    distance = displacements(seen.away, neutral.samples) * _DISTANCE_SCALE
    geometry = (look.points68 - neutral.look.points68)[:, :2] * _GEOMETRY_SCALE
    shape = (neutral.look.points68 - _MEAN68)[:, :2] * _GEOMETRY_SCALE
    turned = look.turned * _TURN_SCALE
    off = (look.turned - neutral.look.turned) * _TURN_SCALE
    still, calm = look.still, neutral.look.still
    vectors = np.empty((2, SIZE), dtype=np.float32)
    for own, other, sign in ((0, 1, 1.0), (1, 0, -1.0)):
        mirror = own == 1
        x_sign = np.array([sign, 1.0], dtype=np.float32)
        turn_sign = np.array([sign, 1.0, sign], dtype=np.float32)
        parts = (
            histograms[MIRROR_ORDER] if mirror else histograms,
            by_cell[:, own].ravel(),
            by_cell[:, other].ravel(),
            distance[:, own].ravel(),
            distance[:, other].ravel(),
            ((geometry[_MIRROR68] if mirror else geometry) * x_sign).ravel(),
            ((shape[_MIRROR68] if mirror else shape) * x_sign).ravel(),
            still[:, own],
            still[:, other],
            calm[:, own],
            calm[:, other],
            turned * turn_sign,
            off * turn_sign,
            seen.view.seen,
            _picture(seen),
        )
        np.concatenate(parts, out=vectors[own])
    return vectors


def _motion(seen: Seen) -> tuple[Array, Array]:
    """Histograms (1224,) and mean motion by cell (17, 2, 3, 3, 2), both a second; 0 on the first frame."""
    if seen.moved is None:
        return np.zeros(DESCRIPTOR_SIZE, np.float32), np.zeros((REGIONS, 2, 3, 3, 2), np.float32)
    scale = np.float32(seen.rate_hz) * _MOTION_SCALE
    histograms = describe(seen.moved, seen.samples).reshape(DESCRIPTOR_SIZE) * scale
    return histograms, displacements(seen.moved, seen.samples) * scale


def _picture(seen: Seen) -> Array:
    """How well the face was seen, and how much is known of its neutral. Shape (6,)."""
    quality = seen.view.quality
    numbers = (
        quality.brightness,
        quality.noise * 20,
        quality.blur,
        quality.face_size,
        min(seen.neutral.frames, 20) / 20,
        seen.neutral.activity,
    )
    return np.array(numbers, dtype=np.float32)
