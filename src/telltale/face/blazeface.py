"""BlazeFace, MediaPipe's face detector, in its two ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from telltale.face.anchors import blazeface_anchors
from telltale.face.detection import Detection, check_picture
from telltale.face.suppression import blend
from telltale.media.frame import Picture
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path

Array = npt.NDArray[np.float32]
Range = Literal["short", "full"]

MAX_OVERLAP: Final = 0.3
"""As in MediaPipe's own graph."""
_LOGIT_LIMIT: Final = 80.0


@dataclass(frozen=True, slots=True)
class _Network:
    """What is fixed for one of the two; the values are those of MediaPipe's graphs."""

    input_px: int
    layers: tuple[tuple[int, int], ...]
    """Stride in pixels and anchors in a cell, of each grid."""
    outputs: tuple[str, str]
    """Names of boxes with points, and of scores."""
    min_score: float


_NETWORKS: Final[dict[Range, _Network]] = {
    "short": _Network(128, ((8, 2), (16, 6)), ("regressors", "classificators"), 0.5),
    "full": _Network(192, ((4, 1),), ("Identity", "Identity_1"), 0.6),
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture fitted into a square input, and the way back."""

    tensor: Array
    """Shape (1, side, side, 3), -1 to 1; -1 (black) beside the picture."""
    scale: float
    """Pixels of the input for one of the picture."""
    shift_px: tuple[int, int]
    """Where the picture's corner lies in the input, x and y."""


def fit(rgb: Picture, side_px: int) -> Fitted:
    """Shrink or enlarge a picture, its aspect kept, into the middle of a black square.

    >>> fitted = fit(np.full((100, 400, 3), 255, np.uint8), 128)
    >>> fitted.tensor.shape, fitted.scale, fitted.shift_px
    ((1, 128, 128, 3), 0.32, (0, 48))
    """
    height, width = rgb.shape[:2]
    scale = side_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Averaging keeps a shrunken picture free of moiré, which the network would take for detail.
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = (side_px - size[0]) // 2, (side_px - size[1]) // 2
    tensor = np.full((1, side_px, side_px, 3), -1, np.float32)
    tensor[0, y : y + size[1], x : x + size[0]] = small * np.float32(1 / 127.5) - np.float32(1)
    return Fitted(tensor, scale, (x, y))


def decode(raw: Array, logits: Array, anchors: Array, input_px: int, min_score: float) -> tuple[Array, Array]:
    """What the network says, in pixels of its input, where it is sure enough.

    A row holds the box's centre, width and height, then the points, as pixels of the input; centre and
    points are relative to the anchor.

    Parameters
    ----------
    raw
        Shape (N, 16).
    logits
        Shape (N,).
    anchors
        Shape (N, 2), shares of the input.

    Returns
    -------
    tuple
        Boxes and points, (M, 16): x0, y0, x1, y1, then x, y of each point; scores (M,).
    """
    scores = (1 / (1 + np.exp(-np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT)))).astype(np.float32)
    sure = scores >= min_score
    raw, origin_px = raw[sure], anchors[sure] * np.float32(input_px)
    centre, half = raw[:, :2] + origin_px, raw[:, 2:4] / 2
    points = raw[:, 4:] + np.tile(origin_px, 6)
    rows: Array = np.concatenate([centre - half, centre + half, points], axis=1)
    return rows, scores[sure]


class BlazeFace:
    """One of MediaPipe's two detectors.

    Parameters
    ----------
    reach
        "short" is for faces that fill a good part of the picture, "full" for those further away too.
    min_score
        Faces the network is less sure of are left out; None takes MediaPipe's own threshold.
    """

    def __init__(self, reach: Range = "full", *, min_score: float | None = None) -> None:
        network = _NETWORKS[reach]
        self._model = LiteRtModel(model_path(f"blazeface_{reach}"), network.outputs)
        self._input_px = network.input_px
        self._anchors = blazeface_anchors(network.input_px, network.layers)
        self._min_score = network.min_score if min_score is None else min_score

    def detect(self, rgb: Picture) -> list[Detection]:
        """The faces in a picture of any size, the surest first."""
        check_picture(rgb)
        fitted = fit(rgb, self._input_px)
        raw, logits = self._model.run(fitted.tensor)
        rows, scores = decode(raw[0], logits[0, :, 0], self._anchors, self._input_px, self._min_score)
        boxes, scores, points = blend(rows[:, :4], scores, rows[:, 4:], MAX_OVERLAP)
        shift = np.array(fitted.shift_px, np.float32)
        boxes = (boxes - np.tile(shift, 2)) / np.float32(fitted.scale)
        points = (points.reshape(-1, 6, 2) - shift) / np.float32(fitted.scale)
        return [
            Detection(box, float(score), face) for box, score, face in zip(boxes, scores, points, strict=True)
        ]


class BlazeBoth:
    """Full range first, and short range where that finds nothing.

    Full range sees small faces as well as large ones, down to about a twentieth of the picture's longer
    side, but may miss one that fills the picture; short range is better at those.
    """

    def __init__(self) -> None:
        self._full, self._short = BlazeFace("full"), BlazeFace("short")

    def detect(self, rgb: Picture) -> list[Detection]:
        """The faces in a picture of any size, the surest first."""
        return self._full.detect(rgb) or self._short.detect(rgb)
