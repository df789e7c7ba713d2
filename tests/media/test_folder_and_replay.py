"""Folders of numbered pictures, and recordings played as if live."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from telltale.core.errors import FormatError
from telltale.media.open import open_source
from telltale.media.replay import Replay


def write_pictures(folder: Path, names: list[str]) -> None:
    for k, name in enumerate(names):
        assert cv2.imwrite(str(folder / name), np.full((24, 32, 3), (10 * k, 0, 200), np.uint8))


def test_numbers_sort_as_numbers_and_colours_are_rgb(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["img8.png", "img9.png", "img10.png", "img11.png"])
    (tmp_path / "notes.txt").write_text("no picture")
    with open_source(tmp_path, rate_hz=200) as source:
        frames = list(source)
    assert [int(frame.rgb[0, 0, 2]) for frame in frames] == [0, 10, 20, 30]
    assert {int(frame.rgb[0, 0, 0]) for frame in frames} == {200}
    assert np.allclose([frame.time_s for frame in frames], np.arange(4) / 200)
    assert not source.counts.notes


def test_missing_numbers_are_gaps_and_a_missing_rate_is_told(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["7.png", "8.png", "10.png"])
    with open_source(tmp_path) as source:
        assert [round(30 * frame.time_s) for frame in source] == [0, 1, 3]
    assert len(source.counts.notes) == 2


def test_broken_pictures_are_left_out_and_counted(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["1.jpg", "2.jpg", "3.png", "4.png"])
    for name in ("2.jpg", "3.png"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
    with open_source(tmp_path, rate_hz=10) as source:
        assert [frame.time_s for frame in source] == [0.0, 0.3]
    assert source.counts.corrupt == 2


def test_other_sizes_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds no pictures"):
        open_source(tmp_path)
    write_pictures(tmp_path, ["1.png", "2.png"])
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((30, 40, 3), np.uint8))
    with (
        open_source(tmp_path, rate_hz=10) as source,
        pytest.raises(FormatError, match=r"2\.png is 40 x 30.* 32 x 24"),
    ):
        list(source)


def test_replay_waits_for_each_frame_and_drops_none(bad_files: dict[str, Path]) -> None:
    clock_s, waits_s = 1000.0, []

    def sleep(seconds: float) -> None:
        nonlocal clock_s
        waits_s.append(seconds)
        clock_s += seconds

    with Replay(open_source(bad_files["vfr"], start_s=0.1), now=lambda: clock_s, sleep=sleep) as source:
        assert source.info.live
        shown = []
        for frame in source:
            shown.append((frame.time_s, clock_s - 1000.0))
            clock_s += 0.3 if frame.index == 0 else 0.0
    assert [round(t, 2) for t, _ in shown] == [0.15, 0.4, 0.41, 1.0, 1.5]
    # The reader was busy for 0.3 s: the next two come late, the rest on time.
    assert np.allclose([at for _, at in shown], [0.0, 0.3, 0.3, 0.85, 1.35], atol=1e-4)
    assert source.counts.dropped == 0
