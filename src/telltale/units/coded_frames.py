"""Recordings that a coder saw, read as any video is read: the head's vectors beside what it should say.

All frames around coded expressions are kept and one in ten of the rest, which is rest for most of its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import pool
from telltale.core.errors import FormatError
from telltale.core.progress import Progress, silent
from telltale.face.reader import FaceReader
from telltale.face.refine_net import RefineNet
from telltale.face.setup import face_reader
from telltale.face.view import Array
from telltale.units import work_files
from telltale.units.data_clips import ClipData, ClipLabel, FolderFrames, FrameSource, Recording
from telltale.units.data_frames import open_frames
from telltale.units.feature_vector import SIZE
from telltale.units.features import SLOW_S, FeatureMaker
from telltale.units.labels import Targets, targets
from telltale.weights.onnx_model import OnnxModel

AROUND_S: Final = 0.5
"""Frames this close to an expression are all kept."""
REST_EVERY: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class CodedFrames:
    """The n frames that were kept of one recording."""

    times_s: npt.NDArray[np.float64]
    """Shape (n,)."""
    vectors: npt.NDArray[np.float16]
    """Shape (n, 2, SIZE)."""
    seen: Array
    """Shape (n, 17): how far each region seemed in sight."""


@dataclass(frozen=True, slots=True, eq=False)
class CodedRecording:
    """A recording, its coded expressions, and which frames of a `CodedSet` are its."""

    recording: Recording
    clips: tuple[ClipLabel, ...]
    rows: slice
    person: str
    """Who this is among all data sets, as `ClipLabel.person`."""
    collection: str
    """As `ClipLabel.collection`."""


@dataclass(frozen=True, slots=True, eq=False)
class CodedSet:
    """All recordings that were read, their frames one after another, the vectors mapped from disk."""

    recordings: tuple[CodedRecording, ...]
    frames: CodedFrames

    def targets(self) -> Targets:
        """What the head should say of every frame."""
        parts = [
            targets(
                held.clips, self.frames.times_s[held.rows], over_s=SLOW_S,
                fully_coded=held.recording.fully_coded,
            )
            for held in self.recordings
        ]  # fmt: skip
        columns = ("intensity", "velocity", "weight")
        return Targets(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


@dataclass(frozen=True, slots=True)
class _Job:
    recording: Recording
    clips: tuple[ClipLabel, ...]
    refine: Path
    path: Path


def read_coded(
    data: ClipData,
    refine: Path,
    work: Path,
    *,
    workers: int | None = None,
    progress: Progress = silent,
) -> CodedSet:
    """Read every recording, those apart that were read before; one without a face has no frames.

    Raises
    ------
    FormatError
        No face was found in any of them.
    """
    code = (work_files.code_key((*work_files.VECTORS, "units/coded_frames.py")), work_files.file_key(refine))
    jobs = []
    for recording, clips in data.by_recording():
        spans = [(clip.onset_s, clip.offset_s) for clip in clips]
        key = work_files.key_of(_source_key(recording.frames), spans, code)
        name = f"{recording.dataset}-{recording.subject}-{recording.name}".replace("/", "_")
        jobs.append(_Job(recording, clips, refine, work / "coded" / f"{name}-{key}.npz"))
    left = [job for job in jobs if work_files.rows(job.path) is None]
    for _ in progress(pool.imap(_keep, left, workers=workers), total=len(left), label="reading recordings"):
        pass
    ends = np.cumsum([0, *(work_files.rows(job.path) or 0 for job in jobs)]).tolist()
    if not ends[-1]:
        raise FormatError(
            f"no face was found in any of {len(jobs)} recordings", hint="give pictures of whole faces"
        )
    names = [field.name for field in fields(CodedFrames)]
    folder = work / "joined" / f"coded-{work_files.key_of([job.path.name for job in jobs])}"
    frames = CodedFrames(**work_files.joined(folder, [job.path for job in jobs], names))
    collections = {clip.dataset: clip.collection for clip in data.clips}
    recordings = []
    for job, start, stop in zip(jobs, ends[:-1], ends[1:], strict=True):
        collection = collections.get(job.recording.dataset, job.recording.dataset)
        person = f"{collection}/{job.recording.subject}"
        recordings.append(CodedRecording(job.recording, job.clips, slice(start, stop), person, collection))
    return CodedSet(tuple(recordings), frames)


def _source_key(source: FrameSource) -> str:
    """Of the pictures' names, sizes and times: to read every byte of a large data set would take an hour."""
    paths = (
        [source.folder / name for name in source.files] if isinstance(source, FolderFrames) else [source.path]
    )
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file()]
    return work_files.key_of(str(paths[0].parent), source, stats)


def _keep(job: _Job) -> None:
    reader = face_reader(refiner=RefineNet(OnnxModel(job.refine)))
    frames = read_recording(job.recording, job.clips, reader)
    work_files.save(job.path, {field.name: getattr(frames, field.name) for field in fields(frames)})


def read_recording(recording: Recording, clips: Sequence[ClipLabel], reader: FaceReader) -> CodedFrames:
    """The vectors of a recording's largest face."""
    maker, track = FeatureMaker(), ""
    times_s: list[float] = []
    vectors, seen = [np.empty((0, 2, SIZE), np.float16)], [np.empty((0, 17), np.float32)]
    with open_frames(recording.frames) as source:
        for frame in source:
            views = reader.step(frame)
            if not views:
                continue
            view = max(views, key=lambda view: view.quality.face_size)
            if view.track != track:
                maker, track = FeatureMaker(), view.track
            made = maker.step(view).vectors
            near = any(clip.onset_s - AROUND_S <= view.time_s <= clip.offset_s + AROUND_S for clip in clips)
            if near or view.index % REST_EVERY == 0:
                times_s.append(view.time_s)
                vectors.append(made.astype(np.float16)[None])
                seen.append(view.seen[None])
    return CodedFrames(np.array(times_s), np.concatenate(vectors), np.concatenate(seen))
