"""How well a face can be seen: its size, light, noise and blur."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from telltale.face.view import Array, Quality
from telltale.media.frame import Picture

_FACE: Final = (slice(56, 184, 1), slice(56, 168, 1))
"""Rows and columns of the crop that are all face."""
_PATCH_PX: Final = 64
_SMALLEST_PX: Final = 8

_LAPLACIAN: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
_NOISE_GAIN: Final = 6.0
"""The mask's response to noise of standard deviation 1 (Immerkaer 1996): the root of the sum of squares."""
_MEDIAN_OF_NORMAL: Final = 0.6745

_REBLUR_PX: Final = 9
_SHARP, _BLURRED = 0.48, 0.78
"""Share of the gradients that outlast blurring again (Crete 2007), of rendered faces:
sharp ones, and ones blurred by 5 crop pixels."""


def quality(rgb: Picture, mesh: Array, luma: Array) -> Quality:
    """Measure one face.

    Parameters
    ----------
    mesh
        Shape (468, 3), pixels of the picture.
    luma
        Shape (224, 224), of the aligned face, 0 to 255.
    """
    inner = np.ascontiguousarray(luma[_FACE])
    places = np.ascontiguousarray(mesh[:, :2].T)
    low, high = places.min(axis=1), places.max(axis=1)
    return Quality(
        face_size=float(high[0] - low[0]) / rgb.shape[1],
        brightness=float(inner.mean()) / 255,
        noise=noise(_patch(rgb, low, high)),
        blur=blur(inner),
    )


def noise(luma: Array) -> float:
    """Standard deviation of the noise, 0 to 1, by the median response of a mask that flat and sloped skin
    do not excite; edges do not count.

    Parameters
    ----------
    luma
        Shape (H, W), 0 to 255, in the picture's own pixels: scaling a picture smooths its noise.

    >>> rng = np.random.default_rng(0)
    >>> round(noise((128 + 5.1 * rng.standard_normal((96, 96))).astype(np.float32)), 3)
    0.02
    """
    if min(luma.shape) < _SMALLEST_PX:
        return 0.0
    response = np.abs(cv2.filter2D(luma, cv2.CV_32F, _LAPLACIAN)[1:-1, 1:-1]).ravel()
    middle = response.size // 2
    median = float(np.partition(response, middle)[middle])
    return median / (_MEDIAN_OF_NORMAL * _NOISE_GAIN * 255)


def blur(luma: Array) -> float:
    """0 sharp to 1 nothing but blur: how little of the gradients goes when the picture is blurred again.

    >>> checks = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.float32)
    >>> blur(checks)
    0.0
    """
    # Every fourth line is enough.
    kept = (_kept(luma[::4], along=1) + _kept(luma[:, ::4], along=0)) / 2
    return min(1.0, max(0.0, (kept - _SHARP) / (_BLURRED - _SHARP)))


def _kept(luma: Array, *, along: int) -> float:
    """Share of the gradients along an axis that outlast a blur along it."""
    again = cv2.blur(luma, (_REBLUR_PX, 1) if along else (1, _REBLUR_PX))
    if along:
        before, after = luma[:, 1:] - luma[:, :-1], again[:, 1:] - again[:, :-1]
    else:
        before, after = luma[1:] - luma[:-1], again[1:] - again[:-1]
    np.abs(before, out=before)
    np.abs(after, out=after)
    total = float(before.sum())
    return 1.0 - float(np.maximum(before - after, 0.0).sum()) / total if total > 0 else 1.0


def _patch(rgb: Picture, low: Array, high: Array) -> Array:
    """Luma of the picture's own pixels in the middle of the box from `low` to `high`."""
    half = min(_PATCH_PX, float((high - low).min()) / 2) / 2
    x, y = (low + high) / 2
    height, width = rgb.shape[:2]
    top, bottom = int(max(y - half, 0)), int(min(y + half, height))
    left, right = int(max(x - half, 0)), int(min(x + half, width))
    if bottom - top < _SMALLEST_PX or right - left < _SMALLEST_PX:
        return np.zeros((0, 0), dtype=np.float32)
    return cv2.cvtColor(rgb[top:bottom, left:right], cv2.COLOR_RGB2GRAY).astype(np.float32)
