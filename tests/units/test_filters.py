"""Energy of brief acts: right heights, the same at every frame rate, nothing left of a gap."""

import functools

import numpy as np
import numpy.typing as npt
import pytest

from telltale.units.filters import ENERGY_LAG_S, BriefEnergy

Array = npt.NDArray[np.float64]


def frames(rate_hz: float, stop_s: float, phase: float = 0.0, jitter: float = 0.0) -> Array:
    """Frame times; `jitter` is the share of a frame by which they may come early or late."""
    times_s = (np.arange(int(stop_s * rate_hz)) + phase) / rate_hz
    shift = np.random.default_rng(3).uniform(-0.5, 0.5, len(times_s))
    return np.asarray(times_s + jitter * shift / rate_hz)


def bump(times_s: Array, apex_s: float, length_s: float) -> Array:
    away = times_s - apex_s
    return np.where(np.abs(away) < length_s / 2, np.cos(np.pi * away / length_s) ** 2, 0.0)


def run(times_s: Array, intensity: Array) -> Array:
    """Energy of the first unit's left. Shape (F,)."""
    return np.array([e[0, 0] for e in step_all(times_s, np.tile(intensity[:, None, None], (17, 2)))])


def step_all(times_s: Array, values: Array) -> list[Array]:
    """Energy of each frame, shape (17, 2)."""
    brief = BriefEnergy()
    return [brief.step(t, v) for t, v in zip(times_s, values, strict=True)]


LENGTHS_S = (0.04, 0.1, 0.2, 0.3, 0.5, 1.5, 3.0)


@functools.cache
def energies(rate_hz: float, jitter: float = 0.0) -> dict[float, float]:
    """Greatest energy of bumps of height 1 by length, mean over where an apex falls between two frames."""
    times_s = frames(rate_hz, 4.0, jitter=jitter)
    values = np.zeros((len(times_s), 17, 2))
    for unit, length_s in enumerate(LENGTHS_S):
        for quarter in range(4):
            apex_s = (round(2.0 * rate_hz) + quarter / 4) / rate_hz
            values[:, 2 * unit + quarter // 2, quarter % 2] = bump(times_s, apex_s, length_s)
    highest = np.max(step_all(times_s, values), axis=0)
    return {length_s: float(highest[2 * k : 2 * k + 2].mean()) for k, length_s in enumerate(LENGTHS_S)}


@pytest.mark.parametrize("rate_hz", [60, 100, 200])
@pytest.mark.parametrize("length_s", [0.04, 0.1, 0.2])
def test_energy_is_the_height_of_a_brief_bump(rate_hz: float, length_s: float) -> None:
    assert energies(rate_hz)[length_s] == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize(("rate_hz", "length_s"), [(15, 0.2), (25, 0.1), (30, 0.1), (30, 0.2)])
def test_energy_at_low_rates_wants_three_frames(rate_hz: float, length_s: float) -> None:
    assert energies(rate_hz)[length_s] == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("rate_hz", [15, 30, 200])
@pytest.mark.parametrize("length_s", [1.5, 3.0])
def test_slow_changes_have_next_to_no_energy(rate_hz: float, length_s: float) -> None:
    assert energies(rate_hz)[length_s] < 0.1


@pytest.mark.parametrize(
    ("rate_hz", "jitter"), [(15, 0.0), (15, 0.4), *((r, j) for r in (25, 30, 60, 100) for j in (0.0, 0.8))]
)
def test_rates_agree(rate_hz: float, jitter: float) -> None:
    for length_s in (0.2, 0.3, 0.5):
        assert energies(rate_hz, jitter)[length_s] == pytest.approx(energies(200)[length_s], rel=0.1)


@pytest.mark.parametrize("jitter", [0.0, 0.8])
@pytest.mark.parametrize("rate_hz", [15, 30, 200])
def test_a_ramp_has_no_energy(rate_hz: float, jitter: float) -> None:
    times_s = frames(rate_hz, 2.0, jitter=jitter)
    assert run(times_s, 0.7 * times_s).max() < 1e-9


def test_energy_comes_after_its_lag_and_a_dip_counts() -> None:
    times_s = frames(100, 2.0)
    energy = run(times_s, 0.5 - 0.3 * bump(times_s, 1.0, 0.1))
    assert energy.max() == pytest.approx(0.3, rel=0.05)
    assert times_s[energy.argmax()] == pytest.approx(1.0 + ENERGY_LAG_S, abs=0.011)


@pytest.mark.parametrize("gap_s", [0.2, 0.7, 3.0])
def test_a_gap_is_unread_and_leaves_nothing_behind(gap_s: float) -> None:
    times_s = frames(30, 6.0)
    values = np.zeros((len(times_s), 17, 2))
    hidden = (times_s > 2.0) & (times_s <= 2.0 + gap_s)
    values[hidden, 4, 0] = np.nan
    values[times_s > 2.0 + gap_s, 4, 0] = 0.4  # comes back on another level
    steps = step_all(times_s, values)
    for k, step in enumerate(steps):
        assert np.isnan(step[4, 0]) == hidden[k]
        assert np.isfinite(np.delete(step.ravel(), 8)).all()
    after = [s for s, t in zip(steps, times_s, strict=True) if t > 2.0 + gap_s]
    assert max(s[4, 0] for s in after) < 1e-9


def test_a_bump_before_a_long_gap_is_forgotten_and_reset_forgets_all() -> None:
    brief = BriefEnergy()
    for time_s, value in ((0.0, 0.0), (0.1, 0.0), (0.2, 0.5), (0.3, 0.0), (0.36, 0.0)):
        last = brief.step(time_s, np.full((17, 2), value))
    assert last[0, 0] > 0.3
    assert brief.step(2.0, np.full((17, 2), 0.2)).max() == 0.0
    brief.step(2.05, np.full((17, 2), 0.9))
    brief.reset()
    assert brief.step(2.1, np.full((17, 2), 0.3)).max() == 0.0
