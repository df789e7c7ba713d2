"""How sure paths are: the arrows kept, their weights fitted anew to whole clusters that are drawn again.

Every resample is another set of weights for the same arrows, so the whole, the direct way and each chain are
followed in all of them at once (`responses.py`), and ends lie the farther out the fewer clusters there are
(`draw_ends.py`). Such intervals hold for the arrows that were found: that others were missed, or that the
chains listed were picked for being strong, is in no interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from telltale.causal.dag import Floats
from telltale.causal.discovery import FactorGraph
from telltale.causal.draw_ends import draws_for, ends_of
from telltale.causal.graph_faults import PLURAL
from telltale.causal.linear_graph import LaggedEdges, LinearGraph, weights_of
from telltale.causal.paths import Paths, find_paths
from telltale.causal.responses import Push, chain_response, response, weights_in
from telltale.causal.undrawn_arrow import UndrawnArrow, undrawn_arrow
from telltale.core.rng import stream


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Where a response lies, step by step."""

    low: Floats
    """Shape (H + 1,); NaN where there are no resamples."""
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SurePaths:
    """Paths with an interval for each part of them."""

    paths: Paths
    total: Band
    direct: Band
    indirect: Band
    chains: tuple[Band, ...]
    """Of each chain, in the order of `paths.chains`."""
    other_chains: Band
    level: float
    clusters: int
    """People or rooms that were drawn again."""
    undrawn: UndrawnArrow | None = None
    """Where no way was found, what the direct arrow would be; None too where time allows none, and where
    only sums that go on are at hand."""


def path_intervals(
    graph: FactorGraph,
    cause: str,
    effect: str,
    *,
    steps: int = 12,
    push: Push = "held",
    strongest: int = 5,
    standardised: bool = True,
    draws: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> SurePaths:
    """What a cause does to an effect, through what, and how sure each part is.

    Parameters
    ----------
    standardised
        Whether all is told in standard deviations, those of all rows; else in the factors' own units.
    draws
        Resamples of the clusters; 200, or as many as the level needs, where nobody says. 0 for no intervals.
    """
    linear, clusters = graph.linear, graph.rows.clusters
    if draws != 0:
        draws = draws_for(draws, level, clusters.clusters, PLURAL[graph.rows.cluster])
    found = find_paths(
        linear.standardised() if standardised else linear,
        cause,
        effect,
        steps=steps,
        push=push,
        strongest=strongest,
    )
    often = clusters.draws(stream(seed, "path intervals"), draws)
    edges = LaggedEdges(linear.now != 0, linear.before != 0)
    drawn = weights_of(clusters.covariances(often), edges) if draws else weights_in(linear)[None][:0]
    sure = intervals_of(
        found, linear, drawn, standardised=standardised, level=level, clusters=clusters.clusters
    )
    if found.total.any():
        return sure
    missed = undrawn_arrow(graph, cause, effect, often, standardised=standardised, level=level)
    return replace(sure, undrawn=missed)


def intervals_of(
    found: Paths, linear: LinearGraph, drawn: Floats, *, standardised: bool, level: float, clusters: int
) -> SurePaths:
    """Intervals from weights that were drawn.

    Parameters
    ----------
    found
        What `find_paths` told of the same graph, in the same units.
    linear
        The graph in its own units: its names and standard deviations.
    drawn
        Shape (R, 1 + L, n, n), in the factors' own units. Fewer than two tell nothing.
    clusters
        Among how many was drawn: the fewer, the wider.
    """
    if standardised:
        spread = np.where(linear.sd > 0, linear.sd, 1.0)
        drawn = drawn * (spread[:, None] / spread[None, :])
    source, target, steps = linear.place(found.cause), linear.place(found.effect), len(found.total) - 1
    total = response(drawn, source, target, steps, found.push)
    direct = chain_response(drawn, (source, target), steps, found.push)
    chains = [
        chain_response(drawn, [linear.place(name) for name in chain.factors], steps, found.push)
        for chain in found.chains
    ]
    return SurePaths(
        paths=found,
        total=_band(total, level, clusters),
        direct=_band(direct, level, clusters),
        indirect=_band(total - direct, level, clusters),
        chains=tuple(_band(chain, level, clusters) for chain in chains),
        other_chains=_band(total - sum(chains, np.zeros_like(total)), level, clusters),
        level=level,
        clusters=clusters,
    )


def _band(drawn: Floats, level: float, clusters: int) -> Band:
    if len(drawn) < 2:
        nothing = np.full(drawn.shape[-1], np.nan)
        return Band(nothing, nothing)
    return Band(*ends_of(drawn, level, clusters))
