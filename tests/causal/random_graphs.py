"""Small graphs, all of them or some by chance, and linear data from them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations, product

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream

Floats = npt.NDArray[np.float64]
Edges = npt.NDArray[np.bool_]


def all_dags(d: int) -> list[Edges]:
    """Every DAG of d variables: 3, 25 and 543 for 2, 3 and 4."""
    pairs, found = list(combinations(range(d), 2)), {}
    for order in permutations(range(d)):
        for chosen in product((False, True), repeat=len(pairs)):
            dag = np.zeros((d, d), bool)
            for (i, j), there in zip(pairs, chosen, strict=True):
                dag[order[i], order[j]] = there
            found[dag.tobytes()] = dag
    return list(found.values())


def colliders(dag: Edges) -> frozenset[tuple[int, int, int]]:
    """(i, k, j) with i -> k <- j, i and j apart."""
    d = len(dag)
    return frozenset(
        (i, k, j)
        for k in range(d)
        for i, j in combinations(range(d), 2)
        if dag[i, k] and dag[j, k] and not dag[i, j] and not dag[j, i]
    )


def look_alikes(dag: Edges, among: list[Edges]) -> Iterator[Edges]:
    """Those with the same skeleton and colliders: Verma and Pearl's theorem."""
    for other in among:
        if ((other | other.T) == (dag | dag.T)).all() and colliders(other) == colliders(dag):
            yield other


def random_dag(d: int, edges_each: float, seed: int) -> Edges:
    """A DAG in no particular order."""
    chance = stream(seed, "test graph", d)
    dag = np.triu(chance.random((d, d)) < 2 * edges_each / (d - 1), 1)
    order = chance.permutation(d)
    return dag[np.ix_(order, order)]


def linear_data(
    dag: Edges, n: int, seed: int, noise: str = "normal", low: float = 0.5, high: float = 1.5
) -> tuple[Floats, Floats]:
    """n rows of X = X W + noise of variance 1, and W."""
    chance, d = stream(seed, "test data", len(dag)), len(dag)
    W = dag * chance.uniform(low, high, (d, d)) * chance.choice([-1.0, 1.0], (d, d))  # noqa: N806
    draws = chance.standard_normal((n, d)) if noise == "normal" else chance.laplace(size=(n, d)) / np.sqrt(2)
    X = draws @ np.linalg.inv(np.eye(d) - W)  # noqa: N806
    return X - X.mean(axis=0), W


def covariance(X: Floats) -> Floats:  # noqa: N803
    """X'X / n."""
    return X.T @ X / len(X)
