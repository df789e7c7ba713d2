"""Neighbours against every pair worked out, on lines and in spaces, with groups and ties."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.effects.neighbours import nearest, nearest_others, pair_off

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# Quarters: coarse enough for many ties, and exact.
LINE = st.lists(st.tuples(st.integers(-12, 12), st.integers(0, 2)), min_size=1, max_size=30)
QUICK = settings(max_examples=80, deadline=None)


def columns(rows: list[tuple[int, int]]) -> tuple[Floats, Ints]:
    return np.array([[v / 4] for v, _ in rows]), np.array([g for _, g in rows])


def all_pairs(query: Floats, pool: Floats, group_query: Ints, group_pool: Ints) -> Floats:
    far = np.sqrt(((query[:, None] - pool[None]) ** 2).sum(axis=2))
    return np.where(group_query[:, None] == group_pool[None], far, np.inf)


@QUICK
@given(LINE, LINE, st.integers(1, 4))
def test_on_a_line_the_nearest_are_the_nearest(
    asked: list[tuple[int, int]], there: list[tuple[int, int]], k: int
) -> None:
    (query, group), (pool, group_pool) = columns(asked), columns(there)
    found = nearest(query, pool, k, group, group_pool)
    far = np.sort(np.pad(all_pairs(query, pool, group, group_pool), ((0, 0), (0, k)), constant_values=np.inf))
    assert found.distance == pytest.approx(far[:, :k])
    check(found.index, found.distance, all_pairs(query, pool, group, group_pool))


@QUICK
@given(LINE, st.integers(1, 3))
def test_nobody_is_its_own_neighbour(rows: list[tuple[int, int]], k: int) -> None:
    points, group = columns(rows)
    far = all_pairs(points, points, group, group)
    np.fill_diagonal(far, np.inf)
    for places in (points, np.hstack([points, points])):
        found = nearest_others(places, k, group)
        scale = np.sqrt(places.shape[1])
        expected = np.sort(np.pad(far, ((0, 0), (0, k)), constant_values=np.inf))[:, :k]
        assert found.distance / scale == pytest.approx(expected)
        assert not (found.index == np.arange(len(points))[:, None]).any()


def test_in_a_space_the_nearest_are_the_nearest() -> None:
    draw = np.random.default_rng(0)
    query, pool = draw.normal(size=(50, 3)), draw.normal(size=(70, 3))
    group, group_pool = draw.integers(0, 3, 50), draw.integers(0, 2, 70)
    found = nearest(query, pool, 4, group, group_pool)
    far = all_pairs(query, pool, group, group_pool)
    assert found.distance == pytest.approx(np.sort(far)[:, :4])
    assert (found.index[group == 2] == -1).all()
    check(found.index, found.distance, far)


def check(index: Ints, distance: Floats, far: Floats) -> None:
    """Each index is at the distance told, and no row is named twice."""
    for row, (places, told) in enumerate(zip(index, distance, strict=True)):
        known = places[places >= 0]
        assert len(set(known)) == len(known)
        assert far[row, known] == pytest.approx(told[places >= 0])


def test_rows_that_are_equally_near_share_the_matches() -> None:
    query, pool = np.zeros((60, 1)), np.zeros((20, 1))
    none = np.zeros(60, dtype=np.int64)
    found = nearest(query, pool, 1, none, none[:20])
    assert set(np.bincount(found.index[:, 0], minlength=20)) == {3}


@QUICK
@given(LINE, LINE, st.sampled_from([0.5, 2.0, np.inf]))
def test_pairs_on_a_line_are_those_of_the_greedy_rule(
    asked: list[tuple[int, int]], there: list[tuple[int, int]], reach: float
) -> None:
    (query, group), (pool, group_pool) = columns(asked), columns(there)
    priority = np.random.default_rng(len(asked)).permutation(len(query))
    # Two spaces: sorted in one, a tree in the other, the same pairs but for ties.
    for places in (lambda x: x, lambda x: np.hstack([x, 0 * x])):
        found = pair_off(places(query), places(pool), reach, priority, group, group_pool)
        free = np.ones(len(pool), dtype=bool)
        far = all_pairs(query, pool, group, group_pool)
        for row in priority:
            best = np.where(free, far[row], np.inf).min()
            if np.isfinite(best) and best <= reach:
                assert found.distance[row, 0] == pytest.approx(best)
                assert far[row, found.index[row, 0]] == pytest.approx(best)
                assert free[found.index[row, 0]]
                free[found.index[row, 0]] = False
            else:
                assert found.index[row, 0] == -1
