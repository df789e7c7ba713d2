"""Where no way was found: what the arrow from the cause to the effect would be, drawn in all the same.

    effect = its causes as they were found + the cause, weights by least squares, intervals by cluster

The arrow is within the step if time allows it and it closes no circle, else from the first step before that
allows it. An interval that holds nothing but little says more than that no arrow was drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from telltale.causal.dag import Edges, Floats, is_acyclic
from telltale.causal.discovery import FactorGraph
from telltale.causal.draw_ends import ends_of
from telltale.causal.graph_rows import GraphRows
from telltale.causal.linear_graph import LaggedEdges, fit_linear_graph, weights_of


@dataclass(frozen=True, slots=True)
class UndrawnArrow:
    """An arrow that no search drew."""

    lag: int
    """Steps until it would arrive."""
    weight: float
    """One of the cause, all causes of the effect that were found held."""
    low: float
    """NaN where no interval was wanted."""
    high: float


def undrawn_arrow(
    graph: FactorGraph, cause: str, effect: str, often: Floats, *, standardised: bool, level: float
) -> UndrawnArrow | None:
    """The direct arrow if it were drawn; None where neither time nor the background allows one, or where it
    was drawn and arrives later than was asked.

    Parameters
    ----------
    often
        Shape (R, G): how often each cluster is in each resample; fewer than two give no interval.
    standardised
        Whether it is told in standard deviations, else in the factors' own units.
    """
    linear, clusters = graph.linear, graph.rows.clusters
    source, target = linear.place(cause), linear.place(effect)
    arrows = np.concatenate([linear.now[None] != 0, linear.before != 0])
    lag = _first_lag(graph, source, target)
    if lag is None or arrows[lag, source, target]:
        return None
    arrows[lag, source, target] = True
    edges = LaggedEdges(arrows[0], arrows[1:])
    fitted = fit_linear_graph(clusters.total(), edges)
    unit = fitted.sd[source] / fitted.sd[target] if standardised else 1.0
    weights = fitted.before[lag - 1] if lag else fitted.now
    low = high = float("nan")
    if len(often) > 1:
        drawn = weights_of(clusters.covariances(often), edges)[:, lag, source, target]
        low, high = (float(unit * end) for end in ends_of(drawn, level, clusters.clusters))
    return UndrawnArrow(lag, float(unit * weights[source, target]), low, high)


def leads_later(graph: FactorGraph, causes: Collection[str], effects: Collection[str]) -> bool:
    """Whether arrows that were found lead there after all, in steps that nobody asked for."""
    linear = graph.linear
    found = np.concatenate([linear.now[None] != 0, linear.before != 0])
    return _leads(found, graph.rows, causes, effects)


def may_lead(rows: GraphRows, causes: Collection[str], effects: Collection[str]) -> bool:
    """Whether time and the background allow any way from one of some factors to one of others, at any lag."""
    n = rows.size
    return _leads(rows.allowed[:, :n].reshape(-1, n, n), rows, causes, effects)


def _leads(arrows: Edges, rows: GraphRows, causes: Collection[str], effects: Collection[str]) -> bool:
    """Along arrows of shape (1 + L, n, n)."""
    reached = np.isin(rows.factors, [*causes])
    for _ in range(rows.size):
        reached |= arrows[:, reached].any(axis=(0, 1))
    return bool(reached[np.isin(rows.factors, [*effects])].any())


def _first_lag(graph: FactorGraph, source: int, target: int) -> int | None:
    """The first step from which the arrow may come."""
    rows, now = graph.rows, graph.linear.now != 0
    now[source, target] = True
    for lag in range(1 + rows.lags):
        column = lag * rows.size + source
        if rows.allowed[column, target] and column in rows.moving and (lag or is_acyclic(now)):
            return lag
    return None
