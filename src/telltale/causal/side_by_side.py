"""The same rows, several methods: who joins which factors, who turns the arrow which way, where all agree.

An arrow that methods of different kinds find does not hang on the assumptions of one. All get the same rows
(those that were adjusted, where they were) and the same order of time; what was known beforehand holds
for all: libraries that cannot be told have their arrows turned or dropped afterwards. Nothing is cut for
being weak but by NOTEARS, whose cut is part of it: with many rows weak arrows are many.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.causal.dag import Edges, Floats, Known, known_edges
from telltale.causal.graph_rows import GraphRows
from telltale.causal.graph_search import Searched, by_noise, by_score, by_squares, worth_of
from telltale.causal.grow_shrink import GrowShrink
from telltale.causal.library_graphs import LIBRARY, learn_by_library, why_not
from telltale.causal.scores import gaussian_score
from telltale.core.errors import ConfigError
from telltale.core.progress import Progress, silent

MOST_ROWS: Final = 2_000
"""Rows that a library is given: its methods are slow, and at this many they say what they say."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodGraph:
    """What one method found."""

    method: str
    edges: Edges
    """Shape (n + Ln, n): [i, j] is i -> j, into the factors now; within the step both ways is a tie."""
    seconds: float
    not_run: str = ""
    """Why it did not run; empty where it did."""


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two factors that some method joins."""

    cause: str
    effect: str
    """Within a step, of both ways the one that more methods point."""
    lag: int
    joined: tuple[str, ...]
    """Methods that join them at this lag."""
    forwards: tuple[str, ...]
    """Those that point from cause to effect."""
    backwards: tuple[str, ...]
    """Those that point back; the rest of those who join leave it open."""


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """All methods' graphs of the same rows."""

    factors: tuple[str, ...]
    graphs: tuple[MethodGraph, ...]
    pairs: tuple[ComparedPair, ...]
    """Joined by most first."""

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that ran."""
        return tuple(graph.method for graph in self.graphs if not graph.not_run)

    @property
    def by_all(self) -> tuple[ComparedPair, ...]:
        """Pairs that every method joins."""
        return tuple(pair for pair in self.pairs if len(pair.joined) == len(self.methods))

    @property
    def agreement(self) -> Floats:
        """Shape (methods, methods): F1 of the pairs that two methods join; NaN where neither joins any."""
        joined = np.array([[method in pair.joined for pair in self.pairs] for method in self.methods], float)
        joined = joined.reshape(len(self.methods), -1)
        both, each = joined @ joined.T, joined.sum(axis=1)
        total = each[:, None] + each[None, :]
        agreement: Floats = np.divide(2 * both, total, out=np.full_like(both, np.nan), where=total > 0)
        return agreement


def compare_methods(
    rows: GraphRows,
    methods: Sequence[str] | None = None,
    *,
    penalty: float = 2.0,
    starts: int = 3,
    seed: int = 0,
    progress: Progress = silent,
) -> SideBySide:
    """Learn one graph by each method.

    Parameters
    ----------
    methods
        Of `METHODS`; all when not given. What cannot run here says why.
    penalty, starts, seed
        See `discovery.DiscoverySettings`; what a library does is its own.
    """
    asked = tuple(METHODS if methods is None else methods)
    unknown = [name for name in asked if name not in METHODS]
    if unknown or not asked:
        told = f"no method {', '.join(unknown)}" if unknown else "no method is asked for"
        raise ConfigError(told, hint=f"there are {', '.join(METHODS)}")
    task = _Task(rows, penalty, starts, seed)
    graphs = tuple(_run(name, task) for name in progress(asked, total=len(asked), label="methods"))
    return SideBySide(rows.factors, graphs, _pairs(rows, graphs))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    rows: GraphRows
    penalty: float
    starts: int
    seed: int

    @property
    def known(self) -> Known:
        """Of all columns that change."""
        moving = self.rows.moving
        return known_edges(
            len(moving), *(mask[np.ix_(moving, moving)] for mask in (self.rows.allowed, self.rows.required))
        )

    def laid_out(self, edges: Edges) -> Edges:
        """Arrows among columns that change, as arrows from all columns into the factors now."""
        out = np.zeros((len(self.rows.allowed),) * 2, bool)
        out[np.ix_(self.rows.moving, self.rows.moving)] = edges
        return out[:, : self.rows.size]


def _run(name: str, task: _Task) -> MethodGraph:
    if name in LIBRARY and (why := why_not(name, len(task.rows.moving))):
        return MethodGraph(name, np.zeros((len(task.rows.allowed), task.rows.size), bool), 0.0, why)
    begun = time.perf_counter()
    edges = METHODS[name](task)
    return MethodGraph(name, edges, time.perf_counter() - begun)


def _order(task: _Task) -> Edges:
    rows = task.rows
    return _with_ties(
        by_score(rows, rows.structure.total(), penalty=task.penalty, starts=task.starts, seed=task.seed)
    )


def _lingam(task: _Task) -> Edges:
    rows = task.rows
    return _with_ties(by_noise(rows, rows.structure.total(), rows.sample.values, penalty=task.penalty))


def _with_ties(found: Searched) -> Edges:
    edges = found.dag.copy()
    edges[: len(found.tied)] |= found.tied
    return edges


def _notears(task: _Task) -> Edges:
    return by_squares(task.rows, task.rows.structure.total()).dag


def _grow_shrink(task: _Task) -> Edges:
    """Each factor picks among all that may cause it; within the step both ends must pick each other."""
    rows, known = task.rows, task.known
    covariance = rows.structure.total().covariance[np.ix_(rows.moving, rows.moving)]
    score = gaussian_score(covariance, worth_of(rows), penalty=task.penalty)
    edges, everybody = np.zeros(covariance.shape, bool), bytearray([1] * len(covariance))
    for node in range(rows.size):
        edges[list(GrowShrink(score, known, node).parents(everybody)), node] = True
    either = known.allowed & known.allowed.T
    return task.laid_out(np.where(either, edges & edges.T, edges))


def _by_library(name: str) -> Callable[[_Task], Edges]:
    def learn(task: _Task) -> Edges:
        rows = task.rows
        thin = max(1, -(-len(rows.sample.values) // MOST_ROWS))
        values = rows.sample.values[::thin][:, rows.moving]
        # A rare factor may never change in so few rows: it can have no arrows then.
        spread = values.std(axis=0)
        moves = np.flatnonzero(spread > 0)
        values = (values[:, moves] - values[:, moves].mean(axis=0)) / spread[moves]
        edges = np.zeros((len(rows.moving),) * 2, bool)
        edges[np.ix_(moves, moves)] = learn_by_library(name, values, rows.moving[moves] >= rows.size)
        return task.laid_out(in_time(edges, task.known))

    return learn


def in_time(edges: Edges, known: Known) -> Edges:
    """Arrows as time and what is known allow: turned where only the other way may be, dropped where none.

    >>> known = known_edges(2, [[0, 1], [0, 0]])
    >>> in_time(np.array([[False, False], [True, False]]), known).astype(int).tolist()
    [[0, 1], [0, 0]]
    """
    one_way = known.allowed & ~known.allowed.T
    turned: Edges = (edges & known.allowed) | ((edges | edges.T) & one_way) | known.required
    return turned


METHODS: Final[dict[str, Callable[[_Task], Edges]]] = {
    "order": _order,
    "lingam": _lingam,
    "notears": _notears,
    "grow-shrink": _grow_shrink,
    **{name: _by_library(name) for name in LIBRARY},
}


def _pairs(rows: GraphRows, graphs: Sequence[MethodGraph]) -> tuple[ComparedPair, ...]:
    ran, n = [graph for graph in graphs if not graph.not_run], rows.size
    out = []
    for row, effect in np.argwhere(np.any([graph.edges for graph in ran], axis=0)).tolist() if ran else []:
        lag, cause = divmod(row, n)
        back = effect if lag == 0 else None
        if cause == effect:
            continue
        there = {graph.method: bool(graph.edges[row, effect]) for graph in ran}
        returns = {graph.method: back is not None and bool(graph.edges[back, cause]) for graph in ran}
        forwards = tuple(name for name in there if there[name] and not returns[name])
        backwards = tuple(name for name in there if returns[name] and not there[name])
        # A pair within the step is met from both ends, and told from one.
        if lag == 0 and any(returns.values()) and (len(backwards), cause) > (len(forwards), effect):
            continue
        joined = tuple(name for name in there if there[name] or returns[name])
        out.append(ComparedPair(rows.factors[cause], rows.factors[effect], lag, joined, forwards, backwards))
    return tuple(sorted(out, key=lambda pair: (-len(pair.joined), -len(pair.forwards), pair.lag)))
