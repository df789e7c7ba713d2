"""The graph with the best Gaussian score, sought over orders: best-order search.

Given an order, each variable picks its parents among those before it: it grows by the best one until none
helps and then drops what no longer does. A variable is tried at every place of the order and stays at the
best; this goes on until no move helps. Several starts, the best score wins: the order of R2 first, others by
chance, then orders near the best one. Whatever the order, only allowed parents are picked and required ones
always are.

Andrews, Ramsey, Sanchez-Romero, Camchong and Kummerfeld (2023), "Fast scalable and accurate discovery of DAGs
using the best order score search and grow-shrink trees".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Edges, Known, equivalence_class, known_edges, topological_order
from telltale.causal.grow_shrink import GrowShrink
from telltale.causal.scores import GaussianScore, gaussian_score
from telltale.causal.sortability import r2_of_each
from telltale.core.errors import ConfigError
from telltale.core.rng import stream

_GAIN = 1e-5
_FAR = 5


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best graph that a search met."""

    graph: Edges
    """Shape (d, d): arrows that the data or what is known decide; the others tied, standing both ways."""
    dag: Edges
    """Shape (d, d): one DAG of that class."""
    score: float
    """Over that of the empty graph; higher is better."""
    scores: tuple[float, ...]
    """Of each start: when they differ much, the search is not sure to have met the best."""


def order_search(
    covariance: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    penalty: float = 2.0,
    ebic: float = 0.0,
    starts: int = 12,
    allowed: npt.ArrayLike | None = None,
    required: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Found:
    """Search for the graph with the best score.

    Parameters
    ----------
    covariance
        Shape (d, d), in any units.
    n
        Independent rows behind it: a number, or shape (d,), of each variable as an effect.
    penalty, ebic
        Price of an edge, see `scores.gaussian_score`.
    starts
        How many orders the search begins with.
    allowed, required
        Shape (d, d): see `dag.known_edges`.

    >>> found = order_search([[1, 0, 0.7], [0, 1, 0.7], [0.7, 0.7, 1.98]], n=500)
    >>> found.graph.astype(int).tolist()
    [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    """
    if starts < 1:
        raise ConfigError(f"'starts' is {starts}", hint="choose 1 or more")
    score = gaussian_score(covariance, n, penalty=penalty, ebic=ebic)
    known = known_edges(len(score.correlation), allowed, required)
    dag, scores = best_dag(score, known, starts, seed)
    return Found(equivalence_class(dag, known), dag, max(scores), scores)


def best_dag(score: GaussianScore, known: Known, starts: int, seed: int) -> tuple[Edges, tuple[float, ...]]:
    """The best DAG of all starts, shape (d, d), and the score of each."""
    d = len(score.correlation)
    chance = stream(seed, "order search")
    choosers = [GrowShrink(score, known, node) for node in range(d)]
    first = _fit_order(np.argsort(r2_of_each(score.correlation), kind="stable").tolist(), known)
    best = _climb(first, choosers, known, chance)
    best_score = _score(best, choosers)
    scores = [best_score]
    for number in range(1, starts):
        # Near the best is where most gains lie; now and then somewhere else.
        far = number % _FAR == 0
        start = chance.permutation(d).tolist() if far else _shaken(best, choosers, chance)
        order = _climb(_fit_order(start, known), choosers, known, chance)
        scores.append(_score(order, choosers))
        if scores[-1] >= best_score - _GAIN:
            best, best_score = order, max(best_score, scores[-1])
    return _dag(best, choosers), tuple(scores)


def _climb(
    order: list[int], choosers: list[GrowShrink], known: Known, chance: np.random.Generator
) -> list[int]:
    """Move variable after variable to its best place until none moves."""
    moved = True
    while moved:
        moved = False
        for node in chance.permutation(len(order)).tolist():
            moved |= _move(node, order, choosers, known)
    return order


def _move(node: int, order: list[int], choosers: list[GrowShrink], known: Known) -> bool:
    """Put one variable to its best place; whether that was another than its own."""
    others = [one for one in order if one != node]
    place = order.index(node)
    own = choosers[node]
    before = bytearray(len(order))
    # gain[k]: score of the order with the node before others[k], but for what does not depend on k.
    gain = np.empty(len(others) + 1)
    without = np.empty(len(others))
    for k, other in enumerate(others):
        gain[k] = own.score(before)
        without[k] = choosers[other].score(before)
        before[other] = 1
    gain[-1] = own.score(before)
    before[node] = 1
    after = 0.0
    for k in range(len(others) - 1, -1, -1):
        other = others[k]
        before[other] = 0
        chooser = choosers[other]
        after += (chooser.score(before) if chooser.allows[node] else without[k]) - without[k]
        gain[k] += after
    low, high = _bounds(node, others, known)
    most = gain[low : high + 1].max()
    if most <= gain[place] + _GAIN:
        return False
    # Places that do not matter have one gain but for rounding, which the units of the data would decide.
    best = low + int(np.argmax(gain[low : high + 1] >= most - _GAIN))
    others.insert(best, node)
    order[:] = others
    return True


def _bounds(node: int, others: list[int], known: Known) -> tuple[int, int]:
    """First and last place at which no required arrow would point back."""
    causes, effects = known.required[:, node], known.required[node]
    low = max((k + 1 for k, other in enumerate(others) if causes[other]), default=0)
    high = min((k for k, other in enumerate(others) if effects[other]), default=len(others))
    return low, high


def _fit_order(order: list[int], known: Known) -> list[int]:
    """The order nearest to a given one in which required causes come first."""
    if not known.required.any():
        return order
    place = np.argsort(order)
    renamed = known.required[np.ix_(order, order)]
    return [order[k] for k in topological_order(renamed)] if len(place) else order


def _score(order: list[int], choosers: list[GrowShrink]) -> float:
    before, total = bytearray(len(order)), 0.0
    for node in order:
        total += choosers[node].score(before)
        before[node] = 1
    return total


def _dag(order: list[int], choosers: list[GrowShrink]) -> Edges:
    dag = np.zeros((len(order), len(order)), bool)
    before = bytearray(len(order))
    for node in order:
        dag[list(choosers[node].parents(before)), node] = True
        before[node] = 1
    return dag


def _shaken(order: list[int], choosers: list[GrowShrink], chance: np.random.Generator) -> list[int]:
    """Another order of the same DAG, with a few variables thrown elsewhere."""
    dag = _dag(order, choosers)
    missing = dag.sum(axis=0)
    free = np.flatnonzero(missing == 0).tolist()
    moved: list[int] = []
    while free:
        node = free.pop(int(chance.integers(len(free))))
        moved.append(node)
        effects = np.flatnonzero(dag[node])
        missing[effects] -= 1
        free += effects[missing[effects] == 0].tolist()
    for node in chance.choice(len(order), min(len(order), max(3, len(order) // 10)), replace=False).tolist():
        moved.remove(node)
        moved.insert(int(chance.integers(len(order))), node)
    return moved
