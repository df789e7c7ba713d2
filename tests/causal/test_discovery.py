"""A planted graph is found, whatever the units; nothing where nothing is; what nobody can turn stays so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.causal.panels import BEFORE, NAMES, NOW, World, panel, run

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.graph_rows import graph_rows
from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.factors.order import Background
from telltale.factors.panel import FactorPanel

QUICK = DiscoverySettings(halves=10, draws=100)


@pytest.fixture(scope="module")
def graph() -> FactorGraph:
    return learn_graph(graph_rows(panel()), QUICK)


def arrows(graph: FactorGraph) -> dict[tuple[str, str, int], float]:
    return {(edge.cause, edge.effect, edge.lag): edge.weight for edge in graph.edges}


def planted() -> dict[tuple[str, str, int], float]:
    """In standard deviations."""
    values = run(World(scale=(1.0,) * 5), 400, 100, seed=9).reshape(-1, 5)
    sd = values.std(axis=0)
    out = {}
    for lag, weights in enumerate((NOW, BEFORE)):
        for i, j in np.argwhere(weights).tolist():
            if i != j:
                out[NAMES[i], NAMES[j], lag] = weights[i, j] * sd[i] / sd[j]
    return out


def test_what_was_planted_is_found_with_its_weight(graph: FactorGraph) -> None:
    wanted = planted()
    found = arrows(graph)
    assert found.keys() == wanted.keys()
    for arrow, weight in wanted.items():
        assert found[arrow] == pytest.approx(weight, abs=0.05)
    assert all(edge.oriented for edge in graph.edges)
    assert [abs(edge.weight) for edge in graph.edges] == sorted(
        (abs(w) for w in found.values()), reverse=True
    )


def test_intervals_hold_what_was_planted() -> None:
    wanted, alone, held = planted(), replace(QUICK, halves=0), []
    for seed in range(20):
        for edge in learn_graph(graph_rows(panel(seed=seed)), alone).edges:
            weight = wanted.get((edge.cause, edge.effect, edge.lag))
            if weight is not None:
                held.append(edge.low <= weight <= edge.high)
    assert len(held) == 20 * len(wanted)
    assert np.mean(held) > 0.88


def test_units_do_not_matter(graph: FactorGraph) -> None:
    other = learn_graph(graph_rows(panel(World(scale=(1e-4, 1.0, 1e5, 3.0, 1.0)))), QUICK)
    assert arrows(other) == pytest.approx(arrows(graph), rel=1e-6)


def test_nothing_is_found_where_nothing_is() -> None:
    world = World(now=np.zeros((5, 5)), before=np.diag(np.diag(BEFORE)))
    assert learn_graph(graph_rows(panel(world)), QUICK).edges == ()


def test_what_data_cannot_turn_is_not_turned() -> None:
    """Two factors of one tier, no memory, normal noise: joined, and nobody can say which way."""
    now = np.array([[0.0, 0.5], [0.0, 0.0]])
    world = World(("one", "other"), now, np.zeros((1, 2, 2))[0], (1.0, 1.0))
    (edge,) = learn_graph(graph_rows(panel(world)), QUICK).edges
    assert {edge.cause, edge.effect} == {"one", "other"}
    assert edge.seen == 1.0
    assert not edge.oriented


def test_a_user_turns_and_forbids_arrows(graph: FactorGraph) -> None:
    known = Background(forbidden=("chat -(1)-> desire",), required=("alone -> desire",))
    found = arrows(learn_graph(graph_rows(panel(), background=known), QUICK))
    assert ("chat", "desire", 1) not in found
    assert ("alone", "desire", 0) in found
    assert ("alone", "desire", 0) not in arrows(graph)


def test_weak_arrows_are_left_out() -> None:
    strict = learn_graph(graph_rows(panel()), replace(QUICK, least=0.25))
    assert arrows(strict)
    assert min(abs(edge.weight) for edge in strict.edges) >= 0.25


def test_the_same_seed_gives_the_same(graph: FactorGraph) -> None:
    assert learn_graph(graph_rows(panel()), QUICK).edges == graph.edges


def test_rows_of_one_broadcast_count_once() -> None:
    """Ten viewers see one host: that is no tenfold evidence of what moves the host."""
    rng, steps = stream(3, "rooms"), 60
    host = rng.normal(size=(6, steps))
    table = pa.table(
        {
            "session": np.repeat([f"s{k:02d}" for k in range(60)], steps),
            "room": np.repeat([f"r{k // 10}" for k in range(60)], steps),
            "step": np.tile(np.arange(steps), 60),
            "host": np.repeat(host, 10, axis=0).ravel(),
            "desire": rng.normal(size=60 * steps),
        }
    )
    made = FactorPanel.from_frame(
        table,
        unit="session",
        time="step",
        group="room",
        levels={"host": "room"},
        tiers={"host": 1, "desire": 2},
    )
    rows = graph_rows(made)
    assert rows.rows == 60 * (steps - 1)
    assert rows.independent == 6 * (steps - 1)


def test_what_no_graph_can_be_learnt_from_is_refused() -> None:
    with pytest.raises(FormatError, match="9 persons, 10 at least"):
        graph_rows(panel(sessions=9))
    with pytest.raises(FormatError, match=r"rows for 10 columns; .* 10 at least"):
        graph_rows(panel(sessions=2, steps=13))
    table = panel().to_frame()
    table["twin"] = 2 * table["chat"] + 1
    twins = FactorPanel.from_frame(
        table[["session_id", "step", *NAMES, "twin"]].astype({"session_id": str}),
        unit="session_id",
        time="step",
    )
    with pytest.raises(FormatError, match="chat, twin say the same together"):
        graph_rows(twins)
    with pytest.raises(ValueError, match="seen must be"):
        DiscoverySettings(seen=2)
    with pytest.raises(ValueError, match="draws must be 2 or more"):
        DiscoverySettings(draws=0)
