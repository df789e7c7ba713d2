"""What is told of a part that nothing goes through, and of what is held where no way leads."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.panels import World, run
from tests.causal.test_path_intervals import graph_of, rows_of

from telltale.causal.discovery import FactorGraph
from telltale.causal.graph_words import at_end, what_it_reads
from telltale.causal.path_intervals import path_intervals
from telltale.causal.whatif import what_if


@pytest.fixture(scope="module")
def graph() -> FactorGraph:
    return graph_of(rows_of(run(World(scale=(1.0,) * 5), 40, 40, seed=3)))


def test_a_part_that_nothing_goes_through_has_no_interval_of_zeros(graph: FactorGraph) -> None:
    """Host moves desire through others alone, attention by its own arrow alone."""
    through = path_intervals(graph, "host", "desire", steps=6)
    assert at_end(through.paths.direct, through.direct) == ("none", "")
    assert at_end(through.paths.indirect, through.indirect)[1]
    straight = path_intervals(graph, "attention", "desire", steps=6)
    assert at_end(straight.paths.indirect, straight.indirect) == ("none", "")
    assert at_end(straight.paths.direct, straight.direct)[1]


def test_what_a_way_leads_to_is_reached_wherever_it_is_held(graph: FactorGraph) -> None:
    """At its mean a factor changes nothing, and its ways are there; within the step fewer lead on."""
    mean = float(graph.linear.mean[graph.linear.place("host")])
    answer = what_if(graph, {"host": mean}, steps=2)
    assert not any(one.change.any() for one in answer.outcomes)
    assert {one.factor for one in answer.outcomes if one.reached} == {"chat", "attention", "desire"}
    within = what_if(graph, {"chat": 1.0}, steps=0)
    assert not any(one.reached for one in within.outcomes)
    later = what_if(graph, {"chat": 1.0}, steps=1)
    assert [one.factor for one in later.outcomes if one.reached] == ["desire"]


def test_only_a_search_by_score_begins_at_the_order_of_r2() -> None:
    assert "begins at the order of R2" in what_it_reads("order")
    assert np.unique([what_it_reads(method) for method in ("order", "lingam", "notears")]).size == 3
