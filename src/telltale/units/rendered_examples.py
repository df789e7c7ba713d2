"""Examples for both networks from rendered clips, made on all cores and kept on disk by clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal

from telltale.core import pool
from telltale.core.progress import Progress, silent
from telltale.face.refine_net import RefineNet
from telltale.face.refined import PlainRefiner
from telltale.face.setup import face_reader
from telltale.units import work_files
from telltale.units.examples import HeadExamples, RefineExamples, head_examples, refine_examples
from telltale.units.rendered_clips import RenderedClip
from telltale.weights.onnx_model import OnnxModel

HELD_BACK: Final = 0.1
"""Share of the identities, the last of each preset, that networks are checked on while they are trained."""

Stage = Literal["refine", "head"]


@dataclass(frozen=True, slots=True)
class Part:
    """Clips that were read for a network, `examples/<stage>/<clip>-<key>.npz` for each."""

    stage: Stage
    clips: tuple[RenderedClip, ...]
    """Those whose face was read."""
    paths: tuple[Path, ...]
    """One file of examples a clip."""
    frames: int

    @property
    def key(self) -> str:
        """A short name for all of it."""
        return work_files.key_of([path.name for path in self.paths])


@dataclass(frozen=True, slots=True)
class _Job:
    stage: Stage
    clip: RenderedClip
    every: int
    refine: Path | None
    path: Path


def split(clips: Sequence[RenderedClip]) -> tuple[list[RenderedClip], list[RenderedClip]]:
    """Clips to learn from, and those of the last tenth of each preset's identities; nobody is in both."""
    people: dict[str, set[int]] = {}
    for clip in clips:
        people.setdefault(clip.preset, set()).add(clip.identity_seed)
    back: set[int] = set()
    for his in people.values():
        count = max(round(HELD_BACK * len(his)), 1) if len(his) > 1 else 0
        back.update(sorted(his)[len(his) - count :])
    held = [clip for clip in clips if clip.identity_seed in back]
    return [clip for clip in clips if clip.identity_seed not in back], held


def make_examples(
    stage: Stage,
    clips: Sequence[RenderedClip],
    work: Path,
    *,
    rate_hz: float,
    refine: Path | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Part:
    """Read clips for one of the networks, those apart that were read before.

    Parameters
    ----------
    rate_hz
        About so many frames a second are kept of each clip.
    refine
        The refinement network that the head's vectors are made with.
    """
    code = work_files.code_key(work_files.VECTORS if stage == "head" else work_files.EXAMPLES)
    net = work_files.file_key(refine) if refine else ""
    jobs = []
    for clip in clips:
        every = max(round(clip.rate_hz / rate_hz), 1)
        key = work_files.key_of(
            work_files.file_key(clip.video), work_files.file_key(clip.truth), every, net, code
        )
        jobs.append(_Job(stage, clip, every, refine, work / "examples" / stage / f"{clip.name}-{key}.npz"))
    left = [job for job in jobs if work_files.rows(job.path) is None]
    label = f"reading clips for the {'head' if stage == 'head' else 'refinement'}"
    for _ in progress(pool.imap(_make, left, workers=workers), total=len(left), label=label):
        pass
    rows = [work_files.rows(job.path) or 0 for job in jobs]
    there = [job for job, count in zip(jobs, rows, strict=True) if count]
    return Part(stage, tuple(job.clip for job in there), tuple(job.path for job in there), sum(rows))


def _make(job: _Job) -> None:
    refiner = RefineNet(OnnxModel(job.refine)) if job.refine else PlainRefiner()
    reader = face_reader(refiner=refiner)
    video, truth = job.clip.video, job.clip.truth
    made: HeadExamples | RefineExamples | None
    if job.stage == "head":
        made = head_examples(video, truth, reader, every=job.every)
    else:
        made = refine_examples(video, truth, reader, every=job.every, person=job.clip.identity_seed)
    # A face that was never read leaves an empty file, so that it is not sought again.
    work_files.save(job.path, {} if made is None else {f.name: getattr(made, f.name) for f in fields(made)})
