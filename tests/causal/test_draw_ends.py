"""Ends of an interval from few draws hold what they say, where quantiles of the draws do not."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.causal.draw_ends import ends_of, fewest_draws
from telltale.core.rng import stream


@pytest.mark.parametrize(("draws", "level"), [(39, 0.95), (40, 0.95), (199, 0.95), (19, 0.9), (50, 0.8)])
def test_one_more_draw_lies_within_as_often_as_asked(draws: int, level: float) -> None:
    chance = stream(draws, "draw ends")
    drawn, truth = chance.normal(size=(draws, 20_000)), chance.normal(size=20_000)
    low, high = ends_of(drawn, level)
    assert np.mean((low < truth) & (truth < high)) == pytest.approx(level, abs=0.006)


def test_as_many_draws_as_the_outermost_two_need() -> None:
    for level in (0.5, 0.8, 0.9, 0.95, 0.99):
        fewest = fewest_draws(level)
        assert (fewest + 1) * (1 - level) / 2 == pytest.approx(1)
