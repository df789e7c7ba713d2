"""What cannot be seen is not read, covered or outside; what is blurred or turned away is trusted less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.face import rendered

from telltale.core import channels
from telltale.core.channels import ACTION_UNITS
from telltale.face.reader import FaceReader
from telltale.face.refine_net import RefineNet
from telltale.face.view import Pose
from telltale.media.frame import Frame, Picture
from telltale.units.head import Head, clearness
from telltale.units.unit_reader import BLINK_S, INTENSITY, UnitReader
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

CONFIDENCE = channels.unit_channels("confidence")
MOUTH = [ACTION_UNITS.index(number) for number in (12, 14, 15, 20, 23, 25)]
BROWS = [ACTION_UNITS.index(number) for number in (1, 2, 4)]
LEFT, TOP = 150, 100


def _reader() -> FaceReader:
    return rendered.reader(refiner=RefineNet(OnnxModel(shipped("refine"))))


def _read(frames: list[Frame]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """The channels of each frame in which the face was read."""
    reader, units = _reader(), UnitReader(Head(OnnxModel(shipped("head"))))
    return [units.step(view) for frame in frames for view in reader.step(frame)]


def _masked(rgb: Picture) -> Picture:
    """A mask from nose to chin of the front face at (LEFT, TOP)."""
    points = rendered.true_points("front") + np.array([LEFT, TOP], np.float32)
    rgb = rgb.copy()
    cv2.fillPoly(rgb, [np.concatenate([points[2:15], points[[28]]]).astype(np.int32)], (120, 160, 200))
    return rgb


def _mouth() -> tuple[int, int]:
    """The mouth's middle in the picture."""
    x, y = rendered.true_points("front")[48:68].mean(axis=0).tolist()
    return round(x) + LEFT, round(y) + TOP


def _flat_skin(rgb: Picture) -> Picture:
    """Something of one skin colour before the mouth."""
    x, y = _mouth()
    rgb = rgb.copy()
    cv2.ellipse(rgb, (x, y), (60, 40), 10, 0, 360, (200, 150, 125), -1)
    return rgb


@pytest.mark.parametrize("cover", [_masked, _flat_skin], ids=["mask", "flat skin"])
def test_what_is_behind_a_cover_is_not_read(cover: Callable[[Picture], Picture]) -> None:
    frames = [rendered.frame(i, {"front": (LEFT, TOP)}) for i in range(40)]
    frames[12:] = [replace(frame, rgb=cover(frame.rgb)) for frame in frames[12:]]
    # A mask that comes from one frame to the next is a cut: it takes some frames to know the face again.
    rows = np.stack(_read(frames)[14:])
    assert len(rows) >= 10
    assert np.isnan(rows[:, INTENSITY[MOUTH]]).mean() > 0.8
    assert (rows[:, CONFIDENCE[BROWS]] > 0).mean() > 0.8


def test_what_lies_outside_the_picture_is_not_read() -> None:
    low = int(480 - rendered.true_points("front")[[33, 51]].mean(axis=0)[1])
    rows = np.stack(_read([rendered.frame(i, {"front": (LEFT, low)}) for i in range(6)]))
    assert np.isnan(rows[:, INTENSITY[[ACTION_UNITS.index(number) for number in (17, 25, 26)]]]).all()
    assert (rows[:, CONFIDENCE[BROWS]] > 0).all()


def test_confidence_never_rises_with_blur_or_turn() -> None:
    straight = Pose(0.0, 0.0, 0.0, np.eye(3, dtype=np.float32), 50.0, np.zeros(2, np.float32))
    turned = [clearness(replace(straight, yaw=yaw), 0.0) for yaw in np.radians(np.arange(0, 61, 5))]
    tipped = [clearness(replace(straight, pitch=-pitch), 0.0) for pitch in np.radians(np.arange(0, 61, 5))]
    blurred = [clearness(straight, blur) for blur in np.arange(0, 1.01, 0.1)]
    for kept in (turned, tipped, blurred):
        assert (np.diff(kept) <= 0).all()
        assert (kept[0], kept[-1] < 0.5) == (1.0, True)


def test_a_blurred_smile_is_trusted_less() -> None:
    def trust(sigma_px: float) -> float:
        frames = [rendered.frame(i, {"smile": (LEFT, TOP)}) for i in range(4)]
        if sigma_px:
            frames = [
                replace(frame, rgb=cv2.GaussianBlur(frame.rgb, (0, 0), sigma_px).astype(np.uint8))
                for frame in frames
            ]
        return float(np.mean([row[CONFIDENCE].mean() for row in _read(frames)]))

    sharp, soft, softer = trust(0.0), trust(3.0), trust(4.0)
    assert sharp > soft > softer


def test_eyes_that_stay_shut_look_nowhere() -> None:
    frames = [rendered.frame(i, {"front": (LEFT, TOP)}) for i in range(40)]
    reader, units = _reader(), UnitReader(Head(OnnxModel(shipped("head"))))
    views = [view for frame in frames for view in reader.step(frame)]
    shut = np.full(2, np.nan, np.float32)
    gaze = [channels.INDEX["gaze_x"], channels.INDEX["gaze_y"]]
    rows = [units.step(view if i < 10 else replace(view, gaze=shut)) for i, view in enumerate(views)]
    looked = np.array([np.isfinite(row[gaze]).all() for row in rows])
    away_s = np.array([view.time_s - views[9].time_s for view in views])
    np.testing.assert_array_equal(looked, away_s <= BLINK_S)
    never = UnitReader(Head(OnnxModel(shipped("head"))))
    assert np.isnan(never.step(replace(views[0], gaze=shut))[gaze]).all()
