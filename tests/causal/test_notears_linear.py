"""NOTEARS finds what it should on raw data, and shows its known weakness on scaled data."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.random_graphs import covariance, linear_data, random_dag

from telltale.causal.dag import compare, is_acyclic
from telltale.causal.notears_linear import cut_to_dag, notears_linear
from telltale.core.errors import ConfigError, FormatError


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_the_graph_in_its_own_units(seed: int) -> None:
    truth = random_dag(10, 1.5, seed)
    X, W = linear_data(truth, 2000, seed, low=0.8, high=1.6)  # noqa: N806
    fit = notears_linear(covariance(X))
    assert is_acyclic(fit.edges)
    assert compare(truth, fit.edges).shd <= 2
    both = truth & fit.edges
    # L1 draws weights towards 0 and nothing moves them away by much.
    assert np.abs(fit.W[both] - W[both]).mean() < 0.2
    assert (np.sign(fit.W[both]) == np.sign(W[both])).all()


def test_scaled_data_cost_it_most_of_what_it_knew() -> None:
    raw, scaled = 0, 0
    for seed in range(3):
        truth = random_dag(8, 2, seed)
        X, _ = linear_data(truth, 1000, seed)  # noqa: N806
        raw += compare(truth, notears_linear(covariance(X)).edges).shd
        scaled += compare(truth, notears_linear(covariance(X / X.std(axis=0))).edges).shd
    assert scaled > 2 * raw


def test_what_is_known_is_kept() -> None:
    truth = random_dag(8, 1.5, 2)
    S = covariance(linear_data(truth, 500, 2)[0])  # noqa: N806
    free = notears_linear(S).edges
    i, j = np.argwhere(free)[0]
    allowed = np.ones((8, 8), bool)
    allowed[i, j] = False
    assert not notears_linear(S, allowed=allowed).W[i, j]
    required = np.zeros((8, 8), bool)
    required[j, i] = True
    turned = notears_linear(S, required=required)
    assert turned.edges[j, i]
    assert not turned.edges[i, j]
    assert is_acyclic(turned.edges)


def test_more_l1_draws_fewer_edges() -> None:
    S = covariance(linear_data(random_dag(8, 2, 3), 500, 3)[0])  # noqa: N806
    counts = [int(notears_linear(S, l1=l1, threshold=0.05).edges.sum()) for l1 in (0.01, 0.3, 3.0, 1e4)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == 0


def test_the_threshold_rises_until_no_circle_is_left() -> None:
    W = np.array([[0.0, 0.9, 0.0], [0.0, 0.0, 0.8], [0.5, 0.0, 0.0]])  # noqa: N806
    edges, cut = cut_to_dag(W, 0.3, np.zeros((3, 3), bool))
    assert cut == 0.5
    assert edges.sum() == 2
    edges, cut = cut_to_dag(W, 0.3, W == 0.5)
    assert cut == 0.8
    assert edges[2, 0]


def test_bad_input_is_refused() -> None:
    with pytest.raises(FormatError, match=r"variables \[1\] never change"):
        notears_linear(np.diag([1.0, 0.0]))
    with pytest.raises(ConfigError, match="'allowed' has shape"):
        notears_linear(np.eye(2), allowed=np.ones((3, 3)))
    with pytest.raises(ConfigError, match="'l1'"):
        notears_linear(np.eye(2), l1=-1.0)
