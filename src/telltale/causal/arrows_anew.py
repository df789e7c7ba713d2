"""Which arrows a search anew would add and drop, of a graph whose sessions went on coming.

    sums of the batch, sums of all that came > the batch's search, by its method > arrows of then and of now

Weights follow sessions, arrows stay. That a search would by now choose others is seen here without reading
anything again; what it starts from is the batch's: factors that changed then, what a row is told against, and
what a session is worth on average.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from telltale.causal.discovery import FactorGraph, learn_graph
from telltale.causal.moments import ClusterMoments, Moments


@dataclass(frozen=True, slots=True)
class ArrowChanges:
    """Arrows between different factors; one that turned is added once and dropped once.

    >>> str(ArrowChanges(2, 1)), str(ArrowChanges(0, 0))
    ('add 2 arrows and drop 1', 'find the same arrows')
    """

    added: int
    dropped: int

    def __str__(self) -> str:
        if not self.added and not self.dropped:
            return "find the same arrows"
        added = f"add {self.added} arrow{'s' * (self.added != 1)}"
        if not self.dropped:
            return added
        if not self.added:
            return f"drop {self.dropped} arrow{'s' * (self.dropped != 1)}"
        return f"{added} and drop {self.dropped}"


def sought_again(graph: FactorGraph, moments: Moments) -> FactorGraph | None:
    """The graph that a search over all that came finds, half samples not asked; None where sums do not tell.

    Parameters
    ----------
    graph
        That of the batch. Where noise told its order, or where arrows were sought among ranks, rows are
        wanted that nobody keeps.
    moments
        Of all rows by now, as `OnlineGraph.moments` gives them; those of the batch give what `changes` wants
        to compare with.
    """
    rows, total = graph.rows, graph.rows.clusters.total()
    if graph.method == "lingam" or not np.allclose(rows.structure.total().covariance, total.covariance):
        return None
    count = np.array([moments.count])
    one = ClusterMoments(moments.names, moments.origin, count, moments.sums[None], moments.products[None])
    grown = moments.count / total.count
    by_now = replace(
        rows,
        clusters=one,
        structure=one,
        worth=rows.worth * grown,
        independent=round(rows.independent * grown),
    )
    return learn_graph(by_now, replace(graph.settings, method=graph.method, halves=0, draws=0))


def changes(old: FactorGraph, new: FactorGraph) -> ArrowChanges:
    """From one graph to another; an arrow that either does not turn is the same whichever way it points."""
    loose = {
        frozenset((edge.cause, edge.effect)) for one in (old, new) for edge in one.edges if not edge.oriented
    }

    def arrows(graph: FactorGraph) -> set[tuple[int, tuple[str, ...]]]:
        found = set()
        for edge in graph.edges:
            ends = (edge.cause, edge.effect)
            turns = not edge.lag and frozenset(ends) in loose
            found.add((edge.lag, tuple(sorted(ends)) if turns else ends))
        return found

    was, now = arrows(old), arrows(new)
    return ArrowChanges(len(now - was), len(was - now))
