"""A user's own hand-coded clips, and the words of `--data`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.units import layouts

from telltale.core.errors import ConfigError, FormatError
from telltale.units.data_clips import VideoFrames
from telltale.units.data_csv import load_csv
from telltale.units.data_emotions import megc_class, objective_class
from telltale.units.data_registry import NAMES, load_all, parse_data_options

HEAD = "video,onset_s,apex_s,offset_s,units,side,emotion,subject,kind\n"


def write(folder: Path, text: str) -> Path:
    layouts.write_video(folder / "a.mp4", frames=4)
    layouts.write_video(folder / "b.mp4", frames=4)
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_become_clips(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "a.mp4,0.5,0.6,0.8,6+12R,left,joy,ann,micro\n\na.mp4,0.1,,0.3,,,,ann,\n")
    data = load_csv(path)
    assert data.problems == ()
    first, second = data.clips
    assert (first.onset_s, first.apex_s, first.offset_s) == (0.5, 0.6, 0.8)
    assert first.units is not None
    assert [(unit.number, unit.side) for unit in first.units] == [(6, "L"), (12, "R")]
    assert (first.emotion, first.kind, first.person) == ("joy", "micro", "csv/ann")
    assert (second.apex_s, second.units, second.emotion, second.kind) == (None, (), None, None)
    assert second.clip == "a.mp4 line 4"
    assert first.frames == VideoFrames(tmp_path / "a.mp4")
    ((recording, clips),) = data.by_recording()
    assert recording.fully_coded
    assert [clip.onset_s for clip in clips] == [0.1, 0.5]


def test_start_and_end_are_other_words_for_onset_and_offset(tmp_path: Path) -> None:
    data = load_csv(write(tmp_path, "video,start_s,end_s,units,subject\na.mp4,1,2,4,ann\n"))
    assert (data.clips[0].onset_s, data.clips[0].offset_s) == (1.0, 2.0)


def test_every_reason_of_every_row_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        "gone.mp4,x,0.6,0.8,smile,,,,",
        "a.mp4,0.5,0.9,0.8,4,,,ann,",
        "a.mp4,0.1,,0.2,4,up,,ann,sometimes",
        "a.mp4,0.1,,,4,,,ann,",
        "a.mp4,0.1,,nan,4,,,ann,",
        "a.mp4,0.1,,0.2,4,,,ann",
        "b.mp4,0.1,,0.2,4,,,ann,",
    ]
    data = load_csv(write(tmp_path, HEAD + "\n".join(rows) + "\n"))
    assert [clip.recording for clip in data.clips] == ["b.mp4"]
    wanted = [
        (
            "line 2",
            ["no video at", "no subject", "onset_s 'x' is no number of seconds", "'smile' in 'smile'"],
        ),
        ("line 3", ["times are not in the order onset, apex, offset"]),
        ("line 4", ["side 'up' is none of", "kind 'sometimes' is neither"]),
        ("line 5", ["no onset_s or no offset_s"]),
        ("line 6", ["offset_s 'nan' is no number of seconds"]),
        ("line 7", ["8 cells where the head has 9"]),
    ]
    assert len(data.problems) == len(wanted)
    for line, (place, reasons) in zip(data.problems, wanted, strict=True):
        assert line.startswith(f"mine.csv {place}: ")
        for reason in reasons:
            assert reason in line


def test_a_recording_with_a_row_left_out_is_not_fully_coded(tmp_path: Path) -> None:
    data = load_csv(write(tmp_path, HEAD + "a.mp4,0.1,,0.2,4,,,ann,\na.mp4,0.5,,0.2,4,,,ann,\n"))
    assert [recording.fully_coded for recording in data.recordings] == [False]


def test_a_video_of_two_subjects_is_told_and_left_out(tmp_path: Path) -> None:
    data = load_csv(write(tmp_path, HEAD + "a.mp4,0.1,,0.2,4,,,ann,\na.mp4,0.3,,0.4,4,,,bob,\n"))
    assert data.clips == ()
    assert data.problems == ("mine.csv: a.mp4 has the subjects ann, bob: only one face can be coded",)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("video,onset_s,offset_s,units\n", "has no column subject"),
        (HEAD.replace("side", "sides"), "has unknown columns sides"),
        ("video,start_s,onset_s,offset_s,units,subject\n", "names a column twice"),
        ("", "has no column video"),
        (HEAD + '"a.mp4,', "is not readable CSV"),
    ],
)
def test_a_wrong_head_is_told(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(FormatError, match=wrong):
        load_csv(write(tmp_path, text))


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no file at"):
        load_csv(tmp_path / "none.csv")


def test_options_name_data_sets(tmp_path: Path) -> None:
    csv = write(tmp_path, HEAD + "a.mp4,0.1,,0.2,4,,,ann,\n")
    layouts.write_smic(tmp_path / "smic")
    pairs = parse_data_options([f"csv={csv}", f"smic={tmp_path / 'smic'}"])
    assert pairs == [("csv", csv), ("smic", tmp_path / "smic")]
    assert [clip.dataset for clip in load_all(pairs).clips] == ["csv", "smic", "smic", "smic"]


def test_every_wrong_option_is_told_in_one_line() -> None:
    with pytest.raises(ConfigError) as error:
        parse_data_options(["casme=/x", "samm", "smic=/ok"])
    told = str(error.value)
    assert "--data casme=/x: no data set is called casme" in told
    assert "--data samm: no path" in told
    assert all(name in told for name in NAMES)
    assert "\n" not in told


@pytest.mark.parametrize(
    ("word", "name"),
    [("Happiness", "positive"), ("happy", "positive"), ("repression", "negative"), ("sad", "negative"),
     ("Contempt", "negative"), ("surprise", "surprise"), ("Other", None), ("others", None), (None, None)],
)  # fmt: skip
def test_emotions_have_the_challenges_classes(word: str | None, name: str | None) -> None:
    assert megc_class(word) == name


@pytest.mark.parametrize(
    ("units", "name"),
    [([6, 7, 12], "I"), ([25, 2, 1], "II"), ([4, 7], "III"), ([10], "IV"), ([17, 15], "V"), ([1, 2, 4], "VI"),
     ([4, 12], "VII"), ([], "VII")],
)  # fmt: skip
def test_units_have_objective_classes(units: list[int], name: str) -> None:
    assert objective_class(units) == name
