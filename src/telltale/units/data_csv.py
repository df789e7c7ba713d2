"""A user's own hand-coded expressions: a CSV file, one row each, times in seconds of a video.

| column | |
|---|---|
| `video` | path, relative to the CSV file |
| `onset_s`, `offset_s` | seconds from the video's start; `start_s` and `end_s` are read as the same |
| `subject` | who it is |
| `units` | such as `6+12L`; an empty cell means that none was seen |
| `apex_s`, `side`, `emotion`, `kind` | optional; `side` is that of the units that name none themselves |
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError
from telltale.units.data_clips import ClipData, ClipLabel, Recording, VideoFrames
from telltale.units.data_codes import CodedUnit, on_side, parse_units, read_kind

_SAME: Final = {"start_s": "onset_s", "end_s": "offset_s"}
_NEEDED: Final = ("video", "onset_s", "offset_s", "subject", "units")
_KNOWN: Final = (*_NEEDED, "apex_s", "side", "emotion", "kind")


def load_csv(path: Path) -> ClipData:
    """Read a file of hand-coded expressions; each row that cannot be taken is told with every reason."""
    clips: list[ClipLabel] = []
    problems: list[str] = []
    spoilt: set[str] = set()
    for line, cells in _read(path):
        clip, reasons = _clip(path, line, cells)
        if reasons or clip is None:
            problems.append(f"{path.name} line {line}: {'; '.join(reasons)}")
            spoilt.add(cells["video"])
        else:
            clips.append(clip)
    for name in sorted({clip.recording for clip in clips}):
        who = sorted({clip.subject for clip in clips if clip.recording == name})
        if len(who) > 1:
            problems.append(
                f"{path.name}: {name} has the subjects {', '.join(who)}: only one face can be coded"
            )
            clips = [clip for clip in clips if clip.recording != name]
    recordings = {clip.recording: _recording(clip, clip.recording not in spoilt) for clip in clips}
    return ClipData(tuple(clips), tuple(recordings.values()), tuple(problems))


def _recording(clip: ClipLabel, fully_coded: bool) -> Recording:
    return Recording(clip.dataset, clip.subject, clip.recording, clip.frames, fully_coded=fully_coded)


def _read(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Each row's line and its cells by our names, stripped."""
    if not path.is_file():
        raise FormatError(f"no file at {path}", hint="give the CSV file of the coded clips")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            head = [_SAME.get(name.strip().lower(), name.strip().lower()) for name in next(reader, [])]
            _check_head(path, head)
            return [
                (reader.line_num, dict.fromkeys(_KNOWN, "") | _cells(head, row))
                for row in reader
                if any(cell.strip() for cell in row)
            ]
    except (UnicodeError, csv.Error) as error:
        raise FormatError(f"{path} is not readable CSV ({error})", hint="save it as CSV in UTF-8") from error


def _cells(head: list[str], row: list[str]) -> dict[str, str]:
    cells = {name: cell.strip() for name, cell in zip(head, row, strict=False)}
    return (
        cells if len(row) == len(head) else cells | {"": f"{len(row)} cells where the head has {len(head)}"}
    )


def _check_head(path: Path, head: list[str]) -> None:
    if missing := [name for name in _NEEDED if name not in head]:
        raise FormatError(f"{path} has no column {', '.join(missing)}", hint=f"it has {', '.join(head)}")
    if unknown := [name for name in head if name not in _KNOWN]:
        raise FormatError(f"{path} has unknown columns {', '.join(unknown)}", hint=f"use {', '.join(_KNOWN)}")
    if len(set(head)) < len(head):
        raise FormatError(f"{path} names a column twice", hint="keep one of start_s and onset_s")


def _clip(path: Path, line: int, cells: Mapping[str, str]) -> tuple[ClipLabel | None, list[str]]:
    """The clip of a row, or why there is none."""
    reasons = [cells[""]] if "" in cells else []
    video = path.parent / cells["video"]
    if not cells["video"] or not video.is_file():
        reasons.append(f"no video at {video}" if cells["video"] else "there is no video")
    reasons += ["there is no subject"] * (not cells["subject"])
    onset_s, apex_s, offset_s = (_seconds(cells, name, reasons) for name in ("onset_s", "apex_s", "offset_s"))
    units = _units(cells, reasons)
    kind = read_kind(cells["kind"])
    if cells["kind"] and kind is None:
        reasons.append(f"kind {cells['kind']!r} is neither micro nor macro")
    if onset_s is None or offset_s is None:
        return None, reasons or ["there is no onset_s or no offset_s"]
    if not onset_s <= (onset_s if apex_s is None else apex_s) <= offset_s:
        reasons.append("times are not in the order onset, apex, offset")
    return (
        ClipLabel(
            dataset="csv",
            subject=cells["subject"],
            clip=f"{cells['video']} line {line}",
            recording=cells["video"],
            frames=VideoFrames(video),
            rate_hz=None,
            onset_s=onset_s,
            apex_s=apex_s,
            offset_s=offset_s,
            onset=None,
            apex=None,
            offset=None,
            units=units,
            emotion=cells["emotion"] or None,
            kind=kind,
        ),
        reasons,
    )


def _seconds(cells: Mapping[str, str], name: str, reasons: list[str]) -> float | None:
    if not cells[name]:
        return None
    try:
        seconds = float(cells[name])
    except ValueError:
        seconds = math.nan
    if not 0.0 <= seconds < math.inf:
        reasons.append(f"{name} {cells[name]!r} is no number of seconds")
        return None
    return seconds


def _units(cells: Mapping[str, str], reasons: list[str]) -> tuple[CodedUnit, ...] | None:
    try:
        return on_side(parse_units(cells["units"]), cells["side"])
    except FormatError as error:
        reasons.append(str(error))
        return None
