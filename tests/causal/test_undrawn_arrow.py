"""Where no way was found, the arrow that is told is the one that would be drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.causal.panels import BEFORE, NOW, World, run
from tests.causal.test_path_intervals import EDGES, graph_of, rows_of

from telltale.causal.discovery import FactorGraph
from telltale.causal.graph_words import no_arrows_kept, undrawn_words
from telltale.causal.linear_graph import LaggedEdges
from telltale.causal.path_intervals import path_intervals
from telltale.causal.undrawn_arrow import may_lead


@pytest.fixture(scope="module")
def missed() -> FactorGraph:
    """The world, but for what desire does to attention a step later."""
    before = BEFORE != 0
    before[3, 2] = False
    rows = rows_of(run(World(scale=(1.0,) * 5), 40, 40, seed=3))
    return graph_of(rows, LaggedEdges(NOW != 0, before[None]))


def test_an_arrow_that_was_missed_is_told_as_it_would_be_drawn(missed: FactorGraph) -> None:
    """Within the step it would close a circle, for attention moves desire there."""
    told = path_intervals(missed, "desire", "attention", steps=3, standardised=False)
    assert not told.paths.total.any()
    assert told.undrawn is not None
    assert told.undrawn.lag == 1
    drawn = graph_of(missed.rows, EDGES).linear.before[0, 3, 2]
    assert told.undrawn.weight == pytest.approx(drawn)
    assert told.undrawn.low < BEFORE[3, 2] < told.undrawn.high < 0
    in_sd = path_intervals(missed, "desire", "attention", steps=3)
    assert in_sd.undrawn is not None
    ratio = missed.linear.sd[3] / missed.linear.sd[2]
    assert in_sd.undrawn.weight == pytest.approx(told.undrawn.weight * ratio)
    assert in_sd.undrawn.high == pytest.approx(told.undrawn.high * ratio)
    words = undrawn_words(in_sd, missed.rows, "desire", "attention")
    assert words.startswith(" Drawn in all the same, the arrow desire > attention after 1 s would be -0.")


def test_where_a_way_was_found_or_none_may_be_nothing_is_told(missed: FactorGraph) -> None:
    assert path_intervals(missed, "attention", "desire", steps=3).undrawn is None
    never = replace(missed, rows=replace(missed.rows, allowed=np.zeros_like(missed.rows.allowed)))
    told = path_intervals(never, "desire", "attention", steps=3)
    assert told.undrawn is None
    assert not undrawn_words(told, never.rows, "desire", "attention")
    kept = no_arrows_kept(never, told.clusters, ["desire"], ["attention"])
    assert kept.endswith("the data were not asked.")
    assert not no_arrows_kept(missed, told.clusters, ["desire"], ["attention"]).endswith("asked.")


def test_without_draws_there_is_no_interval(missed: FactorGraph) -> None:
    told = path_intervals(missed, "desire", "attention", steps=3, draws=0).undrawn
    assert told is not None
    assert np.isnan([told.low, told.high]).all()
    assert told.weight < 0


def test_a_way_may_lead_through_others_where_no_arrow_may(missed: FactorGraph) -> None:
    allowed = np.zeros_like(missed.rows.allowed)
    n = missed.rows.size
    allowed[0, 1] = allowed[n + 1, 3] = True
    rows = replace(missed.rows, allowed=allowed)
    assert may_lead(rows, ["host"], ["desire"])
    assert not may_lead(rows, ["desire"], ["host", "chat"])
    assert not may_lead(rows, ["attention"], ["desire"])


def test_an_arrow_that_was_drawn_and_arrives_later_is_no_missed_one() -> None:
    """Desire moves attention a step later: at once there is nothing, and no arrow is left out."""
    graph = graph_of(rows_of(run(World(scale=(1.0,) * 5), 40, 40, seed=3)), EDGES)
    told = path_intervals(graph, "desire", "attention", steps=0)
    assert not told.paths.total.any()
    assert told.undrawn is None
    kept = no_arrows_kept(graph, told.clusters, ["desire"], ["attention"])
    assert kept.endswith("so here there is none: what was found arrives later.")
