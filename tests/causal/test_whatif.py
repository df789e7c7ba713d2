"""Setting a factor in the model does what setting it in the world does; where data never went, a warning."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.panels import BEFORE, NAMES, NOW, panel

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.draw_ends import ends_of
from telltale.causal.graph_rows import graph_rows
from telltale.causal.linear_graph import LaggedEdges, weights_of
from telltale.causal.paths import find_paths
from telltale.causal.responses import response
from telltale.causal.whatif import what_if
from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel


@pytest.fixture(scope="module")
def graph() -> FactorGraph:
    return learn_graph(graph_rows(panel(sessions=120)), DiscoverySettings(halves=6, draws=50))


def set_in_the_world(name: str, value: float, steps: int) -> np.ndarray:
    """The world without noise from rest, one factor held. Causes stand first in it."""
    held, past, out = NAMES.index(name), np.zeros(5), []
    for _ in range(steps + 1):
        now, pushed = np.zeros(5), past @ BEFORE
        for j in range(5):
            now[j] = value if j == held else pushed[j] + now @ NOW[:, j]
        past = now
        out.append(now)
    return np.array(out)


def test_it_does_what_the_world_does(graph: FactorGraph) -> None:
    mean, scale = graph.linear.mean, np.array([1.0, 10.0, 0.1, 1.0, 5.0])
    for name in ("host", "desire"):
        place = NAMES.index(name)
        answer = what_if(graph, {name: mean[place] + 1.5 * scale[place]}, steps=6)
        world = set_in_the_world(name, 1.5, 6)
        for told in answer.outcomes:
            k = NAMES.index(told.factor)
            spread = 0.1 * graph.linear.sd[k]
            assert told.change == pytest.approx(world[:, k] * scale[k], abs=spread)
            assert (told.low <= told.change + 1e-9).all()
            assert (told.change <= told.high + 1e-9).all()
        assert answer.warnings == ()


def test_it_agrees_with_the_paths(graph: FactorGraph) -> None:
    start = graph.linear.mean[0]
    (told,) = what_if(graph, {"host": start + 2.0}, ["desire"], steps=8, draws=50).outcomes
    paths = find_paths(graph.linear, "host", "desire", steps=8, push="held")
    assert told.change == pytest.approx(2.0 * paths.total, abs=1e-9)


def test_what_is_set_is_moved_by_nothing(graph: FactorGraph) -> None:
    mean = graph.linear.mean
    answer = what_if(graph, {"host": mean[0] + 1.0, "attention": mean[2]}, steps=4)
    told = {one.factor: one.change for one in answer.outcomes}
    assert told.keys() == {"chat", "desire", "alone"}
    assert told["desire"][0] == pytest.approx(0.0, abs=1e-9)
    assert told["desire"][1] > 0.05


def test_where_the_data_never_went_it_says_so(graph: FactorGraph) -> None:
    (far,) = what_if(graph, {"host": 9.0}, steps=1, draws=50).warnings
    assert "none of 9,480 rows looked at is as far out" in far
    linear = graph.linear
    apart = {"host": linear.mean[0] + 2 * linear.sd[0], "chat": linear.mean[1] - 2 * linear.sd[1]}
    (together,) = what_if(graph, apart, steps=1, draws=50).warnings
    assert together.startswith("host, chat are hardly ever so together")


def test_how_far_the_data_went_is_counted_and_not_taken_from_a_normal_spread() -> None:
    """A promotion that few sessions had lies far from its mean, and is no news to the data."""
    draw = stream(5, "rare")
    rare = np.repeat(draw.random(400) < 0.03, 10).astype(float)
    rows = {"who": np.repeat([f"s{k:03d}" for k in range(400)], 10), "t": np.tile(np.arange(10), 400),
            "promotion": rare, "desire": 0.5 * rare + draw.normal(size=4000)}  # fmt: skip
    panel = FactorPanel.from_frame(rows, unit="who", time="t", tiers={"desire": 2})
    found = learn_graph(graph_rows(panel), DiscoverySettings(halves=0, draws=0))
    assert (1 - found.linear.mean[0]) / found.linear.sd[0] > 4
    assert what_if(found, {"promotion": 1.0}, steps=1).warnings == ()
    (told,) = what_if(found, {"promotion": 2.0}, steps=1).warnings
    assert "none of 3,600 rows" in told


def test_all_that_makes_no_sense_is_told_at_once(graph: FactorGraph) -> None:
    with pytest.raises(
        ConfigError, match=r"no factor is called 'hots'; 'chat' is set to nan; 'host' is set and"
    ):
        what_if(graph, {"hots": 1.0, "chat": np.nan, "host": 0.0}, ["host"])
    with pytest.raises(ConfigError, match="nothing is set"):
        what_if(graph, {})


def test_ends_are_those_of_all_other_intervals(graph: FactorGraph) -> None:
    """Wider than those of the draws alone, for people are 120; and of too few draws there are none."""
    host = graph.linear.mean[0]
    (told,) = what_if(graph, {"host": host + 1.0}, ["desire"], steps=2, draws=59, seed=4).outcomes
    clusters = graph.rows.clusters
    often = clusters.draws(stream(4, "what if"), 59)
    edges = LaggedEdges(graph.linear.now != 0, graph.linear.before != 0)
    drawn = response(weights_of(clusters.covariances(often), edges), 0, NAMES.index("desire"), 2, "held")
    low, high = ends_of(drawn, 0.95, 120)
    assert told.low == pytest.approx(low)
    assert told.high == pytest.approx(high)
    narrow = ends_of(drawn, 0.95)
    assert (told.high - told.low > 1.005 * (narrow[1] - narrow[0])).all()
    with pytest.raises(ConfigError, match="41 draws give no interval of 95 % from 120 people: take 42 draws"):
        what_if(graph, {"host": host + 1.0}, draws=41)
    assert what_if(graph, {"host": host + 1.0}, draws=20, level=0.9).level == 0.9
