"""SAMM: 159 micro-expressions of 29 people, 200 fps, grey (Davison et al., IEEE TAC 9(1), 2018)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from telltale.units.data_build import ClipBuilder
from telltale.units.data_clips import ClipData
from telltale.units.data_folders import Folders, find_root
from telltale.units.data_sheet import find_sheet, read_sheets, rows_under_head

RATE_HZ: Final = 200.0

_COLUMNS: Final = {
    "subject": ("Subject",),
    "clip": ("Filename",),
    "onset": ("Onset Frame",),
    "apex": ("Apex Frame",),
    "offset": ("Offset Frame",),
    "units": ("Action Units",),
    "emotion": ("Estimated Emotion",),
}


def load_samm(folder: Path) -> ClipData:
    """Read `SAMM_Micro_FACS_Codes_v2.xlsx`, its head under 13 rows, and `SAMM/006/006_1_2/006_05562.jpg`."""
    sheet = find_sheet(folder, r"samm_micro_facs_codes.*\.xlsx?", "SAMM_Micro_FACS_Codes_v2.xlsx")
    folders = Folders(find_root(folder, r"\d{3}", "SAMM/006/006_1_2/006_05562.jpg"))
    build = ClipBuilder("samm", RATE_HZ, grey=True)
    for row in rows_under_head(sheet, read_sheets(sheet)[0], _COLUMNS, _COLUMNS):
        subject, clip = row.text("subject"), row.text("clip")
        if subject is None or clip is None:
            build.problems.append(f"{row.place}: there is no subject or no file name")
            continue
        subject = subject.zfill(3)
        build.add(
            row,
            folders.find(subject, clip),
            subject=subject,
            clip=clip,
            recording=clip,
            kind="micro",
            sought=f"{folders.root / subject / clip}",
        )
    return build.finish()
