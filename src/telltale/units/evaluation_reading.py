"""Rendered clips read as the product reads a video, each frame beside what it truly shows.

What was read is kept on disk by clip, so an evaluation that was ended goes on, and spotting can be tried with
other settings without reading anything again: `<work>/readings/<clip>-<key>.npz` holds the fields of
`ClipReading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels, pool
from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.face.points68 import points68
from telltale.face.refine_net import RefineNet
from telltale.face.setup import face_reader
from telltale.face.view import Array, FaceView
from telltale.media.open import open_source
from telltale.units import work_files
from telltale.units.head import UNITS, Head
from telltale.units.landmark_error import normalised_error
from telltale.units.rendered_clips import RenderedClip
from telltale.units.truth import FrameTruths, read_truth
from telltale.units.unit_reader import INTENSITY, VELOCITY, UnitReader
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

UNREAD: Final = -1
_POSE: Final = [channels.INDEX[name] for name in ("yaw", "pitch", "roll")]
_CONFIDENCE: Final = channels.unit_channels("confidence")


@dataclass(frozen=True, slots=True)
class Models:
    """The two networks that are tested."""

    refine: Path
    head: Path

    @staticmethod
    def of(folder: Path | None) -> Models:
        """Those in a folder that `telltale units train` wrote, or those that ship."""
        if folder is None:
            return Models(shipped("refine"), shipped("head"))
        models = Models(folder / "refine.onnx", folder / "head.onnx")
        if missing := [path.name for path in (models.refine, models.head) if not path.is_file()]:
            raise FormatError(f"{folder} has no {' and no '.join(missing)}", hint="train them first")
        return models


@dataclass(frozen=True, slots=True, eq=False)
class ClipReading:
    """What was read of the F frames of a clip; NaN where it was not."""

    times_s: npt.NDArray[np.float64]
    """Shape (F,)."""
    face: npt.NDArray[np.int16]
    """Shape (F,): which face, by when it was first seen; `UNREAD` where none was."""
    intensity: Array
    """Shape (F, 17, 2)."""
    velocity: Array
    """Shape (F, 17, 2), 1/s."""
    confidence: Array
    """Shape (F, 17)."""
    pose: Array
    """Shape (F, 3): yaw, pitch, roll, radians."""
    refined_error: Array
    """Shape (F,): of the 68 points, a share of the distance between the outer corners of the eyes."""
    mesh_error: Array
    """Shape (F,): the same of FaceMesh alone."""

    @property
    def read(self) -> npt.NDArray[np.bool_]:
        """Shape (F,)."""
        was: npt.NDArray[np.bool_] = self.face != UNREAD
        return was


@dataclass(frozen=True, slots=True)
class _Job:
    clip: RenderedClip
    models: Models
    path: Path


def read_clips(
    clips: Sequence[RenderedClip],
    models: Models,
    work: Path,
    *,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[ClipReading]:
    """Read each clip, those apart that were read before with the same networks and code."""
    code = work_files.code_key(work_files.CHANNELS)
    nets = (work_files.file_key(models.refine), work_files.file_key(models.head))
    jobs = []
    for clip in clips:
        key = work_files.key_of(work_files.file_key(clip.video), work_files.file_key(clip.truth), nets, code)
        jobs.append(_Job(clip, models, work / "readings" / f"{clip.name}-{key}.npz"))
    left = [job for job in jobs if _kept(job.path) is None]
    for _ in progress(
        pool.imap(_read_and_keep, left, workers=workers), total=len(left), label="reading clips"
    ):
        pass
    found = [_kept(job.path) for job in jobs]
    if lost := [str(job.path) for job, reading in zip(jobs, found, strict=True) if reading is None]:
        raise FormatError(f"{lost[0]} went while clips were read", hint="start again, it goes on")
    return [reading for reading in found if reading is not None]


def _kept(path: Path) -> ClipReading | None:
    arrays = work_files.load(path)
    names = {field.name for field in fields(ClipReading)}
    return ClipReading(**arrays) if arrays is not None and set(arrays) == names else None


def _read_and_keep(job: _Job) -> None:
    reading = read_clip(job.clip, job.models)
    work_files.save(job.path, {field.name: getattr(reading, field.name) for field in fields(reading)})


def read_clip(clip: RenderedClip, models: Models) -> ClipReading:
    """Read one clip. Of several faces in a frame the largest counts: a rendered clip shows one person."""
    true = read_truth(clip.truth)
    reading = _unread(true)
    reader = face_reader(refiner=RefineNet(OnnxModel(models.refine)))
    head = Head(OnnxModel(models.head))
    units: dict[str, UnitReader] = {}
    with open_source(clip.video) as source:
        for frame in source:
            views = reader.step(frame)
            _check_time(clip, true, frame.index, frame.time_s)
            rows = {view.track: units.setdefault(view.track, UnitReader(head)).step(view) for view in views}
            if views:
                view = max(views, key=lambda view: view.quality.face_size)
                _note(reading, true, view, rows[view.track], list(units).index(view.track))
    return reading


def _unread(true: FrameTruths) -> ClipReading:
    frames = len(true.times_s)

    def nothing(*shape: int) -> Array:
        return np.full((frames, *shape), np.nan, dtype=np.float32)

    return ClipReading(
        true.times_s,
        np.full(frames, UNREAD, dtype=np.int16),
        nothing(UNITS, 2),
        nothing(UNITS, 2),
        nothing(UNITS),
        nothing(3),
        nothing(),
        nothing(),
    )


def _check_time(clip: RenderedClip, true: FrameTruths, index: int, time_s: float) -> None:
    """A frame that the decoder lost would move all later ones against their truth."""
    if index >= len(true.times_s) or abs(true.times_s[index] - time_s) > 0.5 / clip.rate_hz:
        raise FormatError(
            f"frame {index} of {clip.video} is not the frame that its truth describes",
            hint="delete the clip and render it again",
        )


def _note(reading: ClipReading, true: FrameTruths, view: FaceView, row: Array, face: int) -> None:
    at = view.index
    reading.face[at] = face
    reading.intensity[at], reading.velocity[at] = row[INTENSITY], row[VELOCITY]
    reading.confidence[at] = row[_CONFIDENCE]
    reading.pose[at] = row[_POSE]
    if true.in_frame[at]:
        points = true.points68[at][None]
        reading.refined_error[at] = normalised_error(view.points68[None], points)[0]
        reading.mesh_error[at] = normalised_error(points68(view.mesh)[None], points)[0]
