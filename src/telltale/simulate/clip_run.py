"""Renders many clips on several processes; clips that are already there are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from telltale.core.errors import FormatError
from telltale.core.pool import imap
from telltale.core.progress import Progress, silent
from telltale.simulate.clip_settings import ClipSettings
from telltale.simulate.clip_truth import ClipRecord, read_record, write_clip_table
from telltale.simulate.clip_write import clip_name, write_clip
from telltale.simulate.rig_file import FaceRig


@dataclass(frozen=True, slots=True)
class Job:
    """One clip to render, as it is sent to a process."""

    rig: Path
    folder: Path
    settings: ClipSettings
    seed: int
    clip: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a run did."""

    made: tuple[ClipRecord, ...]
    """Clips rendered now."""
    kept: tuple[ClipRecord, ...]
    """Clips of this run that were already there."""
    in_folder: int
    """Clips in the folder, of this run and others."""


def render_clips(
    rig: Path,
    folder: Path,
    settings: ClipSettings,
    *,
    clips: int,
    seed: int,
    workers: int | None = None,
    progress: Progress = silent,
) -> Rendered:
    """Render clips 0 to `clips` - 1 of a run into `folder`, and write the folder's table of clips.

    The same settings, seed and number give the same clip, whatever the number of processes. A run that was
    cut off goes on where it stopped. Rendering is refused where a clip of the same name has another length.
    """
    FaceRig.load(rig)  # told at once and in one line, not by each process
    jobs = [Job(rig, folder, settings, seed, clip) for clip in range(clips)]
    kept, wanted = _already_there(jobs)
    work = imap(render_job, wanted, workers=workers)
    made = tuple(progress(work, total=len(wanted), label="rendering"))
    folder.mkdir(parents=True, exist_ok=True)
    return Rendered(made, kept, len(write_clip_table(folder)))


def render_job(job: Job) -> ClipRecord:
    """Render one clip."""
    return write_clip(_rig(job.rig), job.folder, job.settings, job.seed, job.clip)


@cache
def _rig(path: Path) -> FaceRig:
    return FaceRig.load(path)


def _already_there(jobs: Sequence[Job]) -> tuple[tuple[ClipRecord, ...], list[Job]]:
    kept, wanted = [], []
    for job in jobs:
        name = clip_name(job.settings, job.seed, job.clip)
        record = read_record(job.folder, name)
        if record is None:
            wanted.append(job)
            continue
        # A clip is a whole number of frames, so its length may be half a frame off.
        if abs(record.duration_s - job.settings.duration_s) > 1 / record.rate_hz:
            message = (
                f"{name} in {job.folder} lasts {record.duration_s:g} s, not {job.settings.duration_s:g} s"
            )
            raise FormatError(message, hint="choose another folder or another seed")
        kept.append(record)
    return tuple(kept), wanted
