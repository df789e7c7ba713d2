"""The search against every graph there is, and against graphs that made the data."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.random_graphs import Edges, all_dags, covariance, linear_data, random_dag

from telltale.causal.dag import compare, equivalence_class, is_acyclic, known_edges
from telltale.causal.order_search import order_search
from telltale.causal.scores import gaussian_score
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream

FOUR = all_dags(4)


@pytest.mark.parametrize("seed", range(6))
def test_no_graph_of_four_has_a_better_score(seed: int) -> None:
    S = covariance(linear_data(random_dag(4, 1.2, seed), 200, seed)[0])  # noqa: N806
    score = gaussian_score(S, 200, penalty=1.0)
    found = order_search(S, 200, penalty=1.0)
    assert found.score == pytest.approx(max(score.total(dag) for dag in FOUR))
    assert score.total(found.dag) == pytest.approx(found.score)
    assert (equivalence_class(found.dag) == found.graph).all()


@pytest.mark.parametrize("seed", range(6))
def test_nor_among_those_that_are_allowed(seed: int) -> None:
    chance = stream(seed, "allowed")
    truth = random_dag(4, 1.2, seed)
    S = covariance(linear_data(truth, 200, seed)[0])  # noqa: N806
    required = truth & (chance.random((4, 4)) < 0.3)
    allowed = required | (chance.random((4, 4)) < 0.6)
    known = known_edges(4, allowed, required)
    may = [dag for dag in FOUR if not (dag & ~known.allowed).any() and dag[known.required].all()]
    score = gaussian_score(S, 200, penalty=1.0)
    found = order_search(S, 200, penalty=1.0, allowed=allowed, required=required)
    assert found.score == pytest.approx(max(score.total(dag) for dag in may))
    assert not (found.dag & ~known.allowed).any()
    assert not (found.graph & ~known.allowed).any()
    assert found.dag[required].all()


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_the_class_behind_the_data_whatever_the_units(seed: int) -> None:
    truth = random_dag(12, 1.5, seed)
    X, _ = linear_data(truth, 3000, seed)  # noqa: N806
    found = order_search(covariance(X), 3000)
    assert compare(truth, found.graph).shd_class <= 2
    units = stream(seed, "units").uniform(0.01, 100, 12)
    assert (order_search(covariance(X * units), 3000).graph == found.graph).all()


def test_time_order_unties_what_data_cannot() -> None:
    truth = np.zeros((3, 3), bool)
    truth[0, 1] = truth[1, 2] = True
    S = covariance(linear_data(truth, 1000, 0)[0])  # noqa: N806
    free = order_search(S, 1000)
    assert (free.graph == (truth | truth.T)).all()
    earlier = np.triu(np.ones((3, 3), bool), 1)
    assert (order_search(S, 1000, allowed=earlier).graph == truth).all()


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_has_no_edges(seed: int) -> None:
    X = stream(seed, "noise").standard_normal((500, 12))  # noqa: N806
    assert not order_search(covariance(X), 500).graph.any()


def test_the_same_seed_finds_the_same_and_more_starts_no_worse() -> None:
    truth = random_dag(12, 3, 8)
    S = covariance(linear_data(truth, 300, 8)[0])  # noqa: N806
    one, again, single = (order_search(S, 300, starts=k) for k in (8, 8, 1))
    assert (one.graph == again.graph).all()
    assert one.scores == again.scores
    assert one.score >= single.score
    assert is_acyclic(one.dag)


def test_what_cannot_be_searched_is_refused_at_the_door() -> None:
    circle: Edges = np.array([[0, 1], [1, 0]], bool)
    with pytest.raises(ConfigError, match="circle"):
        order_search(np.eye(2), 100, required=circle)
    with pytest.raises(FormatError, match="2 rows for 3 variables"):
        order_search(np.eye(3), 2)
    with pytest.raises(ConfigError, match="'starts'"):
        order_search(np.eye(3), 20, starts=0)
