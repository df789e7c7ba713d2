"""Noise that is not normal orders what no score can; normal noise, or time alone, and the score stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.causal.panels import World, panel

from telltale.causal.dag import Edges
from telltale.causal.discovery import DiscoverySettings, learn_graph
from telltale.causal.graph_rows import GraphRows, graph_rows
from telltale.causal.graph_search import by_noise, by_score, choose
from telltale.core.errors import ConfigError
from telltale.factors.order import Background

QUICK = DiscoverySettings(halves=6, draws=0)
PAIR = World(("one", "other"), np.array([[0.0, 0.5], [0.0, 0.0]]), np.zeros((2, 2)), (1.0, 3.0), "laplace")


@pytest.fixture(scope="module")
def rows() -> GraphRows:
    return graph_rows(panel(World(noise="laplace")))


def test_noise_turns_what_a_score_cannot() -> None:
    """Two factors of one tier without memory: the score leaves the way open, the noise tells it."""
    found = learn_graph(graph_rows(panel(PAIR)), QUICK)
    (edge,) = found.edges
    assert (edge.cause, edge.effect, edge.lag, edge.oriented) == ("one", "other", 0, True)
    assert edge.one_way == edge.seen == 1.0
    assert found.method == "lingam"
    assert "not normal" in found.chosen_because
    (open_edge,) = learn_graph(graph_rows(panel(PAIR)), replace(QUICK, method="order")).edges
    assert not open_edge.oriented


def test_rows_without_a_past_will_do() -> None:
    found = learn_graph(graph_rows(panel(PAIR), lags=0), QUICK)
    (edge,) = found.edges
    assert (edge.cause, edge.effect, edge.oriented, found.method) == ("one", "other", True, "lingam")
    assert found.linear.before.shape == (0, 2, 2)


def test_normal_noise_is_left_to_the_score() -> None:
    found = learn_graph(graph_rows(panel(replace(PAIR, noise="normal"))), QUICK)
    assert found.method == "order"
    assert "normal noise tells no order" in found.chosen_because
    assert not found.edges[0].oriented


@pytest.mark.parametrize("method", ["order", "lingam"])
def test_both_methods_find_what_was_planted(rows: GraphRows, method: str) -> None:
    found = learn_graph(rows, DiscoverySettings(halves=4, draws=0, method=method))  # type: ignore[arg-type]
    assert {(e.cause, e.effect, e.lag) for e in found.edges} == {
        ("host", "chat", 0),
        ("host", "attention", 0),
        ("attention", "desire", 0),
        ("chat", "desire", 1),
        ("desire", "attention", 1),
    }
    assert found.chosen_because == "asked for"
    assert all(edge.oriented for edge in found.edges)


def test_where_time_orders_everything_nothing_is_chosen() -> None:
    known = Background(tiers={name: place for place, name in enumerate(("one", "other"))})
    rows = graph_rows(panel(PAIR), background=known)
    choice, _ = choose(rows, by_score(rows, rows.clusters.total(), penalty=2.0, starts=1, seed=0), 2.0)
    assert choice.method == "order"
    assert choice.because.startswith("time alone")


def test_an_order_that_explains_less_does_not_stand(rows: GraphRows) -> None:
    """One that may not draw host > chat, against a graph of the score that did."""
    scored = by_score(rows, rows.clusters.total(), penalty=2.0, starts=3, seed=0)
    assert choose(rows, scored, 2.0)[0].method == "lingam"
    apart = ~_arrow(rows, "host", "chat") & ~_arrow(rows, "chat", "host")
    choice, stands = choose(replace(rows, allowed=rows.allowed & apart), scored, 2.0)
    assert choice.method == "order"
    assert "more unexplained" in choice.because
    assert stands is scored


def _arrow(rows: GraphRows, cause: str, effect: str) -> Edges:
    out = np.zeros(rows.allowed.shape, bool)
    out[rows.factors.index(cause), rows.factors.index(effect)] = True
    return out


def test_lingam_keeps_to_what_is_known() -> None:
    known = Background(forbidden=("host -> chat", "chat -(1)-> desire"), required=("alone -> attention",))
    rows = graph_rows(panel(World(noise="laplace")), background=known)
    found = by_noise(rows, rows.clusters.total(), rows.sample.values, penalty=2.0)
    assert not (found.dag & ~rows.allowed[:, : rows.size]).any()
    assert (found.dag | ~rows.required[:, : rows.size]).all()
    place = rows.factors.index
    assert found.dag[place("alone"), place("attention")]
    assert not found.dag[place("host"), place("chat")]
    assert not found.tied.any()


def test_half_samples_of_lingam_take_half_of_the_rows(rows: GraphRows) -> None:
    chosen = np.zeros(rows.clusters.clusters)
    chosen[::2] = 1.0
    part = rows.sample.of(chosen)
    assert len(part) == rows.clusters.count[::2].sum()
    assert part.mean(axis=0) == pytest.approx(rows.clusters.total(chosen).mean)


def test_a_method_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="method must be auto, order or lingam"):
        DiscoverySettings(method="ges")  # type: ignore[arg-type]


def test_sortability_is_told_with_the_graph(rows: GraphRows) -> None:
    """Along host > chat, host > attention > desire: scaled so that variance rises, then falls."""
    names = rows.factors
    rising = {name: 10.0 ** names.index(name) for name in names}
    by_variance = []
    for scale in (rising, {name: 1 / one for name, one in rising.items()}):
        world = World(noise="laplace", scale=tuple(scale[name] for name in World().names))
        found = learn_graph(graph_rows(panel(world)), DiscoverySettings(halves=0, draws=0))
        by_variance.append(found.sortability.by_variance)
        assert 0 <= found.sortability.by_r2 <= 1
    assert by_variance == [1.0, 0.0]
