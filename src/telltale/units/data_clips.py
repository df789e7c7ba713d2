"""Coded clips of faces: who, which frames, when an expression began and ended, and what a coder saw.

Every face data set, whatever its layout, becomes a `ClipData`: one `ClipLabel` for each coded expression and
one `Recording` for each run of pictures. Several expressions may lie in one recording. What could not be
read stands in `problems`, one line each, all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telltale.units.data_codes import CodedUnit, Kind

_SAME_PEOPLE: Final = {"samm_long": "samm"}
"""Data sets that film the people of another one: SAMM's clips are cut from SAMM's long videos."""


@dataclass(frozen=True, slots=True)
class FolderFrames:
    """Pictures in a folder, one a frame, each with a number in its name."""

    folder: Path
    files: tuple[str, ...]
    """Names, in the order of their numbers."""
    numbers: tuple[int, ...]
    """The number in each name, strictly increasing. A gap is a frame that is not there."""
    rate_hz: float

    def time_s(self, number: int) -> float:
        """When a frame was shown, in seconds after the folder's first."""
        return (number - self.numbers[0]) / self.rate_hz


@dataclass(frozen=True, slots=True)
class VideoFrames:
    """A video, or the part of it from `start_s` to `stop_s`; times keep counting from the video's start."""

    path: Path
    start_s: float = 0.0
    stop_s: float | None = None


FrameSource = FolderFrames | VideoFrames


@dataclass(frozen=True, slots=True)
class Recording:
    """A run of pictures of one person."""

    dataset: str
    subject: str
    name: str
    """Unique within the data set."""
    frames: FrameSource
    grey: bool = False
    fully_coded: bool = True
    """False where a row of this recording was left out: what is not coded may still hold an expression."""
    truth: Path | None = None
    """A table of exact intensities by frame, for rendered faces."""


@dataclass(frozen=True, slots=True)
class ClipLabel:
    """One coded expression."""

    dataset: str
    subject: str
    clip: str
    """The expression's name in the coding sheet."""
    recording: str
    """The name of its `Recording`."""
    frames: FrameSource
    """All pictures of its recording, which may begin before the onset and end after the offset."""
    rate_hz: float | None
    """As published; None where only the video itself tells."""
    onset_s: float
    """Seconds from the first frame of the recording, as are `apex_s` and `offset_s`."""
    apex_s: float | None
    """None where no apex was coded."""
    offset_s: float
    onset: int | None
    """Number of the frame as published, as are `apex` and `offset`; None where times were coded."""
    apex: int | None
    offset: int | None
    units: tuple[CodedUnit, ...] | None
    """Empty: the coder saw none. None: units were not coded, or cannot be read."""
    emotion: str | None
    """As published; `data_emotions` maps it to classes."""
    kind: Kind | None
    grey: bool = False

    @property
    def collection(self) -> str:
        """The data set, or the one whose people it films again.

        Leaving out a data set must leave out both.
        """
        return _SAME_PEOPLE.get(self.dataset, self.dataset)

    @property
    def person(self) -> str:
        """Who this is among all data sets: `samm/006`."""
        return f"{self.collection}/{self.subject}"


@dataclass(frozen=True, slots=True)
class ClipData:
    """What a data set holds, and what of it could not be read."""

    clips: tuple[ClipLabel, ...] = ()
    recordings: tuple[Recording, ...] = ()
    """Of the clips, and those in which nothing was coded, where the data set has such."""
    problems: tuple[str, ...] = ()

    @staticmethod
    def join(parts: Iterable[ClipData]) -> ClipData:
        """Several data sets, or parts of one, in their order."""
        held = list(parts)
        return ClipData(
            tuple(clip for part in held for clip in part.clips),
            tuple(recording for part in held for recording in part.recordings),
            tuple(problem for part in held for problem in part.problems),
        )

    def by_recording(self) -> Iterator[tuple[Recording, tuple[ClipLabel, ...]]]:
        """Each recording with its clips in the order of their onsets, so that it need be read only once."""
        clips: dict[tuple[str, str], list[ClipLabel]] = {}
        for clip in self.clips:
            clips.setdefault((clip.dataset, clip.recording), []).append(clip)
        for recording in self.recordings:
            of_it = clips.get((recording.dataset, recording.name), [])
            yield recording, tuple(sorted(of_it, key=lambda clip: clip.onset_s))
