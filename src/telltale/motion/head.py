"""The head's own motion taken out of a flow field: what is left is the face's.

A face that was aligned still drifts a little: alignment errs, the camera shakes, the head turns within the
crop. On parts that no muscle moves far (bridge of the nose, temples, forehead above the brows) an affine
motion is fitted and taken away everywhere:

    u = a0 + a1 x + a2 y,    v = b0 + b1 x + b2 y

The fit is robust (iteratively reweighted least squares, Geman-McClure weights), so that a brow that moves
into a steady part does not count as the head.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.view import CROP_PX
from telltale.motion import planes
from telltale.motion.flow import FlowField

Array = npt.NDArray[np.float32]

TURNS: Final = 3
"""Of reweighting; the weights hardly change after the third."""

SMALLEST_SCALE_PX: Final = 0.02
"""What flow errs by at best: smaller differences are no sign of anything."""

RIDGE: Final = 0.01
"""Pull of all but the shift towards 0, as a share of the weights' sum: a few points must not run away."""


def remove_head_motion(field: FlowField, steady: Array) -> tuple[FlowField, Array]:
    """Take the motion of the steady parts away from the whole field.

    Parameters
    ----------
    field
        Shape (g, g).
    steady
        Shape (g, g) or any other square that covers the crop: 0 where the face may move, up to 1 where only
        the head does.

    Returns
    -------
    The field without the head's motion, and the motion's parameters: shape (3, 2), float32, a0 a1 a2 beside
    b0 b1 b2. Places x, y run from -1 to 1 across the crop; motion is in pixels of the crop. All are 0 where
    nothing steady is in sight.
    """
    grid = field.weight.shape[0]
    steady = planes.pool(np.asarray(steady, np.float32), grid)
    base = (steady * field.weight).ravel()
    used = np.flatnonzero(base > 1e-3)
    terms = _terms(grid)
    params = _fit(terms[used], field.flow.reshape(-1, 2)[used], base[used])
    return FlowField(field.flow - (terms @ params).reshape(grid, grid, 2), field.weight), params


def steady_mask(points68: Array, grid: int = 56) -> Array:
    """Where a face moves with the head alone: bridge and ridge of the nose, forehead, temples.

    Parameters
    ----------
    points68
        Shape (68, 2), pixels of the crop.

    Returns
    -------
    Shape (grid, grid), 0 to 1.
    """
    placed = _STEADY_PLACES @ points68
    up_x, up_y = placed[0].tolist()
    eyes_px = math.hypot(*placed[1].tolist())
    raised = 0.45 * eyes_px / max(math.hypot(up_x, up_y), 1e-6)
    mask = np.zeros((grid, grid), np.float32)
    scale = grid / CROP_PX
    for (x, y), (_, up, radius, weight) in zip(placed[2:].tolist(), _STEADY, strict=True):
        x, y = x + up * raised * up_x, y + up * raised * up_y
        planes.disc(
            mask,
            ((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5),
            radius * eyes_px * scale,
            weight,
        )
    return planes.mean_around(mask, 3)


_STEADY: Final = (
    # Foreheads rise with the brows, so they count less than what stands on bone.
    ((20,), 1.0, 0.2, 0.3),
    ((23,), 1.0, 0.2, 0.3),
    *(((point,), 0.0, 0.12, 1.0) for point in range(27, 31)),
    ((0, 17, 36), 0.0, 0.13, 1.0),
    ((16, 26, 45), 0.0, 0.13, 1.0),
)
"""Discs: points whose mean each lies at, whether it is raised, radius in eyes' distances, weight."""


def _steady_places() -> Array:
    """From the 68 points to the way up, the way from eye to eye, and the discs' middles; shape (10, 68)."""
    places = np.zeros((2 + len(_STEADY), 68), np.float32)
    places[0, [27, 30]] = 1, -1
    places[1, 42:48], places[1, 36:42] = 1 / 6, -1 / 6
    for row, (points, *_) in zip(places[2:], _STEADY, strict=True):
        row[list(points)] = 1 / len(points)
    return places


_STEADY_PLACES: Final = _steady_places()


def _fit(terms: Array, flow: Array, base: Array) -> Array:
    """Parameters of the motion, shape (3, 2): terms (n, 3), flow of n points (n, 2), their weights (n,)."""
    params = np.zeros((3, 2), np.float32)
    if len(base) < len(params):
        return params
    pull = np.diag([1e-6, *[RIDGE * float(base.sum())] * 2])
    weight = base
    for _ in range(TURNS):
        heavy = terms.T * weight
        params = np.linalg.solve(heavy @ terms + pull, heavy @ flow).astype(np.float32)
        off: Array = flow - terms @ params
        off *= off
        square = off[:, 0] + off[:, 1]
        usual = max(planes.median(square), SMALLEST_SCALE_PX**2)
        # Geman-McClure: a point three times as far off as usual counts a sixteenth.
        nearness: Array = 1 + square / np.float32(3 * usual)
        weight = np.divide(base, nearness * nearness)
    return params


@lru_cache(maxsize=8)
def _terms(grid: int) -> Array:
    """1, x and y of each point, shape (grid * grid, 3)."""
    axis = ((np.arange(grid, dtype=np.float32) + 0.5) / grid * 2 - 1).astype(np.float32)
    x, y = np.tile(axis, grid), np.repeat(axis, grid)
    return np.stack([np.ones_like(x), x, y], axis=1)
