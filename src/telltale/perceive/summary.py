"""What a reading says of itself: how much was read, what was not and since when, what was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from telltale.core import channels
from telltale.media.frame import SourceCounts
from telltale.perceive.perceiver import FaceStep

_LONG_S = 0.5
"""A face that is not read for at least this long is said so, with its times."""

_MOST_TOLD = 10
"""Stretches of a face that are told one by one."""
_COUNTED = (
    ("corrupt", "broken part of the recording was left out", "broken parts of the recording were left out"),
    (
        "repeated",
        "frame was left out because its time did not increase",
        "frames were left out because their time did not increase",
    ),
    (
        "dropped",
        "live frame was left out because the reading was slower",
        "live frames were left out because the reading was slower",
    ),
    ("stalls", "time the stream stood still", "times the stream stood still"),
)


def counted(number: int, one: str, more: str = "") -> str:
    """A number and its noun.

    >>> counted(1, "remark"), counted(1200, "remark")
    ('1 remark', '1,200 remarks')
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"


@dataclass(frozen=True, slots=True)
class Unread:
    """A stretch in which a face that had been seen was not read."""

    start_s: float
    stop_s: float


@dataclass(slots=True)
class FaceSummary:
    """One face."""

    face: str
    first_s: float
    last_s: float
    """The last frame in which it was there, or might have come back."""
    frames: int = 0
    """Since it was first read."""
    read: int = 0
    micro: int = 0
    macro: int = 0
    hidden: dict[str, int] = field(default_factory=dict)
    """Frames in which a unit was hidden, by unit."""
    unread: list[Unread] = field(default_factory=list)


@dataclass(slots=True)
class Summary:
    """One recording."""

    source: str
    """Its name, without the folder."""
    frames: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    counts: SourceCounts = field(default_factory=SourceCounts)
    faces: dict[str, FaceSummary] = field(default_factory=dict)
    seconds_by_stage: dict[str, float] = field(default_factory=dict)
    """Where the time of the reading went, if it was measured."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person: one line a face, then what was not read and what else should be known."""
        told = [self._of(face) for face in self.faces.values()]
        return (told or [f"no face was read in {counted(self.frames, 'frame')}"]) + self.remarks()

    def remarks(self) -> list[str]:
        """What was not read, and what happened to the recording on the way."""
        told = []
        for face in self.faces.values():
            name = f"face {face.face}"
            if face.first_s - self.first_s >= _LONG_S:
                told.append(f"{name} was first read at {face.first_s:.1f} s")
            told += [
                f"{name} was not read {u.start_s:.1f} - {u.stop_s:.1f} s" for u in face.unread[:_MOST_TOLD]
            ]
            if len(face.unread) > _MOST_TOLD:
                told.append(f"{name} was not read in {len(face.unread) - _MOST_TOLD:,} stretches more")
        told += [
            counted(number, *words) for name, *words in _COUNTED if (number := getattr(self.counts, name))
        ]
        return told + self.counts.notes

    def _of(self, face: FaceSummary) -> str:
        share = face.read / max(self.frames, 1)
        often = [name for name, count in face.hidden.items() if count > 0.02 * max(face.read, 1)]
        hidden = f"; hidden at times: {', '.join(often)}" if often else ""
        return (
            f"face {face.face}: {face.read:,} of {counted(self.frames, 'frame')} read ({share:.1%}), "
            f"{face.micro:,} micro- and {counted(face.macro, 'macro-expression')}{hidden}"
        )


class Summariser:
    """Adds up a summary while a recording is read."""

    def __init__(self, source: str) -> None:
        self.summary = Summary(source)
        self._unread_since: dict[str, float] = {}

    def add(self, time_s: float, steps: list[FaceStep]) -> None:
        """Count one frame."""
        if not self.summary.frames:
            self.summary.first_s = time_s
        self.summary.frames += 1
        self.summary.last_s = time_s
        for step in steps:
            self._add_face(step)

    def events(self, steps: list[FaceStep]) -> None:
        """Count the events that were told after the last frame."""
        for step in steps:
            _count_events(self.summary.faces[step.face], step)

    def finish(self, counts: SourceCounts) -> Summary:
        """The summary of the whole recording."""
        for name in list(self._unread_since):
            self._close(name, self.summary.last_s)
        self.summary.counts = counts
        return self.summary

    def _add_face(self, step: FaceStep) -> None:
        face = self.summary.faces.setdefault(
            step.face, FaceSummary(step.face, first_s=step.time_s, last_s=step.time_s)
        )
        face.frames += 1
        _count_events(face, step)
        last_s, face.last_s = face.last_s, step.time_s
        if step.view is None:
            self._unread_since.setdefault(step.face, step.time_s)
            return
        if step.time_s - last_s >= _LONG_S:
            # Where there are no frames nothing was read either.
            self._unread_since.setdefault(step.face, last_s)
        self._close(step.face, step.time_s)
        face.read += 1
        for number, confidence in zip(channels.ACTION_UNITS, step.channels[_CONFIDENCE], strict=True):
            if confidence == 0:
                face.hidden[f"AU{number}"] = face.hidden.get(f"AU{number}", 0) + 1

    def _close(self, name: str, stop_s: float) -> None:
        start_s = self._unread_since.pop(name, stop_s)
        if stop_s - start_s >= _LONG_S:
            self.summary.faces[name].unread.append(Unread(start_s, stop_s))


_CONFIDENCE = channels.unit_channels("confidence")


def _count_events(face: FaceSummary, step: FaceStep) -> None:
    for event in step.events:
        if event.kind == "micro":
            face.micro += 1
        else:
            face.macro += 1
