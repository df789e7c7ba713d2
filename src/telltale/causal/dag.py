"""Graphs of causes: order, equivalence class, and how far two graphs are apart.

A graph of d variables is a (d, d) array of booleans, and in all of this part `edges[i, j]` is the arrow from
cause i to effect j; so is a weight `W[i, j]`, as in X = X W + noise. Where both `edges[i, j]` and
`edges[j, i]` stand, the two are tied and the data do not say which way.

What is known beforehand comes as `allowed[i, j]` (i may be a cause of j: time order, a user's wish) and
`required[i, j]` (it is one).

Chickering (2002), "Optimal structure identification with greedy search"; Meek (1995), "Causal inference and
causal explanation with background knowledge".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError, FormatError

Edges = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of a graph before any data."""

    allowed: Edges
    """Shape (d, d): i may cause j; the diagonal is False."""
    required: Edges
    """Shape (d, d): i causes j, whatever the data say."""


def known_edges(d: int, allowed: npt.ArrayLike | None = None, required: npt.ArrayLike | None = None) -> Known:
    """What is known, checked: all that does not fit is told at once.

    Parameters
    ----------
    d
        Number of variables.
    allowed, required
        Shape (d, d) each, or None: all may be, none must be.

    >>> known_edges(2).allowed.tolist()
    [[False, True], [True, False]]
    """
    may = np.ones((d, d), bool) if allowed is None else np.array(allowed, bool)
    must = np.zeros((d, d), bool) if required is None else np.array(required, bool)
    faults = [
        f"'{name}' has shape {given.shape} instead of {(d, d)}"
        for name, given in (("allowed", may), ("required", must))
        if given.shape != (d, d)
    ]
    if not faults:
        np.fill_diagonal(may, False)
        against = np.argwhere(must & ~may)
        faults += [f"the arrow {i} -> {j} is required and not allowed" for i, j in against.tolist()]
        if not is_acyclic(must):
            faults.append("the required arrows run in a circle")
    if faults:
        raise ConfigError("; ".join(faults), hint="a cause comes before its effect; mend the lists of edges")
    # With i -> j certain the way back is closed.
    return Known(may & ~must.T, must)


def topological_order(edges: Edges) -> list[int]:
    """The variables, causes first; among those that are free, the lowest number first.

    >>> topological_order(np.array([[False, False], [True, False]]))
    [1, 0]
    """
    missing = np.asarray(edges, bool).sum(axis=0)
    order: list[int] = []
    free = sorted(np.flatnonzero(missing == 0).tolist(), reverse=True)
    while free:
        first = free.pop()
        order.append(first)
        effects = np.flatnonzero(edges[first])
        missing[effects] -= 1
        free = sorted({*free, *effects[missing[effects] == 0].tolist()}, reverse=True)
    if len(order) < len(edges):
        raise FormatError("the arrows run in a circle", hint="give a graph without one")
    return order


def is_acyclic(edges: npt.ArrayLike) -> bool:
    """Whether no path leads back to where it began.

    >>> is_acyclic([[0, 1], [0, 0]]), is_acyclic([[0, 1], [1, 0]])
    (True, False)
    """
    left = np.asarray(edges) != 0
    while len(left):
        # Who causes nothing that is left can close no circle.
        stays = left.any(axis=1)
        if stays.all():
            return False
        left = left[np.ix_(stays, stays)]
    return True


def equivalence_class(edges: npt.ArrayLike, known: Known | None = None) -> Edges:
    """All graphs that no data of this kind could tell from a DAG: its CPDAG, shape (d, d).

    Arrows that all of them share stay; the others are tied. What is known beforehand unties some, and
    Meek's four rules carry that on.

    >>> equivalence_class([[0, 1], [0, 0]]).tolist()
    [[False, True], [True, False]]
    >>> equivalence_class([[0, 0, 1], [0, 0, 1], [0, 0, 0]]).astype(int).tolist()
    [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    """
    dag = np.asarray(edges) != 0
    if not is_acyclic(dag):
        raise FormatError("the arrows run in a circle", hint="only a graph without one has a class")
    adjacent = dag | dag.T
    apart = ~adjacent & ~np.eye(len(dag), dtype=bool)
    # An arrow into a collider: another parent of j that i does not touch.
    fixed = dag & _meets(apart, dag)
    if known is not None:
        fixed |= dag & (known.required | ~known.allowed.T)
    return _close(fixed, adjacent & ~fixed & ~fixed.T, apart)


