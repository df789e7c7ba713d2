"""The aligned face: 224 x 224 pixels with the eyes always in the same two places.

The map is fitted to five points: eye centres, nose tip and mouth corners. They are those of the RIGID mean
face as the pose places it, not those seen, so a smile or an open mouth does not move the crop: what is left
of motion in the crop is the face's own. `mean_face.five_points(mesh)` gives the ones seen.

A similarity (turn, scale, shift) is the default. The full affine map also undoes the foreshortening of a
turned head; it magnifies the pose's error and the picture's noise with it.
"""

from __future__ import annotations

import math
from typing import Final

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
    """The aligned face. Shape (224, 224, 3); what lies outside the picture is black."""
    shrink = round(1 / math.sqrt(abs(float(np.linalg.det(to_crop[:, :2])))) + 0.5 - (_SHRINK_FROM - 1))
    if shrink >= 2:
        rgb, to_crop = _shrunk(rgb, to_crop, shrink)
    crop: Picture = cv2.warpAffine(rgb, to_crop, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )
    return crop


def luma(rgb: Picture) -> Array:
    """Rec. 601 luma, 0 to 255. Shape (H, W).

    >>> round(float(luma(np.array([[[255, 0, 0]]], dtype=np.uint8))[0, 0]), 1)
    76.2
    """
    grey = cv2.transform(rgb.astype(np.float32), _REC_601)
    return grey.astype(np.float32, copy=False).reshape(rgb.shape[:2])


_REC_601: Final = np.array([[0.299, 0.587, 0.114]], dtype=np.float32)


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


def _shrunk(rgb: Picture, to_crop: Array, by: int) -> tuple[Picture, Array]:
    """The part of the picture that the crop shows, averaged over `by` x `by` pixels, and the map from it."""
    back = cv2.invertAffineTransform(to_crop)
    edge = CROP_PX - 0.5
    corners = np.array([[-0.5, -0.5, 1], [edge, -0.5, 1], [-0.5, edge, 1], [edge, edge, 1]]) @ back.T
    # Blocks are counted from the picture's corner, so they do not crawl over a face that moves.
    high = np.array(rgb.shape[1::-1]) // by
    left, top = np.clip(corners.min(axis=0) // by - 1, 0, high - 1).astype(int)
    right, bottom = np.clip(corners.max(axis=0) // by + 2, (left + 1, top + 1), high).astype(int)
    part = rgb[top * by : bottom * by, left * by : right * by]
    small = cv2.resize(part, (int(right - left), int(bottom - top)), interpolation=cv2.INTER_AREA)
    moved = to_crop.copy()
    moved[:, :2] *= by
    moved[:, 2] += to_crop[:, :2] @ (np.array([left, top]) * by + (by - 1) / 2)
    return small.astype(np.uint8, copy=False), moved
