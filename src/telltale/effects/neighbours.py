"""Nearest neighbours on a line and in a space, fast enough for a million rows.

On a line the pool is sorted once, and the k nearest of a query lie within k places of where it would stand.
Rows that are equally near share the matches out among them: where many rows have one value, no single row
of the pool serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from telltale.effects.variance import Bools, Floats, Ints

NONE: Final = -1
_CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The neighbours of n queries, nearest first."""

    index: Ints
    """Shape (n, k), into the pool; -1 where there is none."""
    distance: Floats
    """Shape (n, k), inf where there is none."""

    def within(self, reach: float) -> Found:
        """Those no further away than this."""
        far = self.distance > reach
        return Found(np.where(far, NONE, self.index), np.where(far, np.inf, self.distance))


def nearest(query: Floats, pool: Floats, k: int, group_query: Ints, group_pool: Ints) -> Found:
    """The k nearest of a pool, in the same group.

    Parameters
    ----------
    query, pool
        Shape (n, d) and (m, d); with d = 1 they are sorted, otherwise a tree is built. Euclid's distance.
    group_query, group_pool
        Shape (n,) and (m,): codes of what has to agree exactly.

    >>> none = np.zeros(3, dtype=np.int64)
    >>> nearest(np.array([[1.0], [5.0]]), np.array([[0.0], [4.5], [9.0]]), 1, none[:2], none).index.tolist()
    [[0], [1]]
    """
    if query.shape[1] == 1:
        return _on_line(query[:, 0], pool[:, 0], k, group_query, group_pool)
    return _in_space(query, pool, k, group_query, group_pool)


def nearest_others(points: Floats, k: int, group: Ints) -> Found:
    """The k nearest other points of each point, shape (n, d), in its own group."""
    if points.shape[1] == 1:
        return _others_on_line(points[:, 0], k, group)
    found = _in_space(points, points, k + 1, group, group)
    itself = found.index == np.arange(len(points))[:, None]
    # With more than k twins a point may be missing from its own list: then the furthest goes.
    itself[~itself.any(axis=1), -1] = True
    shape = (len(points), k)
    return Found(found.index[~itself].reshape(shape), found.distance[~itself].reshape(shape))


def _keys(*parts: tuple[Floats, Ints]) -> tuple[list[Floats], float]:
    """Values as places on one line on which groups lie far from each other, and the length of a group."""
    low = min((float(v.min()) for v, _ in parts if len(v)), default=0.0)
    high = max((float(v.max()) for v, _ in parts if len(v)), default=0.0)
    span = 2 * (high - low) + 1
    return [(v - low) + span * g for v, g in parts], high - low


def _on_line(query: Floats, pool: Floats, k: int, group_query: Ints, group_pool: Ints) -> Found:
    (at_query, at_pool), _ = _keys((query, group_query), (pool, group_pool))
    order = np.argsort(at_pool, kind="stable")
    line = at_pool[order]
    left, right = np.searchsorted(line, at_query, "left"), np.searchsorted(line, at_query, "right")
    start = left + _turn(at_query) % np.maximum(right - left, 1)
    return _window(query, group_query, start, _offsets(k), pool[order], group_pool[order], order, k)


def _turn(values: Floats) -> Ints:
    """How many equal values came before each, shape (n,)."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.arange(len(values)) - np.repeat(first, np.diff(np.r_[first, len(values)]))
    return found


def _offsets(k: int) -> Ints:
    """0, -1, 1, -2, 2, ...: k to the left of where a query would stand, and k to the right."""
    return np.array([step for j in range(k) for step in (j, -1 - j)])


def _others_on_line(value: Floats, k: int, group: Ints) -> Found:
    (place,), _ = _keys((value, group))
    order = np.argsort(place, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    offsets = np.array([step for j in range(1, k + 1) for step in (j, -j)])
    return _window(value, group, rank, offsets, value[order], group[order], order, k)


def _window(query: Floats, group: Ints, start: Ints, offsets: Ints, line: Floats, line_group: Ints, order: Ints, k: int) -> Found:  # fmt: skip  # noqa: E501
    """The k nearest among the places at these offsets from each query's own."""
    index = np.full((len(query), k), NONE, dtype=np.int64)
    distance = np.full((len(query), k), np.inf)
    if not len(line):
        return Found(index, distance)
    for first in range(0, len(query), _CHUNK):
        some = slice(first, first + _CHUNK)
        place = start[some, None] + offsets
        inside = (place >= 0) & (place < len(line))
        place = np.clip(place, 0, len(line) - 1)
        far = np.abs(line[place] - query[some, None])
        far[~inside | (line_group[place] != group[some, None])] = np.inf
        best = np.argsort(far, axis=1, kind="stable")[:, :k]
        distance[some] = np.take_along_axis(far, best, axis=1)
        index[some] = order[np.take_along_axis(place, best, axis=1)]
    return Found(np.where(np.isinf(distance), NONE, index), distance)


