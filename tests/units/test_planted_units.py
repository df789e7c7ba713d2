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


def both_sides(reading: Reading, truth: FrameTruths, unit: int) -> tuple[np.ndarray, np.ndarray]:
    """What was planted and what was read, shape (2, rows): left and right."""
    signal, at = reading.signal, ACTION_UNITS.index(unit)
    true, read = [], []
    for side, name in enumerate(("left", "right")):
        planted = np.interp(signal.times_s - 0.05, truth.times_s, truth.intensity[:, at, side])
        true.append(planted[signal.valid])
        read.append(signal.values[signal.valid, unit_channels(f"intensity_{name}")[at]])
    return np.array(true), np.array(read)


@pytest.mark.parametrize(("unit", "least"), [
    *((unit, 0.85) for unit in (5, 12, 17, 25, 45)), *((unit, 0.6) for unit in (1, 4, 20, 26)),
])  # fmt: skip
def test_planted_units_come_back(reading: Reading, truth: FrameTruths, unit: int, least: float) -> None:
    """Both sides together, as `telltale units evaluate` prints them; and neither side is blind."""
    true, read = both_sides(reading, truth, unit)
    assert np.corrcoef(true.ravel(), read.ravel())[0, 1] >= least
    assert min(np.corrcoef(true[side], read[side])[0, 1] for side in (0, 1)) >= 0.5


def test_the_smile_is_seen_on_both_sides_and_when_it_was_planted(
    reading: Reading, truth: FrameTruths
) -> None:
    smile = ACTION_UNITS.index(12)
    apex_s = truth.times_s[truth.intensity[:, smile, 0].argmax()]
    for name in ("left", "right"):
        read = reading.signal.channel(f"au12_intensity_{name}")
        assert abs(reading.signal.times_s[np.nanargmax(read)] - apex_s) < 1.0
