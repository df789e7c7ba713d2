"""What a search anew would change is what one over all rows changes, without a row being read again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.causal.panels import panel
from tests.causal.test_shared_shocks import watched

from telltale.causal.arrows_anew import ArrowChanges, changes, sought_again
from telltale.causal.discovery import DiscoverySettings, FactorEdge, FactorGraph, learn_graph
from telltale.causal.further_rows import further_rows, live_graph
from telltale.causal.graph_rows import graph_rows
from telltale.causal.shared_shocks import Shared
from telltale.factors.panel import FactorPanel

QUICK = DiscoverySettings(halves=0, draws=0, method="order")


def grown(whole: FactorPanel, first: FactorPanel, shared: Shared, halves: int) -> tuple[FactorGraph, ...]:
    """The graph of the first rows, what is sought again then and by now, and a batch over all rows."""
    settings = replace(QUICK, halves=halves)
    graph = learn_graph(graph_rows(first, shared=shared), settings)
    then = sought_again(graph, live_graph(graph, further_rows(first, graph.rows), first).moments)
    by_now = sought_again(graph, live_graph(graph, further_rows(whole, graph.rows), whole).moments)
    assert then is not None
    assert by_now is not None
    return graph, then, by_now, learn_graph(graph_rows(whole, shared=shared), QUICK)


@pytest.mark.parametrize("shared", ["keep", "adjust"])
@pytest.mark.parametrize("halves", [0, 4])
def test_a_search_over_sums_is_that_of_a_batch(shared: Shared, halves: int) -> None:
    whole = watched(1.0)
    first = whole.take((whole.room < 5) & (whole.step < 15))
    graph, then, by_now, batch = grown(whole, first, shared, halves)
    assert changes(by_now, batch) == ArrowChanges(0, 0)
    plain = learn_graph(graph.rows, QUICK)
    assert changes(then, plain) == ArrowChanges(0, 0)
    if not halves:
        assert changes(graph, then) == ArrowChanges(0, 0)
    assert changes(then, by_now) == changes(plain, batch)
    if shared == "keep":
        # What a room shares looks like arrows, the more the more rows there are.
        assert changes(then, by_now) != ArrowChanges(0, 0)


def test_where_rows_would_be_wanted_nothing_is_told() -> None:
    """Noise that tells an order, and ranks, are not in the sums."""
    for rows, method in (
        (graph_rows(panel()), "lingam"),
        (graph_rows(panel(), types="normal scores"), "order"),
    ):
        graph = learn_graph(rows, DiscoverySettings(halves=0, draws=0, method=method))  # type: ignore[arg-type]
        assert sought_again(graph, rows.clusters.total()) is None


def test_an_arrow_that_nobody_turns_may_point_either_way() -> None:
    graph = learn_graph(graph_rows(panel()), QUICK)

    def of(*edges: tuple[str, str, int, bool]) -> FactorGraph:
        made = [FactorEdge(a, b, lag, 0.5, 0.4, 0.6, np.nan, np.nan, turned) for a, b, lag, turned in edges]
        return replace(graph, edges=tuple(made))

    one = of(("a", "b", 0, False), ("a", "c", 1, True))
    assert changes(one, of(("b", "a", 0, True), ("a", "c", 1, True))) == ArrowChanges(0, 0)
    assert changes(one, of(("a", "b", 0, False), ("c", "a", 1, True))) == ArrowChanges(1, 1)
    assert changes(of(("a", "b", 0, True)), of(("b", "a", 0, True))) == ArrowChanges(1, 1)
    assert changes(one, of(("a", "b", 0, False))) == ArrowChanges(0, 1)
    assert changes(one, of(*[("a", "b", lag, True) for lag in (0, 1)], ("a", "c", 1, True))) == ArrowChanges(
        1, 0
    )
