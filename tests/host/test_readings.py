"""Readings and the names that people give recordings: what belongs together, and what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FormatError
from telltale.host.readings import Reading, match_readings, own_names, read_reading
from telltale.signs.coding import Coding
from telltale.signs.coding_file import CodedBy, CodedFace, codes_name, write_codes


def reading(folder: Path, recording: str, faces: tuple[str, ...] = ("0",)) -> Reading:
    """What `telltale host read` would have written of a recording."""
    folder.mkdir(parents=True)
    for name in faces:
        rest = np.ones(3, dtype=np.float32)
        coding = Coding(np.arange(1, 4) / 10, ("awe",), np.zeros((3, 1), dtype=np.float32), rest)
        by = CodedBy(recording, name, "a test", "none", "")
        write_codes(CodedFace(coding, ("published",), by), folder / codes_name(name))
    return read_reading(folder)


@pytest.mark.parametrize(
    ("recording", "name", "same"),
    [
        ("show.mp4", "show.mp4", True),
        ("show.mp4", "show", True),
        ("show.mp4", "show.mkv", True),
        ("show.mp4", "clips/show.MP4", True),
        ("show.2024.mkv", "show.2024", True),
        ("show.2024.mkv", "show.2024.mkv", True),
        ("show.2024.mkv", "show", False),
        ("show.2024.mkv", "show.2025", False),
        ("show.mp4", "show.1", False),
        ("show.v1.2", "show.v1.2", True),
        ("show #3.mp4", "show #3.mp4", True),
        ("show.mp4", "show-host", True),
        ("show.mp4", "now/show-host", True),
        ("show.mp4", "then/show-host", False),
    ],
)
def test_a_name_means_one_recording(tmp_path: Path, recording: str, name: str, same: bool) -> None:
    one, other = reading(tmp_path / "now/show-host", recording), reading(tmp_path / "other-host", "else.mp4")
    found = match_readings([name], [other, one])
    assert (list(found.faces), found.unread) == (([name], ()) if same else ([], (name,)))
    if same:
        assert found.faces[name].by.recording == recording


def test_two_recordings_of_one_name_are_told_apart_by_their_folders_or_not_at_all(tmp_path: Path) -> None:
    both = [
        reading(tmp_path / day / "show-host", "show.mp4", (face,)) for day, face in (("mo", "0"), ("tu", "1"))
    ]
    with pytest.raises(FormatError, match=r"show\.mp4 may be of .*mo/show-host or .*tu/show-host: name the"):
        match_readings(["show.mp4"], both)
    found = match_readings(["mo/show.mp4", "tu/show-host"], both)
    assert [(name, face.by.face) for name, face in found.faces.items()] == [
        ("mo/show.mp4", "0"),
        ("tu/show-host", "1"),
    ]


def test_two_names_are_not_held_against_one_reading(tmp_path: Path) -> None:
    one = reading(tmp_path / "show-host", "show.mp4", ("0", "1"))
    with pytest.raises(FormatError, match="a/show#0 and b/show#0 would both be held against"):
        match_readings(["a/show#0", "b/show#0"], [one])
    found = match_readings(["show#0", "show#1", "show#2"], [one])
    assert ([face.by.face for face in found.faces.values()], found.unread) == (["0", "1"], ("show#2",))


def test_which_of_several_faces_must_be_said(tmp_path: Path) -> None:
    one = reading(tmp_path / "show-host", "show.mp4", ("0", "1"))
    with pytest.raises(FormatError, match="show shows faces 0, 1: name the recording 'show#0'"):
        match_readings(["show"], [one])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no codes-FACE"):
        read_reading(tmp_path / "empty")
    with pytest.raises(
        FormatError, match=r"there is no folder .*nowhere: give one that 'telltale host read'"
    ):
        read_reading(tmp_path / "nowhere")


def test_where_a_reading_ends(tmp_path: Path) -> None:
    found = match_readings(["show"], [reading(tmp_path / "show-host", "show.mp4")])
    assert found.ends_s() == {"show": pytest.approx(0.3)}


def test_a_coder_that_calls_something_none_is_refused(tmp_path: Path) -> None:
    one = reading(tmp_path / "a-host", "a.mp4")
    face = replace(one.faces["0"].coding, names=("None",))
    named = replace(one, faces={"0": replace(one.faces["0"], coding=face, evidence=("own",))})
    assert own_names([one], ()) == {"awe": "published"}
    assert own_names([one], ("awe",)) == {}
    with pytest.raises(FormatError, match="calls an expression 'None': that is what people call"):
        own_names([one, named], ())
