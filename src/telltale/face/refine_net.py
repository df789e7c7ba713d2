"""The refinement network: FaceMesh's 68 points moved to where compressed pictures show them.

It also says what it alone can see: which regions are hidden, and what each unit looks like in this one
picture. Trained on rendered faces (`units/nets.py`); runs as ONNX.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from telltale.face.refined import INPUT_PX, WINDOW_MIDDLE, WINDOW_PX, Refined
from telltale.face.view import Array
from telltale.weights.onnx_model import OnnxModel, check_ports

FLAT: Final = 1.0
"""Deviation of luma below which a picture counts as flat; a black frame must not become noise."""

_LEFT, _TOP = (round(middle + 0.5 - WINDOW_PX / 2) for middle in WINDOW_MIDDLE)
_WINDOW: Final = (slice(_TOP, _TOP + WINDOW_PX), slice(_LEFT, _LEFT + WINDOW_PX))


class RefineNet:
    """The network, ready to run.

    Parameters
    ----------
    model
        Takes `window` (1, 1, 112, 112) and `points` (1, 68, 2), gives `moved`, `seen`, `still` and `code`.
    """

    def __init__(self, model: OnnxModel) -> None:
        # One that sees another part of the face would read nonsense, and say nothing.
        check_ports(model, takes={"window", "points"}, gives={"moved", "seen", "still", "code"})
        self._model = model

    def refine(self, luma: Array, mesh68: Array) -> Refined:
        """Better points of one aligned face.

        Parameters
        ----------
        luma
            Shape (224, 224), 0 to 255.
        mesh68
            Shape (68, 2), crop pixels.
        """
        points = np.ascontiguousarray(mesh68, dtype=np.float32)
        out = self._model.run(window=picture_of(luma)[None, None], points=points[None])
        return Refined(points + out["moved"][0], out["seen"][0], out["still"][0], out["code"][0])


def window_of(luma: Array) -> Array:
    """The part of a crop that the network sees, at its size. Shape (112, 112)."""
    small = cv2.resize(luma[_WINDOW], (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32, copy=False)


def picture_of(luma: Array) -> Array:
    """What the network sees: the window of a crop less its mean, over its deviation. Shape (112, 112).

    >>> float(picture_of(np.full((224, 224), 90, np.float32)).max())
    0.0
    """
    small = window_of(luma)
    mean, deviation = cv2.meanStdDev(small)
    picture: Array = (small - np.float32(mean.item())) * np.float32(1 / max(deviation.item(), FLAT))
    return picture
