"""The published data sets, in tiny folders of their layouts: what is read, and what is told as a problem."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.units import layouts

from telltale.core.errors import FormatError
from telltale.units.data_casme2 import load_casme2
from telltale.units.data_casme3 import load_casme3
from telltale.units.data_casme_sq import load_casme_sq
from telltale.units.data_clips import ClipData, FolderFrames
from telltale.units.data_rendered import load_rendered
from telltale.units.data_samm import load_samm
from telltale.units.data_samm_long import load_samm_long
from telltale.units.data_smic import load_smic

CASME2_ROW = ("01", "EP02_01f", None, 46, 50, 55, None, "4+R12", "happiness")


def numbers(data: ClipData) -> list[tuple[int | None, int | None, int | None]]:
    return [(clip.onset, clip.apex, clip.offset) for clip in data.clips]


def test_casme2(tmp_path: Path) -> None:
    layouts.write_casme2(tmp_path, [CASME2_ROW, (2, "EP01_11f", None, 46, "/", 55, None, 12, "others")])
    data = load_casme2(tmp_path)
    assert data.problems == ()
    assert numbers(data) == [(46, 50, 55), (46, None, 55)]
    first, second = data.clips
    assert (first.subject, first.person, first.clip) == ("sub01", "casme2/sub01", "EP02_01f")
    assert (first.onset_s, first.apex_s, first.offset_s) == pytest.approx((6 / 200, 10 / 200, 15 / 200))
    assert first.units is not None
    assert [(unit.number, unit.side) for unit in first.units] == [(4, "both"), (12, "R")]
    assert (first.emotion, first.kind, first.grey, first.rate_hz) == ("happiness", "micro", False, 200.0)
    assert second.apex_s is None
    assert isinstance(first.frames, FolderFrames)
    assert first.frames.numbers == tuple(range(40, 61))
    assert [recording.name for recording in data.recordings] == ["sub01/EP02_01f", "sub02/EP01_11f"]


def test_casme2_takes_raw_pictures_before_cropped_ones(tmp_path: Path) -> None:
    layouts.write_casme2(tmp_path, [CASME2_ROW], cropped=True)
    cropped = load_casme2(tmp_path).clips[0].frames
    assert isinstance(cropped, FolderFrames)
    assert cropped.files[0] == "reg_img40.jpg"
    layouts.write_casme2(tmp_path, [CASME2_ROW])
    raw = load_casme2(tmp_path).clips[0].frames
    assert isinstance(raw, FolderFrames)
    assert raw.files[0] == "img40.jpg"


def test_every_problem_of_a_sheet_is_told_at_once_with_its_row(tmp_path: Path) -> None:
    rows = [
        CASME2_ROW,
        ("01", "gone", None, 46, 50, 55, None, "4", "disgust"),
        ("01", "backwards", None, 55, 50, 46, None, "4", "disgust"),
        ("01", "early", None, 3, 50, 55, None, "4", "disgust"),
        ("01", "late", None, 46, 50, 70, None, "4", "disgust"),
        ("01", "apex", None, 46, 58, 55, None, "4", "disgust"),
        ("01", "units", None, 46, 50, 55, None, "4+smile", "disgust"),
        ("01", "words", None, "soon", 50, 55, None, "4", "disgust"),
        ("01", "gap", None, 46, 50, 55, None, "4", "disgust"),
        (None, "nobody", None, 46, 50, 55, None, "4", "disgust"),
    ]
    layouts.write_casme2(tmp_path, rows[:-1])
    layouts.write_book(tmp_path / "CASME2-coding-20140508.xlsx", [layouts.CASME2_HEAD, *rows])
    raw = tmp_path / "CASME2_RAW_selected" / "sub01"
    shutil.rmtree(raw / "gone")
    (raw / "gap" / "img48.jpg").unlink()
    data = load_casme2(tmp_path)
    assert [clip.clip for clip in data.clips] == ["EP02_01f", "late", "apex", "units", "gap"]
    by_row = {line.split(":")[0].removeprefix("CASME2-coding-20140508.xlsx "): line for line in data.problems}
    assert list(by_row) == [f"row {number}" for number in range(3, 12)]
    for row, word in {
        "row 3": "no folder",
        "row 4": "onset 55 comes after offset 46",
        "row 5": "onset 3 is not among frames 40 - 60 of early",
        "row 6": "offset 70 comes after the last frame, 60: it is cut",
        "row 7": "apex 58 is not within 46 - 55, so it is not used",
        "row 8": "'smile' in '4+smile' is no action unit",
        "row 9": "onset 'soon' is no number of a frame",
        "row 10": "1 of the frames 46 - 55 are missing",
        "row 11": "there is no subject",
    }.items():
        assert word in by_row[row]
    late, apex, units = data.clips[1:4]
    assert (late.offset, apex.apex, units.units) == (60, None, None)
    coded = {recording.name: recording.fully_coded for recording in data.recordings}
    assert coded["sub01/EP02_01f"]
    assert not coded["sub01/backwards"]


def test_samm_reads_under_its_preamble(tmp_path: Path) -> None:
    rows = [
        ("006", "006_1_2", 1, 5562, 5566, 5578, 17, "Micro", "L10+R12A", "Anger", 3, None),
        (6, "006_1_3", 1, 5562, -1, 5578, 17, "Micro", "5B or 7A", "Other", 7, None),
    ]
    layouts.write_samm(tmp_path, rows)
    data = load_samm(tmp_path)
    assert data.problems == ()
    assert numbers(data) == [(5562, 5566, 5578), (5562, None, 5578)]
    assert {clip.person for clip in data.clips} == {"samm/006"}
    assert all(clip.grey for clip in data.clips)
    units = data.clips[1].units
    assert units is not None
    assert [unit.number for unit in units[0].alternatives] == [7]


def test_samm_long_takes_the_apex_for_an_offset_of_0_and_keeps_quiet_videos(tmp_path: Path) -> None:
    rows = [
        ("006", "006_1_1", 1, 2, 5, 9, 8, "Micro - 1/2", "4", None),
        ("006", "006_1_2", 1, 11, 15, 0, 0, "Macro", "R12", None),
        ("007", "007_2_1", 1, 0, 15, 18, 0, "Macro", "12", None),
    ]
    layouts.write_samm_long(tmp_path, rows, ["006_1", "006_5", "007_2"])
    data = load_samm_long(tmp_path)
    assert numbers(data) == [(2, 5, 9), (11, 15, 15)]
    assert [clip.kind for clip in data.clips] == ["micro", "macro"]
    assert data.problems == (
        "SAMM_LongVideos_V3_Release.xlsx row 13: onset 0 is not among frames 1 - 20 of 007_2",
    )
    videos = {r.name: (r.fully_coded, len(clips)) for r, clips in data.by_recording()}
    assert videos == {"006_1": (True, 2), "006_5": (True, 0), "007_2": (False, 0)}
    assert data.clips[0].person == "samm/006"


@pytest.mark.parametrize("naming", [True, False], ids=["with the sheets of names", "names as they stand"])
def test_casme_sq(tmp_path: Path, naming: bool) -> None:
    rows: list[tuple[object, ...]] = [
        (1, "disgust1_1", 3, 5, 9, "4+9", "negative", "macro-expression", "disgust"),
        (1, "disgust1_2", 11, 12, 0, "L12", "positive", "micro-expression", "happiness"),
    ]
    if not naming:
        rows = [("s15", *row[1:]) for row in rows]
    layouts.write_casme_sq(tmp_path, rows, naming=naming)
    data = load_casme_sq(tmp_path)
    assert data.problems == ()
    assert numbers(data) == [(3, 5, 9), (11, 12, 12)]
    assert [(clip.subject, clip.kind, clip.emotion) for clip in data.clips] == [
        ("s15", "macro", "negative"),
        ("s15", "micro", "positive"),
    ]
    quiet = [recording.name for recording, clips in data.by_recording() if not clips]
    assert quiet == (["s15/15_0502funnyerrors"] if naming else [])
    assert len(data.recordings[0].frames.files) == 20  # type: ignore[union-attr]


def test_casme_sq_tells_of_a_video_that_is_not_there(tmp_path: Path) -> None:
    layouts.write_casme_sq(tmp_path, [(2, "happy1_1", 3, 5, 9, "12", "positive", "micro-expression", "")])
    data = load_casme_sq(tmp_path)
    assert data.clips == ()
    assert "row 1: no folder for video happy1_1 in" in data.problems[0]


def test_casme3_finds_folders_in_another_case_and_both_sheets(tmp_path: Path) -> None:
    layouts.write_casme3(
        tmp_path,
        [
            ("spNO.1", "b", 175, 178, 181, "26+25", 2, "surprise"),
            ("spNO.1", "b", 3647, 2668, 2694, "4", 3, "x"),
        ],
        [("spNO.1", "b", 182, 185, 0, 12, 1, "happy")],
    )
    data = load_casme3(tmp_path)
    assert numbers(data) == [(182, 185, 185), (175, 178, 181)]
    assert [(clip.kind, clip.clip) for clip in data.clips] == [
        ("macro", "spNO.1_b_182"),
        ("micro", "spNO.1_b_175"),
    ]
    assert data.clips[1].onset_s == pytest.approx(5 / 30)
    assert len(data.problems) == 1
    assert "row 3: onset 3647 comes after offset 2694" in data.problems[0]
    assert [recording.fully_coded for recording in data.recordings] == [False]


def test_casme3_reads_the_release_of_clips_and_the_last_version_of_a_sheet(tmp_path: Path) -> None:
    row = ("spNO.1", "b", 175, 178, 181, "4", 3, "disgust")
    older = tmp_path / "cas(me)3_part_A_ME_label_JpgIndex_v1.xlsx"
    layouts.write_book(older, [layouts.CASME3_HEAD, row, row])
    newer = tmp_path / "cas(me)3_part_A_ME_label_JpgIndex_v2_2025.xlsx"
    layouts.write_book(newer, [layouts.CASME3_HEAD, row])
    clips = tmp_path / "Part_A_ME_clip" / "frame"
    layouts.write_frames(clips / "spNO.1_b_175", "{}.jpg", range(175, 182))
    data = load_casme3(tmp_path)
    assert numbers(data) == [(175, 178, 181)]
    assert data.problems == (f"{older.name} is left out: {newer.name} is read in its place",)


def test_a_casme3_sheet_without_units_keeps_its_clips(tmp_path: Path) -> None:
    layouts.write_casme3(tmp_path, [("spNO.1", "b", 175, 178, 181, "4", 3, "disgust")])
    sheet = tmp_path / "annotation" / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx"
    layouts.write_book(sheet, [layouts.CASME3_HEAD[:5], ("spNO.1", "b", 175, 178, 181)])
    data = load_casme3(tmp_path)
    assert [(clip.units, clip.emotion) for clip in data.clips] == [(None, None)]
    assert data.problems == (f"{sheet.name} has no column AU: its clips are kept without units",)


def test_smic_takes_whole_clips_and_knows_no_units(tmp_path: Path) -> None:
    layouts.write_smic(tmp_path)
    data = load_smic(tmp_path)
    assert data.problems == ()
    assert numbers(data) == [(33844, None, 33854)] * 3
    assert [(clip.subject, clip.emotion) for clip in data.clips] == [
        ("s1", "negative"),
        ("s1", "positive"),
        ("s2", "surprise"),
    ]
    assert all(clip.units is None and clip.apex is None for clip in data.clips)
    assert data.clips[0].offset_s == pytest.approx(0.1)


def test_smic_tells_of_an_empty_clip_and_an_unknown_folder(tmp_path: Path) -> None:
    layouts.write_smic(tmp_path)
    (tmp_path / "HS" / "s2" / "micro" / "surprise" / "s2_sur_02").mkdir()
    (tmp_path / "HS" / "s2" / "micro" / "boredom").mkdir()
    data = load_smic(tmp_path)
    assert len(data.clips) == 3
    assert len(data.problems) == 2
    assert "boredom: the folder is none of positive, negative, surprise" in data.problems[0]
    assert "s2_sur_02 holds no numbered pictures" in data.problems[1]


def test_rendered_clips_carry_their_truth(tmp_path: Path) -> None:
    layouts.write_rendered(tmp_path)
    data = load_rendered(tmp_path)
    assert data.problems == ("clips.parquet, clip clip2: there is no clip2.mp4",)
    (clip,) = data.clips
    assert (clip.onset_s, clip.apex_s, clip.offset_s, clip.kind) == (0.1, 0.2, 0.4, "micro")
    assert (clip.rate_hz, clip.onset, clip.person) == (30.0, None, "rendered/7")
    assert clip.units is not None
    assert [(unit.number, unit.side) for unit in clip.units] == [(12, "L"), (6, "both")]
    assert [(r.name, r.subject, r.truth) for r in data.recordings] == [
        ("clip0", "7", tmp_path / "clip0.truth.parquet"),
        ("clip1", "8", tmp_path / "clip1.truth.parquet"),
    ]


LOADERS = [load_casme2, load_samm, load_samm_long, load_casme_sq, load_casme3, load_smic, load_rendered]


@pytest.mark.parametrize("load", LOADERS, ids=lambda load: load.__name__)
def test_a_folder_without_the_data_set_gets_one_line(tmp_path: Path, load: object) -> None:
    assert callable(load)
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FormatError) as error:
            load(folder)
        assert str(folder) in str(error.value)
        assert "\n" not in str(error.value)


def test_old_broken_and_changed_sheets_are_told_apart(tmp_path: Path) -> None:
    layouts.write_casme2(tmp_path, [CASME2_ROW])
    sheet = tmp_path / "CASME2-coding-20140508.xlsx"
    layouts.write_book(sheet, [("Subject", "Filename", "OnsetFrame"), ("01", "EP02_01f", 46)])
    with pytest.raises(FormatError, match="has no column ApexFrame, OffsetFrame, Action Units"):
        load_casme2(tmp_path)
    sheet.write_bytes(b"PK no workbook")
    with pytest.raises(FormatError, match="is not a readable workbook"):
        load_casme2(tmp_path)
    sheet.rename(sheet.with_suffix(".xls"))
    with pytest.raises(FormatError, match=r"is in the old \.xls form"):
        load_casme2(tmp_path)


def test_without_openpyxl_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layouts.write_casme2(tmp_path, [CASME2_ROW])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(FormatError, match=r"telltale-live\[train\]"):
        load_casme2(tmp_path)
