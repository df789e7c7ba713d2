"""Moments add up, and a graph fitted from them is the least squares of its rows."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.causal.linear_graph import LaggedEdges, fit_linear_graph, lagged_names, lagged_rows
from telltale.causal.moments import cluster_moments, moments_of
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream

NAMES = ("a", "b", "c")


def rows(count: int = 400, seed: int = 1) -> np.ndarray:
    """Far from zero, of different spread."""
    return stream(seed, "rows").normal([1e6, -3.0, 0.01], [1.0, 20.0, 0.001], (count, 3))


def test_parts_add_up_to_the_whole() -> None:
    values = rows()
    origin = values[0]
    whole = moments_of(NAMES, values, origin)
    parts = moments_of(NAMES, values[:100], origin) + moments_of(NAMES, values[100:], origin)
    assert parts.count == whole.count
    assert parts.mean == pytest.approx(values.mean(axis=0), rel=1e-12)
    assert parts.covariance == pytest.approx(np.cov(values.T, bias=True), rel=1e-6)


def test_clusters_add_up_and_are_drawn_whole() -> None:
    values, owner = rows(), stream(2, "owners").integers(0, 7, 400)
    found = cluster_moments(NAMES, values, owner)
    assert found.clusters == 7
    assert found.total().covariance == pytest.approx(np.cov(values.T, bias=True), rel=1e-6)
    weights = np.array([2, 0, 0, 1, 0, 3, 1])
    again = np.concatenate([values[owner == k] for k in range(7) for _ in range(weights[k])])
    assert found.total(weights).covariance == pytest.approx(np.cov(again.T, bias=True), rel=1e-6)
    rng = stream(3, "draw")
    drawn = found.draws(rng, 20)
    assert drawn.sum(axis=1).tolist() == [7] * 20
    for often, covariance in zip(drawn, found.covariances(drawn), strict=True):
        assert covariance == pytest.approx(found.total(often).covariance, rel=1e-9)
    assert all(found.total(found.half(rng)).count < 400 for _ in range(5))


def test_what_does_not_belong_together_is_not_added() -> None:
    with pytest.raises(FormatError, match="another origin"):
        moments_of(NAMES, rows()[:50]) + moments_of(NAMES, rows()[50:])
    with pytest.raises(FormatError, match="holes"):
        moments_of(("a",), [[np.nan]])
    with pytest.raises(FormatError, match="2 names"):
        moments_of(("a", "b"), [[1.0]])


def test_weights_are_those_of_least_squares() -> None:
    values = rows(600)
    now, before = values[1:], values[:-1, None]
    edges = LaggedEdges(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], bool), np.array([np.eye(3, dtype=bool)]))
    table = lagged_rows(now, before)
    graph = fit_linear_graph(moments_of(lagged_names(NAMES, 1), table), edges)
    causes = np.column_stack([now[:, 0], now[:, 1], before[:, 0, 2]])
    wanted, residual, *_ = np.linalg.lstsq(causes - causes.mean(0), now[:, 2] - now[:, 2].mean(), rcond=None)
    assert [*graph.now[:2, 2], graph.before[0, 2, 2]] == pytest.approx(wanted, rel=1e-4)
    assert graph.noise_sd[2] ** 2 * 599 == pytest.approx(residual[0], rel=1e-6)
    assert graph.now[2].tolist() == [0, 0, 0]
    assert graph.mean == pytest.approx(now.mean(axis=0))


def test_collinear_causes_share_what_they_bring() -> None:
    one = stream(4, "x").normal(size=500)
    table = np.column_stack([one, one, one + stream(4, "e").normal(size=500)])
    edges = LaggedEdges(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]], bool), np.zeros((0, 3, 3), bool))
    graph = fit_linear_graph(moments_of(NAMES, table), edges)
    assert graph.now[0, 2] == pytest.approx(graph.now[1, 2])
    assert graph.now[0, 2] * 2 == pytest.approx(1.0, abs=0.15)


def test_circles_and_shapes_are_refused() -> None:
    with pytest.raises(ConfigError, match="circle"):
        LaggedEdges(np.array([[0, 1], [1, 0]], bool), np.zeros((0, 2, 2), bool))
    with pytest.raises(FormatError, match="shapes"):
        LaggedEdges(np.zeros((2, 2), bool), np.zeros((1, 3, 3), bool))
    edges = LaggedEdges(np.zeros((3, 3), bool), np.zeros((1, 3, 3), bool))
    with pytest.raises(FormatError, match="3 factors and 1 steps"):
        fit_linear_graph(moments_of(NAMES, rows()), edges)


def test_no_rows_stay_no_rows() -> None:
    assert lagged_rows(np.empty((0, 3)), np.empty((0, 2, 3))).shape == (0, 9)
