"""Python's times for the same networks and stages, as JSON: the least of some runs and their median, ms."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from tests.spec.clips import RATE_HZ, pictures

from telltale.core.stages import StageTimer
from telltale.face.blazeface import BlazeFace
from telltale.face.iris import IrisModel
from telltale.face.mesh import FaceMesh
from telltale.face.reader import FaceReader
from telltale.face.refine_net import RefineNet
from telltale.media.frame import Frame
from telltale.perceive.perceiver import Perceiver
from telltale.units.head import Head
from telltale.weights.edge_models import CONVERTED, COPIED
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

Times = dict[str, dict[str, float]]


def summary(took: list[float]) -> dict[str, float]:
    """Least and median, ms."""
    return {"least": 1e3 * min(took), "median": 1e3 * float(np.median(took))}


def networks() -> Times:
    """Each network by itself."""
    times = {}
    for name, model in CONVERTED.items():
        lite = LiteRtModel(model_path(model.source), model.outputs)
        given = np.random.default_rng(0).uniform(0, 1, lite.shape).astype(np.float32)
        times[name] = summary([timed(partial(lite.run, given)) for _ in range(60)])
    for name in COPIED:
        onnx = OnnxModel(shipped(name))
        arrays = {port.name: np.ones([n or 1 for n in port.shape], np.float32) for port in onnx.inputs}
        times[name] = summary([timed(partial(onnx.run, **arrays)) for _ in range(60)])
    return times


def stages() -> Times:
    """A clip there and back, twice."""
    timer = StageTimer()
    mesh, iris = LiteRtModel(model_path("face_mesh")), LiteRtModel(model_path("iris"))
    refiner = RefineNet(OnnxModel(shipped("refine")))
    faces = FaceReader(BlazeFace("short"), FaceMesh(mesh), IrisModel(iris), refiner=refiner, timer=timer)
    perceiver = Perceiver(faces, Head(OnnxModel(shipped("head"))), timer=timer)
    shown = [*pictures("smile"), *reversed(pictures("smile"))] * 2
    took: dict[str, list[float]] = {}
    for index, rgb in enumerate(shown):
        timer.seconds.clear()
        frame = Frame(index, index / RATE_HZ, rgb)
        whole = timed(partial(perceiver.step, frame))
        if index >= len(shown) // 4:
            for stage, seconds in {**timer.seconds, "all": whole}.items():
                took.setdefault(stage, []).append(seconds)
    return {stage: summary(seconds) for stage, seconds in took.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    cv2.setNumThreads(1)
    json.dump({"networks": networks(), "stages": stages()}, sys.stdout)
