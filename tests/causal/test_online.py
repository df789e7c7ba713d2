"""What comes session by session ends where a batch does, and costs the same however much has passed."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.panels import NAMES, NOW, World, run

from telltale.causal.draw_ends import ends_of
from telltale.causal.linear_graph import LaggedEdges, fit_linear_graph, lagged_names, lagged_rows
from telltale.causal.moments import moments_of
from telltale.causal.online import OnlineGraph
from telltale.core.errors import FormatError
from telltale.core.rng import stream

COLUMNS = lagged_names(NAMES, 1)
EDGES = LaggedEdges(NOW != 0, np.eye(5, dtype=bool)[None])


def sessions(count: int) -> list[np.ndarray]:
    values = run(World(), count, 50, seed=4)
    return [lagged_rows(one[1:], one[:-1, None]) for one in values]


def test_it_agrees_with_the_batch() -> None:
    rows = sessions(40)
    online = OnlineGraph(COLUMNS, EDGES, rows[0].mean(axis=0))
    for one in rows:
        online.add(one)
    batch = moments_of(COLUMNS, np.concatenate(rows))
    found, wanted = online.weights().graph, fit_linear_graph(batch, EDGES)
    assert online.sessions == 40
    assert found.now == pytest.approx(wanted.now, rel=1e-9, abs=1e-12)
    assert found.before == pytest.approx(wanted.before, rel=1e-9, abs=1e-12)
    assert online.moments.covariance == pytest.approx(batch.covariance, rel=1e-9, abs=1e-9)


def test_intervals_narrow_and_hold_what_was_planted() -> None:
    online = OnlineGraph(COLUMNS, EDGES, np.zeros(10))
    widths = []
    for number, one in enumerate(sessions(160), 1):
        online.add(one)
        if number in (10, 160):
            now = online.weights()
            widths.append(now.high[0, 0, 1] - now.low[0, 0, 1])
    assert widths[1] < 0.5 * widths[0]
    told = online.weights()
    # In the units of the world: host is told in 1, chat in 10.
    assert told.low[0, 0, 1] < 10 * NOW[0, 1] < told.high[0, 0, 1]


@pytest.mark.parametrize("replicas", [45, 79])
def test_intervals_hold_as_often_as_they_say(replicas: int) -> None:
    """One cause of eight effects, forty studies of sixty sessions."""
    effects, held = 8, []
    names = tuple(f"x{k}" for k in range(1 + effects))
    now = np.zeros((1 + effects,) * 2, bool)
    now[0, 1:] = True
    edges = LaggedEdges(now, np.zeros((0, *now.shape), bool))
    for study in range(40):
        draw = stream(study, "coverage")
        online = OnlineGraph(names, edges, np.zeros(len(names)), replicas=replicas, seed=study)
        for _ in range(60):
            cause = draw.normal(size=(10, 1))
            online.add(np.hstack([cause, 0.5 * cause + draw.normal(size=(10, effects))]))
        told = online.weights()
        held += ((told.low[0, 0, 1:] < 0.5) & (told.high[0, 0, 1:] > 0.5)).tolist()
    assert 0.93 < np.mean(held) < 0.98


def test_too_few_replicas_for_a_level_give_no_interval() -> None:
    online = OnlineGraph(COLUMNS, EDGES, np.zeros(10), replicas=40)
    for one in sessions(30):
        online.add(one)
    told = online.weights(0.9)
    assert told.low[0, 0, 1] < told.high[0, 0, 1]
    assert len(told.drawn) == 40
    # From more than thirty 39 would do at 95 %; thirty know less of their own spread.
    for level in (0.95, 0.99):
        told = online.weights(level)
        assert np.isnan(told.low).all()
        assert told.drawn.shape == (0, 2, 5, 5)


def test_intervals_are_as_wide_as_so_few_owners_make_them() -> None:
    online = OnlineGraph(COLUMNS, EDGES, np.zeros(10))
    for number, one in enumerate(sessions(48)):
        online.add(one, f"room {number % 12}")
    # Who brings no row is nobody that could be drawn.
    online.add(np.empty((0, 10)), "room 99")
    told = online.weights()
    assert (told.sessions, told.clusters) == (49, 12)
    for mine, wanted in zip((told.low, told.high), ends_of(told.drawn, 0.95, 12), strict=True):
        assert mine == pytest.approx(wanted)
    narrow = ends_of(told.drawn, 0.95)
    assert told.high[0, 0, 1] - told.low[0, 0, 1] > 1.05 * (narrow[1] - narrow[0])[0, 0, 1]


def test_from_ten_owners_on_there_are_intervals_and_from_one_or_two_there_are_none() -> None:
    for owners, there in ((1, False), (2, False), (10, True)):
        online = OnlineGraph(COLUMNS, EDGES, np.zeros(10))
        for number, one in enumerate(sessions(20)):
            online.add(one, f"p{number % owners}")
        told = online.weights()
        assert told.clusters == owners
        assert np.isfinite(told.low).all() == there


def test_arrows_may_change_without_reading_again() -> None:
    rows = sessions(30)
    online = OnlineGraph(COLUMNS, LaggedEdges(np.zeros((5, 5), bool), EDGES.before), np.zeros(10))
    for one in rows:
        online.add(one)
    assert not online.weights().graph.now.any()
    online.edges = EDGES
    wanted = fit_linear_graph(moments_of(COLUMNS, np.concatenate(rows)), EDGES)
    assert online.weights().graph.now == pytest.approx(wanted.now, rel=1e-8, abs=1e-12)


def test_before_anything_came_it_says_so() -> None:
    with pytest.raises(FormatError, match="no rows"):
        OnlineGraph(COLUMNS, EDGES, np.zeros(10)).weights()
    with pytest.raises(FormatError, match="3 columns for 5"):
        OnlineGraph(COLUMNS[:3], EDGES, np.zeros(3))
    few = OnlineGraph(COLUMNS, EDGES, np.zeros(10), replicas=0)
    few.add(sessions(1)[0])
    assert np.isnan(few.weights().low).all()
