"""The few picture operations that motion is made of: OpenCV's, for square float32 planes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# OpenCV's own type hints say nothing of the element type.
_CV: Final[Any] = cv2


def mean_around(values: Array, width: int) -> Array:
    """The mean over a square of `width` points about each point."""
    mean: Array = _CV.blur(values, (width, width))
    return mean


def median(values: Array) -> float:
    """The median of all values; sorting a few thousand takes a tenth of the time of `np.median`.

    >>> median(np.array([[4, 1], [2, 8]], dtype=np.float32))
    3.0
    """
    inorder = np.sort(values, axis=None)
    middle = inorder.size // 2
    return float(inorder[middle]) if inorder.size % 2 else float((inorder[middle - 1] + inorder[middle]) / 2)


def pool(values: Array, side: int) -> Array:
    """Means of squares, down to (side, side), by halving again and again, which OpenCV does fastest.

    >>> pool(np.arange(16, dtype=np.float32).reshape(4, 4), 2).tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """
    while values.shape[0] > side:
        half = values.shape[0] // 2
        values = _CV.resize(values, (half, half), interpolation=_CV.INTER_AREA)
    return values


def stretch(values: Array, side: int) -> Array:
    """Linear interpolation to (side, side), or to (side, side, k) of k planes; always a new array."""
    stretched: Array = _CV.resize(values, (side, side), interpolation=_CV.INTER_LINEAR)
    return stretched


def halve(values: Array) -> Array:
    """Half as wide, smoothed first, so that fine texture does not turn into coarse."""
    half: Array = _CV.pyrDown(values)
    return half


def slopes(values: Array) -> tuple[Array, Array]:
    """Scharr's gradient, x and y, per pixel.

    >>> slope_x, slope_y = slopes(np.tile(np.arange(8, dtype=np.float32), (8, 1)))
    >>> float(slope_x[4, 4]), float(slope_y[4, 4])
    (1.0, 0.0)
    """
    # Scharr's weights add to 32 for a slope of 1 a pixel.
    return (
        _CV.Scharr(values, _CV.CV_32F, 1, 0, scale=1 / 32),
        _CV.Scharr(values, _CV.CV_32F, 0, 1, scale=1 / 32),
    )


def moved_by(values: Array, u: Array, v: Array) -> Array:
    """values(x + u, y + v) for values of shape (s, s) and motion on a grid that covers them, shape (g, g)."""
    side = values.shape[0]
    across, down = _places(side)
    # In place where it can be: large arrays that come and go cost more than what is computed in them.
    x, y = stretch(u, side), stretch(v, side)
    return sample(values, np.add(x, across, out=x), np.add(y, down, out=y))


def sample(values: Array, x: Array, y: Array) -> Array:
    """Values at places x, y of any shape (m, n), linear between pixels; past the border its last pixel.

    Values have shape (s, s), or (s, s, 2) for two planes.
    """
    if values.ndim == 3:
        # OpenCV 5 is exact for one plane only; for more it moves by steps of 1/32 px.
        first, second = split(values)
        return join(sample(first, x, y), sample(second, x, y))
    found: Array = _CV.remap(values, x, y, _CV.INTER_LINEAR, borderMode=_CV.BORDER_REPLICATE)
    return found


def join(u: Array, v: Array) -> Array:
    """Two planes as one array of shape (s, s, 2)."""
    joined: Array = _CV.merge([u, v])
    return joined


def split(values: Array) -> tuple[Array, Array]:
    """The two planes of shape (s, s, 2)."""
    first, second = _CV.split(values)
    return first, second


def disc(plane: Array, centre: tuple[float, float], radius: float, value: float) -> None:
    """Set a disc of the plane to a value."""
    where = (round(centre[0]), round(centre[1]))
    _CV.circle(plane, where, max(1, round(radius)), value, -1)


@lru_cache(maxsize=8)
def _places(side: int) -> tuple[Array, Array]:
    """Each pixel's own place: x, y, shape (side, side) each."""
    axis = np.arange(side, dtype=np.float32)
    return np.tile(axis, (side, 1)), np.tile(axis[:, None], (1, side))
