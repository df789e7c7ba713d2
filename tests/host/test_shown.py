"""Shares of any stretch are the means that a loop over its seconds finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core.rng import stream
from telltale.host.shown import LEAST_READ, Array, HostShown

STEPS = (7, 1, 12)
MS = 1000


def made(seed: int, step_s: float = 2.0, *, wholly_read: bool = False) -> HostShown:
    """Three broadcasts of two expressions, a third of their steps unread or read in part."""
    rng = stream(seed, "shown")
    steps = sum(STEPS)
    read = np.ones(steps) if wholly_read else rng.choice([0.0, 0.25, 0.5, 1.0, 1.0, 1.0], steps)
    shares = np.where(read[:, None] > 0, rng.random((steps, 2)), np.nan)
    return HostShown(
        ("a", "b", "c"), step_s, np.array(STEPS), ("awe", "pride"), ("published", "ours"),
        shares.astype(np.float32), read.astype(np.float32),
    )  # fmt: skip


def by_milliseconds(shown: HostShown, room: int, start_s: float, end_s: float) -> tuple[Array, float]:
    """The mean over every millisecond of the stretch, each as much as it was read."""
    first = sum(STEPS[:room])
    seen, weight = np.zeros(2), 0.0
    times = (np.arange(round(start_s * MS), round(end_s * MS)) + 0.5) / MS
    for step in (times // shown.step_s).astype(int).tolist():
        if not 0 <= step < STEPS[room]:
            continue
        row = first + step
        if shown.read[row] > 0:
            seen += shown.shares[row].astype(float) * float(shown.read[row])
            weight += float(shown.read[row])
    return seen / max(weight, 1e-12), weight / len(times)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 5),
    room=st.integers(0, 2),
    start_ms=st.integers(-1500, 25_000),
    length_ms=st.integers(10, 9_000),
    step_s=st.sampled_from([1.0, 2.0, 5.0]),
)
def test_a_share_is_the_mean_over_the_stretch(
    seed: int, room: int, start_ms: int, length_ms: int, step_s: float
) -> None:
    shown = made(seed, step_s)
    start_s, end_s = start_ms / MS, (start_ms + length_ms) / MS
    shares, read = shown.over(np.array([room]), np.array([start_s]), np.array([end_s]))
    wanted, part = by_milliseconds(shown, room, start_s, end_s)
    assert read[0] == pytest.approx(part, abs=1e-6)
    within = start_ms >= 0 and end_s <= STEPS[room] * step_s
    if not within or part < LEAST_READ - 1e-9:
        assert np.isnan(shares).all()
    elif part > LEAST_READ + 1e-9:
        np.testing.assert_allclose(shares[0], wanted, atol=1e-6)


def test_half_of_a_stretch_is_enough_and_less_is_not() -> None:
    read = np.array([1, 0, 0.4, 0.5], dtype=np.float32)
    shares = np.array([[0.2], [np.nan], [0.6], [0.8]], dtype=np.float32)
    shown = HostShown(("a",), 1.0, np.array([4]), ("awe",), ("ours",), shares, read)
    start, end = np.array([0.0, 0.0, 1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 3.0, 4.0])
    found, part = shown.over(np.zeros(5, dtype=np.int64), start, end)
    np.testing.assert_allclose(part, [1.0, 0.5, 0.2, 0.4, 0.5], atol=1e-6)
    np.testing.assert_allclose(found[:, 0], [0.2, 0.2, np.nan, np.nan, 0.8], atol=1e-6)


def test_a_stretch_never_reaches_into_the_next_broadcast() -> None:
    shown = made(1, wholly_read=True)
    room = np.array([0, 0, 1, 2])
    start, end = np.array([12.0, 13.0, 0.0, 22.0]), np.array([14.0, 15.0, 2.0, 24.0])
    found, read = shown.over(room, start, end)
    np.testing.assert_allclose(found[[0, 2, 3]], shown.shares[[6, 7, 19]], atol=1e-6)
    assert np.isnan(found[1]).all()
    assert read[1] == pytest.approx(0.5)


def test_lags_of_many_stretches_are_those_of_each() -> None:
    shown = made(3)
    rng = stream(3, "stretches")
    room = rng.integers(0, 3, 200)
    start = np.round(rng.uniform(-3, 20, 200), 3)
    end = start + np.round(rng.uniform(0.1, 6, 200), 3)
    together, read = shown.over(room, start, end)
    for i in range(200):
        alone, part = shown.over(room[i : i + 1], start[i : i + 1], end[i : i + 1])
        np.testing.assert_array_equal(alone[0], together[i])
        assert part[0] == read[i]


def test_a_hundred_hours_lose_nothing() -> None:
    steps = 360_000
    shares = stream(2, "hours").random((steps, 1)).astype(np.float32)
    read = np.ones(steps, dtype=np.float32)
    shown = HostShown(("a",), 1.0, np.array([steps]), ("awe",), ("ours",), shares, read)
    start = np.arange(steps - 600, steps - 60, 60.0)
    found, part = shown.over(np.zeros(9, dtype=np.int64), start, start + 60)
    wanted = [shares[int(s) : int(s) + 60].astype(float).mean() for s in start]
    np.testing.assert_allclose(found[:, 0], wanted, atol=1e-8)
    np.testing.assert_allclose(part, 1.0, atol=1e-12)
