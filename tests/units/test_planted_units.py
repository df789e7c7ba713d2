"""The committed rendered clip gives back what was planted in it."""

from pathlib import Path

import numpy as np
import pytest

from telltale.core.channels import ACTION_UNITS, unit_channels
from telltale.perceive.session import Reading, read
from telltale.units.truth import FrameTruths, read_truth

CLIP = Path(__file__).parents[1] / "data" / "demo" / "demo-3-00000.mp4"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(CLIP)


@pytest.fixture(scope="module")
def truth() -> FrameTruths:
    return read_truth(CLIP.with_suffix(".truth.parquet"))


def test_every_frame_is_read(reading: Reading) -> None:
    assert list(reading.signals) == ["0"]
    assert reading.signal.valid.mean() > 0.98


def correlations(reading: Reading, truth: FrameTruths, unit: int) -> list[float]:
    """Of what was read with what was planted, left and right."""
    signal, at = reading.signal, ACTION_UNITS.index(unit)
    found = []
    for side, name in enumerate(("left", "right")):
        true = np.interp(signal.times_s - 0.05, truth.times_s, truth.intensity[:, at, side])
        read = signal.values[:, unit_channels(f"intensity_{name}")[at]]
        found.append(float(np.corrcoef(true[signal.valid], read[signal.valid])[0, 1]))
    return found


@pytest.mark.parametrize("unit", [5, 12, 17, 25, 45])
def test_planted_units_come_back(reading: Reading, truth: FrameTruths, unit: int) -> None:
    assert min(correlations(reading, truth, unit)) >= 0.85


_JAW = pytest.mark.xfail(reason="these weights read the left jaw of this clip worse: see docs/reading.md")


@pytest.mark.parametrize("unit", [1, 4, 20, pytest.param(26, marks=_JAW)])
def test_harder_ones_come_back_less_well(reading: Reading, truth: FrameTruths, unit: int) -> None:
    assert min(correlations(reading, truth, unit)) >= 0.6


def test_the_smile_is_seen_on_both_sides_and_when_it_was_planted(
    reading: Reading, truth: FrameTruths
) -> None:
    smile = ACTION_UNITS.index(12)
    apex_s = truth.times_s[truth.intensity[:, smile, 0].argmax()]
    for name in ("left", "right"):
        read = reading.signal.channel(f"au12_intensity_{name}")
        assert abs(reading.signal.times_s[np.nanargmax(read)] - apex_s) < 1.0
