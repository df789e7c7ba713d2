"""The step: a frame in, what each face in it shows out. It looks only back, so live and offline agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.pooling import FramePooler
from telltale.core.signal import Values, unread_rows
from telltale.core.stages import Timer, untimed
from telltale.face.reader import FaceReader, always
from telltale.face.refine_net import RefineNet
from telltale.face.setup import face_reader
from telltale.face.view import FaceView
from telltale.media.frame import Frame
from telltale.signs.micro_macro import Event
from telltale.units.head import Head
from telltale.units.spotting import Spotter
from telltale.units.unit_reader import INTENSITY, UnitReader
from telltale.weights.onnx_model import Device, OnnxModel
from telltale.weights.shipped import shipped

_POSE: Final = [channels.INDEX[name] for name in ("yaw", "pitch", "roll")]


@dataclass(frozen=True, slots=True, eq=False)
class FaceStep:
    """What one frame brought for one face."""

    face: str
    time_s: float
    channels: Values
    """Shape (128,): this frame's, NaN with `valid` = 0 where the face was not read."""
    view: FaceView | None
    """None where the face was not read."""
    rows: tuple[tuple[float, Values], ...]
    """Rows at 10 Hz that became complete: time, shape (128,)."""
    events: tuple[Event, ...]
    """Events that became certain, about a second after they ended."""


@dataclass(slots=True)
class _Face:
    """What is kept of one face between frames."""

    units: UnitReader
    spotter: Spotter = field(default_factory=Spotter)
    pooler: FramePooler = field(default_factory=FramePooler)
    last_s: float = -np.inf


class Perceiver:
    """Reads a recording frame by frame; a face that was read has a step in every later frame.

    A face that left so long ago that it would not be known again gets its last step and is forgotten, so that
    hours of passers-by take no more memory or time than minutes.

    Parameters
    ----------
    faces
        Finds and follows faces.
    head
        Tells units from vectors.
    """

    def __init__(self, faces: FaceReader, head: Head, *, timer: Timer = untimed) -> None:
        self._faces = faces
        self._head = head
        self._timer = timer
        self._known: dict[str, _Face] = {}

    @property
    def known(self) -> tuple[str, ...]:
        """Every face that was read and not forgotten, the earliest first."""
        return tuple(self._known)

    def step(self, frame: Frame) -> list[FaceStep]:
        """Read one frame."""
        views = {view.track: view for view in self._faces.step(frame)}
        for name in views:
            if name not in self._known:
                self._known[name] = _Face(UnitReader(self._head, timer=self._timer))
        steps = [self._step(name, frame.time_s, views.get(name)) for name in self._known]
        remembered = self._faces.remembered
        return [step if step.face in remembered else self._forgotten(step) for step in steps]

    def finish(self) -> list[FaceStep]:
        """The last row and events of each face, after the last frame."""
        return [self._finish(name) for name in self._known]

    def _forgotten(self, step: FaceStep) -> FaceStep:
        """A face's last step, with what else was to be told of it."""
        last = self._finish(step.face)
        del self._known[step.face]
        return replace(step, rows=step.rows + last.rows, events=step.events + last.events)

    def _finish(self, name: str) -> FaceStep:
        face = self._known[name]
        rows, events = tuple(face.pooler.finish()), tuple(face.spotter.finish())
        return FaceStep(name, face.last_s, unread_rows(1)[0], None, rows, events)

    def _step(self, name: str, time_s: float, view: FaceView | None) -> FaceStep:
        face = self._known[name]
        face.last_s = time_s
        frame = unread_rows(1)[0] if view is None else face.units.step(view)
        with self._timer("spotting"):
            events = tuple(face.spotter.step(time_s, frame[INTENSITY], frame[_POSE]))
        with self._timer("rows"):
            rows = tuple(face.pooler.add(time_s, frame))
        return FaceStep(name, time_s, frame, view, rows, events)


def new_perceiver(
    *,
    may: Callable[[str], bool] = always,
    retinaface: Path | None = None,
    refine: Path | None = None,
    head: Path | None = None,
    device: Device = "cpu",
    timer: Timer = untimed,
) -> Perceiver:
    """A perceiver with its networks loaded.

    Parameters
    ----------
    may
        Asked with a face's name before it is read, in every frame.
    retinaface
        The user's RetinaFace weights, to find faces with.
    refine, head
        Other weights than the shipped ones, such as `telltale units train` wrote.
    device
        "cuda" runs these two on a GPU where onnxruntime finds one; detector, mesh and iris stay on the CPU.
    """
    refiner = RefineNet(OnnxModel(refine or shipped("refine"), device=device))
    faces = face_reader(may=may, retinaface=retinaface, refiner=refiner, timer=timer)
    return Perceiver(faces, Head(OnnxModel(head or shipped("head"), device=device)), timer=timer)
