"""How much of a planted graph is found: pairs, ways and steps, and arrows that nobody planted.

Pairs are told by F1, among all factors and among those that were planted. An arrow is right with its way and
its step, and only where the graph says which way. Arrows among planted factors that were not planted so are
named, for a pair that is right may yet hold one: `desire -(1)-> attention` beside `attention -> desire`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection

import numpy as np
from planted_study import simulated

from telltale.causal.discovery import DiscoverySettings, FactorEdge, FactorGraph, learn_graph
from telltale.causal.graph_clusters import drawn_by
from telltale.causal.graph_rows import GraphRows, graph_rows
from telltale.factors.factor import DOING
from telltale.factors.from_study import factor_panel
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.spec_file import load_spec

Arrow = tuple[str, str, int]
"""Cause, effect, steps until it arrives."""
Pair = frozenset[str]
READ_AS = {"price": "price_on_show"}
"""Planted causes that a study's factors call otherwise."""
COLUMNS = (
    "sessions",
    "seed",
    "F1 of all factors",
    "of planted ones",
    "all that time allows",
    "pairs planted",
    "arrows planted",
    "found with way and lag",
    "found among planted factors, not planted",
)


def print_graphs(sizes: list[int], seeds: list[int]) -> None:
    """One row a study."""
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    spec = load_spec()
    for sessions in sizes:
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                panel = factor_panel(simulated(spec, sessions, seed, folder)[0])
            chosen = panel.select([factor.name for factor in panel.factors if factor.tier < DOING])
            graph = learn_graph(graph_rows(chosen, cluster=drawn_by(chosen)), DiscoverySettings())
            print(f"| {sessions:,} | {seed} | {' | '.join(_cells(spec, graph))} |", flush=True)


def _cells(spec: Spec, graph: FactorGraph) -> list[str]:
    arrows, planted = planted_arrows(spec, graph.rows.factors), planted_factors(spec)
    wanted = {frozenset(arrow[:2]) for arrow in arrows}
    found = {frozenset((edge.cause, edge.effect)) for edge in graph.edges}
    among = [edge for edge in graph.edges if {edge.cause, edge.effect} <= planted]
    right = [edge for edge in among if edge.oriented and (edge.cause, edge.effect, edge.lag) in arrows]
    scores = f1(found, wanted), f1({pair for pair in found if pair <= planted}, wanted)
    counts = len(wanted), len(arrows), len(right)
    other = sorted(_told(edge) for edge in among if edge not in right)
    return [
        *(f"{score:.3f}" for score in (*scores, f1(_may_be_joined(graph.rows), wanted))),
        *map(str, counts),
        ", ".join(other) or "none",
    ]


def f1(found: set[Pair], wanted: set[Pair]) -> float:
    """Of pairs."""
    return 2 * len(found & wanted) / (len(found) + len(wanted)) if found or wanted else 1.0


def planted_arrows(spec: Spec, factors: Collection[str]) -> set[Arrow]:
    """Those among these factors; what is exogenous acts within the step, and so does a strategy."""
    arrows = {(READ_AS.get(edge.cause, edge.cause), edge.effect, edge.lag) for edge in spec.edges}
    arrows |= {(strategy.name, strategy.target, 0) for strategy in spec.strategies}
    return {arrow for arrow in arrows if {*arrow[:2]} <= set(factors)}


def planted_factors(spec: Spec) -> set[str]:
    """All that the world's equations hold, as a study calls it."""
    exogenous = (READ_AS.get(name, name) for name in EXOGENOUS)
    slow, shown = ({one.name for one in each} for each in (spec.all_factors, spec.strategies))
    return slow | shown | {*exogenous}


def _may_be_joined(rows: GraphRows) -> set[Pair]:
    """Pairs that time order lets be joined, within a step or from one before."""
    n, lags = rows.size, range(1, rows.lags + 1)
    may = rows.allowed[:n, :n] | np.any([rows.allowed[k * n : (k + 1) * n, :n] for k in lags], axis=0)
    return {frozenset((rows.factors[i], rows.factors[j])) for i, j in np.argwhere(may) if i != j}


def _told(edge: FactorEdge) -> str:
    """As docs write it, `-` where the data do not say which way.

    >>> _told(FactorEdge("desire", "attention", 1, 0.05, 0.04, 0.06, 1.0, 1.0, True))
    'desire -(1)-> attention'
    """
    way = f"-({edge.lag})->" if edge.lag else "->"
    return f"{edge.cause} {way if edge.oriented else '-'} {edge.effect}"
