"""One recording of `telltale read`: from what the user names to a folder that is whole or not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telltale.core.errors import ConfigError, TelltaleError
from telltale.core.files import new_folders, sweep
from telltale.core.progress import Progress, silent
from telltale.core.stages import StageTimer, Timer, untimed
from telltale.media.camera import is_camera
from telltale.media.frame import Source
from telltale.media.open import is_live, open_source
from telltale.media.replay import Replay
from telltale.perceive.files import ReadingFiles, write_affect, write_summary
from telltale.perceive.origin import networks_used, plain_name, provenance_of
from telltale.perceive.perceiver import Perceiver, new_perceiver
from telltale.perceive.session import Sink, expected_frames, run
from telltale.perceive.summary import Summary
from telltale.weights.onnx_model import DEVICES, Device

Then = Callable[[Path, Summary], Mapping[str, Any]]
"""Takes the folder and the summary of a reading, writes further files there, gives what the summary adds."""


@dataclass(frozen=True, slots=True)
class ReadJob:
    """What to read, how, and where to."""

    what: str
    out: Path
    overlay: Path | None = None
    frames: bool = False
    csv: bool = False
    start_s: float | None = None
    stop_s: float | None = None
    rate_hz: float | None = None
    retinaface: Path | None = None
    refine: Path | None = None
    head: Path | None = None
    affect: bool = False
    device: Device = "cpu"
    profile: bool = False
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job."""

    job: ReadJob
    summary: Summary
    wall_s: float
    """From the first frame asked for to the last one written."""
    files: tuple[str, ...]
    """Names of the files in the folder."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that a user must look at."""

    job: ReadJob
    error: TelltaleError


def read_to_folder(job: ReadJob, progress: Progress = silent, then: Then | None = None) -> Done:
    """Do a job; its folder, and its overlay, are there when all is well and not before.

    Parameters
    ----------
    then
        What else is made of the faces that were read, in the same folder.
    """
    if job.overlay is not None and job.overlay.exists():
        raise ConfigError(f"{job.overlay} exists", hint="choose another name for the overlay or delete it")
    if job.overlay is not None:
        if job.overlay.resolve() == job.out.resolve() or job.out.resolve() in job.overlay.resolve().parents:
            raise ConfigError(
                f"{job.overlay} lies in the folder of what is read",
                hint="put the overlay, which shows the face, somewhere else",
            )
        sweep(job.overlay)
    timer = StageTimer() if job.profile else untimed
    with ExitStack() as stack:
        (folder,) = stack.enter_context(new_folders(job.out))
        perceiver, source = _opened(job, stack, timer)
        sinks, files = _sinks(job, stack, source, folder)
        began_s = time.perf_counter()
        total = expected_frames(source.info, start_s=job.start_s, stop_s=job.stop_s)
        summary = run(source, perceiver, sinks, total=total, progress=progress, timer=timer)
        wall_s = time.perf_counter() - began_s
        files.close()
        if job.affect:
            write_affect(folder, tuple(summary.faces))
        if isinstance(timer, StageTimer):
            summary.seconds_by_stage = timer.seconds
        write_summary(folder, summary, **({} if then is None else then(folder, summary)))
        names = tuple(sorted(path.name for path in folder.iterdir()))
    return Done(job, summary, wall_s, names)


def read_one_of_many(job: ReadJob) -> Done | Failed:
    """Do a job among others, for which its fault must not matter."""
    try:
        return read_to_folder(job)
    except TelltaleError as error:
        return Failed(job, error)
    except Exception as error:
        # Whatever went wrong with this one, the others are to be read.
        what = ": ".join(filter(None, (type(error).__name__, " ".join(str(error).split()))))
        return Failed(job, TelltaleError(f"{job.what}: {what}", hint="read it by itself with --debug"))


def device_named(name: str) -> Device:
    """A device by its name."""
    for device in DEVICES:
        if name == device:
            return device
    raise ConfigError(f"no device '{name}'", hint="choose cpu or cuda")


def stem_of(what: str) -> str:
    """What a reading is called after.

    >>> stem_of("clips/session.mp4"), stem_of("0"), stem_of("rtsp://me:secret@10.0.0.2/live/one?key=7")
    ('session', 'camera-0', 'one')
    """
    if is_live(what):
        if is_camera(what):
            return f"camera-{Path(what).name}"
        host, _, path = plain_name(what).partition("://")[2].rstrip("/").partition("/")
        return Path(path).stem or host.partition(":")[0] or "stream"
    return Path(what).stem or Path(what).resolve().name or "recording"


def _opened(job: ReadJob, stack: ExitStack, timer: Timer) -> tuple[Perceiver, Source]:
    """The networks and the source."""
    # A camera runs while networks load, so they come first; a wrong path is told before they do.
    perceiver = _perceiver(job, timer) if is_live(job.what) else None
    source: Source = open_source(job.what, start_s=job.start_s, stop_s=job.stop_s, rate_hz=job.rate_hz)
    source = stack.enter_context(source)
    return perceiver or _perceiver(job, timer), Replay(source) if job.replay else source


def _perceiver(job: ReadJob, timer: Timer) -> Perceiver:
    return new_perceiver(
        retinaface=job.retinaface, refine=job.refine, head=job.head, device=job.device, timer=timer
    )


def _sinks(job: ReadJob, stack: ExitStack, source: Source, folder: Path) -> tuple[list[Sink], ReadingFiles]:
    networks = networks_used(retinaface=job.retinaface, refine=job.refine, head=job.head)
    provenance = provenance_of(
        source.info.name, networks, start_s=job.start_s, stop_s=job.stop_s, rate_hz=job.rate_hz
    )
    files = stack.enter_context(ReadingFiles(folder, provenance, frames=job.frames, csv=job.csv))
    sinks: list[Sink] = [files]
    if job.overlay is not None:
        from telltale.report.overlay_video import OverlayVideo

        sinks.append(stack.enter_context(OverlayVideo(job.overlay, source.info)))
    return sinks, files
