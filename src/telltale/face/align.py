"""The aligned face: 224 x 224 pixels with the eyes always in the same two places.

The map is fitted to five points: eye centres, nose tip and mouth corners. They are those of the RIGID mean
face as the pose places it, not those seen, so a smile or an open mouth does not move the crop: what is left
of motion in the crop is the face's own. `mean_face.five_points(mesh)` gives the ones seen.

A similarity (turn, scale, shift) is the default. The full affine map also undoes the foreshortening of a
turned head; it magnifies the pose's error and the picture's noise with it.
"""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np

from telltale.face.mean_face import MEAN, five_points
from telltale.face.pose import place
from telltale.face.view import CROP_PX, Array, Pose
from telltale.media.frame import Picture

EYES_PX: Final = 56.0
"""Distance between the eyes in the crop."""
EYES_Y: Final = 86.0
MIDDLE_X: Final = 112.0
"""The eyes lie at x = 84 and 140; the mean face's mouth then at y = 146, its chin at y = 185."""

_IN_PLANE: Final = [0, 1, 3, 4]

_SHRINK_FROM: Final = 1.5
"""Picture pixels for one crop pixel from which the picture is averaged first, so that nothing aliases."""

_FIVE: Final = five_points(MEAN)
TEMPLATE: Final[Array] = (_FIVE[:, :2] * (EYES_PX, -EYES_PX) + (MIDDLE_X, EYES_Y)).astype(np.float32)
"""Shape (5, 2): where the five points of a frontal mean face lie in the crop."""


def align(pose: Pose, *, full_affine: bool = False) -> Array:
    """The map from picture to crop pixels for a head that stands so. Shape (2, 3).

    >>> upright = np.eye(3, dtype=np.float32)
    >>> pose = Pose(0.0, 0.0, 0.0, upright, 28.0, np.array([50, 40], dtype=np.float32))
    >>> (align(pose) @ [50.0, 40.0, 1.0]).round(3)  # between the eyes, half the crop's size
    array([112.,  86.])
    """
    placed = place(pose, _FIVE)
    return _affine(placed) if full_affine else _similarity(placed)


def cut(rgb: Picture, to_crop: Array) -> Picture:
    """The aligned face in colour. Shape (224, 224, 3); what lies outside the picture is black."""
    part, to_crop = _part(rgb, to_crop)
    small, to_crop = _shrunk(part, to_crop)
    crop: Picture = cv2.warpAffine(small, to_crop, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )
    return crop


def cut_luma(rgb: Picture, to_crop: Array) -> Array:
    """Luma of the aligned face (Rec. 601, 0 to 255), at a third of the cost of all colours. Shape (224, 224).

    >>> red = np.zeros((300, 300, 3), dtype=np.uint8)
    >>> red[..., 0] = 255
    >>> float(cut_luma(red, np.eye(2, 3, dtype=np.float32))[100, 100])
    76.0
    """
    part, to_crop = _part(rgb, to_crop)
    small, to_crop = _shrunk(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32), to_crop)
    grey = cv2.warpAffine(small, to_crop, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR)
    return grey.astype(np.float32, copy=False)


def _shrinks(to_crop: Array) -> int:
    """Picture pixels along each side that are averaged to one before the crop is cut."""
    (a, b, _), (c, d, _) = to_crop.tolist()
    zoom = math.sqrt(abs(a * d - b * c))
    return max(1, round(1 / zoom + 0.5 - (_SHRINK_FROM - 1)))


def _similarity(placed: Array) -> Array:
    """The turn, scale and shift that bring `placed` nearest to the template."""
    middle, goal = placed.mean(axis=0), TEMPLATE.mean(axis=0)
    p, q = placed - middle, TEMPLATE - goal
    size = float((p * p).sum())
    a = float((p * q).sum()) / size
    b = float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()) / size
    turn = np.array([[a, -b], [b, a]])
    return np.column_stack([turn, goal - turn @ middle]).astype(np.float32)


def _affine(placed: Array) -> Array:
    """The affine map that brings `placed` nearest to the template, the nose's tip left out: it stands out of
    the plane of the others and would swing with the head."""
    p, q = placed[_IN_PLANE], TEMPLATE[_IN_PLANE]
    solved = np.linalg.lstsq(np.column_stack([p, np.ones(len(p))]), q, rcond=None)[0]
    affine: Array = solved.T.astype(np.float32)
    return affine


def _part(rgb: Picture, to_crop: Array) -> tuple[Picture, Array]:
    """The part of the picture that the crop shows, and the map from it."""
    by = _shrinks(to_crop)
    # In plain numbers, which for so few of them is a quarter of the time.
    (a, b, e), (c, d, f) = to_crop.tolist()
    area = a * d - b * c
    corners = [(x - e, y - f) for x in (-0.5, CROP_PX - 0.5) for y in (-0.5, CROP_PX - 0.5)]
    xs = [(d * x - b * y) / area for x, y in corners]
    ys = [(a * y - c * x) / area for x, y in corners]
    (left, right), (top, bottom) = (
        _span(min(along), max(along), length, by)
        for along, length in ((xs, rgb.shape[1]), (ys, rgb.shape[0]))
    )
    moved = to_crop.copy()
    moved[:, 2] = e + a * left + b * top, f + c * left + d * top
    return rgb[top:bottom, left:right], moved


def _span(low: float, high: float, length: int, by: int) -> tuple[int, int]:
    """First and end of the pixels from `low` to `high` and a little more, in whole blocks of `by`.

    Blocks are counted from the picture's corner, so they do not crawl over a face that moves.
    """
    blocks = max(length // by, 1)
    first = min(max(math.floor(low / by) - 1, 0), blocks - 1)
    end = min(max(math.floor(high / by) + 2, first + 1), blocks)
    return first * by, end * by


def _shrunk(part: Array | Picture, to_crop: Array) -> tuple[Any, Array]:
    """A part averaged over `_shrinks` x `_shrinks` pixels, and the map from it."""
    by = _shrinks(to_crop)
    if by == 1:
        return part, to_crop
    size = (part.shape[1] // by, part.shape[0] // by)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    moved = to_crop.copy()
    moved[:, :2] *= by
    moved[:, 2] += to_crop[:, :2] @ np.full(2, (by - 1) / 2, dtype=np.float32)
    return small, moved
