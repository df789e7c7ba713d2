"""Arrows among factors of mixed types: values as they are, or their normal scores.

    python benchmarks/causal/mixed.py

Random graphs, d = 10 with 20 arrows, three of them yes or no, three counts, four continuous. `plain`: each
factor is made from the values of its causes (a yes by a logistic, a count by a Poisson draw). `bent`:
besides, continuous factors are read through an exponential. `cut`: all is linear and normal, and only then
cut into yes, no and counts. Mean over seeds of the F1 of joined pairs.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt
from graphs import random_dag
from scipy.special import expit

from telltale.causal.dag import compare, topological_order
from telltale.causal.normal_scores import scores_of
from telltale.causal.order_search import order_search
from telltale.core.rng import stream

Floats = npt.NDArray[np.float64]
KINDS = ("plain", "bent", "cut")
D = 10
CONTINUOUS, BINARY, COUNT = 0, 1, 2


def mixed_data(kind: str, n: int, seed: int) -> tuple[npt.NDArray[np.bool_], Floats, npt.NDArray[np.int64]]:
    """A DAG of shape (d, d), n rows, and the type of each column."""
    chance = stream(seed, "mixed", kind)
    dag = random_dag("er2", D, chance)
    weights = dag * chance.uniform(0.4, 0.9, (D, D)) * chance.choice([-1.0, 1.0], (D, D))
    types = chance.permutation([CONTINUOUS] * 4 + [BINARY] * 3 + [COUNT] * 3)
    causes, seen = np.zeros((n, D)), np.zeros((n, D))
    for j in topological_order(dag):
        pull, shift = causes @ weights[:, j], chance.uniform(0, 1.5)
        noisy = pull + chance.standard_normal(n)
        noisy /= noisy.std()
        if types[j] == CONTINUOUS:
            seen[:, j] = noisy if kind == "plain" else np.exp(noisy)
        elif kind == "cut":
            seen[:, j] = noisy > shift if types[j] == BINARY else np.floor(np.exp(0.7 * noisy + 0.3))
        elif types[j] == BINARY:
            seen[:, j] = chance.random(n) < expit(1.7 * pull - shift)
        else:
            seen[:, j] = chance.poisson(np.exp(np.clip(0.5 * pull + 0.3, -3, 3)))
        made = noisy if kind == "cut" else seen[:, j]
        causes[:, j] = (made - made.mean()) / made.std()
    return dag, seen, types


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 2000, 10000])
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    print("| data | rows | as they are | normal scores |\n|---|---|---|---|")
    for kind in KINDS:
        for n in asked.rows:
            found = []
            for seed in range(asked.seeds):
                dag, values, types = mixed_data(kind, n, seed)
                scored = values.copy()
                for j in np.flatnonzero(types != BINARY).tolist():
                    scored[:, j] = scores_of(values[:, j])
                graphs = [order_search(np.corrcoef(one.T), n, starts=3).graph for one in (values, scored)]
                found.append([compare(dag, graph).skeleton_f1 for graph in graphs])
            plain, scores = np.mean(found, axis=0)
            print(f"| {kind} | {n:,} | {plain:.2f} | {scores:.2f} |", flush=True)


if __name__ == "__main__":
    main()
