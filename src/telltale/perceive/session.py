"""A whole recording: every frame through the step, and to whoever wants what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from telltale import __version__
from telltale.core.progress import Progress, silent
from telltale.core.provenance import Provenance
from telltale.core.signal import Signal, Values
from telltale.core.stages import Timer, untimed
from telltale.face.reader import always
from telltale.media.frame import Frame, Source
from telltale.media.open import open_source
from telltale.perceive.perceiver import FaceStep, Perceiver, new_perceiver
from telltale.perceive.summary import Summariser, Summary
from telltale.signs.micro_macro import Event


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
    progress: Progress = silent,
    timer: Timer = untimed,
) -> Summary:
    """Read a source to its end, or until the user stops a live one."""
    summariser = Summariser(source.info.name)
    frames = iter(progress(source, total=source.info.frames or 0, label="reading"))
    try:
        while True:
            with timer("media"):
                frame = next(frames, None)
            if frame is None:
                break
            steps = perceiver.step(frame)
            summariser.add(frame.time_s, steps)
            with timer("writing"):
                for sink in sinks:
                    sink.frame(frame, steps)
    except KeyboardInterrupt:
        # A camera has no end of its own: stopping it is how it ends.
        if not source.info.live:
            raise
    last = perceiver.finish()
    summariser.events(last)
    for sink in sinks:
        sink.finish(last)
    return summariser.finish(source.counts)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a recording."""

    signals: dict[str, Signal]
    """One for each face, by its name."""
    events: dict[str, tuple[Event, ...]]
    """The micro- and macro-expressions of each face, by onset."""
    summary: Summary

    @property
    def signal(self) -> Signal:
        """The signal of the face that was read longest.

        Raises
        ------
        KeyError
            No face was read.
        """
        if not self.signals:
            raise KeyError("no face was read")
        return max(self.signals.values(), key=lambda signal: int(signal.valid.sum()))


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
    may: Callable[[str], bool] = always,
    retinaface: Path | None = None,
    progress: Progress = silent,
) -> Reading:
    """Read a video, camera, stream or folder of frames to its end, and keep everything in memory.

    Parameters
    ----------
    what
        Path, address, or the number of a camera.
    start_s, stop_s
        The part to read.
    may
        Asked with a face's name whether it may be read, before it is and in every frame.
    retinaface
        The user's RetinaFace weights, to find faces with.
    """
    kept = _Kept()
    with open_source(what, start_s=start_s, stop_s=stop_s) as source:
        perceiver = new_perceiver(may=may, retinaface=retinaface)
        summary = run(source, perceiver, [kept], progress=progress)
    provenance = provenance_of(str(what))
    signals = {
        name: Signal(
            np.array([time_s for time_s, _ in rows]),
            np.stack([row for _, row in rows]),
            face=name,
            provenance=provenance,
        )
        for name, rows in kept.rows.items()
        if rows
    }
    events = {
        name: tuple(sorted(found, key=lambda event: event.onset_s)) for name, found in kept.events.items()
    }
    return Reading(signals, events, summary)


def provenance_of(name: str, **settings: object) -> Provenance:
    """The step that read a recording: its name without the folder, which is nobody's business."""
    plain = name if "://" in name else Path(name).name
    return Provenance().then("read", software=f"telltale {__version__}", source=plain, **settings)
