"""NOTEARS for linear causes: the graph as the minimum of a smooth problem, from a covariance alone.

    min  1/2n ||X - X W||^2 + lambda ||W||_1   so that   h(W) = tr(exp(W o W)) - d = 0       equations 8 and 9

Zheng, Aragam, Ravikumar and Xing (2018), "DAGs with NO TEARS". Squares see the units: on data of which each
variable was scaled to variance 1 the order that it finds means little (see `sortability`), so it is no
default answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.acyclic_squares import Ascent, Squares, solve
from telltale.causal.dag import Edges, is_acyclic, known_edges
from telltale.causal.scores import check_covariance
from telltale.core.errors import ConfigError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NotearsFit:
    """What NOTEARS found."""

    W: Floats
    """Shape (d, d), before small weights are cut."""
    edges: Edges
    """Shape (d, d): weights over the threshold, and those that are required; a DAG."""
    h: float
    objective: float
    """Squares and L1 at W."""
    threshold: float
    """What was cut at; more than was asked for where a circle was left."""
    steps: int


def notears_linear(
    covariance: npt.ArrayLike,
    *,
    l1: float = 0.1,
    threshold: float = 0.3,
    allowed: npt.ArrayLike | None = None,
    required: npt.ArrayLike | None = None,
    ascent: Ascent | None = None,
) -> NotearsFit:
    """Find a DAG by NOTEARS.

    Parameters
    ----------
    covariance
        X'X / n of centred data, shape (d, d).
    l1
        lambda: price of weight.
    threshold
        Weights up to this size are cut, as in the paper.
    allowed, required
        Shape (d, d): see `dag.known_edges`. A required weight costs no L1 and is never cut.

    >>> S = np.array([[1.0, 0.8], [0.8, 1.64]])
    >>> notears_linear(S).edges.tolist()
    [[False, True], [False, False]]
    """
    if l1 < 0 or threshold < 0:
        raise ConfigError(f"'l1' is {l1} and 'threshold' {threshold}", hint="choose both from 0 on")
    S = np.asarray(covariance, float)  # noqa: N806
    check_covariance(S, n=len(S) + 1)
    known = known_edges(len(S), allowed, required)
    price = np.where(known.required, 0.0, l1)
    found = solve(Squares(S, S, float(np.trace(S)), price, known.allowed), ascent)
    edges, cut = cut_to_dag(found.W, threshold, known.required)
    return NotearsFit(found.W, edges, found.h, found.objective, cut, found.steps)


def cut_to_dag(W: Floats, threshold: float, required: Edges) -> tuple[Edges, float]:  # noqa: N803
    """Edges over a threshold, raised as far as a circle asks for, and that threshold.

    >>> cut_to_dag(np.array([[0.0, 0.9], [0.4, 0.0]]), 0.3, np.zeros((2, 2), bool))[1]
    0.4
    """
    size = np.abs(W)
    edges = (size > threshold) | required
    while not is_acyclic(edges):
        threshold = float(size[edges & ~required].min())
        edges = (size > threshold) | required
    return edges, threshold
