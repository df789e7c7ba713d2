"""A graph that is asked: steps of a cause, what a held value is compared with, arrows left open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.report.causal_cases import graph

from telltale.causal.asked_graph import AskedGraph, open_arrows, refuse_held, switches_of, words_of
from telltale.causal.discovery import DiscoverySettings, FactorEdge, learn_graph
from telltale.causal.graph_rows import graph_rows
from telltale.causal.path_intervals import path_intervals
from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel


def switched() -> FactorPanel:
    """A switch that is on a third of the time lifts mood by 0.9; two values that are no switch."""
    draw = stream(3, "switch")
    on = (draw.random((40, 50)) < 1 / 3).astype(float)
    table = {
        "viewer": np.repeat(np.arange(40).astype(str), 50),
        "step": np.tile(np.arange(50), 40),
        "note": on.ravel(),
        "size": 1.0 + (draw.random(2000) < 0.5),
        "mood": 0.9 * on.ravel() + draw.normal(size=2000),
    }
    return FactorPanel.from_frame(table, unit="viewer", time="step", tiers={"note": 0, "size": 0, "mood": 2})


def test_a_switch_is_told_for_0_to_1() -> None:
    panel = switched()
    assert panel.factor("size").kind == "binary"
    assert switches_of(panel) == {"note"}
    found = learn_graph(graph_rows(panel), DiscoverySettings(halves=0, draws=0))
    asked = AskedGraph(found, switches_of(panel))
    per_sd = path_intervals(found, "note", "mood", steps=2, draws=60)
    told = asked.for_step(per_sd)
    sd = float(panel.column("note").std())
    assert told.paths.total == pytest.approx(per_sd.paths.total / sd, rel=0.02)
    assert told.paths.total[0] * panel.column("mood").std() == pytest.approx(0.9, abs=0.12)
    for band, values in ((told.total, told.paths.total), (told.chains[0], told.paths.chains[0].response)):
        assert band.low[0] < values[0] < band.high[0]
    assert AskedGraph(found).for_step(per_sd) is per_sd


def test_a_switch_is_held_from_0_to_1_and_other_two_values_where_one_likes() -> None:
    panel = switched()
    refuse_held(panel, {"note": 0.0, "mood": 7.0, "size": 2.0})
    refuse_held(panel, {"note": 1.0})
    with pytest.raises(ConfigError, match="'note' is on or off and is set to 1"):
        refuse_held(panel, {"note": 1.5, "size": 2.0})


def test_what_is_held_is_compared_with_its_mean() -> None:
    panel = switched()
    asked = AskedGraph(learn_graph(graph_rows(panel), DiscoverySettings(halves=0)), switches_of(panel))
    share = asked.mean("note")
    assert share == pytest.approx(1 / 3, abs=0.05)
    assert asked.compared_with("note") == f"instead of its mean, {100 * share:.0f} % of the time"
    assert asked.compared_with("mood") == f"against its mean {asked.mean('mood'):.3g}"


def test_one_word_among_several_stands_instead_of_another() -> None:
    panel = switched()
    device = replace(panel.factor("note"), name="device_smart_tv", one_of="device")
    words = words_of(replace(panel, factors=(device, *panel.factors[1:])))
    assert words == {"device_smart_tv": "device smart_tv"}
    asked = AskedGraph(graph(), frozenset({"device_smart_tv", "note"}), words)
    assert asked.moved("device_smart_tv") == "device smart_tv instead of another"
    assert asked.moved("note") == "note on instead of off"
    assert asked.moved("desire") == "one standard deviation more of desire"
    told = [asked.held("device_smart_tv", value) for value in (1, 0, 0.5)]
    assert told == ["for all", "for nobody", "at 0.5"]
    assert asked.held("note", 1) == "at 1"


def arrow(cause: str, effect: str, *, oriented: bool = True) -> FactorEdge:
    return FactorEdge(cause, effect, 0, 0.5, 0.4, 0.6, 1.0, 0.5, oriented)


@pytest.mark.parametrize(
    ("cause", "effect", "found"),
    [
        ("a", "c", [("a", "b"), ("b", "c")]),
        ("c", "a", [("a", "b"), ("b", "c")]),
        ("b", "d", [("b", "c")]),
        ("d", "a", []),
        ("x", "d", []),
    ],
)
def test_open_arrows_are_told_on_any_way_asked_for(
    cause: str, effect: str, found: list[tuple[str, str]]
) -> None:
    """a - b - c > d."""
    edges = [
        arrow("a", "b", oriented=False),
        arrow("b", "c", oriented=False),
        arrow("c", "d"),
        arrow("x", "y"),
    ]
    assert [(one.cause, one.effect) for one in open_arrows(edges, [cause], [effect])] == found


def test_notes_tell_what_is_open_and_what_was_left_out() -> None:
    found = graph()
    turned = tuple(
        replace(edge, oriented=(edge.cause, edge.effect) != ("chat_mood", "desire")) for edge in found.edges
    )
    asked = AskedGraph(replace(found, edges=turned, rows=replace(found.rows, notes=("left out: 7 rows",))))
    assert asked.notes(["chat_mood"], ["buying"]) == (
        "chat_mood - desire: the data do not say which way",
        "left out: 7 rows",
    )
    assert asked.notes(["desire"], ["buying"]) == ("left out: 7 rows",)
