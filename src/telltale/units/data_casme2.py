"""CASME II: 247 micro-expressions of 26 people, 200 fps (Yan et al., PLOS ONE 9(1): e86041, 2014)."""

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
    "onset": ("OnsetFrame",),
    "apex": ("ApexFrame",),
    "offset": ("OffsetFrame",),
    "units": ("Action Units",),
    "emotion": ("Estimated Emotion",),
}


def load_casme2(folder: Path) -> ClipData:
    """Read `CASME2-coding-20140508.xlsx` and `CASME2_RAW_selected/sub01/EP02_01f/img46.jpg`.

    Cropped pictures (`reg_img46.jpg`) are read where there are no raw ones. 21 apexes are not coded.
    """
    sheet = find_sheet(folder, r"casme2-coding.*\.xlsx?", "CASME2-coding-20140508.xlsx")
    pictures = "CASME2_RAW_selected/sub01/EP02_01f/img46.jpg"
    folders = Folders(find_root(folder, r"sub\d\d", pictures, prefer="raw"))
    build = ClipBuilder("casme2", RATE_HZ)
    for row in rows_under_head(sheet, read_sheets(sheet)[0], _COLUMNS, _COLUMNS):
        subject, clip = row.text("subject"), row.text("clip")
        if subject is None or clip is None:
            build.problems.append(f"{row.place}: there is no subject or no file name")
            continue
        subject = f"sub{subject.removeprefix('sub').zfill(2)}"
        build.add(
            row,
            folders.find(subject, clip),
            subject=subject,
            clip=clip,
            recording=f"{subject}/{clip}",
            kind="micro",
            sought=f"{folders.root / subject / clip}",
        )
    return build.finish()
