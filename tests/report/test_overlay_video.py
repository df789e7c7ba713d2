"""The overlay's video: times as they were, events from their onset on, memory bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.face import rendered
from tests.perceive.recordings import MIDDLE

from telltale.core.errors import ConfigError, FormatError
from telltale.core.signal import unread_rows
from telltale.face.view import FaceView, to_crop_points
from telltale.media.frame import Frame, Picture, SourceInfo
from telltale.media.open import open_source
from telltale.motion.regions import region_outlines
from telltale.perceive.perceiver import FaceStep
from telltale.perceive.regions import outlines_in_picture
from telltale.report import overlay_video
from telltale.report.overlay_panel import LEAST_HEIGHT, WIDTH
from telltale.report.overlay_video import WAIT_S, OverlayVideo
from telltale.signs.micro_macro import Event

SMILE = Event(1.0, 1.05, 1.1, ((12, "left"),), 0.3, 0.9)
CHIP = slice(430, 470), slice(10, 250)


@pytest.fixture(scope="module")
def view() -> FaceView:
    (found,) = rendered.reader().step(rendered.frame(0, {"front": MIDDLE}))
    return found


def info(width_px: int = 640, height_px: int = 480, rate_hz: float | None = 30.0) -> SourceInfo:
    return SourceInfo("a.mp4", width_px, height_px, rate_hz, None, None, False)


def step_of(view: FaceView | None, time_s: float, events: tuple[Event, ...] = ()) -> FaceStep:
    row = unread_rows(1)[0]
    if view is not None:
        row = np.zeros(128, dtype=np.float32)
        row[-1] = 1.0
    return FaceStep("0", time_s, row, view, (), events)


def drawn(path: Path) -> tuple[list[float], list[Picture]]:
    with open_source(path) as source:
        frames = list(source)
    return [frame.time_s for frame in frames], [frame.rgb for frame in frames]


def draw(
    path: Path,
    times_s: Sequence[float],
    view: FaceView | None,
    *,
    told: dict[int, Event] | None = None,
    at_the_end: tuple[Event, ...] = (),
    rgb: Picture | None = None,
) -> tuple[list[float], list[Picture]]:
    shown = rendered.frame(0, {"front": MIDDLE}).rgb if rgb is None else rgb
    with OverlayVideo(path, info(shown.shape[1], shown.shape[0])) as video:
        for index, time_s in enumerate(times_s):
            events = (told[index],) if told and index in told else ()
            video.frame(Frame(index, time_s, shown), [step_of(view, time_s, events)])
        video.finish([step_of(None, times_s[-1], at_the_end)])
    return drawn(path)


def test_frames_keep_their_times(tmp_path: Path, view: FaceView) -> None:
    times_s = [0.0, 0.02, 0.05, 0.4, 0.41, 2.5, 4.5]
    found, pictures = draw(tmp_path / "o.mp4", times_s, view)
    assert found == pytest.approx(times_s, abs=1e-4)
    assert pictures[0].shape == (480, 640 + WIDTH, 3)


@pytest.mark.parametrize("late", [True, False], ids=["told later", "told at the end"])
def test_an_event_stands_there_from_its_onset_on(tmp_path: Path, view: FaceView, late: bool) -> None:
    times_s = [k / 10 for k in range(26 if late else 16)]
    told = {round(10 * (SMILE.onset_s + WAIT_S - 0.1)): SMILE} if late else None
    _, without = draw(tmp_path / "without.mp4", times_s, view)
    _, pictures = draw(tmp_path / "o.mp4", times_s, view, told=told, at_the_end=() if late else (SMILE,))
    differs = [
        float(np.abs(mine[CHIP].astype(int) - theirs[CHIP]).mean())
        for mine, theirs in zip(pictures, without, strict=True)
    ]
    assert max(differs[:10]) < 1.0
    assert min(differs[10:14]) > 10.0


def test_an_event_of_another_face_is_not_drawn_on_this_one(tmp_path: Path, view: FaceView) -> None:
    other = replace(step_of(view, 0.0, (SMILE,)), face="1", view=None)
    shown = rendered.frame(0, {"front": MIDDLE}).rgb
    with OverlayVideo(tmp_path / "o.mp4", info()) as video:
        for index in range(12):
            steps = [step_of(view, index / 10), *([other] if index == 0 else [])]
            video.frame(Frame(index, index / 10, shown), steps)
        video.finish([])
    _, pictures = drawn(tmp_path / "o.mp4")
    _, without = draw(tmp_path / "without.mp4", [k / 10 for k in range(12)], view)
    assert np.abs(pictures[11][CHIP].astype(int) - without[11][CHIP]).mean() < 1.0


def test_unread_is_said(tmp_path: Path) -> None:
    _, pictures = draw(tmp_path / "o.mp4", [0.0, 0.1], None)
    plain = rendered.frame(0, {"front": MIDDLE}).rgb
    assert np.abs(pictures[1][425:465, 240:400].astype(int) - plain[425:465, 240:400]).mean() > 10


def test_a_wide_picture_is_made_smaller(tmp_path: Path, view: FaceView) -> None:
    rgb = np.full((1080, 1920, 3), 90, dtype=np.uint8)
    _, pictures = draw(tmp_path / "o.mp4", [0.0], view, rgb=rgb)
    assert pictures[0].shape == (720, 1280 + WIDTH, 3)
    # The lines of the face lie where the scaled points do.
    lit = np.argwhere(np.abs(pictures[0][:, :1280].astype(int) - 90).max(axis=2) > 40)[:, ::-1]
    middle = (view.points68.mean(axis=0) + 0.5) * 1280 / 1920 - 0.5
    assert np.linalg.norm(lit.mean(axis=0) - middle) < 40


def test_a_tiny_picture_has_its_panel(tmp_path: Path) -> None:
    _, pictures = draw(tmp_path / "o.mp4", [0.0], None, rgb=np.zeros((1, 1, 3), np.uint8))
    # The codec wants an even width.
    assert pictures[0].shape == (LEAST_HEIGHT, 1 + WIDTH + 1, 3)


def test_frames_that_wait_are_bounded(
    tmp_path: Path, view: FaceView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay_video, "MOST_WAITING_BYTES", 3 * 640 * 480 * 3)
    with OverlayVideo(tmp_path / "o.mp4", info()) as video:
        for index in range(12):
            video.frame(Frame(index, index / 100, np.zeros((480, 640, 3), np.uint8)), [])
            assert len(video._waiting) <= 3
        video.finish([])
    assert len(drawn(tmp_path / "o.mp4")[0]) == 12


def test_what_cannot_be_written_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write a video as"):
        OverlayVideo(tmp_path / "overlay.txt", info())
    with pytest.raises(FormatError, match="sent no picture"):
        OverlayVideo(tmp_path / "o.mp4", info(0, 0))


def broken_off(path: Path) -> None:
    with OverlayVideo(path, info()) as video:
        video.frame(Frame(0, 0.0, np.zeros((480, 640, 3), np.uint8)), [])
        raise RuntimeError


def test_an_error_leaves_no_video(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        broken_off(tmp_path / "o.mp4")
    assert list(tmp_path.iterdir()) == []


def test_regions_in_the_picture_are_those_of_the_crop(view: FaceView) -> None:
    outlines = outlines_in_picture(view)
    in_crop = to_crop_points(outlines.reshape(-1, 2), view.to_crop).reshape(17, 4, 2)
    wanted = region_outlines(to_crop_points(view.points68, view.to_crop))
    np.testing.assert_allclose(in_crop, wanted, atol=1e-2)
    low, high = outlines.min(axis=(0, 1)), outlines.max(axis=(0, 1))
    assert (low < view.points68[30]).all()
    assert (high > view.points68[30]).all()
