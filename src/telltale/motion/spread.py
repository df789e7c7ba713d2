"""From motion known at some points to motion everywhere: Gaussian weights, computed once.

field(x) = sum_i w_i(x) d_i,    w_i(x) ~ exp(-|x - p_i|^2 / 2 sigma^2),    sum_i w_i(x) = 1
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.face.view import CROP_PX

Array = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]

COARSE_GRID: Final = 28
"""Points of a coarse field in each direction: one for 8 x 8 pixels of the crop."""

SIGMA_PX: Final = 8.0
"""Reach of a point in crop pixels: about the distance between neighbouring landmarks of the cheeks."""

_FARTHEST: Final = 300.0
"""Exponents stop here, at 24 sigma: no weight becomes 0, so no share becomes 0 / 0."""


class Spreader:
    """Spreads displacements of fixed points over a coarse grid that covers the crop evenly.

    Far from every point the nearest ones decide.

    Parameters
    ----------
    points
        Shape (N, 2), pixels of the 224 crop.
    grid
        Points of the field in each direction.
    sigma_px
        Reach of a point.

    >>> spread = Spreader(np.array([[60, 100], [160, 100]], dtype=np.float32))
    >>> field = spread(np.array([[0, 2], [0, 4]], dtype=np.float32))
    >>> field.shape, [round(float(field[12, x, 1]), 2) for x in (2, 13, 25)]
    ((28, 28, 2), [2.0, 2.04, 4.0])
    """

    def __init__(self, points: Array, grid: int = COARSE_GRID, sigma_px: float = SIGMA_PX) -> None:
        if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
            raise FormatError(
                f"points to spread have shape {points.shape}", hint="give finite numbers of shape (N, 2)"
            )
        self.grid = grid
        step_px = CROP_PX / grid
        axis = (np.arange(grid, dtype=np.float64) + 0.5) * step_px - 0.5
        # A weight is a product of one along x and one along y: two small matrices do for one of grid^2 x N.
        self._across = _reach(axis, points[:, 0], sigma_px)
        self._down = _reach(axis, points[:, 1], sigma_px)
        self._total = self._down @ self._across.T

    def __call__(self, displacements: Array) -> Array:
        """The field, shape (grid, grid, k), of displacements of the points, shape (N, k)."""
        moved = np.ascontiguousarray(displacements.T, dtype=np.float64)[:, None] * self._down
        sums = moved.reshape(-1, len(displacements)) @ self._across.T
        field = sums.reshape(-1, self.grid, self.grid) / self._total
        return np.ascontiguousarray(field.transpose(1, 2, 0), dtype=np.float32)


def _reach(axis: npt.NDArray[np.floating], places: Array, sigma_px: float) -> Double:
    """Weights along one axis, shape (grid, N); float64, as they get as small as 1e-130."""
    squares = (axis[:, None] - places) ** 2 / (2 * sigma_px**2)
    weights: Double = np.exp(-np.minimum(squares, _FARTHEST))
    return weights
