"""A face's points as seen straight on: what a turned head would look like if it were not turned.

A point p of the picture, with its depth z, goes back through the rigid pose:

    q = R^T ((x - shift_x) / scale, -(y - shift_y) / scale, -(z - z0) / scale)

so q has x to the subject's left, y up, z out of the face, in eyes' distances, and stays where it is when the
head turns. z0 puts the steady points as deep as the mean face's. Differences of q against the person's own
neutral are the face's expression.
"""

from __future__ import annotations

import numpy as np

from telltale.face.mean_face import MEAN, STEADY, STEADY_WEIGHT
from telltale.face.points68 import FIRST, SECOND, SHARE
from telltale.face.view import Array, Pose

_DEPTH = np.array([1.0, -1.0, -1.0], dtype=np.float32)
_SHARE = STEADY_WEIGHT / STEADY_WEIGHT.sum()
_MIDDLE = _SHARE @ MEAN[STEADY]


def depth_origin(mesh: Array, pose: Pose) -> float:
    """The mesh's z of the pose's origin, pixels: z0 of the equation above.

    Parameters
    ----------
    mesh
        Shape (468, 3), pixels of the picture, z negative towards the camera.
    """
    expected = float(pose.rotation[2] @ _MIDDLE) * pose.scale_px
    return float(_SHARE @ mesh[STEADY, 2]) + expected


def unturn(points: Array, pose: Pose, depth_origin_px: float) -> Array:
    """Points of the picture as points of the face, the head's turn taken back.

    Parameters
    ----------
    points
        Shape (N, 3): pixels, z negative towards the camera.

    >>> straight = Pose(0.0, 0.0, 0.0, np.eye(3, dtype=np.float32), 50.0, np.array([10, 20], np.float32))
    >>> unturn(np.array([[60, 15, 25]], dtype=np.float32), straight, 0.0).round(2)
    array([[ 1. ,  0.1, -0.5]], dtype=float32)
    """
    origin = np.array([*pose.shift_px, depth_origin_px], dtype=np.float32)
    face: Array = ((points - origin) * (_DEPTH / np.float32(pose.scale_px))) @ pose.rotation
    return face


def blend_68(mesh: Array) -> Array:
    """The 68 points of a mesh with their depth. Shape (468, 3) to (68, 3)."""
    blended: Array = SHARE * mesh[FIRST] + (1 - SHARE) * mesh[SECOND]
    return blended
