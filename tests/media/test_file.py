"""Files: real times, exact starts, right colours, upright pictures, and bad input told in one line."""

import resource
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.media.bad_files import VFR_TIMES_S, quarters, stripes, write_video

from telltale.core.errors import ConfigError, FormatError
from telltale.media.frame import Frame, SourceCounts
from telltale.media.open import open_source


def read(path: Path, **wishes: float) -> tuple[list[Frame], SourceCounts]:
    with open_source(path, **wishes) as source:  # type: ignore[arg-type]
        return list(source), source.counts


def corners(rgb: np.ndarray) -> np.ndarray:
    """The middles of the four quarters, row by row."""
    height, width = rgb.shape[:2]
    rows, columns = [height // 4, 3 * height // 4], [width // 4, 3 * width // 4]
    return rgb[np.ix_(rows, columns)].reshape(4, 3).astype(int)


FAST = {"preset": "ultrafast"}

RED, GREEN, BLUE, WHITE = corners(quarters(64, 48))


@pytest.mark.parametrize("rate_hz", [15, 30, 60, 200])
def test_times_of_a_constant_rate(rate_hz: int, tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [stripes(64, 48, k) for k in range(20)], rate_hz=rate_hz)
    frames, counts = read(path)
    assert [frame.index for frame in frames] == list(range(20))
    assert np.allclose([frame.time_s for frame in frames], np.arange(20) / rate_hz, atol=2e-5)
    assert counts == SourceCounts(frames=20)


def test_times_of_a_variable_rate(bad_files: dict[str, Path]) -> None:
    frames, _ = read(bad_files["vfr"])
    assert np.allclose([frame.time_s for frame in frames], VFR_TIMES_S, atol=2e-5)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.h264", "a.flv"])
@pytest.mark.parametrize(("start_s", "stop_s"), [(0.04, 0.2), (1.99, 2.2), (2.01, None), (3.9, None)])
def test_a_start_is_exact(name: str, start_s: float, stop_s: float | None, tmp_path: Path) -> None:
    pictures = [np.full((48, 64, 3), 20 + 2 * k, np.uint8) for k in range(100)]
    path = write_video(tmp_path / name, pictures, rate_hz=25, options={"g": "50"})
    shades = [(frame.time_s, int(frame.rgb[9, 9, 0])) for frame in read(path)[0]]
    wanted = [(t, shade) for t, shade in shades if t >= start_s and (stop_s is None or t < stop_s)]
    with open_source(path, start_s=start_s, stop_s=stop_s) as source:
        assert [(frame.time_s, int(frame.rgb[9, 9, 0])) for frame in source] == wanted
    assert len(shades) == 100
    assert wanted


def test_a_start_after_the_end_is_told(bad_files: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match=r"ends at 3\.97 s, before the start asked for"):
        read(bad_files["whole"], start_s=50.0)


@pytest.mark.parametrize("colours", [1, 6])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le", "yuv422p10le"])
def test_colours_follow_their_flags(pix_fmt: str, full_range: bool, colours: int, tmp_path: Path) -> None:
    picture = quarters(160, 120)
    path = write_video(
        tmp_path / "a.mkv",
        [picture] * 2,
        pix_fmt=pix_fmt,
        colours=colours,
        full_range=full_range,
        options={"qp": "1"},
    )
    frames, _ = read(path)
    assert np.abs(corners(frames[-1].rgb) - corners(picture)).max() <= 3


@pytest.mark.parametrize(
    ("rotation_deg", "flip", "wanted"),
    [
        (90, False, [GREEN, WHITE, RED, BLUE]),
        (180, False, [WHITE, BLUE, GREEN, RED]),
        (-90, False, [BLUE, RED, WHITE, GREEN]),
        (0, True, [GREEN, RED, WHITE, BLUE]),
    ],
)
def test_pictures_are_upright(rotation_deg: float, flip: bool, wanted: list[int], tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "a.mp4", [quarters(160, 120)] * 3, rotation_deg=rotation_deg, flip=flip, colours=6
    )
    with open_source(path) as source:
        frame = next(iter(source))
    sides = (120, 160) if abs(rotation_deg) == 90 else (160, 120)
    assert (source.info.width_px, source.info.height_px) == sides
    assert frame.rgb.shape == (sides[1], sides[0], 3)
    assert np.abs(corners(frame.rgb) - np.array(wanted)).max() < 12
    assert frame.rgb.flags.c_contiguous


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zero_byte", "is empty"),
        ("text", "is not a video"),
        ("audio_only", "holds only sound"),
        ("truncated_no_index", "is not a video, or is broken from its beginning"),
    ],
)
def test_what_is_no_video_gets_one_line(name: str, words: str, bad_files: dict[str, Path]) -> None:
    with pytest.raises(FormatError, match=words) as told:
        open_source(bad_files[name])
    assert str(bad_files[name]) in str(told.value)
    assert told.value.hint
    assert "\n" not in str(told.value)


def test_a_missing_file_and_a_text_file_get_one_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"there is no file .*none\.mp4"):
        open_source(tmp_path / "none.mp4")
    (tmp_path / "list.txt").write_text("milk\n" * 500)
    with pytest.raises(FormatError, match="is a text file"):
        open_source(tmp_path / "list.txt")


