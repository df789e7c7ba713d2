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
from telltale.face.refined import CODE
from telltale.face.view import REGIONS, Array, FaceView
from telltale.motion.descriptors import DESCRIPTOR_SIZE, MIRROR_ORDER, describe
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
_CHANGE_SCALE: Final = np.float32(0.1)
"""Of what codes and geometry change by in a second."""


_MEAN68: Final = blend_68(MEAN)
_HALF: Final = REGIONS * 3 * 3 * 2

LOOKS: Final[tuple[tuple[str, int], ...]] = (
    ("distance_own", _HALF),
    ("distance_other", _HALF),
    ("geometry", 68 * 2),
    ("shape", 68 * 2),
    ("code_own", CODE),
    ("code_other", CODE),
    ("code_from_neutral_own", CODE),
    ("code_from_neutral_other", CODE),
    ("still_own", REGIONS),
    ("still_other", REGIONS),
    ("still_neutral_own", REGIONS),
    ("still_neutral_other", REGIONS),
    ("turned", 3),
    ("turned_from_neutral", 3),
    ("seen", REGIONS),
    ("picture", 6),
)
"""Parts that say how the face looks, which intensity is read from."""

MOTION: Final[tuple[tuple[str, int], ...]] = (
    ("quick_own", _HALF),
    ("quick_other", _HALF),
    ("slow_own", _HALF),
    ("slow_other", _HALF),
    ("code_change_own", CODE),
    ("code_change_other", CODE),
    ("geometry_change", 68 * 2),
    ("descriptors", DESCRIPTOR_SIZE),
)
"""Parts that say how it changes, which velocity is read from."""

PARTS: Final = (*LOOKS, *MOTION)
"""Names and lengths of the vector's parts, in their order."""

SIZE: Final = sum(length for _, length in PARTS)
LOOKS_SIZE: Final = sum(length for _, length in LOOKS)


def part_slices() -> dict[str, slice]:
    """Where each part stands in the vector.

    >>> part_slices()["distance_own"]
    slice(0, 306, None)
    """
    ends = np.cumsum([length for _, length in PARTS])
    return {name: slice(int(end) - length, int(end)) for (name, length), end in zip(PARTS, ends, strict=True)}


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All that a frame's vector is made of."""

    view: FaceView
    look: Look
    neutral: Neutral
    distance: Array
    """Shape (17, 2, 3, 3, 2): from the neutral, by cell, crop pixels."""
    quick: Array | None
    """The same shape, crop pixels a second: how the distance changed just now; None on the first frame."""
    slow: Array | None
    """... and over some frames."""
    code_change: Array | None
    """Shape (CODE, 2): how the code changed over some frames, 1/s ..."""
    geometry_change: Array | None
    """... and the points: shape (68, 2), eyes' distances a second."""
    moved: FlowField | None
    """The skin's motion just now, read where the neutral's regions lie."""
    rate_hz: float
    """One over the time `moved` took."""


def vectors_of(seen: Seen) -> Array:
    """The vectors of the left and the right side. Shape (2, SIZE)."""
    look, neutral = seen.look, seen.neutral
    distance = seen.distance * _DISTANCE_SCALE
    geometry = (look.points68 - neutral.look.points68)[:, :2] * _GEOMETRY_SCALE
    shape = (neutral.look.points68 - _MEAN68)[:, :2] * _GEOMETRY_SCALE
    turned = look.turned * _TURN_SCALE
    off = (look.turned - neutral.look.turned) * _TURN_SCALE
    still, calm = look.still, neutral.look.still
    code, code_off = look.code, look.code - neutral.look.code
    quick, slow = (_NO_CHANGE if c is None else c * _MOTION_SCALE for c in (seen.quick, seen.slow))
    code_change = _NO_CODE if seen.code_change is None else seen.code_change * _CHANGE_SCALE
    bent = (
        _NO_BEND if seen.geometry_change is None else seen.geometry_change * _GEOMETRY_SCALE * _CHANGE_SCALE
    )
    histograms, picture = _histograms(seen), _picture(seen)
    vectors = np.empty((2, SIZE), dtype=np.float32)
    for own, other, sign in ((0, 1, 1.0), (1, 0, -1.0)):
        mirror = own == 1
        x_sign = np.array([sign, 1.0], dtype=np.float32)
        turn_sign = np.array([sign, 1.0, sign], dtype=np.float32)
        parts = (
            distance[:, own].ravel(),
            distance[:, other].ravel(),
            ((geometry[_MIRROR68] if mirror else geometry) * x_sign).ravel(),
            ((shape[_MIRROR68] if mirror else shape) * x_sign).ravel(),
            code[:, own],
            code[:, other],
            code_off[:, own],
            code_off[:, other],
            still[:, own],
            still[:, other],
            calm[:, own],
            calm[:, other],
            turned * turn_sign,
            off * turn_sign,
            seen.view.seen,
            picture,
            quick[:, own].ravel(),
            quick[:, other].ravel(),
            slow[:, own].ravel(),
            slow[:, other].ravel(),
            code_change[:, own],
            code_change[:, other],
            ((bent[_MIRROR68] if mirror else bent) * x_sign).ravel(),
            histograms[MIRROR_ORDER] if mirror else histograms,
        )
        np.concatenate(parts, out=vectors[own])
    return vectors


_NO_CHANGE: Final = np.zeros((REGIONS, 2, 3, 3, 2), np.float32)
_NO_CODE: Final = np.zeros((CODE, 2), np.float32)
_NO_BEND: Final = np.zeros((68, 2), np.float32)


def _histograms(seen: Seen) -> Array:
    """Motion a second by direction, shape (1224,); 0 on the first frame."""
    if seen.moved is None:
        return np.zeros(DESCRIPTOR_SIZE, np.float32)
    scale = np.float32(seen.rate_hz) * _MOTION_SCALE
    return describe(seen.moved, seen.neutral.samples).reshape(DESCRIPTOR_SIZE) * scale


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