def skeleton(graph: npt.ArrayLike) -> Edges:
    """Which two touch, whatever way: a symmetric (d, d) array."""
    given = np.asarray(graph) != 0
    touching: Edges = given | given.T
    return touching


def distance(truth: npt.ArrayLike, found: npt.ArrayLike) -> int:
    """Structural Hamming distance: pairs of variables between which the two graphs differ in any way.

    An arrow turned round counts once, and so does a tie in place of an arrow. Tsamardinos and others (2006).

    >>> distance([[0, 1], [0, 0]], [[0, 0], [1, 0]])
    1
    """
    one, other = np.asarray(truth) != 0, np.asarray(found) != 0
    differs = one != other
    return int(np.triu(differs | differs.T).sum())


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close a graph comes to the truth."""

    shd: int
    """Distance of the DAGs; of a graph with ties, every tie counts as one."""
    shd_class: int
    """Distance of the equivalence classes: what data alone could get right."""
    skeleton_f1: float
    """F1 of which two touch; NaN where neither graph has an edge."""
    fdr: float
    """Share of the edges drawn that are not in the truth or turned round; 0 where none is drawn."""
    tpr: float
    """Share of the true arrows drawn the right way, or tied; NaN where the truth has none."""


def compare(truth: npt.ArrayLike, found: npt.ArrayLike) -> Closeness:
    """Hold a graph against the true DAG.

    Parameters
    ----------
    truth
        Shape (d, d), a DAG.
    found
        Shape (d, d), a DAG, or a graph with ties. One that runs in a circle is taken as its own class.

    >>> compare([[0, 1], [0, 0]], [[0, 1], [0, 0]])
    Closeness(shd=0, shd_class=0, skeleton_f1=1.0, fdr=0.0, tpr=1.0)
    """
    true, drawn = np.asarray(truth) != 0, np.asarray(found) != 0
    classes = drawn if not is_acyclic(drawn) else equivalence_class(drawn)
    touching, drawn_touching = np.triu(skeleton(true)), np.triu(skeleton(drawn))
    both, edges, drawn_edges = (
        int(one.sum()) for one in (touching & drawn_touching, touching, drawn_touching)
    )
    right = int((true & drawn).sum())
    return Closeness(
        shd=distance(true, drawn),
        shd_class=distance(equivalence_class(true), classes),
        skeleton_f1=2 * both / (edges + drawn_edges) if edges + drawn_edges else float("nan"),
        fdr=(drawn_edges - right) / drawn_edges if drawn_edges else 0.0,
        tpr=right / edges if edges else float("nan"),
    )


def _meets(left: Edges, right: Edges) -> Edges:
    """Whether some k has left[i, k] and right[k, j]."""
    met: Edges = (left.astype(np.float32) @ right.astype(np.float32)) > 0
    return met


def _close(fixed: Edges, tied: Edges, apart: Edges) -> Edges:
    """Meek's rules until none applies; what stays tied stands both ways."""
    fixed, tied = fixed.copy(), tied.copy()
    while True:
        # Rule 1: i -> j, j tied to k, i apart from k: else j would be a collider. Rule 2: else a circle.
        turned = tied & (_meets(fixed.T, apart) | _meets(fixed, fixed))
        for i, j in np.argwhere(tied & ~turned).tolist():
            turned[i, j] = _rule_three(i, j, fixed, tied, apart) or _rule_four(i, j, fixed, tied, apart)
        # Both ways at once only where what is known contradicts the graph; the first then stands.
        turned &= ~np.tril(turned.T)
        if not turned.any():
            break
        fixed |= turned
        tied &= ~(turned | turned.T)
    closed: Edges = fixed | tied
    return closed


def _rule_three(i: int, j: int, fixed: Edges, tied: Edges, apart: Edges) -> bool:
    """Two that are apart, both tied to i, both causes of j."""
    both = np.flatnonzero(tied[i] & fixed[:, j])
    return len(both) > 1 and bool(apart[np.ix_(both, both)].any())


def _rule_four(i: int, j: int, fixed: Edges, tied: Edges, apart: Edges) -> bool:
    """k -> l -> j with k tied to i, l touching i, k apart from j."""
    last = np.flatnonzero(fixed[:, j] & ~apart[i])
    first = np.flatnonzero(tied[i] & apart[:, j])
    return bool(fixed[np.ix_(first, last)].any())
