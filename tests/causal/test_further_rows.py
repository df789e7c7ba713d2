"""A graph to which sessions are added ends where a batch over all of them does, shared shocks in or out."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.test_shared_shocks import watched

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.draw_ends import ends_of
from telltale.causal.further_rows import further_rows, live_graph
from telltale.causal.graph_faults import Cluster
from telltale.causal.graph_rows import graph_rows
from telltale.causal.linear_graph import LaggedEdges, fit_linear_graph, weights_of
from telltale.causal.online import REPLICAS, OnlineGraph
from telltale.causal.shared_shocks import Shared
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel

QUICK = DiscoverySettings(halves=0, draws=0)
CHOSEN = 10
"""Rooms of twelve from which arrows are chosen."""


def uneven(seed: int = 1) -> FactorPanel:
    """Two of five leave early, one value in fifty is not seen, and one factor never changes."""
    panel = watched(1.0, seed)
    panel = panel.take((panel.session % 5 < 3) | (panel.step < 25))
    values = panel.values.copy()
    values[stream(seed, "holes").random(len(panel)) < 0.02, panel.place(["boredom"])[0]] = np.nan
    values[:, panel.place(["desire"])[0]] += 40.0
    still = np.full((len(panel), 1), 7.0)
    factor = panel.factor("host")
    return FactorPanel(
        factors=(*panel.factors, type(factor)("still", "frame", "viewer", "continuous", 2)),
        values=np.hstack([values, still]),
        session=panel.session, room=panel.room, person=panel.session // 2, step=panel.step,
        moment=panel.moment, grid_s=panel.grid_s, session_ids=panel.session_ids, room_ids=panel.room_ids,
        person_ids=tuple(f"p{k}" for k in range(30)),
    )  # fmt: skip


def followed(
    panel: FactorPanel, shared: Shared, cluster: Cluster = "person"
) -> tuple[FactorGraph, OnlineGraph]:
    """Arrows of the first rooms; the other rooms one by one."""
    first = panel.take(panel.room < CHOSEN)
    graph = learn_graph(graph_rows(first, shared=shared, cluster=cluster), QUICK)
    live = live_graph(graph, further_rows(first, graph.rows), first)
    for room in range(CHOSEN, len(panel.room_ids)):
        for one in further_rows(panel.take(panel.room == room), graph.rows):
            live.add(one.rows, one.owner)
    return graph, live


@pytest.mark.parametrize("shared", ["keep", "adjust"])
def test_it_ends_where_a_batch_of_all_does(shared: Shared) -> None:
    panel = uneven()
    graph, live = followed(panel, shared)
    batch = graph_rows(panel, shared=shared)
    assert graph.edges
    assert batch.factors == graph.rows.factors == panel.names[:-1]
    assert live.moments.count == batch.rows
    wanted = fit_linear_graph(batch.clusters.total(), live.edges)
    found = live.weights().graph
    for name in ("now", "before", "mean", "sd", "noise_sd"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-9, abs=1e-9)
    # The arrows of the part with the weights of the part are others: something came and was counted.
    assert np.abs(graph.linear.now - wanted.now).max() > 1e-3


@pytest.mark.parametrize("shared", ["keep", "adjust"])
@pytest.mark.parametrize("cluster", ["person", "room"])
def test_intervals_draw_whole_people_or_rooms(shared: Shared, cluster: Cluster) -> None:
    panel = uneven()
    _, live = followed(panel, shared, cluster)
    batch = graph_rows(panel, shared=shared, cluster=cluster)
    ids = panel.person_ids if cluster == "person" else panel.room_ids
    codes = np.unique(getattr(panel, cluster))
    often = np.array([stream(0, "online", ids[code]).poisson(1.0, REPLICAS) for code in codes], float).T
    wanted = weights_of(batch.clusters.covariances(often), live.edges)
    told = live.weights()
    assert told.drawn == pytest.approx(wanted, rel=1e-8, abs=1e-8)
    assert told.clusters == batch.clusters.clusters == len(codes)
    for mine, end in zip((told.low, told.high), ends_of(wanted, 0.95, len(codes)), strict=True):
        assert mine == pytest.approx(end, rel=1e-8, abs=1e-8)


def test_a_session_that_adds_nothing_is_told_and_adds_nothing() -> None:
    panel = uneven()
    graph, live = followed(panel, "adjust")
    before = live.moments
    # Alone in its room: nobody to be told against. Of one step: nothing before it.
    alone = panel.take(panel.session == 0)
    for rows in (alone, alone.take(alone.step == 3), alone.take(alone.step < 0)):
        told = further_rows(rows, graph.rows)
        assert [one.session for one in told] == list(panel.session_ids)
        assert not sum(len(one.rows) for one in told)
        live.add(told[0].rows, told[0].owner)
    assert live.moments.covariance == pytest.approx(before.covariance)


def test_without_steps_before() -> None:
    panel = uneven()
    rows = graph_rows(panel, lags=0, shared="adjust")
    graph = learn_graph(rows, QUICK)
    live = live_graph(graph, further_rows(panel, rows), panel)
    edges = LaggedEdges(graph.linear.now != 0, np.zeros((0, 4, 4), bool))
    wanted = fit_linear_graph(rows.clusters.total(), edges)
    assert live.weights().graph.now == pytest.approx(wanted.now, abs=1e-9)
