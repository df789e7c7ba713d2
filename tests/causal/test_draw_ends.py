"""Ends of an interval from few draws hold what they say, where quantiles of the draws do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri, stdtr, stdtrit

from telltale.causal.draw_ends import ends_of, fewest_draws, tail_of
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


@pytest.mark.parametrize("clusters", [10, 12, 30])
def test_few_clusters_are_held_where_their_draws_alone_are_too_narrow(clusters: int) -> None:
    """The mean of a number of each cluster, in 3,000 worlds."""
    chance = stream(clusters, "few clusters")
    value = chance.normal(size=(3_000, clusters))
    often = chance.multinomial(clusters, np.full(clusters, 1 / clusters), size=400)
    means = often @ value.T / clusters

    def held(among: float) -> float:
        low, high = ends_of(means, 0.95, among)
        return float(np.mean((low < 0) & (high > 0)))

    assert held(clusters) == pytest.approx(0.95, abs=0.012)
    # Without the widening: Student's share within a normal's bounds, drawn in by sqrt((G - 1) / G).
    narrow = 1 - 2 * stdtr(clusters - 1, ndtri(0.025) * np.sqrt(1 - 1 / clusters))
    assert narrow < 0.942
    assert held(np.inf) == pytest.approx(narrow, abs=0.012)


def test_of_normal_draws_an_end_is_as_far_out_as_student_says() -> None:
    drawn = ndtri(np.arange(1, 40_000) / 40_000)
    for clusters in (5, 15, 100):
        away = stdtrit(clusters - 1, 0.975) * np.sqrt(clusters / (clusters - 1))
        assert ends_of(drawn, 0.95, clusters) == pytest.approx((-away, away), rel=1e-3)
    assert ends_of(drawn, 0.95) == pytest.approx((-1.96, 1.96), abs=1e-3)


def test_the_fewer_clusters_the_more_draws_and_of_one_or_two_none_are_enough() -> None:
    needed = [fewest_draws(0.95, clusters) for clusters in (2, 3, 10, 30, 1000)]
    assert needed == sorted(needed, reverse=True)
    assert fewest_draws(0.95, 1) == needed[0] > 1e8
    for clusters, draws in zip((10, 30, 1000), needed[2:], strict=True):
        assert draws * tail_of(0.95, clusters) < 1 <= (draws + 1) * tail_of(0.95, clusters) + 1e-9
