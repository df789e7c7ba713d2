"""CAS(ME)^2: 300 macro- and 57 micro-expressions of 22 people in long videos, 30 fps.

Qu et al., IEEE Transactions on Affective Computing 9(4), 2018.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError
from telltale.units.data_build import ClipBuilder
from telltale.units.data_clips import ClipData
from telltale.units.data_codes import read_kind
from telltale.units.data_folders import Folders, find_root
from telltale.units.data_sheet import Cells, SheetRow, find_sheet, read_sheets, rows_without_head

RATE_HZ: Final = 30.0

_COLUMNS: Final = (
    "subject", "clip", "onset", "apex", "offset", "units", "emotion", "kind", "self_report"
)  # fmt: skip
_SUBJECT: Final = r"s\d+"


@dataclass(frozen=True, slots=True)
class Naming:
    """The two further sheets of the workbook: what the first one's subjects and videos are called on disc."""

    subjects: dict[str, str]
    """`1` is `s15`."""
    videos: dict[str, str]
    """`disgust1` is `0101`, so that its pictures stand in `15_0101disgustingteeth`."""


def load_casme_sq(folder: Path) -> ClipData:
    """Read `CAS(ME)^2code_final.xlsx`, which has no head, and `rawpic/s15/15_0101disgustingteeth/img001.jpg`.

    An offset of 0 means the apex. Without the sheets of names, `rawpic/<subject>/<video>` is looked for as
    the first sheet writes them. Videos in which nothing is coded are recordings too.
    """
    sheet = find_sheet(folder, r".*code_final.*\.xlsx?", "CAS(ME)^2code_final.xlsx")
    sheets = read_sheets(sheet)
    naming = _read_naming(sheets[1:])
    pictures = "rawpic/s15/15_0101disgustingteeth/img001.jpg"
    folders = Folders(find_root(folder, _SUBJECT, pictures, prefer="rawpic"))
    build = ClipBuilder("casme_sq", RATE_HZ)
    for row in rows_without_head(sheet, sheets[0], _COLUMNS, 0):
        _take(build, folders, naming, row)
    _take_rest(build, folders)
    return build.finish()


def _read_naming(sheets: Sequence[Sequence[Cells]]) -> Naming:
    """Rows `..., s15, 1` of one sheet and `0101, disgust1` of the other."""
    subjects: dict[str, str] = {}
    videos: dict[str, str] = {}
    for cells in (tuple(_text(cell) for cell in row) for rows in sheets for row in rows):
        if len(cells) > 2 and re.fullmatch(r"s?\d+", cells[1]) and cells[2].isdigit():
            subjects[cells[2]] = f"s{cells[1].removeprefix('s')}"
        elif len(cells) > 1 and cells[0].isdigit() and re.fullmatch(r"[a-z]+\d+", cells[1], re.IGNORECASE):
            videos[cells[1].lower()] = cells[0].zfill(4)
    return Naming(subjects, videos)


def _text(cell: object) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return "" if cell is None else str(int(cell) if whole else cell).strip()  # type: ignore[call-overload]


def _take(build: ClipBuilder, folders: Folders, naming: Naming, row: SheetRow) -> None:
    number, clip = row.text("subject"), row.text("clip")
    if number is None or clip is None:
        build.problems.append(f"{row.place}: there is no subject or no video")
        return
    subject = naming.subjects.get(number, number if number.startswith("s") else f"s{number}")
    place = _find_video(folders, naming, subject, clip)
    kind = read_kind(row.text("kind"))
    if kind is None:
        build.problems.append(
            f"{row.place}: type {row.text('kind')!r} is neither micro- nor macro-expression"
        )
    build.add(
        row,
        place,
        subject=subject,
        clip=f"{subject}/{clip}",
        recording=_name_of(place) if place else clip,
        kind=kind,
        sought=f"for video {clip} in {folders.root / subject}",
    )


def _find_video(folders: Folders, naming: Naming, subject: str, clip: str) -> Path | None:
    """The folder of a video; `disgust1_2` is the second expression in video `disgust1`."""
    holder = folders.find(subject)
    if holder is None:
        return None
    video = clip.split("_")[0].lower()
    code = naming.videos.get(video)
    inside = folders.inside(holder)
    if code is not None:
        return next((path for name, path in inside.items() if _code_of(name) == code), None)
    return inside.get(clip.lower()) or inside.get(video)


def _name_of(place: Path) -> str:
    return f"{place.parent.name}/{place.name}"


def _code_of(name: str) -> str:
    """`0101` of `15_0101disgustingteeth`."""
    return name.partition("_")[2][:4]


def _take_rest(build: ClipBuilder, folders: Folders) -> None:
    """The videos in which nothing is coded."""
    for holder in folders.inside(folders.root).values():
        if re.fullmatch(_SUBJECT, holder.name, re.IGNORECASE):
            for path in folders.inside(holder).values():
                try:
                    build.take_recording(path, holder.name, _name_of(path), str(path))
                except FormatError as error:
                    build.problems.append(str(error))
