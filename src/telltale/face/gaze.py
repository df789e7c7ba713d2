"""Gaze: how far the irises stand from the middle of the lids, seen in the head's own frame.

    gaze_x = asin(x / r),  gaze_y = asin(y / r - b)

x and y are the iris's place against the middle of its lids, in a plane of the head that faces forward,
in eyes' distances; r is the eyeball's radius, b where y rests. On rendered eyes turned by up to 0.4 rad
sideways and 0.25 rad up or down, gaze_x correlates at 0.85 with the truth, gaze_y at 0.55 only: the lids hide
the iris's edge.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.face.mean_face import LEFT_EYE, RIGHT_EYE
from telltale.face.view import Array, Pose

_RADIUS: Final = 0.18
"""11.5 mm of 63 mm between the eyes; also the slope fitted on rendered eyes."""
_SHUT: Final = 0.2
"""Lids' distance over the eye's width below which an eye says nothing."""

_LIDS: Final = np.array([[159, 145], [386, 374]])
"""Upper and lower lid's middle, right and left."""
_CORNERS: Final = np.array([RIGHT_EYE, LEFT_EYE])
_REST_Y: Final = 0.042
"""How far above the lids' middle an iris that looks straight ahead stands, in radii."""


def gaze(irises: Array, mesh: Array, pose: Pose) -> Array:
    """Gaze in radians, core's signs, the mean of the eyes that are open; NaN where both are shut.

    Parameters
    ----------
    irises
        Shape (2, 5, 2), pixels of the picture, right and left.
    mesh
        Shape (468, 3), pixels of the picture.

    Returns
    -------
    Shape (2,): gaze_x, gaze_y.
    """
    lids, corners = mesh[_LIDS, :2], mesh[_CORNERS, :2]
    gap, width = lids[:, 0] - lids[:, 1], corners[:, 0] - corners[:, 1]
    is_open = (gap * gap).sum(axis=1) >= _SHUT**2 * (width * width).sum(axis=1)
    if not is_open.any():
        return np.full(2, np.nan, dtype=np.float32)
    middle = (lids[:, 0] + lids[:, 1]) / 2
    flat = (irises[:, 0] - middle)[is_open] / pose.scale_px * np.array([1, -1], dtype=np.float32)
    # Both lie in one plane of the head: turned, that plane is pressed together by these two by two numbers.
    (a, b), (c, d) = pose.rotation[:2, :2].tolist()
    x, y = flat.mean(axis=0).tolist()
    seen = np.array([d * x - b * y, a * y - c * x]) / (a * d - b * c)
    offset = seen / _RADIUS - (0.0, _REST_Y)
    angles: Array = np.arcsin(np.clip(offset, -1.0, 1.0)).astype(np.float32)
    return angles
