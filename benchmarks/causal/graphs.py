"""Random graphs and linear data with a known truth, as papers on structure learning draw them.

ER: each pair touches with the same probability. SF: each new variable takes its causes among those that
already have many edges (Barabasi and Albert). `er2` has 2 edges a variable, `sf4` 4. Weights lie in +-[0.5,
2].
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream

Floats = npt.NDArray[np.float64]
KINDS = ("er2", "er4", "sf2", "sf4")


def random_dag(kind: str, d: int, chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    """A DAG, shape (d, d), with its variables in an order that tells nothing."""
    each = int(kind[2:])
    dag = np.zeros((d, d), bool)
    if kind.startswith("er"):
        above = np.triu(chance.random((d, d)) < min(1.0, 2 * each / (d - 1)), 1)
        dag |= above
    else:
        degree = np.ones(d)
        for new in range(1, d):
            share = degree[:new] / degree[:new].sum()
            causes = chance.choice(new, min(each, new), replace=False, p=share)
            dag[causes, new] = True
            degree[causes] += 1
            degree[new] += len(causes)
    shuffled = chance.permutation(d)
    return dag[np.ix_(shuffled, shuffled)]


def linear_data(
    kind: str, d: int, n: int, seed: int, *, standardised: bool = False, noise: str = "gauss"
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """A DAG, shape (d, d), and n rows of X = X W + noise of variance 1, shape (n, d)."""
    chance = stream(seed, "structure", kind, d)
    dag = random_dag(kind, d, chance)
    W = dag * chance.uniform(0.5, 2.0, (d, d)) * chance.choice([-1.0, 1.0], (d, d))  # noqa: N806
    draws = {
        "gauss": lambda: chance.standard_normal((n, d)),
        "laplace": lambda: chance.laplace(size=(n, d)) / np.sqrt(2),
        "uniform": lambda: chance.uniform(-np.sqrt(3), np.sqrt(3), (n, d)),
        "exponential": lambda: chance.exponential(size=(n, d)) - 1.0,
    }
    X = draws[noise]() @ np.linalg.inv(np.eye(d) - W)  # noqa: N806
    X -= X.mean(axis=0)  # noqa: N806
    return dag, X / X.std(axis=0) if standardised else X
