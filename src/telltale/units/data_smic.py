"""SMIC-HS: 164 micro-expressions of 16 people, 100 fps (Li et al., FG 2013).

There is no coding sheet: each clip was cut from onset to offset, its emotion is the folder it lies in, and
neither apex nor units are coded.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from telltale.core.errors import FormatError
from telltale.units.data_build import ClipBuilder
from telltale.units.data_clips import ClipData, FolderFrames
from telltale.units.data_folders import Folders, find_root
from telltale.units.data_sheet import SheetRow

RATE_HZ: Final = 100.0
EMOTIONS: Final = ("positive", "negative", "surprise")

_SUBJECT: Final = r"s\d+"
_EXAMPLE: Final = "HS/s1/micro/negative/s1_ne_01/image033844.bmp"


def load_smic(folder: Path) -> ClipData:
    """Read `HS/<subject>/micro/<positive|negative|surprise>/<clip>/`, raw or cropped.

    The clips without an expression (`non_micro`) are not read.
    """
    if not folder.is_dir():
        raise FormatError(
            f"no folder at {folder}", hint="give the folder that the data set was unpacked into"
        )
    folders = Folders(find_root(folder, _SUBJECT, _EXAMPLE, prefer="hs"))
    if folders.root.name.lower() in ("vis", "nir"):
        raise FormatError(f"{folders.root} is not filmed at 100 fps", hint="give the folder that holds HS")
    build = ClipBuilder("smic", RATE_HZ)
    for subject in folders.inside(folders.root).values():
        if re.fullmatch(_SUBJECT, subject.name, re.IGNORECASE):
            _take_subject(build, folders, subject)
    return build.finish()


def _take_subject(build: ClipBuilder, folders: Folders, subject: Path) -> None:
    micro = folders.find(subject.name, "micro")
    if micro is None:
        build.problems.append(f"{subject}: no folder micro")
        return
    for emotion in folders.inside(micro).values():
        if emotion.name.lower() not in EMOTIONS:
            build.problems.append(f"{emotion}: the folder is none of {', '.join(EMOTIONS)}")
            continue
        for clip in folders.inside(emotion).values():
            _take_clip(build, clip, subject.name, emotion.name.lower())


def _take_clip(build: ClipBuilder, clip: Path, subject: str, emotion: str) -> None:
    try:
        frames = build.take_recording(clip, subject, f"{subject}/{clip.name}", str(clip)).frames
    except FormatError as error:
        build.problems.append(str(error))
        return
    assert isinstance(frames, FolderFrames)
    cells = {"onset": frames.numbers[0], "offset": frames.numbers[-1], "emotion": emotion}
    build.add(
        SheetRow(str(clip), cells),
        clip,
        subject=subject,
        clip=clip.name,
        recording=f"{subject}/{clip.name}",
        kind="micro",
        sought=str(clip),
    )
