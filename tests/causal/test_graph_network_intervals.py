"""Intervals of edges draw people: they hold the truth as often as they say; to draw windows would not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from tests.causal.forecast_worlds import weights

from telltale.causal.draw_ends import ends_of
from telltale.causal.forecast_scores import Measure, people_drawn, ratio
from telltale.causal.graph_counterfactual import edge_effects
from telltale.core.rng import stream

Array = npt.NDArray[np.float64]
PEOPLE, EACH = 40, 25


def world(seed: int) -> tuple[Array, Array]:
    """Changes and shifts of people of whom each answers in a way of their own, by 1 on average."""
    draw = stream(seed, "intervals", "world")
    shift = draw.normal(size=(PEOPLE, EACH))
    own = 1.0 + 0.5 * draw.normal(size=(PEOPLE, 1))
    return (own * shift + 0.3 * draw.normal(size=shift.shape)).ravel(), shift.ravel()


def held(person: npt.NDArray[np.int64], times: int) -> float:
    """How often the interval holds the truth."""
    count = 0
    for seed in range(times):
        changed, shift = world(seed)
        whose, often = people_drawn(person, 200, stream(seed, "intervals", "draws"))
        found = ratio(changed * shift, shift**2, whose, often)
        count += found.low <= 1.0 <= found.high
    return count / times


def test_intervals_of_people_hold_the_truth_as_often_as_they_say() -> None:
    assert 0.92 <= held(np.repeat(np.arange(PEOPLE), EACH), 500) <= 0.975


def test_intervals_of_windows_would_not() -> None:
    assert held(np.arange(PEOPLE * EACH), 60) < 0.8


def test_a_draw_is_that_of_the_rows_of_those_people() -> None:
    changed, shift = world(0)
    person = np.repeat(np.arange(PEOPLE), EACH) + 7
    whose, often = people_drawn(person, 30, stream(1, "intervals"))
    assert (often[0] == 1).all()
    assert (often.sum(axis=1) == PEOPLE).all()
    drawn = []
    for row in often[1:]:
        rows = np.concatenate([np.flatnonzero(whose == one).repeat(int(row[one])) for one in range(PEOPLE)])
        drawn.append((changed * shift)[rows].sum() / (shift**2)[rows].sum())
    found = ratio(changed * shift, shift**2, whose, often)
    ends = ends_of(np.array(drawn), 0.95, PEOPLE)
    np.testing.assert_allclose([found.low, found.high], ends, rtol=1e-12)
    assert found.value == pytest.approx((changed * shift).sum() / (shift**2).sum(), rel=1e-12)


def test_an_edge_whose_cause_never_changes_has_no_effect_that_could_be_told() -> None:
    values = stream(2, "intervals").normal(size=(200, 4, 5)).astype(np.float32)
    values[:, 0] = 1.0
    found = edge_effects(weights(), values, np.repeat(np.arange(20), 10))
    still = [one for one in found if one.cause == 0]
    assert still
    assert all(np.isnan([one.slope.value, one.slope.low]).all() for one in still)
    assert {one.moved for one in still} == {Measure(0.0, 0.0, 0.0)}
    assert any(one.moved.low > 0 and np.isfinite(one.slope.low) for one in found if one.cause != 0)
