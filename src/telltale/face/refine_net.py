"""The refinement network: FaceMesh's 68 points moved to where compressed pictures show them.

It also says what it alone can see: which regions are hidden, and what each unit looks like in this one
picture. Trained on rendered faces (`units/nets.py`); runs as ONNX.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from telltale.face.refined import Refined
from telltale.face.view import Array
from telltale.weights.onnx_model import OnnxModel

INPUT_PX: Final = 112
FLAT: Final = 1.0
"""Deviation of luma below which a picture counts as flat; a black frame must not become noise."""


class RefineNet:
    """The network, ready to run.

    Parameters
    ----------
    model
        Takes `picture` (1, 1, 112, 112) and `points` (1, 68, 2), gives `moved`, `seen`, `still` and `code`.
    """

    def __init__(self, model: OnnxModel) -> None:
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
        out = self._model.run(picture=picture_of(luma)[None, None], points=points[None])
        return Refined(points + out["moved"][0], out["seen"][0], out["still"][0], out["code"][0])


def picture_of(luma: Array) -> Array:
    """What the network sees: half the size, less the mean, over the deviation. Shape (112, 112).

    >>> float(picture_of(np.full((224, 224), 90, np.float32)).max())
    0.0
    """
    small = cv2.resize(luma, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA)
    mean, deviation = cv2.meanStdDev(small)
    picture: Array = (small - np.float32(mean.item())) * np.float32(1 / max(deviation.item(), FLAT))
    return picture
