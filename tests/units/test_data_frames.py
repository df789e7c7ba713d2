"""Pictures of a recording as frames, from folders and from videos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.units import layouts

from telltale.core.errors import FormatError
from telltale.units.data_clips import VideoFrames
from telltale.units.data_folders import list_frames
from telltale.units.data_frames import open_frames


def test_a_folder_gives_frames_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    layouts.write_frames(tmp_path, "img{}.png", [8, 9, 10, 12])
    with open_frames(list_frames(tmp_path, 200.0)) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.005, 0.01, 0.02])
    assert frames[2].rgb.shape == (8, 12, 3)
    assert frames[2].rgb[0, 0].tolist() == [255, 0, 0]
    assert frames[2].rgb[0, -1].tolist() == [10, 10, 10]
    assert (source.info.width_px, source.info.height_px, source.info.frames) == (12, 8, 4)


def test_grey_pictures_have_three_equal_channels(tmp_path: Path) -> None:
    layouts.write_frames(tmp_path, "006_{:05d}.png", [70], grey=True)
    (frame,) = open_frames(list_frames(tmp_path, 200.0))
    assert frame.rgb.shape == (8, 12, 3)
    assert np.unique(frame.rgb).tolist() == [70]


@pytest.mark.parametrize("first", [0, 1, 5562])
def test_a_part_of_a_folder_begins_and_ends_at_the_asked_frames(tmp_path: Path, first: int) -> None:
    layouts.write_frames(tmp_path, "img{}.png", range(first, first + 60))
    frames = list_frames(tmp_path, 30.0)
    for onset, offset in ((7, 11), (13, 41)):
        part = open_frames(frames, start_s=frames.time_s(first + onset), stop_s=frames.time_s(first + offset))
        assert [round(frame.time_s * 30) for frame in part] == list(range(onset, offset))


def test_times_written_as_decimals_still_mean_their_frames(tmp_path: Path) -> None:
    layouts.write_frames(tmp_path, "img{}.png", range(20))
    part = open_frames(list_frames(tmp_path, 30.0), start_s=0.2334, stop_s=0.3667)
    assert [round(frame.time_s * 30) for frame in part] == [7, 8, 9, 10]


def test_an_unreadable_picture_is_passed_over_and_counted(tmp_path: Path) -> None:
    layouts.write_frames(tmp_path, "img{}.png", [1, 2, 3])
    (tmp_path / "img2.png").write_bytes(b"")
    source = open_frames(list_frames(tmp_path, 100.0))
    assert [frame.time_s for frame in source] == pytest.approx([0.0, 0.02])
    assert (source.counts.frames, source.counts.corrupt) == (2, 1)
    assert source.counts.notes == ["img2.png is not a readable picture"]


def test_a_folder_without_a_readable_picture_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "img1.jpg").write_bytes(b"no picture")
    with pytest.raises(FormatError, match="holds no readable picture"):
        open_frames(list_frames(tmp_path, 100.0))


def test_one_number_may_not_stand_twice(tmp_path: Path) -> None:
    layouts.write_frames(tmp_path, "img{}.png", [1])
    layouts.write_frames(tmp_path, "reg_img{}.png", [1])
    with pytest.raises(FormatError, match="holds picture 1 twice"):
        list_frames(tmp_path, 100.0)


def test_a_part_of_a_video_keeps_the_videos_times(tmp_path: Path) -> None:
    layouts.write_video(tmp_path / "a.mp4", frames=30, rate_hz=30)
    part = VideoFrames(tmp_path / "a.mp4", start_s=0.2, stop_s=0.5)
    with open_frames(part) as source:
        times_s = [frame.time_s for frame in source]
    assert times_s == pytest.approx([n / 30 for n in range(6, 15)], abs=1e-3)
    with open_frames(part, start_s=0.0, stop_s=0.3) as source:
        assert len(list(source)) == 3


def test_a_file_that_is_no_video_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(FormatError, match="is empty"):
        open_frames(VideoFrames(tmp_path / "a.mp4"))
