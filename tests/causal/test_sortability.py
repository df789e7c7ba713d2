"""Sortability by walking every path by hand, and what it says of simulated data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.causal.random_graphs import Edges, covariance, linear_data, random_dag

from telltale.causal.sortability import (
    r2_of_each,
    r2_sortability,
    sortability,
    sortability_words,
    varsortability,
)
from telltale.core.errors import FormatError


def by_definition(number: list[float], dag: Edges) -> float:
    """Pairs joined by a path of k arrows, for each k."""
    d, total, count = len(dag), 0.0, 0
    ends = {(i, j) for i in range(d) for j in range(d) if dag[i, j]}
    while ends:
        count += len(ends)
        total += sum((number[i] < number[j]) + 0.5 * (number[i] == number[j]) for i, j in ends)
        ends = {(i, k) for i, j in ends for k in range(d) if dag[j, k]}
    return total / count


@pytest.mark.parametrize("seed", range(6))
def test_it_is_its_definition(seed: int) -> None:
    dag = random_dag(8, 1.5, seed)
    number = [float(1 + (3 * k + seed) % 5) for k in range(8)]
    assert sortability(number, dag) == pytest.approx(by_definition(number, dag))
    assert sortability(number, dag) == pytest.approx(1 - sortability([9 - one for one in number], dag))


def test_simulated_variances_give_the_order_away_until_they_are_scaled() -> None:
    raw, scaled, told = [], [], []
    for seed in range(5):
        dag = random_dag(15, 2, seed)
        S = covariance(linear_data(dag, 1000, seed)[0])  # noqa: N806
        units = 1 / np.sqrt(np.diagonal(S))
        standard = S * np.outer(units, units)
        np.fill_diagonal(standard, 1.0)
        raw.append(varsortability(S, dag))
        scaled.append(varsortability(standard, dag))
        told.append((r2_sortability(S, dag), r2_sortability(standard, dag)))
    assert np.mean(raw) > 0.9
    assert scaled == [0.5] * 5
    assert [a for a, _ in told] == pytest.approx([b for _, b in told])


def test_r2_is_that_of_a_regression_on_all_others() -> None:
    X, _ = linear_data(random_dag(6, 2, 2), 500, seed=2)  # noqa: N806
    for node, found in enumerate(r2_of_each(covariance(X))):
        others = np.delete(X, node, axis=1)
        residual = X[:, node] - others @ np.linalg.lstsq(others, X[:, node], rcond=None)[0]
        assert found == pytest.approx(1 - residual.var() / X[:, node].var())


def test_without_an_edge_it_is_not_a_number_and_a_circle_is_refused() -> None:
    assert math.isnan(sortability([1.0, 2.0], np.zeros((2, 2))))
    assert "no path" in sortability_words(math.nan, "variance")
    with pytest.raises(FormatError, match="circle"):
        sortability([1.0, 2.0], [[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.97, "gives the order away"), (0.5, "says nothing"), (0.1, "turns"), (0.7, "a little")],
)
def test_each_value_has_its_sentence(share: float, words: str) -> None:
    assert words in sortability_words(share, "R2")
