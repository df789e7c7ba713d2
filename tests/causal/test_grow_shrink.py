"""Picked parents against a grow-shrink written plainly, without a tree."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.random_graphs import covariance, linear_data, random_dag

from telltale.causal.dag import known_edges
from telltale.causal.grow_shrink import GrowShrink
from telltale.causal.scores import GaussianScore, gaussian_score
from telltale.core.rng import stream


def plainly(score: GaussianScore, node: int, before: list[int], required: list[int]) -> set[int]:
    parents = list(required)
    while True:
        options = [(score.local(node, [*parents, one]), one) for one in before if one not in parents]
        best, one = max(options, default=(-np.inf, -1))
        if best <= score.local(node, parents) + 1e-9:
            break
        parents.append(one)
    while True:
        options = [
            (score.local(node, [x for x in parents if x != one]), one)
            for one in parents
            if one not in required
        ]
        best, one = max(options, default=(-np.inf, -1))
        if best <= score.local(node, parents) + 1e-9:
            return set(parents)
        parents.remove(one)


@pytest.mark.parametrize("seed", range(3))
def test_the_tree_changes_nothing(seed: int) -> None:
    S = covariance(linear_data(random_dag(10, 2, seed), 300, seed)[0])  # noqa: N806
    score = gaussian_score(S, 300)
    required = np.zeros((10, 10), bool)
    required[3, 0] = True
    known = known_edges(10, required=required)
    chance = stream(seed, "orders")
    for node in (0, 5):
        chooser = GrowShrink(score, known, node)
        for _ in range(30):
            marks = chance.random(10) < 0.5
            marks[node] = False
            marks[3] |= node == 0
            before = bytearray(marks.tolist())
            expected = plainly(score, node, np.flatnonzero(marks).tolist(), [3] if node == 0 else [])
            assert set(chooser.parents(before)) == expected
            assert chooser.score(before) == pytest.approx(score.local(node, expected))
