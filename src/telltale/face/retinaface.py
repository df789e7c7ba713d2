"""RetinaFace, from an ONNX file of the user's own: slower than BlazeFace, for small and hidden faces."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.face.anchors import retinaface_priors
from telltale.face.detection import Detection, check_picture
from telltale.face.suppression import keep_best
from telltale.media.frame import Picture
from telltale.weights.onnx_model import Device, OnnxModel

Array = npt.NDArray[np.float32]

STRIDES_PX: Final = (8, 16, 32)
SIZES_PX: Final = ((16, 32), (64, 128), (256, 512))
CENTRE_VARIANCE: Final = np.float32(0.1)
SIZE_VARIANCE: Final = np.float32(0.2)
MEAN_BGR: Final = np.array([104, 117, 123], np.float32)
"""What the published networks were trained with."""

_BOX, _SCORE, _POINTS = 4, 2, 10
_WANTED: Final = "give a RetinaFace with outputs of 4 (boxes), 2 (scores) and 10 (points) numbers an anchor"
_EXPONENT_LIMIT: Final = 8.0


def decode(loc: Array, landms: Array, priors: Array) -> tuple[Array, Array]:
    """What the network says, in pixels of its input.

    With a prior of centre c and side s: the centre of the box is c + 0.1 s loc[:2], its width and height
    s exp(0.2 loc[2:]), a point c + 0.1 s landms.

    Parameters
    ----------
    loc
        Shape (N, 4).
    landms
        Shape (N, 10): five points, x and y.
    priors
        Shape (N, 3): x, y, side.

    Returns
    -------
    tuple
        Boxes (N, 4): x0, y0, x1, y1; points (N, 5, 2): subject's right eye, left eye, nose, right and left
        corner of the mouth.

    >>> priors = np.array([[10, 20, 16]], np.float32)
    >>> boxes, points = decode(np.array([[5, 0, 0, 0]], np.float32), np.zeros((1, 10), np.float32), priors)
    >>> boxes.tolist(), points[0, 0].tolist()
    ([[10.0, 12.0, 26.0, 28.0]], [10.0, 20.0])
    """
    centres, sides = priors[:, :2], priors[:, 2:]
    middle = centres + CENTRE_VARIANCE * sides * loc[:, :2]
    # A box e^8 times its prior is nonsense already; the limit keeps nonsense finite.
    half = sides * np.exp(np.clip(SIZE_VARIANCE * loc[:, 2:], -_EXPONENT_LIMIT, _EXPONENT_LIMIT)) / 2
    points = centres[:, None] + CENTRE_VARIANCE * sides[:, None] * landms.reshape(-1, 5, 2)
    return np.concatenate([middle - half, middle + half], axis=1), points


def face_scores(conf: Array) -> Array:
    """How sure the network is of a face, shape (N,), from its two numbers an anchor: no face, face.

    Some exports end in a softmax and some do not; rows that are no shares of one are taken as logits.

    >>> face_scores(np.array([[0.25, 0.75], [1, 0]], np.float32)).tolist()
    [0.75, 0.0]
    >>> face_scores(np.array([[2, 2], [-40, 40]], np.float32)).tolist()
    [0.5, 1.0]
    """
    if conf.min(initial=0) >= 0 and np.allclose(conf.sum(axis=1), 1, atol=1e-3):
        return conf[:, 1]
    chances: Array = 1 / (1 + np.exp(np.clip(conf[:, 0] - conf[:, 1], -80, 80)))
    return chances


class RetinaFace:
    """A RetinaFace network in ONNX, with the three grids and two sizes each of the published ones.

    Parameters
    ----------
    weights
        The ONNX file, exported with or without its softmax; its input is (1, 3, H, W), fixed or free.
    min_score
        Faces the network is less sure of are left out.
    max_overlap
        Intersection over union from which two boxes show the same face.
    long_side_px
        To what a picture's longer side is shrunk, where the network's input is free.
    device
        As for `OnnxModel`.

    Raises
    ------
    FormatError
        The file is not such a network.
    """

    def __init__(
        self,
        weights: Path | str | bytes,
        *,
        min_score: float = 0.6,
        max_overlap: float = 0.4,
        long_side_px: int = 640,
        device: Device = "cpu",
    ) -> None:
        self._model = OnnxModel(weights, device=device)
        shape = self._model.inputs[0].shape
        if len(self._model.inputs) != 1 or len(shape) != 4 or shape[1] != 3 or shape[0] not in (None, 1):
            raise FormatError(f"{self._model.name} takes no picture as (1, 3, H, W)", hint=_WANTED)
        self._fixed_px = shape[2:]
        self._min_score, self._max_overlap = min_score, max_overlap
        self._long_side_px = long_side_px
        self._priors_for: tuple[int, int] | None = None
        self._priors = np.zeros((0, 3), np.float32)

    def detect(self, rgb: Picture) -> list[Detection]:
        """The faces in a picture of any size, the surest first."""
        tensor, scale = self._fit(rgb)
        outputs = self._model.run_named({self._model.inputs[0].name: tensor})
        priors = self._priors_of(tensor.shape[3], tensor.shape[2])
        loc, conf, landms = sorted_outputs(outputs, len(priors), self._model.name)
        scores = face_scores(conf)
        sure = np.flatnonzero(scores >= self._min_score)
        boxes, points = decode(loc[sure], landms[sure], priors[sure])
        return [
            Detection(boxes[row] / scale, float(scores[sure[row]]), _six(points[row]) / scale)
            for row in keep_best(boxes, scores[sure], self._max_overlap)
        ]

    def _fit(self, rgb: Picture) -> tuple[Array, np.float32]:
        """The picture in the upper left of the network's input, and pixels of the input for one of it."""
        check_picture(rgb)
        height, width = rgb.shape[:2]
        in_height, in_width = self._input_px(height, width)
        scale = min(in_height / height, in_width / width)
        if None in self._fixed_px:
            scale = min(scale, 1.0)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        # Beside the picture stands the mean, which is 0 once it is subtracted.
        tensor = np.zeros((1, 3, in_height, in_width), np.float32)
        tensor[0, :, : size[1], : size[0]] = (small[..., ::-1] - MEAN_BGR).transpose(2, 0, 1)
        return tensor, np.float32(scale)

    def _input_px(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the input: the network's own, or whole cells of its widest grid."""
        scale = min(1.0, self._long_side_px / max(height, width))
        coarse = STRIDES_PX[-1]
        free = (-(-max(1, round(side * scale)) // coarse) * coarse for side in (height, width))
        in_height, in_width = (
            own if isinstance(own, int) else side for own, side in zip(self._fixed_px, free, strict=True)
        )
        return in_height, in_width

    def _priors_of(self, width_px: int, height_px: int) -> Array:
        if self._priors_for != (width_px, height_px):
            self._priors = retinaface_priors(width_px, height_px, STRIDES_PX, SIZES_PX)
            self._priors_for = (width_px, height_px)
        return self._priors


def sorted_outputs(
    outputs: dict[str, npt.NDArray[Any]], anchors: int, model: str
) -> tuple[Array, Array, Array]:
    """Boxes, scores and points, told apart by their last length: names and order differ by export.

    Returns
    -------
    tuple
        Shapes (N, 4), (N, 2), (N, 10), float32.
    """
    by_length = {array.shape[-1]: array for array in outputs.values() if array.ndim}
    found = []
    for length in (_BOX, _SCORE, _POINTS):
        array = by_length.get(length)
        if array is None or len(outputs) != len(by_length):
            shapes = ", ".join(str(array.shape) for array in outputs.values())
            raise FormatError(f"{model} gives {shapes}", hint=_WANTED)
        if array.size != anchors * length:
            hint = f"give one with grids of {STRIDES_PX} px and two sizes in a cell"
            raise FormatError(f"{model} has {array.size // length} anchors, not {anchors}", hint=hint)
        found.append(array.reshape(anchors, length).astype(np.float32, copy=False))
    loc, conf, landms = found
    return loc, conf, landms


def _six(points: Array) -> Array:
    """Eyes, nose, middle of the mouth, its corners: the order of `detection.POINTS`."""
    return np.concatenate([points[:3], points[3:].mean(axis=0, keepdims=True), points[3:]])
