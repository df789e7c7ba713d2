"""What a rendered face does: the acts themselves, without a pixel."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.acting_curves import Drift
from telltale.simulate.acting_events import BLINK, MICRO_PEAK, MICRO_S, Event, EventSettings, draw_events
from telltale.simulate.acting_head import HeadSettings, draw_head
from telltale.simulate.acting_performance import ActingSettings, Performance, draw_performance
from telltale.simulate.acting_rest import RestSettings, draw_rest
from telltale.simulate.acting_speech import SpeechSettings, draw_speech
from telltale.simulate.clip_settings import preset

LONG_S = 600.0


@pytest.fixture(scope="module")
def events() -> tuple[Event, ...]:
    return draw_events(np.random.default_rng(5), EventSettings(), LONG_S)


@pytest.fixture(scope="module")
def play() -> Performance:
    return draw_performance(11, ActingSettings(speech=SpeechSettings(speaks=1.0)), 60.0)


def of_kind(events: tuple[Event, ...], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def times(duration_s: float, rate_hz: float) -> npt.NDArray[np.float64]:
    return np.arange(int(duration_s * rate_hz)) / rate_hz


def test_micro_expressions_are_short_and_small(events: tuple[Event, ...]) -> None:
    micros = of_kind(events, "micro")
    assert len(micros) > 30
    for event in micros:
        assert MICRO_S[0] <= event.bump.end_s - event.bump.start_s <= MICRO_S[1]
        assert MICRO_PEAK[0] <= event.peak <= MICRO_PEAK[1]
        assert not event.weights[BLINK].any()


def test_macro_expressions_are_long(events: tuple[Event, ...]) -> None:
    lengths = np.array([event.bump.end_s - event.bump.start_s for event in of_kind(events, "macro")])
    assert lengths.min() >= 0.5
    assert lengths.max() <= 8.0 + 0.8 + 1.2
    assert (lengths > 4).any()


def test_no_two_expressions_overlap(events: tuple[Event, ...]) -> None:
    bumps = sorted((event.bump for event in events), key=lambda bump: bump.start_s)
    assert all(one.end_s < two.start_s for one, two in pairwise(bumps))


def test_each_unit_gets_its_share(events: tuple[Event, ...]) -> None:
    shown = sum((event.weights.max(axis=1) > 0).astype(int) for event in events)
    others = [i for i in range(len(ACTION_UNITS)) if i != BLINK]
    assert shown[BLINK] == 0
    assert min(shown[others]) >= 0.25 * max(shown[others])
    assert max(event.peak for event in events) > 0.9


def test_sides_differ_and_some_show_on_one_side(events: tuple[Event, ...]) -> None:
    assert {event.side for event in events} == {"both", "left", "right"}
    both = [event.weights for event in events if event.side == "both"]
    assert all((weights[:, 0] != weights[:, 1]).any() for weights in both)


def test_the_truth_of_an_event_is_the_curve_itself(events: tuple[Event, ...]) -> None:
    for event in events[:60]:
        moments = np.linspace(event.bump.start_s, event.bump.end_s, 2001)
        curve = event.at(moments)
        assert curve.max() == pytest.approx(event.peak, abs=1e-9)
        assert event.at(np.array([event.apex_s])).max() == pytest.approx(event.peak, abs=1e-9)
        assert not curve[[0, -1]].any()


def test_expressions_stand_on_top_of_rest_and_speech(play: Performance) -> None:
    event = next(e for e in play.events if e.peak < 0.6)
    moment = np.array([event.apex_s])
    base = play.rest.at(moment) + play.speech.units(moment)
    assert play.at(moment).units == pytest.approx(np.clip(base + event.weights, 0, 1))


def test_speeds_are_finite_and_bounded(play: Performance) -> None:
    fine = play.at(times(20.0, 1000.0))
    speed = np.abs(np.diff(fine.units, axis=0)) * 1000
    # The steepest rise allowed: a lid that falls to 1 in 48 ms; 15/8 is the greatest slope of the step.
    assert speed.max() < 15 / 8 / 0.048 + 5
    for angle in (fine.head.yaw, fine.head.pitch, fine.head.roll):
        assert np.abs(np.diff(angle)).max() * 1000 < 8.0
    for shape in fine.shapes.values():
        assert np.isfinite(shape).all()
        assert shape.min() >= 0


def test_any_frame_rate_samples_the_same_act(play: Performance) -> None:
    slow, fast = play.at(times(20.0, 30.0)), play.at(times(20.0, 90.0))
    assert slow.units == pytest.approx(fast.units[::3], abs=1e-12)
    assert slow.head.yaw == pytest.approx(fast.head.yaw[::3], abs=1e-12)
    assert slow.head.gaze_x == pytest.approx(fast.head.gaze_x[::3], abs=1e-12)
    assert slow.shapes["jawOpen"] == pytest.approx(fast.shapes["jawOpen"][::3], abs=1e-12)


def test_parts_played_one_by_one_are_the_whole(play: Performance) -> None:
    moments = times(4.0, 30.0)
    whole = play.at(moments)
    parts = [play.at(part) for part in np.array_split(moments, 7)]
    assert np.concatenate([part.units for part in parts]) == pytest.approx(whole.units, abs=1e-12)
    jaw = np.concatenate([part.shapes["jawOpen"] for part in parts])
    assert jaw == pytest.approx(whole.shapes["jawOpen"], abs=1e-12)


def test_the_same_seed_plays_the_same() -> None:
    one, two, other = (draw_performance(seed, ActingSettings(), 5.0).at(times(5, 30)) for seed in (3, 3, 4))
    assert (one.units == two.units).all()
    assert (one.units != other.units).any()


def test_settings_of_one_part_do_not_move_another() -> None:
    silent = draw_performance(3, ActingSettings(speech=SpeechSettings(speaks=0.0)), 10.0)
    loud = draw_performance(3, ActingSettings(speech=SpeechSettings(speaks=1.0)), 10.0)
    assert [e.units for e in silent.events] == [e.units for e in loud.events]
    assert (silent.head.glances == loud.head.glances).all()
    assert loud.speech.phrases
    assert not silent.speech.phrases


def test_people_blink_12_to_20_times_a_minute() -> None:
    counts = [len(draw_rest(np.random.default_rng(seed), RestSettings(), 60.0).blinks) for seed in range(40)]
    assert 12 <= np.mean(counts) <= 20
    rest = draw_rest(np.random.default_rng(1), RestSettings(), LONG_S)
    lengths = np.array([blink.bump.end_s - blink.bump.start_s for blink in rest.blinks])
    assert lengths.min() >= 0.15
    assert lengths.max() <= 2.0
    assert 0 < (lengths >= 0.5).mean() < 0.15


def test_a_face_at_rest_is_not_still() -> None:
    rest = draw_rest(np.random.default_rng(2), RestSettings(), 60.0).at(times(60.0, 10.0))
    moving = np.ptp(np.delete(rest, BLINK, axis=1), axis=0).max(axis=1)
    assert 3 <= (moving > 0.01).sum() <= 14
    assert moving.max() <= 0.08


def test_speech_moves_the_jaw_3_to_7_times_a_second_and_pauses() -> None:
    speech = draw_speech(np.random.default_rng(3), SpeechSettings(speaks=1.0), 120.0)
    moments = times(120.0, 200.0)
    jaw, speaking = speech.shapes(moments)["jawOpen"], speech.speaking(moments)
    assert 0.3 < speaking.mean() < 0.9
    assert jaw[speaking == 0].max() == pytest.approx(0, abs=1e-12)
    starts = {move.bump.start_s for move in speech.moves if move.shape == "jawOpen"}
    assert 3 / 1.25 <= len(starts) / (speaking.sum() / 200) <= 7 / 0.8
    assert jaw.max() < 0.35


def test_heads_turn_and_come_back() -> None:
    turned = [
        np.abs(draw_head(np.random.default_rng(seed), HeadSettings(), 60.0).at(times(60.0, 10.0)).yaw)
        for seed in range(20)
    ]
    yaw = np.concatenate(turned)
    assert yaw.max() > np.radians(33)
    assert yaw.max() < np.radians(45)
    assert np.mean(yaw < np.radians(15)) > 0.6


def test_drift_wanders_by_its_standard_deviation() -> None:
    spread = [Drift.draw(np.random.default_rng(s), 0.04, 0.4).at(times(300.0, 5.0)).std() for s in range(20)]
    assert np.mean(spread) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", ["micro30", "micro100"])
def test_clips_of_micro_expressions_show_nothing_else(name: str) -> None:
    settings = preset(name)
    found = draw_performance(9, settings.acting, 60.0)
    assert len(found.events) > 20
    assert {event.kind for event in found.events} == {"micro"}
    assert not found.speech.phrases


def test_talking_faces_show_no_event() -> None:
    found = draw_performance(9, preset("talking").acting, 60.0)
    assert not found.events
    assert found.speech.phrases