@pytest.mark.parametrize(
    ("name", "shape", "count"),
    [
        ("one_pixel", (1, 1, 3), 5),
        ("ten_bit", (120, 160, 3), 10),
        ("grey", (120, 160, 3), 10),
        ("yuv444", (120, 160, 3), 10),
        ("odd_size", (121, 161, 3), 10),
        ("rotated", (160, 120, 3), 10),
        ("eight_k", (1080, 1920, 3), 2),
    ],
)
def test_unusual_pictures_are_read(
    name: str, shape: tuple[int, int, int], count: int, bad_files: dict[str, Path]
) -> None:
    frames, counts = read(bad_files[name])
    assert len(frames) == counts.frames == count
    assert {frame.rgb.shape for frame in frames} == {shape}
    assert counts.corrupt == counts.repeated == 0
    assert all(frame.rgb.flags.c_contiguous for frame in frames)


@pytest.mark.parametrize("name", ["ten_bit", "grey", "yuv444", "odd_size"])
def test_unusual_pictures_have_their_brightness(name: str, bad_files: dict[str, Path]) -> None:
    frames, _ = read(bad_files[name])
    height, width = frames[0].rgb.shape[:2]
    for k, frame in enumerate(frames):
        assert np.abs(frame.rgb.astype(int) - stripes(width, height, k)).mean() < 3


def test_very_large_pictures_are_made_smaller_and_told_once(bad_files: dict[str, Path]) -> None:
    frames, counts = read(bad_files["eight_k"])
    assert counts.notes == ["pictures of 7680 x 4320 made smaller: longer side 1920 px"]
    wanted = np.repeat(np.repeat(stripes(960, 540, 1), 2, axis=0), 2, axis=1)
    assert np.abs(frames[1].rgb.astype(int) - wanted).mean() < 3


def test_corrupt_packets_are_left_out_and_counted(bad_files: dict[str, Path]) -> None:
    whole, _ = read(bad_files["whole"])
    frames, counts = read(bad_files["corrupt_middle"])
    assert counts.corrupt > 0
    assert len(frames) < 120
    assert len(frames) + counts.corrupt >= 120
    assert frames[-1].time_s == whole[-1].time_s
    assert np.array_equal(frames[-1].rgb, whole[-1].rgb)
    assert any("traces" in note for note in counts.notes)


def test_a_truncated_file_gives_what_is_there(bad_files: dict[str, Path]) -> None:
    whole, _ = read(bad_files["whole"])
    frames, counts = read(bad_files["truncated"])
    assert 40 < len(frames) < 100
    assert np.array_equal(frames[30].rgb, whole[30].rgb)
    assert any(f"{len(frames)} of 120" in note for note in counts.notes)


def test_many_threads_give_the_same_frames(bad_files: dict[str, Path]) -> None:
    alone, _ = read(bad_files["whole"])
    with open_source(bad_files["whole"], decode_threads=0) as source:
        for one, other in zip(alone, source, strict=True):
            assert one.time_s == other.time_s
            assert np.array_equal(one.rgb, other.rgb)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in KiB on Linux")
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", [stripes(320, 240)] * 900, options=FAST)
    with open_source(path) as source:
        for frame in source:
            if frame.index == 100:
                early_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    late_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # 800 pictures of 320 x 240 would be 180 MB.
    assert late_kib - early_kib < 20_000


@pytest.mark.parametrize("wishes", [{"start_s": -1.0}, {"start_s": 2.0, "stop_s": 1.0}, {"rate_hz": 30.0}])
def test_senseless_wishes_are_refused(wishes: dict[str, float], bad_files: dict[str, Path]) -> None:
    with pytest.raises(ConfigError):
        open_source(bad_files["whole"], **wishes)  # type: ignore[arg-type]


def test_two_recordings_joined_into_one_file_are_both_read(tmp_path: Path) -> None:
    parts = [
        write_video(tmp_path / f"{name}.ts", [np.full((48, 64, 3), shade, np.uint8)] * 30, options=FAST)
        for name, shade in (("a", 60), ("b", 180))
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, counts = read(joined)
    times_s = np.array([frame.time_s for frame in frames])
    assert len(frames) >= 58
    assert (np.diff(times_s) > 0).all()
    assert times_s[-1] == pytest.approx(2.0, abs=0.2)
    assert int(frames[-1].rgb[9, 9, 0]) > 150
    assert (
        [note for note in counts.notes if "clock jumps at" in note]
        == [note for note in counts.notes if "counted on from there" in note]
        != []
    )


def test_a_clock_that_leaps_a_day_ahead_is_no_day(tmp_path: Path) -> None:
    times_s = [k / 30 + (90_000.0 if k >= 20 else 0.0) for k in range(40)]
    path = write_video(tmp_path / "a.mkv", [stripes(64, 48, k) for k in range(40)], times_s=times_s)
    frames, counts = read(path)
    assert np.allclose([frame.time_s for frame in frames], np.arange(40) / 30, atol=2e-3)
    assert any("clock jumps at 0.7 s" in note for note in counts.notes)


def test_a_folder_named_by_digits_is_no_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "006").mkdir()
    with pytest.raises(FormatError, match="006"):
        open_source("006")
