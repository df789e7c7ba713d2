"""Ranks on the scale of a normal: bent becomes straight, yes and no stay, weights keep their units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.causal.panels import panel

from telltale.causal.discovery import DiscoverySettings, learn_graph
from telltale.causal.graph_rows import graph_rows
from telltale.causal.normal_scores import normal_scores, scores_of
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

QUICK = DiscoverySettings(halves=0, draws=0)


def test_only_ranks_count_and_ties_share_one() -> None:
    values = stream(0, "scores").normal(size=500)
    assert scores_of(np.exp(3 * values)) == pytest.approx(scores_of(values))
    assert np.corrcoef(scores_of(values), values)[0, 1] > 0.99
    assert scores_of(values).std() == pytest.approx(1.0, abs=0.02)
    counts = scores_of(np.array([0.0, 0.0, 0.0, 1.0, 7.0]))
    assert counts[0] == counts[1] == counts[2] < counts[3] < counts[4]


def bent() -> FactorPanel:
    """The planted panel, read through steep curves; one factor cut into yes and no."""
    made = panel()
    values = made.values / made.values.std(axis=0)
    values = np.exp(2.5 * values)
    values[:, 4] = made.values[:, 4] > 0
    factors = tuple(
        replace(factor, kind="binary" if place == 4 else "continuous")
        for place, factor in enumerate(made.factors)
    )
    return replace(made, values=values, factors=factors)


def test_what_is_yes_or_no_stays() -> None:
    made = bent()
    scored = normal_scores(made)
    assert (scored.values[:, 4] == made.values[:, 4]).all()
    assert np.abs(stats.skew(scored.values[:, :4])).max() < 0.05
    assert (made.values == bent().values).all()


def test_scores_find_what_bent_readings_hide() -> None:
    wanted = {
        frozenset(pair) for pair in (("host", "chat"), ("host", "attention"), ("attention", "desire"))
    } | {frozenset(("chat", "desire"))}
    missed = {}
    for types in ("as they are", "normal scores"):
        rows = graph_rows(bent(), types=types)
        found = learn_graph(rows, replace(QUICK, method="order", least=0.0))
        missed[types] = wanted - {frozenset((edge.cause, edge.effect)) for edge in found.edges}
        # Weights are of the values as they are.
        assert found.linear.mean == pytest.approx(rows.clusters.total().mean[:5])
        assert found.linear.mean[0] > 5
    assert not missed["normal scores"]
    assert missed["as they are"]
