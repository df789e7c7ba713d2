"""A smile and the jaw are held where the mouth is still and pass where it moves; nothing else is held."""

import numpy as np
import pytest
from tests.units.views import views

from telltale.core.channels import ACTION_UNITS
from telltale.units.features import FeatureMaker
from telltale.units.head import Head
from telltale.units.hold import HELD, Hold
from telltale.units.unit_reader import INTENSITY, UnitReader
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

LIPS, SMILE, BROW = (ACTION_UNITS.index(unit) for unit in (25, 12, 4))
Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def even(value: float) -> Array:
    return np.full((17, 2), value, np.float32)


def held_of(values: Array, moving: Array | float, rate_hz: float = 30.0) -> Array:
    """What is told of the left of the lips, frame by frame."""
    hold, speeds = Hold(), np.broadcast_to(moving, values.shape)
    steps = (
        hold.step(i / rate_hz, even(float(value)), even(float(speed)), alone=i == 0)
        for i, (value, speed) in enumerate(zip(values, speeds, strict=True))
    )
    return np.array([step[LIPS, 0] for step in steps])


def test_a_still_mouth_keeps_its_reading() -> None:
    wave = (0.5 + 0.1 * np.sin(2 * np.pi * np.arange(240) / 180)).astype(np.float32)
    assert np.ptp(wave) == pytest.approx(0.2, abs=0.01)
    assert np.ptp(held_of(wave, 0.5)[60:]) < 0.1


@pytest.mark.parametrize("rate_hz", [15.0, 30.0, 100.0])
def test_a_moving_mouth_is_read_at_once(rate_hz: float) -> None:
    step = np.repeat(np.array([0.0, 0.4], np.float32), [10, 1 + round(0.03 * rate_hz)])
    assert held_of(step, 1.5, rate_hz)[-1] > 0.38


@pytest.mark.parametrize(("rate_hz", "length_s"), [(30.0, 0.1), (100.0, 0.05), (100.0, 0.2)])
def test_a_brief_act_keeps_its_length_and_height(rate_hz: float, length_s: float) -> None:
    """It stands still at its apex, and where it comes back to what it was a tenth of a second ago."""
    t = np.arange(round(2 * rate_hz)) / rate_hz - 1.0
    act = (0.3 * np.cos(np.pi * t / length_s) ** 2 * (np.abs(t) < length_s / 2)).astype(np.float32)
    before = np.interp(t - 0.1, t, act)
    held = held_of(act, (np.abs(act - before) / 0.1 / 1.5).astype(np.float32), rate_hz)
    assert held.max() > 0.8 * act.max()
    wide, true_wide = ((x > 0.15).sum() / rate_hz for x in (held, act))
    assert abs(wide - true_wide) <= 1.01 / rate_hz


def test_what_was_held_wrongly_is_right_again_after_seconds() -> None:
    step = np.repeat(np.array([0.0, 0.4], np.float32), [10, 300])
    assert 0.35 < held_of(step, 0.0)[-1] < 0.4


def test_nothing_is_held_across_what_was_not_read() -> None:
    hold = Hold()
    hold.step(0.0, even(0.1), even(0.0), alone=True)
    unread = even(0.1)
    unread[LIPS] = np.nan
    assert np.isnan(hold.step(0.1, unread, even(0.0), alone=False)[LIPS]).all()
    assert hold.step(0.2, even(0.5), even(0.0), alone=False)[LIPS, 0] == np.float32(0.5)
    # A new neutral: there is nothing to compare with.
    assert (hold.step(0.3, even(0.8), even(0.0), alone=True) == np.float32(0.8)).all()


def test_sides_are_held_apart_and_other_units_pass() -> None:
    hold = Hold()
    hold.step(0.0, even(0.0), even(0.0), alone=True)
    moving = even(0.0)
    moving[LIPS, 0] = 2.0
    told = hold.step(0.1, even(0.4), moving, alone=False)
    assert told[LIPS, 0] == pytest.approx(0.4, abs=0.01)
    assert told[LIPS, 1] < 0.05
    assert told[BROW, 1] == np.float32(0.4)


def test_the_reader_holds_what_the_head_says() -> None:
    """From pictures to channels: what is not held, and what moves, is what the head says."""
    head = Head(OnnxModel(shipped("head")))
    maker, reader = FeatureMaker(), UnitReader(head)
    for k, view in enumerate(views(*["front"] * 6, *["smile"] * 6)):
        features = maker.step(view)
        raw, told = head.read(features.vectors, view.seen), reader.step(view)[INTENSITY]
        others = np.delete(np.arange(17), HELD)
        np.testing.assert_allclose(told[others], raw.intensity[others], atol=1e-6)
        assert features.alone == (k == 0)
        if k == 6:
            assert (raw.moving[SMILE] > 2).all()
            np.testing.assert_allclose(told[HELD], raw.intensity[HELD], atol=0.02)
        elif k < 6:
            assert (raw.moving[SMILE] < 1).all()
