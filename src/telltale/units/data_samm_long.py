"""SAMM Long Videos: 343 macro- and 159 micro-expressions in 147 videos (Yap, Kendrick, Yap, FG 2020)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError
from telltale.units.data_build import ClipBuilder
from telltale.units.data_clips import ClipData
from telltale.units.data_codes import read_kind
from telltale.units.data_folders import Folders, find_root
from telltale.units.data_sheet import SheetRow, find_sheet, read_sheets, rows_without_head

RATE_HZ: Final = 200.0
PREAMBLE_ROWS: Final = 10

_COLUMNS: Final = (
    "subject", "clip", "inducement", "onset", "apex", "offset", "duration", "kind", "units", "notes"
)  # fmt: skip
"""In the order of the sheet, whose head is not read: it differs between releases."""
_VIDEO: Final = re.compile(r"(\d{3})_\d+")


def load_samm_long(folder: Path) -> ClipData:
    """Read `SAMM_LongVideos_V3_Release.xlsx` and `SAMM_longvideos/006_1/006_1_0001.jpg`.

    An offset of 0 means the apex. Where a macro-expression was under way when the video began, its onset is
    0: the row is told and left out. Videos in which nothing is coded are recordings too.
    """
    sheet = find_sheet(folder, r"samm_longvideos_v.*\.xlsx?", "SAMM_LongVideos_V3_Release.xlsx")
    folders = Folders(find_root(folder, r"\d{3}_\d+", "SAMM_longvideos/006_1/006_1_0001.jpg"))
    build = ClipBuilder("samm_long", RATE_HZ, grey=True)
    for row in rows_without_head(sheet, read_sheets(sheet)[0], _COLUMNS, PREAMBLE_ROWS):
        _take(build, folders, row)
    _take_rest(build, folders)
    return build.finish()


def _take(build: ClipBuilder, folders: Folders, row: SheetRow) -> None:
    clip = row.text("clip") or ""
    video = _VIDEO.match(clip)
    if video is None:
        build.problems.append(f"{row.place}: {clip!r} is no name such as 006_1_2")
        return
    kind = read_kind(row.text("kind"))
    if kind is None:
        build.problems.append(f"{row.place}: type {row.text('kind')!r} is neither Macro nor Micro - 1/2")
    build.add(
        row,
        folders.find(video[0]),
        subject=video[1],
        clip=clip,
        recording=video[0],
        kind=kind,
        sought=f"{folders.root / video[0]}",
    )


def _take_rest(build: ClipBuilder, folders: Folders) -> None:
    """The videos in which nothing is coded."""
    for path in folders.inside(folders.root).values():
        if video := _VIDEO.fullmatch(path.name):
            try:
                build.take_recording(path, video[1], video[0], str(path))
            except FormatError as error:
                build.problems.append(str(error))
