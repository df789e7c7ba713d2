"""The Gaussian score against plain regressions, and what it must not depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.causal.random_graphs import Floats, all_dags, covariance, linear_data, look_alikes, random_dag

from telltale.causal.scores import gaussian_score
from telltale.core.errors import FormatError

X, _ = linear_data(random_dag(5, 1.5, 1), 400, seed=1)
S = covariance(X)


def by_regression(node: int, parents: list[int], penalty: float, ebic: float) -> float:
    """The same from residuals."""
    residual = X[:, node]
    if parents:
        residual = residual - X[:, parents] @ np.linalg.lstsq(X[:, parents], X[:, node], rcond=None)[0]
    left = residual.var() / X[:, node].var()
    price = 0.5 * penalty * math.log(len(X)) + ebic * math.log(5)
    return -0.5 * len(X) * math.log(left) - price * len(parents)


@pytest.mark.parametrize(("penalty", "ebic"), [(1.0, 0.0), (2.0, 0.5)])
def test_local_scores_are_those_of_regressions(penalty: float, ebic: float) -> None:
    score = gaussian_score(S, len(X), penalty=penalty, ebic=ebic)
    for node, parents in [(0, []), (0, [1]), (2, [0, 1, 3, 4]), (4, [3, 1])]:
        assert score.local(node, parents) == pytest.approx(by_regression(node, parents, penalty, ebic))
        assert score.local(node, parents[::-1]) == score.local(node, parents)


def test_one_more_parent_at_a_time() -> None:
    score = gaussian_score(S, len(X))
    for node, parents in [(0, []), (1, [2]), (3, [0, 1, 4])]:
        grown = score.with_one_more(node, parents)
        for other in range(5):
            if other == node or other in parents:
                assert grown[other] == -math.inf
            else:
                assert grown[other] == pytest.approx(score.local(node, [*parents, other]))


def test_one_parent_less_at_a_time() -> None:
    score = gaussian_score(S, len(X))
    for node, parents in [(0, [3]), (1, [2, 0]), (3, [4, 0, 1, 2])]:
        fewer = [score.local(node, [x for x in parents if x != one]) for one in parents]
        assert score.with_one_less(node, parents) == pytest.approx(fewer)


def test_graphs_of_one_class_have_one_score_and_units_do_not_count() -> None:
    four = all_dags(4)
    score = gaussian_score(S[:4, :4], len(X))
    units = np.array([1e-3, 1.0, 7.0, 1e5])
    other = gaussian_score(S[:4, :4] * np.outer(units, units), len(X))
    for dag in four[::11]:
        same = [score.total(one) for one in look_alikes(dag, four)]
        assert same == pytest.approx([same[0]] * len(same))
        assert other.total(dag) == pytest.approx(same[0])


def test_a_copy_tells_all_and_no_more() -> None:
    twin = np.column_stack([X, X[:, 0]])
    score = gaussian_score(covariance(twin), len(X))
    assert math.isfinite(score.local(5, [0]))
    assert score.with_one_more(1, [0])[5] == -math.inf


@pytest.mark.parametrize(
    ("given", "n", "words"),
    [
        (np.zeros((2, 3)), 10, "shape (2, 3)"),
        (np.diag([1.0, 0.0, 0.0]), 10, "variables [1, 2] never change"),
        (np.diag([1.0, np.nan]), 10, "missing"),
        (np.diag([0.0, 1.0, 1.0]), 3, "3 rows for 3 variables"),
    ],
)
def test_what_no_graph_can_be_learnt_from_is_refused(given: Floats, n: int, words: str) -> None:
    with pytest.raises(FormatError) as told:
        gaussian_score(given, n)
    assert words in str(told.value)


def test_each_effect_may_have_rows_of_its_own() -> None:
    """A fact told in 40 rows of 400 counts a tenth, and an edge costs the same wherever it points."""
    rows = np.full(5, 400.0)
    rows[2] = 40
    score, whole = gaussian_score(S, rows, penalty=2), gaussian_score(S, 400, penalty=2)
    price = math.log(400)
    for node in (0, 2, 4):
        parents = [one for one in (1, 3) if one != node]
        gain = whole.local(node, parents) + price * len(parents)
        assert score.local(node, parents) == pytest.approx(gain * rows[node] / 400 - price * len(parents))
    assert score.with_one_more(2, [1])[3] == pytest.approx(score.local(2, [1, 3]))
    assert score.with_one_less(2, [1, 3]) == pytest.approx([score.local(2, [3]), score.local(2, [1])])
    with pytest.raises(FormatError, match=r"rows of shape \(4,\)"):
        gaussian_score(S, rows[:4])
    with pytest.raises(FormatError, match="0 at the least"):
        gaussian_score(S, np.array([400.0, 400, 400, 400, 0]))
