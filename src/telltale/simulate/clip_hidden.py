"""What of a face cannot be seen: the share of each unit's region that is covered, off the picture or black.

A region is a set of places between the true landmarks, each with four more around it; the share hidden is
the share of these under an occluder or outside the picture. A side of the face that the head has turned away
is not counted: the head's yaw tells that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.clip_occluders import Sprite

Points = npt.NDArray[np.float32]

_AROUND: Final = 0.04
"""Distance of the four places around, in widths of the face."""

_BROWS_INNER: Final = (20, 21, 22, 23)
_BROWS_OUTER: Final = (17, 18, 19, 24, 25, 26)
_EYES: Final = tuple(range(36, 48))
_NOSE: Final = (27, 28, 29, 31, 35)
_CORNERS: Final = (48, 54, 49, 53, 59, 55)
_MOUTH: Final = tuple(range(48, 68))
_CHIN: Final = (7, 8, 9, 57)

_PLAIN: Final[dict[int, tuple[int, ...]]] = {
    1: _BROWS_INNER, 2: _BROWS_OUTER, 4: (*_BROWS_INNER, 27), 5: (37, 38, 43, 44), 7: _EYES, 9: _NOSE,
    10: (49, 50, 51, 52, 53, 33), 12: _CORNERS, 14: _CORNERS, 15: _CORNERS, 17: _CHIN, 20: _CORNERS,
    23: _MOUTH, 25: _MOUTH, 26: (*range(60, 68), 57, 8), 45: _EYES,
}  # fmt: skip
"""Landmarks of each region but the cheeks."""
_BETWEEN: Final[dict[int, tuple[tuple[int, int, float], ...]]] = {
    1: ((27, 21, 0.5), (27, 22, 0.5)),
    6: ((41, 48, 0.3), (46, 54, 0.3), (41, 3, 0.4), (46, 13, 0.4), (40, 0, 0.2), (47, 16, 0.2)),
    12: ((48, 3, 0.3), (54, 13, 0.3)),
    14: ((48, 4, 0.3), (54, 12, 0.3)),
    17: ((57, 8, 0.5),),
}
"""Places between two landmarks, and how far they lie from the first to the second."""


def _weights(unit: int) -> npt.NDArray[np.float32]:
    """Places of a region as mixtures of the landmarks. Shape (n, 68)."""
    rows = []
    for first, second, share in [*((p, p, 0.0) for p in _PLAIN.get(unit, ())), *_BETWEEN.get(unit, ())]:
        row = np.zeros(68, dtype=np.float32)
        row[first] += 1 - share
        row[second] += share
        rows.append(row)
    return np.stack(rows)


_REGIONS: Final = [_weights(unit) for unit in ACTION_UNITS]
_ALL: Final = np.concatenate(_REGIONS)
_STARTS: Final = np.cumsum([0, *(len(region) for region in _REGIONS[:-1])])
_COUNTS: Final = np.array([len(region) for region in _REGIONS])
_OFFSETS: Final = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]], dtype=np.float32) * _AROUND


def hidden_shares(
    points68: Points,
    face_width_px: float,
    size_px: tuple[int, int],
    laid: list[tuple[Sprite, int, int]],
) -> npt.NDArray[np.float32]:
    """How far each region is hidden.

    Parameters
    ----------
    points68
        Shape (68, 2): the true landmarks.
    face_width_px
        The face's width now.
    size_px
        Width and height of the picture.
    laid
        Occluders that were drawn, with their left and top edges.

    Returns
    -------
    Shape (17,): 0 in sight to 1 hidden.
    """
    places = (_ALL @ points68)[:, None] + _OFFSETS * face_width_px
    x, y = np.rint(places).astype(np.int64).reshape(-1, 2).T
    hidden = (x < 0) | (y < 0) | (x >= size_px[0]) | (y >= size_px[1])
    for sprite, left, top in laid:
        height, width = sprite.shape[:2]
        u, v = x - left, y - top
        over = (u >= 0) & (v >= 0) & (u < width) & (v < height)
        hidden[over] |= sprite[v[over], u[over], 3] > 127
    each = hidden.reshape(len(_ALL), len(_OFFSETS)).mean(axis=1)
    shares: npt.NDArray[np.float32] = (np.add.reduceat(each, _STARTS) / _COUNTS).astype(np.float32)
    return shares


def share_in_picture(points68: Points, size_px: tuple[int, int]) -> float:
    """Share of the landmarks that lie within the picture.

    >>> share_in_picture(np.zeros((68, 2), dtype=np.float32) - 1, (640, 480))
    0.0
    """
    inside = (points68 >= 0).all(axis=1) & (points68 <= np.array(size_px) - 1).all(axis=1)
    return float(inside.mean())
