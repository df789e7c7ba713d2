"""How far landmarks are off, as the literature counts it."""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.face.view import Array

_OUTER_CORNERS: Final = (36, 45)
"""Of the eyes, the subject's right and left."""


def normalised_error(points: Array, true_points: Array) -> Array:
    """Mean distance of the 68 points as a share of the distance between the outer corners of the eyes.

    Parameters
    ----------
    points, true_points
        Shape (n, 68, 2), in the same pixels.

    Returns
    -------
    Shape (n,).

    >>> true = np.zeros((1, 68, 2), np.float32)
    >>> true[0, 45, 0] = 100
    >>> normalised_error(true + np.float32([3, 4]), true)
    array([0.05], dtype=float32)
    """
    right, left = _OUTER_CORNERS
    eyes = np.linalg.norm(true_points[:, right] - true_points[:, left], axis=1)
    off: Array = (np.linalg.norm(points - true_points, axis=2).mean(axis=1) / eyes).astype(np.float32)
    return off
