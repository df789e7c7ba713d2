"""Live answers are those of a batch: the values, and the intervals of the same resamples."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tests.causal.panels import BEFORE, NAMES, NOW, World, run

from telltale.causal.dag import Floats
from telltale.causal.linear_graph import (
    LaggedEdges,
    fit_linear_graph,
    lagged_names,
    lagged_rows,
    weights_of,
)
from telltale.causal.live_paths import LivePaths, PathQuestion
from telltale.causal.moments import cluster_moments, moments_of
from telltale.causal.online import REPLICAS, OnlineGraph
from telltale.causal.path_intervals import intervals_of
from telltale.causal.paths import find_paths
from telltale.causal.shared_shocks import SharedColumns
from telltale.core.errors import ConfigError
from telltale.core.rng import stream

COLUMNS = lagged_names(NAMES, 1)
EDGES = LaggedEdges(NOW != 0, (BEFORE != 0)[None])
ASKED = (PathQuestion("host", "desire", steps=6), PathQuestion("chat", "attention", steps=3, push="pulse"))


def sessions(count: int) -> list[Floats]:
    return [lagged_rows(one[1:], one[:-1, None]) for one in run(World(), count, 50, seed=4)]


@pytest.mark.parametrize("standardised", [True, False])
def test_they_agree_with_the_batch(standardised: bool) -> None:
    rows = sessions(40)
    live = LivePaths(
        OnlineGraph(COLUMNS, EDGES, rows[0].mean(axis=0), seed=9), ASKED, standardised=standardised
    )
    for one in rows:
        told = live.add(one)
    batch = fit_linear_graph(moments_of(COLUMNS, np.concatenate(rows)), EDGES)
    often = np.array([stream(9, "online", k).poisson(1.0, REPLICAS) for k in range(40)], dtype=float).T
    owner = np.repeat(np.arange(40), [len(one) for one in rows])
    sums = cluster_moments(COLUMNS, np.concatenate(rows), owner)
    drawn = weights_of(sums.covariances(often), EDGES)
    for question, answer in zip(ASKED, told, strict=True):
        found = find_paths(
            batch.standardised() if standardised else batch,
            question.cause, question.effect, steps=question.steps, push=question.push, strongest=3,
        )  # fmt: skip
        wanted = intervals_of(found, batch, drawn, standardised=standardised, level=0.95, clusters=40)
        assert [c.factors for c in answer.paths.chains] == [c.factors for c in found.chains]
        assert len(found.chains) > 0
        for part in ("total", "direct", "indirect"):
            assert getattr(answer.paths, part) == pytest.approx(getattr(found, part), rel=1e-8, abs=1e-8)
            for end in ("low", "high"):
                mine, theirs = (getattr(getattr(one, part), end) for one in (answer, wanted))
                assert mine == pytest.approx(theirs, rel=1e-8, abs=1e-8)
        for mine_chain, chain in zip(answer.paths.chains, found.chains, strict=True):
            assert mine_chain.response == pytest.approx(chain.response, rel=1e-8, abs=1e-8)


def test_answers_get_surer_and_follow_new_arrows() -> None:
    graph = OnlineGraph(COLUMNS, EDGES, np.zeros(10))
    live = LivePaths(graph, [PathQuestion("host", "desire")])
    widths = []
    for number, rows in enumerate(sessions(120), 1):
        (told,) = live.add(rows)
        if number in (10, 120):
            widths.append(told.total.high[-1] - told.total.low[-1])
    assert widths[1] < 0.6 * widths[0]
    assert told.total.low[-1] > 0
    graph.edges = LaggedEdges(np.zeros((5, 5), bool), EDGES.before)
    (told,) = live.answers()
    assert not told.paths.total.any()


@pytest.mark.parametrize("freed", [False, True])
def test_an_update_of_thirty_factors_takes_less_than_fifty_milliseconds(freed: bool) -> None:
    n, draw = 30, stream(1, "live paths")
    now = np.triu(draw.random((n, n)) < 0.15, 1)
    before = (draw.random((1, n, n)) < 0.1) | np.eye(n, dtype=bool)[None]
    names = lagged_names(tuple(f"x{k}" for k in range(n)), 1)
    rooms = np.tile(np.arange(n) < 10, 2)
    shared = SharedColumns(rooms, np.flatnonzero(~rooms)) if freed else None
    wide = 2 * n + 40 * freed
    graph = OnlineGraph(names, LaggedEdges(now, before), np.zeros(wide), shared=shared)
    live = LivePaths(graph, [PathQuestion("x0", "x29")])
    spent = []
    for _ in range(25):
        rows = draw.normal(size=(280, wide))
        start = time.process_time()
        (told,) = live.add(rows)
        spent.append(time.process_time() - start)
    assert len(told.chains) == 3
    assert float(np.median(spent)) < 0.05


def test_without_resamples_there_are_values_and_no_intervals() -> None:
    live = LivePaths(OnlineGraph(COLUMNS, EDGES, np.zeros(10), replicas=0), [PathQuestion("host", "desire")])
    (told,) = live.add(sessions(1)[0])
    assert told.paths.total[-1] != 0
    assert np.isnan(told.total.low).all()
    assert np.isnan(told.chains[0].high).all()


def test_what_makes_no_sense_is_refused_before_anything_comes() -> None:
    graph = OnlineGraph(COLUMNS, EDGES, np.zeros(10))
    with pytest.raises(ConfigError, match="no factor is called 'mood', 'joy': there are host"):
        LivePaths(graph, [PathQuestion("mood", "desire"), PathQuestion("host", "joy")])
    with pytest.raises(ConfigError, match="level must be between 0 and 1, not 1"):
        LivePaths(graph, ASKED, level=1.0)
    with pytest.raises(ConfigError, match="-1 steps"):
        PathQuestion("host", "desire", steps=-1)
