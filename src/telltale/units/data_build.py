"""Rows of a coding sheet held against the pictures that are there: clips, or lines that say what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from telltale.core.errors import FormatError
from telltale.units.data_clips import ClipData, ClipLabel, FolderFrames, Recording
from telltale.units.data_codes import CodedUnit, Kind, parse_units
from telltale.units.data_folders import list_frames
from telltale.units.data_sheet import SheetRow

_NOT_CODED = {"", "/", "\\", "-", "n/a", "na", "none", "nan", "?"}


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers of frames, as published."""

    onset: int
    apex: int | None
    offset: int


def read_span(row: SheetRow, problems: list[str]) -> Span:
    """Onset, apex and offset of a row.

    An offset of 0, or none at all, means that the expression is coded to its apex. An apex that is not
    coded (empty, `/`, 0 or less) is None; one outside the expression is told in `problems` and is None.
    Everything else that is wrong is told in one FormatError.
    """
    reasons: list[str] = []
    doubts: list[str] = []
    onset, offset = (_number(row, name, reasons) for name in ("onset", "offset"))
    apex = _number(row, "apex", doubts)
    problems += [f"{row.place}: {doubt}, so it is not used" for doubt in doubts]
    apex = apex if apex is not None and apex > 0 else None
    offset = offset if offset is not None and offset > 0 else apex
    if not reasons:
        reasons += ["there is no onset"] * (onset is None or onset < 0)
        reasons += ["there is neither offset nor apex"] * (offset is None)
    if not reasons and onset is not None and offset is not None:
        if onset <= offset:
            if apex is not None and not onset <= apex <= offset:
                problems.append(
                    f"{row.place}: apex {apex} is not within {onset} - {offset}, so it is not used"
                )
                apex = None
            return Span(onset, apex, offset)
        reasons.append(f"onset {onset} comes after offset {offset}")
    raise FormatError("; ".join(reasons))


def _number(row: SheetRow, name: str, reasons: list[str]) -> int | None:
    text = row.text(name) or ""
    if text.lower() in _NOT_CODED:
        return None
    try:
        return int(text)
    except ValueError:
        reasons.append(f"{name} {text!r} is no number of a frame")
        return None


def read_codes(row: SheetRow, problems: list[str]) -> tuple[CodedUnit, ...] | None:
    """The units of a row; None, and a line in `problems`, where they cannot be read."""
    value: Any = row.cells.get("units")
    try:
        return parse_units(value)
    except FormatError as error:
        problems.append(f"{row.place}: {error}; the clip is kept without units")
        return None


class ClipBuilder:
    """Takes one row after another; `finish` gives what came of them."""

    def __init__(self, dataset: str, rate_hz: float, *, grey: bool = False) -> None:
        self.dataset, self.rate_hz, self.grey = dataset, rate_hz, grey
        self.problems: list[str] = []
        self._clips: list[ClipLabel] = []
        self._recordings: dict[str, Recording] = {}
        self._unread: dict[Path, str] = {}

    def add(
        self,
        row: SheetRow,
        folder: Path | None,
        *,
        subject: str,
        clip: str,
        recording: str,
        kind: Kind | None,
        sought: str,
    ) -> None:
        """Take a row.

        Parameters
        ----------
        folder
            Where the recording's pictures are; None where there is no such folder.
        recording
            Its name, unique within the data set.
        sought
            Where the folder should be, to tell when it is not there.
        """
        try:
            where = self.take_recording(folder, subject, recording, sought)
        except FormatError as error:
            self.problems.append(f"{row.place}: {error}")
            return
        frames = where.frames
        assert isinstance(frames, FolderFrames)
        try:
            span = self._within(read_span(row, self.problems), frames, row.place)
        except FormatError as error:
            self.problems.append(f"{row.place}: {error}")
            self._recordings[recording] = replace(where, fully_coded=False)
            return
        self._clips.append(
            ClipLabel(
                dataset=self.dataset,
                subject=subject,
                clip=clip,
                recording=recording,
                frames=frames,
                rate_hz=self.rate_hz,
                onset_s=frames.time_s(span.onset),
                apex_s=frames.time_s(span.apex) if span.apex is not None else None,
                offset_s=frames.time_s(span.offset),
                onset=span.onset,
                apex=span.apex,
                offset=span.offset,
                units=read_codes(row, self.problems) if "units" in row.cells else None,
                emotion=row.text("emotion"),
                kind=kind,
                grey=self.grey,
            )
        )

    def take_recording(self, folder: Path | None, subject: str, name: str, sought: str) -> Recording:
        """The recording of that name, listed on first use."""
        if name not in self._recordings:
            if folder is None:
                raise FormatError(f"no folder {sought}")
            if folder in self._unread:
                raise FormatError(self._unread[folder])
            try:
                frames = list_frames(folder, self.rate_hz)
            except FormatError as error:
                self._unread[folder] = str(error)
                raise
            self._recordings[name] = Recording(self.dataset, subject, name, frames, self.grey)
        return self._recordings[name]

    def _within(self, span: Span, frames: FolderFrames, place: str) -> Span:
        """The part of a span that was filmed; an onset before the first frame is refused."""
        first, last = frames.numbers[0], frames.numbers[-1]
        if not first <= span.onset <= last:
            raise FormatError(
                f"onset {span.onset} is not among frames {first} - {last} of {frames.folder.name}"
            )
        if span.offset > last:
            self.problems.append(
                f"{place}: offset {span.offset} comes after the last frame, {last}: it is cut"
            )
            apex = span.apex if span.apex is not None and span.apex <= last else None
            span = Span(span.onset, apex, last)
        there = sum(span.onset <= number <= span.offset for number in frames.numbers)
        if lacking := span.offset - span.onset + 1 - there:
            self.problems.append(f"{place}: {lacking} of the frames {span.onset} - {span.offset} are missing")
        return span

    def finish(self) -> ClipData:
        """All that was taken."""
        return ClipData(tuple(self._clips), tuple(self._recordings.values()), tuple(self.problems))
