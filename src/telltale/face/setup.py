"""A reader of faces with its models, as most callers want it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from telltale.core.stages import Timer, untimed
from telltale.face.blazeface import BlazeBoth
from telltale.face.detection import Detector
from telltale.face.iris import IrisModel
from telltale.face.mesh import FaceMesh
from telltale.face.reader import FaceReader, always
from telltale.face.refine_net import RefineNet
from telltale.face.refined import Refiner
from telltale.face.retinaface import RetinaFace
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped


def face_reader(
    *,
    may: Callable[[str], bool] = always,
    retinaface: Path | None = None,
    refiner: Refiner | None = None,
    timer: Timer = untimed,
) -> FaceReader:
    """A reader with BlazeFace, FaceMesh, iris and the shipped refinement.

    Parameters
    ----------
    may
        Asked with a face's name whether it may be read.
    retinaface
        The user's RetinaFace weights (ONNX), to find faces with instead of BlazeFace.
    refiner
        Another refinement than the shipped one.
    """
    detector: Detector = RetinaFace(retinaface) if retinaface else BlazeBoth()
    return FaceReader(
        detector,
        FaceMesh(LiteRtModel(model_path("face_mesh"))),
        IrisModel(LiteRtModel(model_path("iris"))),
        may=may,
        refiner=refiner or RefineNet(OnnxModel(shipped("refine"))),
        timer=timer,
    )
