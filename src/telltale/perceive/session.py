"""A whole recording: every frame through the step, and to whoever wants what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from telltale.core.errors import FormatError
from telltale.core.files import new_folders
from telltale.core.progress import Progress, silent
from telltale.core.provenance import Provenance
from telltale.core.signal import Signal, Values
from telltale.core.signal_file import write_signal
from telltale.core.stages import Timer, untimed
from telltale.face.reader import always
from telltale.media.containers import StreamError
from telltale.media.frame import Frame, Source, SourceInfo
from telltale.media.open import open_source
from telltale.perceive.files import signal_name, write_summary
from telltale.perceive.origin import networks_used, plain_name, provenance_of
from telltale.perceive.perceiver import FaceStep, Perceiver, new_perceiver
from telltale.perceive.stopping import GentleStop
from telltale.perceive.summary import Summariser, Summary
from telltale.signs.affect import AffectSignals, compute_affect
from telltale.signs.micro_macro import Event
from telltale.units.events_file import write_events
from telltale.weights.onnx_model import Device


class Sink(Protocol):
    """Takes what a reading brings."""

    def frame(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        """One frame and its faces."""

    def finish(self, steps: Sequence[FaceStep]) -> None:
        """What came after the last frame."""


def run(
    source: Source,
    perceiver: Perceiver,
    sinks: Sequence[Sink],
    *,
    total: int | None = None,
    progress: Progress = silent,
    timer: Timer = untimed,
) -> Summary:
    """Read a source to its end, or until the user stops a live one; one that breaks off keeps what was read.

    Parameters
    ----------
    total
        How many frames to expect; what the container says if left out.
    """
    summariser = Summariser(plain_name(source.info.name))
    with GentleStop(live=source.info.live) as stop:
        coming = progress(stop.until_asked(source), total=total or source.info.frames or 0, label="reading")
        frames = iter(coming)
        while (frame := _next(frames, source, timer)) is not None:
            steps = perceiver.step(frame)
            summariser.add(frame.time_s, steps)
            with timer("writing"):
                for sink in sinks:
                    sink.frame(frame, steps)
        last = perceiver.finish()
        summariser.events(last)
        with timer("writing"):
            for sink in sinks:
                sink.finish(last)
    return summariser.finish(source.counts)


def _next(frames: Iterator[Frame], source: Source, timer: Timer) -> Frame | None:
    """The next frame; None at the end, also at one that a stream did not want."""
    try:
        with timer("media"):
            return next(frames, None)
    except StreamError as error:
        if not source.counts.frames:
            raise
        source.counts.notes.append(str(error))
        return None


def expected_frames(info: SourceInfo, *, start_s: float | None, stop_s: float | None) -> int | None:
    """How many frames lie between two times, as far as the container knows."""
    if start_s is None and stop_s is None:
        return info.frames
    if info.rate_hz is None or info.duration_s is None:
        return None
    length_s = min(stop_s or info.duration_s, info.duration_s) - (start_s or 0.0)
    return max(round(length_s * info.rate_hz), 0) or None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a recording."""

    signals: dict[str, Signal]
    """One for each face, by its name."""
    events: dict[str, tuple[Event, ...]]
    """The micro- and macro-expressions of each face, by onset."""
    summary: Summary
    provenance: Provenance

    @property
    def signal(self) -> Signal:
        """The signal of the face that was read longest.

        Raises
        ------
        FormatError
            No face was read.
        """
        if not self.signals:
            raise FormatError(f"no face was read in {self.summary.source}", hint="look at its summary")
        return max(self.signals.values(), key=lambda signal: int(signal.valid.sum()))

    @property
    def affect(self) -> dict[str, AffectSignals]:
        """Hesitation, desire, surprise and disengagement of each face, by its name."""
        return {name: compute_affect(signal) for name, signal in self.signals.items()}

    def save(self, folder: str | Path) -> None:
        """Write the files that `telltale read` leaves into a new folder, whole or not at all."""
        with new_folders(Path(folder)) as (beside,):
            for name, signal in self.signals.items():
                write_signal(signal, beside / signal_name(name))
            write_events(self.events, beside / "events.parquet", provenance=self.provenance)
            write_summary(beside, self.summary)


@dataclass(slots=True)
class _Kept:
    """Keeps rows and events in memory."""

    rows: dict[str, list[tuple[float, Values]]] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)

    def frame(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        del frame
        self.finish(steps)

    def finish(self, steps: Sequence[FaceStep]) -> None:
        for step in steps:
            self.rows.setdefault(step.face, []).extend(step.rows)
            self.events.setdefault(step.face, []).extend(step.events)


def read(
    what: str | Path,
    *,
    start_s: float | None = None,
    stop_s: float | None = None,
    rate_hz: float | None = None,
    may: Callable[[str], bool] = always,
    retinaface: Path | None = None,
    refine: Path | None = None,
    head: Path | None = None,
    device: Device = "cpu",
    progress: Progress = silent,
) -> Reading:
    """Read a video, camera, stream or folder of frames to its end, and keep everything in memory.

    Parameters
    ----------
    what
        Path, address, or the number of a camera.
    start_s, stop_s
        The part to read.
    rate_hz
        Pictures a second of a folder, 30 if not given; the rate to ask of a camera.
    may
        Asked with a face's name whether it may be read, before it is and in every frame.
    retinaface
        The user's RetinaFace weights, to find faces with.
    refine, head
        Other weights than the shipped ones.
    device
        "cuda" takes a GPU where onnxruntime finds one.
    """
    kept = _Kept()
    with open_source(what, start_s=start_s, stop_s=stop_s, rate_hz=rate_hz) as source:
        total = expected_frames(source.info, start_s=start_s, stop_s=stop_s)
        perceiver = new_perceiver(may=may, retinaface=retinaface, refine=refine, head=head, device=device)
        summary = run(source, perceiver, [kept], total=total, progress=progress)
    networks = networks_used(retinaface=retinaface, refine=refine, head=head)
    provenance = provenance_of(source.info.name, networks, start_s=start_s, stop_s=stop_s, rate_hz=rate_hz)
    signals = {
        name: Signal(
            np.array([time_s for time_s, _ in rows]),
            np.stack([row for _, row in rows]),
            face=name,
            provenance=provenance,
        )
        for name, rows in kept.rows.items()
    }
    events = {
        name: tuple(sorted(found, key=lambda event: event.onset_s)) for name, found in kept.events.items()
    }
    return Reading(signals, events, summary, provenance)
