"""The iris: five points of each eye, read ten times a second of video and carried along by the eye's corners.

Eyes look the same way: each time one eye is read, in turns, and the other iris moves as far as this one did.

The model gives 71 points of the lids and brow too. They are not used: on rendered faces they lay no nearer to
the true lids than FaceMesh's (2.2 against 1.8 % of the eyes' outer distance), and points that are refined in
one frame out of three would move by themselves. Model: MediaPipe's iris_landmark (Apache-2.0).
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from telltale.face.mean_face import LEFT_EYE, RIGHT_EYE
from telltale.face.mesh import Runs, Square
from telltale.face.view import Array
from telltale.media.frame import Picture

INPUT_PX: Final = 64
EVERY_S: Final = 0.1
_MARGIN: Final = 2.3
"""Side of the square in widths of the eye: what the model was trained on."""
_POINTS: Final = 5
_EYES: Final = (list(RIGHT_EYE), list(LEFT_EYE))
"""The corners of each, outer then inner."""
_SLACK_S: Final = 1e-3


class IrisModel:
    """The model with its cutting and its map back."""

    def __init__(self, model: Runs) -> None:
        self._model = model

    def read(self, rgb: Picture, mesh: Array) -> Array:
        """Centre, then four points of the edge, of the right and of the left iris.

        Parameters
        ----------
        mesh
            Shape (468, 3) or (468, 2), pixels of the picture.

        Returns
        -------
        Shape (2, 5, 2), pixels of the picture.
        """
        return np.stack([self.read_one(rgb, mesh, eye) for eye in range(len(_EYES))])

    def read_one(self, rgb: Picture, mesh: Array, eye: int) -> Array:
        """The iris of the right eye, 0, or of the left one, 1. Shape (5, 2)."""
        across = mesh[LEFT_EYE[0], :2] - mesh[RIGHT_EYE[0], :2]
        turn = math.atan2(float(across[1]), float(across[0]))
        square = _square(mesh[_EYES[eye], :2], turn)
        # The model knows the subject's right eye, so the left one is shown to it mirrored.
        mirrored = eye == 1
        cut = cv2.warpAffine(rgb, square.to_input(INPUT_PX), (INPUT_PX, INPUT_PX))
        if mirrored:
            cut = cut[:, ::-1]
        given = np.multiply(cut[None], np.float32(1 / 255), dtype=np.float32)
        iris = min(self._model.run(given), key=np.size).reshape(_POINTS, 3)[:, :2].astype(np.float32)
        if mirrored:
            iris[:, 0] = INPUT_PX - iris[:, 0]
        return square.from_input(iris, INPUT_PX)


class IrisFollower:
    """The irises of one face in each frame, at the model's cost in a few of them."""

    def __init__(self, model: IrisModel) -> None:
        self._model = model
        self._read_s = -math.inf
        self._in_eyes: list[Array] = []
        """Shape (5, 2) each, right and left: where the irises lie in their eyes."""
        self._next = 0

    def step(self, time_s: float, rgb: Picture, mesh: Array) -> Array:
        """Shape (2, 5, 2), as `IrisModel.read`."""
        corners = [mesh[eye, :2] for eye in _EYES]
        if not self._in_eyes:
            irises = self._model.read(rgb, mesh)
            self._in_eyes = [_into_eye(iris, pair) for iris, pair in zip(irises, corners, strict=True)]
            self._read_s = time_s
        elif time_s - self._read_s >= EVERY_S - _SLACK_S:
            eye, other = self._next, 1 - self._next
            seen = _into_eye(self._model.read_one(rgb, mesh, eye), corners[eye])
            # In an eye the first axis points to the nose, so the other eye's moves the opposite way.
            self._in_eyes[other] = self._in_eyes[other] - (seen[0] - self._in_eyes[eye][0])
            self._in_eyes[eye], self._next, self._read_s = seen, other, time_s
        return np.stack([_out_of_eye(iris, pair) for iris, pair in zip(self._in_eyes, corners, strict=True)])


def _square(corners: Array, turn: float) -> Square:
    x, y = (float(v) for v in corners.mean(axis=0))
    return Square(x, y, max(_MARGIN * math.dist(corners[0], corners[1]), 1.0), turn)


def _axes(corners: Array) -> Array:
    """From outer to inner corner, and that turned by a right angle. Shape (2, 2)."""
    along = corners[1] - corners[0]
    return np.stack([along, np.array([-along[1], along[0]])])


def _into_eye(points: Array, corners: Array) -> Array:
    axes = _axes(corners)
    inside: Array = (points - corners[0]) @ axes.T / max(float(axes[0] @ axes[0]), 1e-6)
    return inside


def _out_of_eye(points: Array, corners: Array) -> Array:
    outside: Array = points @ _axes(corners) + corners[0]
    return outside
