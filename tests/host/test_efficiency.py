"""Time efficiency: sums that can be done by hand, intervals that hold, a concentration beside chance."""

import dataclasses

import numpy as np
import pytest
from tests.host.made_points import Made, made_points

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.efficiency import find_efficiency

POINTS = made_points(2, Made(rooms=12, minutes=40, hosts=6, expressions=4))


def test_rates_and_shares_add_up() -> None:
    found = find_efficiency(POINTS, "purchases")
    sold = POINTS.counts["purchases"]
    assert found.overall.a_minute.value == pytest.approx(sold.mean())
    hours = (POINTS.viewers / 60).sum()
    assert found.overall.a_viewer_hour is not None
    assert found.overall.a_viewer_hour.value == pytest.approx(sold.sum() / hours)
    for bins in (found.by_place, found.by_hour, found.by_category, found.by_face, found.by_host):
        assert sum(one.share_of_time for one in bins) == pytest.approx(1)
        assert sum(one.share_of_all for one in bins) == pytest.approx(1)
    assert len(found.by_place) == 10
    assert [one.name for one in found.by_host] == list(POINTS.host_ids)
    assert all(np.isnan(one.a_minute.low) for one in found.by_host)  # one cluster each
    assert found.clustered_by == "host"


def test_intervals_hold_what_was_planted() -> None:
    held = 0
    for seed in range(25):
        made = made_points(seed, Made(rooms=20, minutes=20, hosts=10, expressions=2, ratio=1.0))
        flat = np.exp(0.3 * stream(seed, "level").normal(size=10))[made.host]
        counts = stream(seed, "sold").poisson(5 * flat).astype(float)
        one = find_efficiency(dataclasses.replace(made, counts={"purchases": counts}), "purchases").overall
        held += one.a_minute.low <= 5 * np.exp(0.045) <= one.a_minute.high
    assert held >= 21


def test_the_best_tenth_stands_beside_chance() -> None:
    even = stream(0, "sold").poisson(5.0 * POINTS.viewers / POINTS.viewers.mean()).astype(float)
    bunched = np.where(np.arange(len(POINTS)) % 10 == 0, 50.0, 0.0)
    plain = find_efficiency(
        dataclasses.replace(POINTS, counts={"purchases": even}), "purchases"
    ).concentration
    heaped = find_efficiency(
        dataclasses.replace(POINTS, counts={"purchases": bunched}), "purchases"
    ).concentration
    assert plain.best_tenth == pytest.approx(plain.by_chance, abs=0.02)
    assert [heaped.best_tenth, heaped.nothing] == pytest.approx([1, 0.9])
    assert heaped.by_chance < 0.4


def test_refusals_and_one_host() -> None:
    with pytest.raises(ConfigError, match="no outcome 'sales'"):
        find_efficiency(POINTS, "sales")
    none = dataclasses.replace(POINTS, counts={"purchases": np.zeros(len(POINTS))})
    with pytest.raises(FormatError, match="none in any point"):
        find_efficiency(none, "purchases")
    alone = find_efficiency(made_points(1, Made(rooms=4, minutes=30, hosts=1, expressions=2)), "purchases")
    assert alone.clustered_by == "broadcast"
    assert alone.overall.a_minute.low < alone.overall.a_minute.value < alone.overall.a_minute.high
    unseen = dataclasses.replace(POINTS, viewers=np.full(len(POINTS), np.nan))
    assert find_efficiency(unseen, "purchases").overall.a_viewer_hour is None
