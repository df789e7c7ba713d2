"""FaceMesh: 468 points of a face from a turned square of the picture.

The square is cut to 192 x 192, the model gives points in its pixels, and the square's map brings them back.
Points follow OpenCV's convention throughout this part: the centre of the first pixel is (0, 0), so a corner
of the picture is (-0.5, -0.5). Model: MediaPipe's face_landmark (Apache-2.0).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from telltale.face.view import Array
from telltale.media.frame import Picture

INPUT_PX: Final = 192
POINTS: Final = 468

RIGHT_EYE_OUTER: Final = 33
LEFT_EYE_OUTER: Final = 263

_DETECTION_MARGIN: Final = 1.5
"""How much wider than the detector's box the square is: what the model was trained on."""
_LANDMARKS_MARGIN: Final = 1.5
"""How much wider than the box of the last landmarks."""


class Runs(Protocol):
    """A model: one array in, the arrays it gives out."""

    def run(self, array: npt.NDArray[np.float32], /) -> Sequence[npt.NDArray[Any]]: ...


@dataclass(frozen=True, slots=True)
class Square:
    """A turned square of the picture."""

    x_px: float
    """Centre."""
    y_px: float
    side_px: float
    turn_rad: float
    """How far its upper edge is turned clockwise, as seen in the picture."""

    def to_input(self, pixels: int) -> Array:
        """The map from the picture to a square of `pixels`. Shape (2, 3).

        >>> Square(x_px=9.5, y_px=9.5, side_px=20.0, turn_rad=0.0).to_input(10) @ [9.5, 9.5, 1.0]
        array([4.5, 4.5])
        """
        zoom = pixels / self.side_px
        a, b = zoom * math.cos(self.turn_rad), zoom * math.sin(self.turn_rad)
        centre = (pixels - 1) / 2
        x, y = self.x_px, self.y_px
        rows = [[a, b, centre - a * x - b * y], [-b, a, centre + b * x - a * y]]
        return np.array(rows, dtype=np.float32)

    def from_input(self, points: Array, pixels: int) -> Array:
        """Points of the model's square in the picture; a third column (depth) is scaled alike.

        Parameters
        ----------
        points
            Shape (N, 2) or (N, 3), pixels of the model's input.
        """
        zoom = self.side_px / pixels
        a, b = zoom * math.cos(self.turn_rad), zoom * math.sin(self.turn_rad)
        # The models count from the corner of the first pixel, the picture from its centre.
        from_centre = points[:, :2] - pixels / 2
        placed = np.empty_like(points)
        placed[:, :2] = from_centre @ np.array([[a, b], [-b, a]], dtype=np.float32)
        placed[:, :2] += (self.x_px, self.y_px)
        placed[:, 2:] = points[:, 2:] * zoom
        return placed


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """What FaceMesh saw in one square."""

    points: Array
    """Shape (468, 3): pixels of the picture; z on the same scale, negative towards the camera."""
    presence: float
    """How sure it is that a face is here, 0 to 1."""


class FaceMesh:
    """The model with its cutting and its map back.

    >>> from telltale.weights.litert_model import LiteRtModel
    >>> from telltale.weights.mediapipe import model_path
    >>> face_mesh = FaceMesh(LiteRtModel(model_path("face_mesh")))
    >>> grey = np.full((64, 64, 3), 128, dtype=np.uint8)
    >>> face_mesh.read(grey, Square(32.0, 32.0, 48.0, 0.0)).presence < 0.5
    True
    """

    def __init__(self, model: Runs) -> None:
        self._model = model
        self._input = np.empty((1, INPUT_PX, INPUT_PX, 3), dtype=np.float32)

    def read(self, rgb: Picture, square: Square) -> Mesh:
        """Points of the face in `square`, whether or not there is one: ask `presence`."""
        points, logit = sorted(self._run(rgb, square), key=np.size, reverse=True)
        placed = square.from_input(points.reshape(POINTS, 3), INPUT_PX)
        return Mesh(placed, _sigmoid(float(logit.item())))

    def _run(self, rgb: Picture, square: Square) -> Sequence[npt.NDArray[Any]]:
        cut = cv2.warpAffine(rgb, square.to_input(INPUT_PX), (INPUT_PX, INPUT_PX))
        np.multiply(cut, np.float32(1 / 255), out=self._input[0])
        return self._model.run(self._input)


def square_from_points(points: Array) -> Square:
    """Where to look for a face in the next frame: around its last landmarks.

    Parameters
    ----------
    points
        Shape (468, 2) or (468, 3), pixels of the picture.
    """
    across = points[LEFT_EYE_OUTER, :2] - points[RIGHT_EYE_OUTER, :2]
    turn = math.atan2(float(across[1]), float(across[0]))
    c, s = math.cos(turn), math.sin(turn)
    upright = points[:, :2] @ np.array([[c, -s], [s, c]], dtype=np.float32)
    low, high = upright.min(axis=0), upright.max(axis=0)
    x, y = (float(v) for v in (low + high) / 2)
    return Square(c * x - s * y, s * x + c * y, _LANDMARKS_MARGIN * float((high - low).max()), turn)


def square_from_box(box: Array, right_eye: Array, left_eye: Array) -> Square:
    """Where to look for a face that a detector found.

    Parameters
    ----------
    box
        Shape (4,): left, top, right, bottom.
    right_eye, left_eye
        Shape (2,), the subject's.
    """
    across = left_eye - right_eye
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    x, y = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
    turn = math.atan2(float(across[1]), float(across[0]))
    return Square(x, y, _DETECTION_MARGIN * max(width, height), turn)


def _sigmoid(logit: float) -> float:
    return 0.5 * (1.0 + math.tanh(logit / 2))