def _in_space(query: Floats, pool: Floats, k: int, group_query: Ints, group_pool: Ints) -> Found:
    index = np.full((len(query), k), NONE, dtype=np.int64)
    distance = np.full((len(query), k), np.inf)
    for group in np.unique(group_query):
        asked, there = np.flatnonzero(group_query == group), np.flatnonzero(group_pool == group)
        if not len(there):
            continue
        far, place = cKDTree(pool[there]).query(query[asked], k=np.arange(1, k + 1))
        distance[asked] = far
        index[asked] = np.where(np.isinf(far), NONE, there[np.minimum(place, len(there) - 1)])
    return Found(index, distance)


def pair_off(
    query: Floats, pool: Floats, reach: float, priority: Ints, group_query: Ints, group_pool: Ints
) -> Found:
    """One row of the pool for each query and no row twice: each in turn takes the nearest free one.

    Parameters
    ----------
    query, pool
        Shape (n, d) and (m, d).
    reach
        No pair is further apart.
    priority
        Shape (n,): the queries in the order in which they choose.

    >>> none = np.zeros(3, dtype=np.int64)
    >>> query, pool = np.array([[1.0], [1.1], [9.0]]), np.array([[1.0], [2.0], [3.0]])
    >>> pair_off(query, pool, 2.0, np.arange(3), none, none).index[:, 0].tolist()
    [0, 1, -1]
    """
    if query.shape[1] == 1:
        return _pair_on_line(query[:, 0], pool[:, 0], reach, priority, group_query, group_pool)
    return _pair_in_space(query, pool, reach, priority, group_query, group_pool)


def _pair_on_line(query: Floats, pool: Floats, reach: float, priority: Ints, group_query: Ints, group_pool: Ints) -> Found:  # fmt: skip  # noqa: E501
    """Two chains of pointers over the sorted pool lead past what is taken, each step halving the path."""
    (at_query, at_pool), length = _keys((query, group_query), (pool, group_pool))
    order = np.argsort(at_pool, kind="stable")
    m = len(order)
    # Groups lie further apart than the length of one and 1.
    reach = min(reach, length + 0.5)
    # Place 0 and m + 1 are the ends; plain lists, as single elements of arrays are slow to reach.
    line = [-np.inf, *at_pool[order].tolist(), np.inf]
    start = np.searchsorted(at_pool[order], at_query, "left").tolist()
    left, right = list(range(m + 2)), list(range(m + 2))
    taken = np.full(len(query), NONE, dtype=np.int64)
    asked = at_query.tolist()
    for i in priority.tolist():
        here, below, above = asked[i], start[i], start[i] + 1
        while left[below] != below:
            left[below] = left[left[below]]
            below = left[below]
        while right[above] != above:
            right[above] = right[right[above]]
            above = right[above]
        under, over = here - line[below], line[above] - here
        best = below if under <= over else above
        if min(under, over) <= reach and 0 < best <= m:
            taken[i] = best - 1
            left[best], right[best] = best - 1, best + 1
    index = np.where(taken >= 0, order[taken], NONE)
    far = np.where(index >= 0, np.abs(pool[index] - query), np.inf)
    return Found(index[:, None], far[:, None])


def _pair_in_space(query: Floats, pool: Floats, reach: float, priority: Ints, group_query: Ints, group_pool: Ints) -> Found:  # fmt: skip  # noqa: E501
    """In rounds: who finds the nearest sixteen taken waits for the next, in which only free rows are left."""
    index, distance = np.full(len(query), NONE, dtype=np.int64), np.full(len(query), np.inf)
    free: Bools = np.ones(len(pool), dtype=bool)
    waiting = priority
    while len(waiting) and free.any():
        there = np.flatnonzero(free)
        near = _in_space(
            query[waiting], pool[there], min(16, len(there)), group_query[waiting], group_pool[there]
        )
        near = near.within(reach)
        later = []
        for row, places, far in zip(
            waiting.tolist(), near.index.tolist(), near.distance.tolist(), strict=True
        ):
            known = [(p, d) for p, d in zip(places, far, strict=True) if p >= 0]
            open_ones = [(there[p], d) for p, d in known if free[there[p]]]
            if open_ones:
                index[row], distance[row] = open_ones[0]
                free[index[row]] = False
            elif known:
                later.append(row)
        waiting = np.array(later, dtype=np.int64)
    return Found(index[:, None], distance[:, None])
