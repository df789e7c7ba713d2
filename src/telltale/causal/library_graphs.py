"""Structure learning by the library causal-learn, beside our own: loaded when asked for, not before.

pc       tests of independence, Fisher's z at 1 % (Spirtes, Glymour & Scheines 2000), told which is earlier
ges      greedy search by BIC over classes of graphs (Chickering 2002)
boss     best-order search, the library's penalty of 2 (Andrews et al. 2023)
grasp    greedy relaxations of the sparsest permutation, penalty 2 (Lam, Andrews & Ramsey 2022)

Rows in, shape (M, d), edges out, shape (d, d): [i, j] is i -> j, both ways a tie.
"""

from __future__ import annotations

import contextlib
import os
import random
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from telltale.causal.dag import Edges, Floats
from telltale.core.errors import ConfigError


def by_pc(rows: Floats, earlier: Edges) -> Edges:
    """PC; `earlier`, shape (d,), marks columns that nothing of the others can cause."""
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.search.ConstraintBased.PC import pc
    from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

    known = BackgroundKnowledge()
    for place, before in enumerate(earlier.tolist()):
        known.add_node_to_tier(GraphNode(f"X{place + 1}"), int(not before))
    return edges_of(pc(rows, 0.01, "fisherz", background_knowledge=known, show_progress=False).G)


def by_ges(rows: Floats, earlier: Edges) -> Edges:  # noqa: ARG001
    """GES."""
    from causallearn.search.ScoreBased.GES import ges

    return edges_of(ges(rows)["G"])


def by_boss(rows: Floats, earlier: Edges) -> Edges:  # noqa: ARG001
    """BOSS."""
    from causallearn.search.PermutationBased.BOSS import boss

    return edges_of(boss(rows, verbose=False))


def by_grasp(rows: Floats, earlier: Edges) -> Edges:  # noqa: ARG001
    """GRaSP."""
    from causallearn.search.PermutationBased.GRaSP import grasp

    return edges_of(grasp(rows, verbose=False))


LIBRARY: Final[dict[str, tuple[Callable[[Floats, Edges], Edges], int]]] = {
    "pc": (by_pc, 120),
    "ges": (by_ges, 40),
    "boss": (by_boss, 120),
    "grasp": (by_grasp, 60),
}
"""Each with the most columns that it was seen to manage in a few minutes."""


def why_not(name: str, columns: int) -> str:
    """Why a method cannot run here; empty where it can."""
    if find_spec("causallearn") is None:
        return "causal-learn is not installed: pip install 'telltale-live[bench]'"
    if columns > LIBRARY[name][1]:
        return f"{columns} columns would take it long: name at most {LIBRARY[name][1] // 2} factors"
    return ""


def learn_by_library(name: str, rows: Floats, earlier: Edges) -> Edges:
    """Run one of `LIBRARY`.

    Parameters
    ----------
    rows
        Shape (M, d).
    earlier
        Shape (d,): columns from before.
    """
    if name not in LIBRARY:
        raise ConfigError(f"no method '{name}'", hint=f"there are {', '.join(LIBRARY)}")
    if why := why_not(name, rows.shape[1]):
        raise ConfigError(f"{name} cannot run: {why.partition(':')[0]}", hint=why.partition(": ")[2])
    # BOSS and GRaSP draw their orders from Python's own stream, which is put back as it was.
    before = random.getstate()
    random.seed(0)
    try:
        with quietly():
            return LIBRARY[name][0](rows, earlier)
    finally:
        random.setstate(before)


def edges_of(graph: Any) -> Edges:
    """Its marks as edges: causal-learn writes -1 at a tail and 1 at a head."""
    marks = np.asarray(graph.graph)
    edges: Edges = (marks == -1) | ((marks == 1) & (marks.T == 1))
    return edges


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """It prints as it goes, and warns of its own habits."""
    with (
        warnings.catch_warnings(),
        open(os.devnull, "w", encoding="utf-8") as nowhere,  # noqa: PTH123
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        warnings.simplefilter("ignore")
        yield
