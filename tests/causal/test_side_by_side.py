"""Several methods on the same rows: who joins, who turns, where all agree; what cannot run says why."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from tests.causal.panels import World, panel

from telltale.causal import library_graphs
from telltale.causal.graph_rows import GraphRows, graph_rows
from telltale.causal.library_graphs import LIBRARY, learn_by_library
from telltale.causal.side_by_side import SideBySide, compare_methods
from telltale.core.errors import ConfigError
from telltale.factors.order import Background

OURS = ("order", "lingam", "notears", "grow-shrink")
PLANTED = {
    ("host", "chat", 0),
    ("host", "attention", 0),
    ("attention", "desire", 0),
    ("chat", "desire", 1),
    ("desire", "attention", 1),
}


@pytest.fixture(scope="module")
def rows() -> GraphRows:
    return graph_rows(panel(World(noise="laplace")))


@pytest.fixture(scope="module")
def compared(rows: GraphRows) -> SideBySide:
    return compare_methods(rows, OURS)


def test_all_of_ours_join_what_was_planted(compared: SideBySide) -> None:
    assert compared.methods == OURS
    assert {(pair.cause, pair.effect, pair.lag) for pair in compared.by_all} == PLANTED
    assert all(pair.joined == OURS for pair in compared.by_all)
    counts = [len(pair.joined) for pair in compared.pairs]
    assert counts == sorted(counts, reverse=True)
    for pair in compared.by_all:
        # Arrows from before have one way; within the step order search and LiNGAM tell it.
        told = OURS if pair.lag else ("order", "lingam")
        assert set(told) <= set(pair.forwards)
        assert not set(pair.forwards) & set(pair.backwards)


def test_agreement_is_f1_of_joined_pairs(compared: SideBySide) -> None:
    agreement = compared.agreement
    assert np.diagonal(agreement).tolist() == [1.0] * 4
    assert (agreement == agreement.T).all()
    one, other = ({p for p in compared.pairs if method in p.joined} for method in ("order", "grow-shrink"))
    expected = 2 * len(one & other) / (len(one) + len(other))
    assert agreement[0, 3] == pytest.approx(expected)


def test_a_pair_is_told_once(compared: SideBySide) -> None:
    seen = [(frozenset((pair.cause, pair.effect)), pair.lag) for pair in compared.pairs if not pair.lag]
    assert len(seen) == len(set(seen))


def test_each_method_keeps_to_what_is_known() -> None:
    known = Background(
        forbidden=("host -> chat", "attention -(1)-> desire"),
        required=("alone -> desire", "alone -(1)-> host"),
        viewers_move_rooms=True,
    )
    rows = graph_rows(panel(), background=known)
    methods = OURS if find_spec("causallearn") is None else (*OURS, "pc", "boss")
    for graph in compare_methods(rows, methods).graphs:
        assert not (graph.edges & ~rows.allowed[:, : rows.size]).any(), graph.method
        assert (graph.edges | ~rows.required[:, : rows.size]).all(), graph.method


def test_nothing_to_join_is_no_fault() -> None:
    world = World(now=np.zeros((5, 5)), before=np.zeros((5, 5)))
    found = compare_methods(graph_rows(panel(world)), ("order", "notears"))
    assert found.pairs == found.by_all == ()
    assert np.isnan(found.agreement).all()


def test_a_library_that_is_missing_says_so(rows: GraphRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_graphs, "find_spec", lambda _: None)
    found = compare_methods(rows, ("order", "pc"))
    assert found.methods == ("order",)
    assert found.graphs[1].not_run.startswith("causal-learn is not installed: pip install")
    with pytest.raises(ConfigError, match="pc cannot run: causal-learn is not installed"):
        learn_by_library("pc", rows.sample.values, np.zeros(10, bool))


def test_a_library_that_would_take_long_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_graphs, "find_spec", lambda _: object())
    assert library_graphs.why_not("ges", 92).startswith("92 columns would take it long")
    assert library_graphs.why_not("pc", 92) == ""


def test_names_that_are_none_are_refused(rows: GraphRows) -> None:
    with pytest.raises(ConfigError, match="no method magic"):
        compare_methods(rows, ("order", "magic"))
    with pytest.raises(ConfigError, match="no method is asked for"):
        compare_methods(rows, ())
    with pytest.raises(ConfigError, match="no method 'magic'"):
        learn_by_library("magic", rows.sample.values, np.zeros(10, bool))


@pytest.mark.skipif(find_spec("causallearn") is None, reason="needs the extra bench")
@pytest.mark.parametrize("name", LIBRARY)
def test_libraries_join_what_was_planted(rows: GraphRows, name: str) -> None:
    (graph,) = compare_methods(rows, (name,)).graphs
    assert not graph.not_run
    found = compare_methods(rows, (name,)).pairs
    strong = PLANTED - {("desire", "attention", 1)}
    assert strong <= {(p.cause, p.effect, p.lag) for p in found} | {(p.effect, p.cause, p.lag) for p in found}
    again = compare_methods(rows, (name,)).graphs[0]
    assert (again.edges == graph.edges).all()
