"""Tiny folders in the layouts that the face data sets are published in, drawn and not filmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

Row = Sequence[Any]

CASME2_HEAD = (
    "Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units",
    "Estimated Emotion",
)  # fmt: skip
SAMM_HEAD = (
    "Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration",
    "Micro", "Action Units", "Estimated Emotion", "Objective Classes", "Notes",
)  # fmt: skip
CASME3_HEAD = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion")


def write_picture(path: Path, shade: int, *, grey: bool = False) -> None:
    """A picture of 12 x 8, one shade, its left half red where it has colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((8, 12) if grey else (8, 12, 3), shade, np.uint8)
    if not grey:
        picture[:, :6] = (0, 0, 255)
    cv2.imwrite(str(path), picture)


def write_frames(folder: Path, pattern: str, numbers: Iterable[int], *, grey: bool = False) -> None:
    """One picture a number, named by a pattern such as `img{:03d}.jpg`; the shade tells the number."""
    for number in numbers:
        write_picture(folder / pattern.format(number), number % 200, grey=grey)


def write_book(path: Path, *sheets: Sequence[Row]) -> None:
    """A workbook of plain sheets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(list(row))
    book.save(path)


def write_casme2(folder: Path, rows: Sequence[Row], *, cropped: bool = False) -> None:
    """CASME II with pictures 40 - 60 of each clip that stands in the rows."""
    write_book(folder / "CASME2-coding-20140508.xlsx", [CASME2_HEAD, *rows])
    for subject, clip, *_ in rows:
        holder, name = ("Cropped", "reg_img{}.jpg") if cropped else ("CASME2_RAW_selected", "img{}.jpg")
        write_frames(folder / holder / f"sub{int(subject):02d}" / str(clip), name, range(40, 61))


def write_samm(folder: Path, rows: Sequence[Row]) -> None:
    """SAMM with its preamble of 13 rows and pictures 5562 - 5580, grey."""
    preamble = [("SAMM Micro-Movement FACS codes",), *[("Note:", "how the codes were made")] * 12]
    write_book(folder / "SAMM_Micro_FACS_Codes_v2.xlsx", [*preamble, SAMM_HEAD, *rows])
    for subject, clip, *_ in rows:
        who = f"{int(subject):03d}"
        write_frames(folder / "SAMM" / who / str(clip), who + "_{:05d}.jpg", range(5562, 5581), grey=True)


def write_samm_long(folder: Path, rows: Sequence[Row], videos: Sequence[str]) -> None:
    """SAMM Long Videos with its preamble of 10 rows and pictures 1 - 20 of each video."""
    preamble = [("SAMM Long Videos",), *[("Note:", "how the codes were made")] * 9]
    write_book(folder / "SAMM_LongVideos_V3_Release.xlsx", [*preamble, *rows])
    for video in videos:
        write_frames(folder / "SAMM_longvideos" / video, video + "_{:04d}.jpg", range(1, 21), grey=True)


def write_casme_sq(folder: Path, rows: Sequence[Row], *, naming: bool = True) -> None:
    """CAS(ME)^2: subject 1 is s15; two videos of pictures 1 - 20, in the second of which nothing is coded."""
    rules = ([(15, "s15", 1), (16, "s16", 2)], [(101, "disgust1"), ("0502", "happy1")]) if naming else ()
    write_book(folder / "CAS(ME)^2code_final.xlsx", rows, *rules)
    videos = ("15_0101disgustingteeth", "15_0502funnyerrors") if naming else ("disgust1",)
    for video in videos:
        write_frames(folder / "rawpic" / "rawpic" / "s15" / video, "img{:03d}.jpg", range(1, 21))
        write_frames(folder / "rawpic_crop" / "s15" / video, "img{}.jpg", range(1, 3))


def write_casme3(folder: Path, micro: Sequence[Row], macro: Sequence[Row] = ()) -> None:
    """CAS(ME)^3, part A: pictures 170 - 190 of spNO.1/b, whose folder is written spNo.1."""
    sheets = folder / "annotation"
    write_book(sheets / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", [CASME3_HEAD, *micro])
    if macro:
        write_book(sheets / "cas(me)3_part_A_MaE_label_JpgIndex_v2.xlsx", [CASME3_HEAD, *macro])
    write_frames(folder / "data" / "spNo.1" / "b" / "color", "{}.jpg", range(170, 191))


def write_smic(folder: Path) -> None:
    """SMIC-HS: two clips of s1, one of s2, and one without an expression."""
    for subject, emotion, clip in (
        ("s1", "negative", "s1_ne_01"),
        ("s1", "positive", "s1_po_01"),
        ("s2", "surprise", "s2_sur_01"),
    ):
        write_frames(
            folder / "HS" / subject / "micro" / emotion / clip, "image{:06d}.bmp", range(33844, 33855)
        )
    write_frames(folder / "HS" / "s1" / "non_micro" / "s1_non_01", "image{:06d}.bmp", range(3))


def write_video(path: Path, frames: int = 30, rate_hz: int = 30) -> None:
    """A real H.264 video of 64 x 48 that grows brighter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate_hz)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            picture = np.full((48, 64, 3), 20 + 6 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_rendered(folder: Path) -> None:
    """Clips as `telltale rig render` leaves them: the second has no event, the video of the third is gone."""
    names = ["clip0", "clip1", "clip2"]
    for name in names[:2]:
        write_video(folder / f"{name}.mp4")
    events = {
        "onset_s": [0.1], "apex_s": [0.2], "offset_s": [0.4], "units": ["12L+6"], "side": ["both"],
        "kind": ["micro"], "peak": [0.3],
    }  # fmt: skip
    for name in names:
        table = pa.table(events)
        pq.write_table(table if name == "clip0" else table.slice(0, 0), folder / f"{name}.events.parquet")
        pq.write_table(pa.table({"frame": [0], "time_s": [0.0]}), folder / f"{name}.truth.parquet")
    pq.write_table(
        pa.table({"name": names, "identity_seed": [7, 8, 9], "rate_hz": [30, 30, 30]}),
        folder / "clips.parquet",
    )
