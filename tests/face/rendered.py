"""Rendered faces with exact truth, for the tests of this part.

`data/rendered` holds pictures of two heads drawn with the ICT face model (MIT) and, in `truth.json`, where
their heads turn (degrees, core's signs) and their 68 points lie (pixels, first pixel's centre at 0, 0).
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from telltale.face.blazeface import BlazeFace
from telltale.face.iris import IrisModel
from telltale.face.mesh import FaceMesh, Mesh, Square, square_from_points
from telltale.face.reader import FaceReader
from telltale.face.view import Array
from telltale.media.frame import Frame, Picture
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path

FOLDER = Path(__file__).parent / "data" / "rendered"
SIDE_PX = 288


@functools.cache
def picture(name: str) -> Picture:
    """Shape (288, 288, 3)."""
    bgr = cv2.imread(str(FOLDER / f"{name}.jpg"))
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1]).astype(np.uint8)


@functools.cache
def truth(name: str) -> dict[str, Any]:
    """Keys yaw_deg, pitch_deg, roll_deg, points68."""
    found: dict[str, Any] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))[name]
    return found


def true_points(name: str) -> Array:
    """Shape (68, 2)."""
    return np.array(truth(name)["points68"], dtype=np.float32)


@functools.cache
def face_mesh() -> FaceMesh:
    return FaceMesh(LiteRtModel(model_path("face_mesh")))


@functools.cache
def iris_model() -> IrisModel:
    return IrisModel(LiteRtModel(model_path("iris")))


@functools.cache
def detector() -> BlazeFace:
    return BlazeFace("full")


@functools.cache
def mesh(name: str) -> Mesh:
    """The mesh of one picture, its square settled."""
    square = Square(SIDE_PX / 2, SIDE_PX / 2, 0.8 * SIDE_PX, 0.0)
    for _ in range(3):
        seen = face_mesh().read(picture(name), square)
        square = square_from_points(seen.points)
    return seen


def reader(**options: Any) -> FaceReader:
    return FaceReader(detector(), face_mesh(), iris_model(), **options)


def frame(index: int, faces: dict[str, tuple[int, int]], rate_hz: float = 30.0) -> Frame:
    """A picture of 640 x 480 with rendered faces pasted at (left, top)."""
    rgb = np.full((480, 640, 3), (115, 122, 133), dtype=np.uint8)
    for name, (left, top) in faces.items():
        shown = rgb[max(top, 0) : top + SIDE_PX, max(left, 0) : left + SIDE_PX]
        shown[:] = picture(name)[max(-top, 0) :, max(-left, 0) :][: shown.shape[0], : shown.shape[1]]
    return Frame(index, index / rate_hz, rgb)
