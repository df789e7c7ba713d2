"""The mean rigid face: where FaceMesh's 468 points lie on a head at rest, and which of them stay there.

`mean_face.csv` was made by `tools/make_mean_face.py` from pictures of rendered heads. Unit: the distance
between the centres of the eyes, each centre being the middle of the eye's two corners; origin between them;
x to the subject's left, y up, z out of the face. It holds FaceMesh's own view of depth, not the true one.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.view import Array

RIGHT_EYE: Final = (33, 133)
"""Outer and inner corner of the subject's right eye."""
LEFT_EYE: Final = (263, 362)
NOSE_TIP: Final = 4
MOUTH_RIGHT: Final = 61
MOUTH_LEFT: Final = 291


def _load() -> tuple[Array, npt.NDArray[np.intp], Array]:
    with (resources.files("telltale.face") / "mean_face.csv").open(encoding="utf-8") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.float32)
    steady = np.flatnonzero(table[:, 3])
    return np.ascontiguousarray(table[:, :3]), steady, table[steady, 3]


MEAN, STEADY, STEADY_WEIGHT = _load()
"""Shape (468, 3); shape (K,), the points that no expression moves; shape (K,), their weights, mean 1."""


def five_points(points: Array) -> Array:
    """Eye centres, nose tip and mouth corners, right before left, of a mesh in any frame.

    Parameters
    ----------
    points
        Shape (468, D).

    Returns
    -------
    Shape (5, D).

    >>> five_points(MEAN)[:2].round(3) + 0.0
    array([[-0.5,  0. ,  0. ],
           [ 0.5,  0. ,  0. ]], dtype=float32)
    """
    right, left = points[list(RIGHT_EYE)].mean(axis=0), points[list(LEFT_EYE)].mean(axis=0)
    five: Array = np.stack([right, left, points[NOSE_TIP], points[MOUTH_RIGHT], points[MOUTH_LEFT]])
    return five
