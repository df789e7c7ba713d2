"""The head's numbers, what is made of them, and the channels of a frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.units.views import views

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.face.refine_net import RefineNet
from telltale.units.feature_vector import SIZE
from telltale.units.features import FeatureMaker
from telltale.units.head import HIDDEN_BELOW, Head, clearness, confidence_of
from telltale.units.unit_reader import UnitReader
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped
from telltale.weights.torch_export import to_onnx

ONES = np.ones(17, np.float32)


@pytest.fixture(scope="module")
def head() -> Head:
    return Head(OnnxModel(shipped("head")))


def test_a_hidden_unit_is_unread_and_the_others_are_not(head: Head) -> None:
    seen = ONES.copy()
    seen[8] = HIDDEN_BELOW - 0.01
    reading = head.read(np.zeros((2, SIZE), np.float32), seen)
    assert np.isnan(reading.intensity[8]).all()
    assert np.isnan(reading.velocity[8]).all()
    assert reading.confidence[8] == 0
    others = np.arange(17) != 8
    assert np.isfinite(reading.intensity[others]).all()
    assert (reading.confidence[others] > 0).all()


def test_intensities_lie_between_none_and_full(head: Head) -> None:
    wild = np.random.default_rng(0).normal(0, 5, (2, SIZE)).astype(np.float32)
    intensity = head.read(wild, ONES).intensity
    assert ((intensity >= 0) & (intensity <= 1)).all()


def test_confidence_falls_with_what_the_head_expects_to_be_off_and_with_what_is_hidden() -> None:
    spread = np.repeat(np.linspace(0.02, 0.6, 17, dtype=np.float32)[:, None], 2, axis=1)
    confidence = confidence_of(spread, ONES)
    assert (np.diff(confidence) <= 0).all()
    assert confidence[0] > 0.99
    np.testing.assert_allclose(confidence_of(spread, 0.5 * ONES), 0.5 * confidence, rtol=1e-6)


def test_the_worse_side_decides_on_confidence() -> None:
    spread = np.full((17, 2), 0.05, np.float32)
    worse = spread.copy()
    worse[:, 1] = 0.3
    assert (confidence_of(worse, ONES) < confidence_of(spread, ONES)).all()


class _Old(torch.nn.Module):
    """A head of some other version."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.read = torch.nn.Linear(size, 17)

    def forward(self, vector: torch.Tensor) -> tuple[torch.Tensor, ...]:
        told = self.read(vector)
        return told, told + 1, told + 2, told + 3


@pytest.mark.parametrize(("size", "gives", "fault"), [
    (5, ("intensity", "velocity", "spread", "moving"), "takes 5 features"),
    (SIZE, ("intensity", "velocity", "spread", "more"), "see 'moving'"),
])  # fmt: skip
def test_a_head_of_another_version_is_refused(
    tmp_path: Path, size: int, gives: tuple[str, ...], fault: str
) -> None:
    path = tmp_path / "old.onnx"
    to_onnx(_Old(size), (torch.zeros(2, size),), path, takes=("vector",), gives=gives)
    with pytest.raises(FormatError, match=fault):
        Head(OnnxModel(path))


def test_a_refinement_of_another_version_is_refused() -> None:
    """A head has other inputs: whatever takes no `window` of a crop read another part of it."""
    with pytest.raises(FormatError, match="no network of this version"):
        RefineNet(OnnxModel(shipped("head")))


def test_a_row_holds_every_channel_in_its_place(head: Head) -> None:
    (view,) = views("front")
    row = UnitReader(head).step(view)
    assert row.shape == (channels.COUNT,)
    assert row[channels.VALID] == 1
    assert row[channels.INDEX["yaw"]] == np.float32(view.pose.yaw)
    assert row[channels.INDEX["face_size"]] == np.float32(view.quality.face_size)
    clear = clearness(view.pose, view.quality.blur)
    reading = head.read(FeatureMaker().step(view).vectors, view.seen, clear)
    assert row[channels.INDEX["au12_intensity_right"]] == reading.intensity[8, 1]
    assert row[channels.INDEX["au12_confidence"]] == reading.confidence[8]


def test_through_a_blink_the_last_gaze_holds(head: Head) -> None:
    first, second = views("front", "front")
    reader = UnitReader(head)
    reader.step(replace(first, gaze=np.array([0.2, -0.1], np.float32)))
    row = reader.step(replace(second, gaze=np.full(2, np.nan, np.float32)))
    assert row[channels.INDEX["gaze_x"]] == np.float32(0.2)
    assert row[channels.INDEX["gaze_y"]] == np.float32(-0.1)
    assert np.isfinite(row).all()
