"""What units a signal tells: sides, held lids, the head against its usual, gaze, and what cannot be told."""

from dataclasses import replace

import numpy as np
import pytest
from tests.signs.faces import face_of, hidden, then, unread

from telltale.core import channels
from telltale.core.signal import Signal
from telltale.signs.coding_settings import load_settings
from telltale.signs.coding_units import AWAY, TOLD, UNTOLD, UnitReadings, read_units
from telltale.signs.expressions import load_table

SETTINGS = load_settings().reading


def read(signal: Signal) -> UnitReadings:
    return read_units(signal, SETTINGS)


def column(readings: UnitReadings, number: int) -> list[float]:
    found: list[float] = readings.values[:, TOLD.index(number)].astype(float).round(3).tolist()
    return found


def test_every_unit_of_the_table_is_told_or_named_as_untold() -> None:
    units = {n for row in load_table().expressions for n in (*row.units, *row.either)}
    assert units <= {*TOLD, *UNTOLD}
    assert not set(TOLD) & set(UNTOLD)


def test_a_unit_is_the_mean_of_its_sides_and_14_the_larger() -> None:
    signal = face_of(5)
    for number in (12, 14):
        signal.values[:, channels.INDEX[f"au{number}_intensity_left"]] = 0.6
    assert column(read(signal), 12) == [0.3] * 5
    assert column(read(signal), 14) == [0.6] * 5


def test_closed_eyes_are_43_and_a_blink_is_not() -> None:
    blink = then(face_of(20), face_of(3, {45: 1.0}), face_of(20))
    assert max(column(read(blink), 43)) == 0
    closed = then(face_of(20), face_of(8, {45: 0.9}), face_of(20))
    assert column(read(closed), 43) == [0.0] * 20 + [0.9] * 8 + [0.0] * 20


def test_shut_lids_hide_the_gaze() -> None:
    shut = then(face_of(20), face_of(8, {45: 0.9}, gaze_x=0.4), face_of(20))
    assert np.isnan(column(read(shut), AWAY)[20:28]).all()


@pytest.mark.parametrize(
    ("number", "pose"),
    [
        (52, {"yaw": -0.5}),
        (53, {"pitch": 0.35}),
        (54, {"pitch": -0.35}),
        (55, {"roll": 0.3}),
        (56, {"roll": -0.3}),
        (57, {"face_size": 0.3 * np.exp(0.25)}),
    ],
)
def test_the_head_is_read_against_its_usual(number: int, pose: dict[str, float]) -> None:
    found = read(then(face_of(30), face_of(8, None, **pose)))
    assert column(found, number) == pytest.approx([0.0] * 30 + [1.0] * 8, abs=0.01)
    others = [n for n in (52, 53, 54, 55, 56, 57) if n != number]
    assert max(max(column(found, n)) for n in others) == pytest.approx(0, abs=0.01)


def test_a_turn_to_the_left_is_no_unit() -> None:
    found = read(then(face_of(30), face_of(8, yaw=0.5)))
    assert max(column(found, 52)) == 0


def test_a_camera_that_was_moved_is_no_head_that_moved() -> None:
    minutes = 10 * round(SETTINGS.usual_s)
    found = read(then(face_of(5 * minutes), face_of(5 * minutes, pitch=0.35, face_size=0.5)))
    settled = np.array([column(found, 53), column(found, 57)])[:, [100, -100]]
    assert settled == pytest.approx(np.zeros((2, 2)), abs=0.02)


def test_gaze_is_away_only_while_the_head_faces() -> None:
    away = read(then(face_of(30), face_of(8, gaze_x=-0.4)))
    assert column(away, AWAY) == [0.0] * 30 + [1.0] * 8
    turned = read(then(face_of(30), face_of(8, gaze_x=-0.4, yaw=0.5)))
    assert max(column(turned, AWAY)) == 0


def test_what_is_hidden_or_unread_stays_so() -> None:
    found = read(then(hidden(face_of(5, {12: 0.5}), 12), unread(5)))
    assert np.isnan(column(found, 12)).all()
    assert np.isfinite(column(found, 1)[:5]).all()
    assert np.isnan(found.values[5:]).all()
    assert not found.speech.any()


def test_readings_are_means_of_what_was_read_around() -> None:
    found = read(then(face_of(4, {12: 1.0}), unread(1), face_of(4)))
    rows = round(SETTINGS.smooth_s * 10)
    assert column(found, 12)[3] == 0.75  # of the five rows around, the one that was not read is no zero
    assert column(read(then(face_of(9), face_of(1, {12: 1.0}), face_of(9))), 12)[9] == round(1 / rows, 3)


def test_a_mouth_that_goes_to_and_fro_speaks_and_one_that_opens_does_not() -> None:
    opens = then(face_of(20), face_of(40, {25: 0.9, 26: 0.6}))
    assert read(opens).speech.max() < 0.05
    syllables = [face_of(1, {25: 0.6 * (k % 2), 26: 0.2 * (k % 2)}) for k in range(60)]
    assert read(then(*syllables)).speech.min() == 1.0


def test_settings_that_contradict_themselves_are_told() -> None:
    with pytest.raises(ValueError, match="two rising numbers"):
        replace(SETTINGS, speech=(0.5, 0.5))
    with pytest.raises(ValueError, match="over 0"):
        replace(SETTINGS, usual_s=0.0)


def test_an_empty_signal_has_no_readings() -> None:
    assert read(Signal(np.zeros(0), np.zeros((0, channels.COUNT), np.float32))).values.shape == (0, len(TOLD))


def test_a_recording_that_ends_just_after_a_minute_keeps_its_usual() -> None:
    """One second more must not become a usual of its own."""
    up = then(face_of(600), face_of(10, pitch=0.3))
    readings = read_units(up, load_settings().reading)
    raised = readings.values[:, TOLD.index(53)]
    assert raised[-5:].min() > 0.8
    assert raised[:590].max() < 0.1
