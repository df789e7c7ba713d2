"""Spotting: planted events are found with units, sides and times; blinks, speech and turns are none."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import lfilter

from telltale.core.channels import ACTION_UNITS
from telltale.signs.micro_macro import Event
from telltale.units.spotting import Spotter, spot
from telltale.units.spotting_settings import SpottingSettings

Array = npt.NDArray[np.float64]

SYLLABLE = {25: 1.0, 26: 0.8, 17: 0.25, 10: 0.2, 23: 0.15, 20: 0.1, 15: 0.1, 12: 0.1}
BLINK = {45: 0.9, 7: 0.15, 6: 0.1, 5: 0.1, 4: 0.05, 2: 0.03, 1: 0.03}


class Clip:
    """A synthetic face: coloured noise, half of it shared by both sides, slow drift, and what is added."""

    def __init__(self, seconds: float, rate_hz: float = 30, sigma: float = 0.02, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.times_s = np.arange(int(seconds * rate_hz)) / rate_hz
        self.rate_hz = rate_hz
        white, shared = self.rng.standard_normal((2, len(self.times_s), 17, 2))
        shared[:, :, 1] = shared[:, :, 0]
        self.intensity = sigma * np.sqrt(0.35) * (white + shared)
        self.intensity += sigma * np.sqrt(0.3) * self.slow(0.15, 17, 2) + 0.02 * self.slow(5.0, 17, 1)
        self.pose = 0.02 * self.slow(2.0, 3) + 0.003 * self.rng.standard_normal((len(self.times_s), 3))

    def slow(self, time_s: float, *shape: int) -> Array:
        """Noise with a memory, of variance 1."""
        keep = np.exp(-1 / (self.rate_hz * time_s))
        noise = self.rng.standard_normal((len(self.times_s), *shape))
        noise[1:] *= np.sqrt(1 - keep**2)
        return np.asarray(lfilter([1], [1, -keep], noise, axis=0))

    def bump(self, apex_s: float, length_s: float) -> Array:
        away = self.times_s - apex_s
        return np.where(np.abs(away) < length_s / 2, np.cos(np.pi * away / length_s) ** 2, 0.0)

    def add(self, units: dict[int, float], shape: Array, sides: Iterable[int] = (0, 1)) -> "Clip":
        for number, height in units.items():
            for side in sides:
                self.intensity[:, ACTION_UNITS.index(number), side] += height * shape
        return self

    def hold(self, start_s: float, stop_s: float, ramp_s: float = 0.3) -> Array:
        up = np.clip((self.times_s - start_s) / ramp_s, 0, 1)
        return np.minimum(up, np.clip((stop_s - self.times_s) / ramp_s, 0, 1))

    def events(self, settings: SpottingSettings | None = None) -> tuple[Event, ...]:
        return spot(self.times_s, self.intensity, self.pose, settings)

    def micro(self) -> list[Event]:
        return [event for event in self.events() if event.kind == "micro"]


def overlap(event: Event, apex_s: float, length_s: float) -> float:
    """Intersection over union with a planted bump."""
    start_s, stop_s = apex_s - length_s / 2, apex_s + length_s / 2
    both = min(event.offset_s, stop_s) - max(event.onset_s, start_s)
    return max(both, 0) / (max(event.offset_s, stop_s) - min(event.onset_s, start_s))


@pytest.mark.parametrize(
    ("rate_hz", "length_s"), [(30, 0.1), (30, 0.2), (30, 0.4), (100, 0.06), (100, 0.2), (15, 0.3)]
)
def test_a_planted_event_is_found_between_frames(rate_hz: float, length_s: float) -> None:
    apex_s = 6.01
    clip = Clip(9, rate_hz)
    [event] = clip.add({4: 0.3, 20: 0.25}, clip.bump(apex_s, length_s)).events()
    assert event.numbers == (4, 20)
    assert event.side == "both"
    assert event.apex_s == pytest.approx(apex_s, abs=0.5 / rate_hz)
    assert overlap(event, apex_s, length_s) > 0.5
    assert event.peak == pytest.approx(0.3, abs=0.1)
    assert event.confidence > 0.5


@pytest.mark.parametrize(("side", "name"), [(0, "left"), (1, "right")])
def test_one_side_is_one_side(side: int, name: str) -> None:
    clip = Clip(8)
    [event] = clip.add({12: 0.3}, clip.bump(5.0, 0.2), sides=[side]).events()
    assert event.units == ((12, name),)
    assert event.side == name


def test_two_in_a_row_are_two() -> None:
    clip = Clip(9)
    clip.add({4: 0.3}, clip.bump(5.0, 0.15)).add({1: 0.3, 2: 0.3}, clip.bump(5.4, 0.15))
    assert [e.numbers for e in clip.micro()] == [(4,), (1, 2)]


@pytest.mark.parametrize("sigma", [0.0, 0.02, 0.04])
def test_noise_and_drift_alone_are_no_event(sigma: float) -> None:
    assert Clip(60, sigma=sigma, seed=4).micro() == []


def test_blinks_are_none_but_what_else_moves_is_one() -> None:
    clip = Clip(30)
    for apex_s in np.arange(2.0, 28.0, 1.7):
        clip.add(BLINK, clip.bump(apex_s, 0.2))
    assert clip.events() == ()
    clip.add({15: 0.3}, clip.bump(2.0 + 5 * 1.7, 0.2))
    assert [e.numbers for e in clip.events()] == [(15,)]


@pytest.mark.parametrize("syllables_hz", [3, 5, 7])
def test_speech_is_none(syllables_hz: float) -> None:
    clip = Clip(20)
    for apex_s in np.arange(3.0, 17.0, 1 / syllables_hz):
        clip.add(SYLLABLE, clip.rng.uniform(0.2, 0.5) * clip.bump(apex_s, 1.2 / syllables_hz))
    assert clip.micro() == []
    brows = clip.add({1: 0.3, 2: 0.3}, clip.bump(10.0, 0.2)).micro()
    assert [e.numbers for e in brows] == [(1, 2)]


def test_a_turning_head_is_none() -> None:
    clip = Clip(12)
    turn = 0.5 * clip.hold(5.0, 8.0, 0.4)
    clip.pose[:, 0] += turn
    speed = np.abs(np.gradient(turn, clip.times_s))
    clip.add({10: 0.2, 12: 0.25, 6: 0.15}, speed / speed.max())
    assert clip.events() == ()


def test_a_jolt_of_everything_is_none() -> None:
    clip = Clip(8)
    assert clip.add(dict.fromkeys(ACTION_UNITS[:-1], 0.3), clip.bump(5.0, 0.2)).events() == ()


def test_a_smile_that_stays_is_macro_and_its_flanks_are_no_micro() -> None:
    clip = Clip(12)
    [event] = clip.add({6: 0.3, 12: 0.5}, clip.hold(5.0, 8.0)).events()
    assert event.kind == "macro"
    assert event.numbers == (6, 12)
    assert (event.onset_s, event.offset_s) == pytest.approx((5.0, 8.0), abs=0.15)
    assert 5.0 < event.apex_s < 8.0


@pytest.mark.parametrize("what", ["hidden", "gap"])
def test_nothing_is_spotted_across_what_was_not_read(what: str) -> None:
    clip = Clip(9)
    clip.add({12: 0.4}, clip.bump(5.0, 0.3))
    lost = np.abs(clip.times_s - 5.08) < 0.09
    if what == "hidden":
        clip.intensity[lost, ACTION_UNITS.index(12)] = np.nan
        assert clip.events() == ()
    else:
        kept = ~lost
        assert spot(clip.times_s[kept], clip.intensity[kept], clip.pose[kept]) == ()


def test_a_face_that_leaves_is_no_event() -> None:
    clip = Clip(12)
    away = (clip.times_s > 5) & (clip.times_s < 8)
    clip.add({12: 0.3}, (clip.times_s >= 8).astype(float))
    clip.intensity[away] = np.nan
    clip.pose[away] = np.nan
    assert clip.micro() == []


def test_live_tells_the_same_soon_enough() -> None:
    clip = Clip(20)
    clip.add({4: 0.3}, clip.bump(4.0, 0.1)).add({12: 0.3}, clip.bump(6.0, 0.4))
    clip.add({6: 0.4, 12: 0.5}, clip.hold(9.0, 11.5)).add({9: 0.35}, clip.bump(19.5, 0.2))
    spotter, told = Spotter(), []
    for time_s, intensity, pose in zip(clip.times_s, clip.intensity, clip.pose, strict=True):
        for event in spotter.step(float(time_s), intensity, pose):
            told.append(event)
            assert time_s - event.offset_s < 1.1
    assert len(told) == 3
    assert tuple(told + spotter.finish()) == clip.events()
    assert len(clip.events()) == 4


def test_uneven_frames_are_no_trouble() -> None:
    clip = Clip(9, 60)
    clip.add({4: 0.3}, clip.bump(5.0, 0.2))
    kept = np.sort(clip.rng.choice(len(clip.times_s), len(clip.times_s) * 3 // 5, replace=False))
    [event] = spot(clip.times_s[kept], clip.intensity[kept], clip.pose[kept])
    assert event.numbers == (4,)
    assert event.apex_s == pytest.approx(5.0, abs=0.03)


def test_settings_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="join_score"):
        SpottingSettings(join_score=9.0)
    with pytest.raises(ValueError, match="macro_off"):
        SpottingSettings(macro_off=0.5)
    with pytest.raises(ValueError, match="lengths_s"):
        SpottingSettings(lengths_s=(0.2, 0.1))


@pytest.mark.slow
def test_most_planted_events_are_found_and_little_else() -> None:
    clip = Clip(120, sigma=0.03, seed=7)
    rng = np.random.default_rng(8)
    planted = []
    for apex_s in np.arange(3.0, 117.0, 3.0):
        number, length_s = rng.choice([1, 4, 5, 9, 12, 14, 15]), rng.uniform(0.1, 0.4)
        clip.add({int(number): rng.uniform(0.15, 0.4)}, clip.bump(apex_s, length_s))
        planted.append((int(number), apex_s, length_s))
    found = clip.micro()
    hits = sum(any(n in e.numbers and overlap(e, a, d) >= 0.5 for e in found) for n, a, d in planted)
    assert 2 * hits / (len(found) + len(planted)) >= 0.75
    assert len(found) - hits <= 2


def test_a_brief_act_within_a_long_one_leaves_it_told() -> None:
    clip = Clip(16)
    clip.add({17: 0.6, 23: 0.3}, clip.hold(8.0, 11.0)).add({23: 0.4}, clip.bump(9.5, 0.15))
    events = clip.events()
    assert [(e.kind, sorted(set(e.numbers))) for e in events] == [("macro", [17, 23]), ("micro", [23])]


def test_a_smile_that_lasts_is_told_and_hides_no_later_one() -> None:
    clip = Clip(120, 15)
    clip.add({12: 0.6}, clip.hold(5.0, 40.0))
    for start_s in (60.0, 80.0, 100.0):
        clip.add({12: 0.5}, clip.hold(start_s, start_s + 2.0))
    macro = [event for event in clip.events() if event.kind == "macro" and 12 in event.numbers]
    assert [round(event.onset_s) for event in macro] == [5, 60, 80, 100]
    assert macro[0].duration_s == pytest.approx(SpottingSettings().longest_s, abs=1.0)
    assert min(event.peak for event in macro) > 0.4


def test_what_nobody_saw_begin_is_no_event() -> None:
    clip = Clip(20)
    clip.add({6: 0.6, 12: 0.8}, clip.hold(-5.0, 6.0)).add({12: 0.5}, clip.hold(10.0, 13.0))
    away = (clip.times_s > 14.0) & (clip.times_s < 16.0)
    clip.intensity[away] = np.nan
    clip.add({12: 0.7}, clip.hold(15.0, 18.0))
    assert [(e.kind, round(e.onset_s), round(e.offset_s)) for e in clip.events()] == [("macro", 10, 13)]


@pytest.mark.parametrize("stop_s", [6.0, 6.4, 9.0])
def test_an_expression_that_leaves_with_its_face_ends_where_it_was_last_read(stop_s: float) -> None:
    clip = Clip(9)
    clip.add({12: 0.6}, clip.hold(3.0, 20.0))
    clip.intensity[clip.times_s > 5.5] = np.nan
    kept = clip.times_s < stop_s
    [event] = spot(clip.times_s[kept], clip.intensity[kept], clip.pose[kept])
    assert event.offset_s == pytest.approx(5.5, abs=0.1)


def test_nothing_is_spotted_across_a_time_without_frames() -> None:
    clip = Clip(12)
    clip.add({12: 0.6}, clip.hold(3.0, 10.0))
    kept = (clip.times_s < 5.0) | (clip.times_s > 8.0)
    [event] = spot(clip.times_s[kept], clip.intensity[kept], clip.pose[kept])
    assert event.onset_s == pytest.approx(3.0, abs=0.2)
    assert event.offset_s == pytest.approx(5.0, abs=0.2)
