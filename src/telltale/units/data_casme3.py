"""CAS(ME)^3, part A: micro- and macro-expressions of 100 people, 30 fps.

Li et al., IEEE TPAMI 45(3), 2023.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from telltale.units.data_build import ClipBuilder
from telltale.units.data_clips import ClipData
from telltale.units.data_codes import Kind, read_kind
from telltale.units.data_folders import Folders, find_root
from telltale.units.data_sheet import SheetRow, find_sheets, read_sheets, rows_under_head

RATE_HZ: Final = 30.0

_COLUMNS: Final = {
    "subject": ("Subject",),
    "video": ("Filename",),
    "onset": ("Onset",),
    "apex": ("Apex",),
    "offset": ("Offset",),
    "units": ("AU", "AUs", "Action Units"),
    "emotion": ("emotion", "Estimated Emotion"),
    "kind": ("Expression type", "Type"),
}
_NEEDED: Final = ("subject", "video", "onset", "apex", "offset")


def load_casme3(folder: Path) -> ClipData:
    """Read `cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx` and `spNO.1/b/color/175.jpg`.

    The sheet of macro-expressions (`..._MaE_label_...`) is read beside it, and the release of clips
    (`spNO.1_b_175/175.jpg`) in place of the long videos. Of several versions of a sheet the last is read.
    """
    sheets = find_sheets(folder, r".*part_?a.*\.xlsx?", "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx")
    last = {_kind_of(sheet): sheet for sheet in sheets}
    folders = Folders(find_root(folder, r"spno\.\d+(_.+)?", "spNO.1/b/color/175.jpg"))
    build = ClipBuilder("casme3", RATE_HZ)
    for sheet in sheets:
        if (read := last[_kind_of(sheet)]) != sheet:
            build.problems.append(f"{sheet.name} is left out: {read.name} is read in its place")
    for kind, sheet in last.items():
        rows = list(rows_under_head(sheet, read_sheets(sheet)[0], _COLUMNS, _NEEDED))
        if not any("units" in row.cells for row in rows):
            build.problems.append(f"{sheet.name} has no column AU: its clips are kept without units")
        for row in rows:
            _take(build, folders, row, kind)
    return build.finish()


def _kind_of(sheet: Path) -> Kind | None:
    """What a sheet codes, by its name; None where each row has to say."""
    words = re.split(r"[^a-z]+", sheet.stem.lower().replace("(me)", ""))
    return "macro" if "mae" in words else "micro" if "me" in words else None


def _take(build: ClipBuilder, folders: Folders, row: SheetRow, kind_of_sheet: Kind | None) -> None:
    subject, video, onset = row.text("subject"), row.text("video"), row.text("onset")
    if subject is None or video is None:
        build.problems.append(f"{row.place}: there is no subject or no file name")
        return
    kind = read_kind(row.text("kind")) or kind_of_sheet
    if kind is None:
        build.problems.append(f"{row.place}: expression type {row.text('kind')!r} is neither micro nor macro")
    clip = f"{subject}_{video}_{onset}"
    whole, cut = folders.find(subject, video, "color"), folders.find(clip)
    build.add(
        row,
        whole or cut,
        subject=subject,
        clip=clip,
        recording=f"{subject}/{video}" if whole or not cut else clip,
        kind=kind,
        sought=f"{folders.root / subject / video / 'color'}",
    )
