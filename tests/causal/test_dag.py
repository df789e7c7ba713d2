"""Graphs against all graphs: with four variables there are few enough to look at each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.causal.random_graphs import Edges, all_dags, look_alikes, random_dag

from telltale.causal.dag import (
    compare,
    distance,
    equivalence_class,
    is_acyclic,
    known_edges,
    skeleton,
    topological_order,
)
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream

FOUR = all_dags(4)


def test_there_are_as_many_dags_as_robinson_counted() -> None:
    assert [len(all_dags(d)) for d in (2, 3, 4)] == [3, 25, 543]


def test_the_class_is_the_union_of_all_that_look_alike() -> None:
    for dag in FOUR[::3]:
        union = np.logical_or.reduce(list(look_alikes(dag, FOUR)))
        assert (equivalence_class(dag) == union).all(), dag.astype(int)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_known_leaves_only_the_members_that_agree(seed: int) -> None:
    chance = stream(seed, "known")
    for dag in FOUR[seed::9]:
        # One arrow is certain, and some that the graph does not hold are forbidden.
        required = dag & (chance.random((4, 4)) < 0.2)
        allowed = dag | (chance.random((4, 4)) < 0.6)
        known = known_edges(4, allowed, required)
        agree = [
            one
            for one in look_alikes(dag, FOUR)
            if not (one & ~known.allowed).any() and one[known.required].all()
        ]
        union = np.logical_or.reduce(agree)
        assert (equivalence_class(dag, known) == union).all(), (dag.astype(int), required, allowed)


def walks_back(edges: Edges) -> bool:
    """Whether some walk of up to d arrows ends where it began."""
    powers = [np.linalg.matrix_power(edges.astype(int), k) for k in range(1, len(edges) + 1)]
    return any(np.trace(power) > 0 for power in powers)


def test_acyclic_and_order_agree_with_counted_walks() -> None:
    chance = stream(0, "circles")
    for _ in range(200):
        edges = chance.random((6, 6)) < 0.18
        assert is_acyclic(edges) != walks_back(edges)
        if is_acyclic(edges):
            place = np.argsort(topological_order(edges))
            assert all(place[i] < place[j] for i, j in np.argwhere(edges))
        else:
            with pytest.raises(FormatError, match="circle"):
                topological_order(edges)
            with pytest.raises(FormatError, match="circle"):
                equivalence_class(edges)


def test_distance_counts_pairs_and_is_a_metric() -> None:
    graphs = [random_dag(7, 1.5, seed) for seed in range(8)]
    for one in graphs:
        assert distance(one, one) == 0
        assert distance(one, np.zeros_like(one)) == one.sum()
        assert distance(one, one.T) == one.sum()
        for other in graphs:
            assert distance(one, other) == distance(other, one)
            assert distance(one, other) <= min(distance(one, mid) + distance(mid, other) for mid in graphs)


def test_closeness_by_hand() -> None:
    truth = np.zeros((4, 4), bool)
    truth[0, 1] = truth[1, 2] = truth[2, 3] = True
    found = np.zeros((4, 4), bool)
    found[0, 1] = found[2, 1] = found[0, 3] = True
    close = compare(truth, found)
    # 1 - 2 turned round, 2 - 3 lost, 0 - 3 invented.
    assert close.shd == 3
    # Of the chain's class all are tied; 0 -> 1 <- 2 is fixed in the other, 0 -> 3 tied to nothing.
    assert close.shd_class == 4
    assert close.skeleton_f1 == pytest.approx(2 * 2 / 6)
    assert close.fdr == pytest.approx(2 / 3)
    assert close.tpr == pytest.approx(1 / 3)


def test_the_empty_graph_is_as_far_as_there_are_edges() -> None:
    truth = random_dag(10, 2, 3)
    close = compare(truth, np.zeros_like(truth))
    assert (close.shd, close.shd_class, close.skeleton_f1) == (truth.sum(), truth.sum(), 0.0)
    assert (close.fdr, close.tpr) == (0.0, 0.0)
    nothing = compare(np.zeros((3, 3)), np.zeros((3, 3)))
    assert math.isnan(nothing.skeleton_f1)
    assert math.isnan(nothing.tpr)


def test_a_graph_with_ties_is_right_where_it_ties_what_nobody_can_tell() -> None:
    truth = random_dag(10, 2, 5)
    close = compare(truth, equivalence_class(truth))
    assert close.shd_class == 0
    assert (close.fdr, close.tpr, close.skeleton_f1) == (0.0, 1.0, 1.0)
    assert (skeleton(truth) == skeleton(equivalence_class(truth))).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"allowed": np.ones((2, 3))}, ["'allowed' has shape (2, 3)"]),
        ({"allowed": [[0, 0, 0]] * 3, "required": [[0, 1, 0], [0, 0, 0], [0, 0, 0]]}, ["0 -> 1 is required"]),
        ({"required": [[0, 1, 0], [1, 0, 0], [0, 0, 1]]}, ["2 -> 2 is required", "circle"]),
    ],
)
def test_knowledge_that_contradicts_itself_is_told_at_once(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as told:
        known_edges(3, **given)
    assert all(word in str(told.value) for word in words)


def test_a_required_arrow_closes_the_way_back() -> None:
    known = known_edges(2, required=[[0, 1], [0, 0]])
    assert known.allowed.tolist() == [[False, True], [False, False]]
