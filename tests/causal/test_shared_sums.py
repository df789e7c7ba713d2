"""Sums from which what a room shares is taken out afterwards are the sums of rows that never had it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.test_shared_shocks import watched

from telltale.causal.dag import Floats
from telltale.causal.draw_ends import ends_of
from telltale.causal.graph_rows import graph_rows
from telltale.causal.linear_graph import LaggedEdges, lagged_names, lagged_rows, weights_of
from telltale.causal.moments import moments_of
from telltale.causal.shared_shocks import against_others, shared_columns, without_shared
from telltale.causal.shared_sums import freed, freed_moments, in_parts, with_raw
from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.factors.panel import FactorPanel


def laid(panel: FactorPanel, lags: int) -> tuple[np.ndarray, Floats]:
    if not lags:
        return np.arange(len(panel)), panel.values.copy()
    rows, now, before = panel.lagged(lags)
    return rows, lagged_rows(now, before)


def uneven() -> FactorPanel:
    """Some leave early: at some moments two are there, and these rows are dropped."""
    panel = watched(1.0, viewers=4)
    return panel.take((panel.session % 4 < 2) | (panel.step < 25))


@pytest.mark.parametrize("lags", [0, 1, 2])
def test_they_are_those_of_the_rows_themselves(lags: int) -> None:
    panel = uneven()
    rows, table = laid(panel, lags)
    wanted = without_shared(panel, rows, table, lags)
    assert 0 < wanted.kept.sum() < len(rows)
    names, columns = lagged_names(panel.names, lags), shared_columns(panel.factors, lags)
    parts = in_parts(table, against_others(panel, rows, lags), columns)
    assert len(parts) == wanted.kept.sum()
    wide = (*names, *(f"{names[place]}, raw" for place in columns.own))
    # Room by room, relative to an origin far from the mean.
    room = panel.room[rows[wanted.kept]]
    sums = [moments_of(wide, parts[room == code], np.full(len(wide), 3.0)) for code in np.unique(room)]
    found = freed(sum(sums[1:], sums[0]), columns)
    batch = moments_of(names, wanted.table)
    assert found.names == names
    assert found.count == batch.count
    assert found.mean == pytest.approx(batch.mean, abs=1e-9)
    assert found.covariance == pytest.approx(batch.covariance, abs=1e-9)
    # What is shared is in what is not freed: so the numbers above are no accident.
    left = np.abs(moments_of(names, table[wanted.kept]).covariance - batch.covariance).max()
    assert left > 0.5


def test_each_resample_is_freed_by_what_its_own_rooms_tell() -> None:
    panel = watched(1.0, viewers=4)
    rows, table = laid(panel, 1)
    names, columns = lagged_names(panel.names, 1), shared_columns(panel.factors, 1)
    room = panel.room[rows]
    summed = freed_moments(names, in_parts(table, against_others(panel, rows, 1), columns), room, columns)
    often = stream(1, "freed").multinomial(summed.clusters, np.full(summed.clusters, 1 / summed.clusters), 4)
    for drawn, covariance in zip(often, summed.covariances(often.astype(float)), strict=True):
        # The rooms laid beside one another as often as they are drawn, each copy a room of its own.
        again = [panel.take(panel.room == code) for code in np.repeat(np.arange(len(drawn)), drawn)]
        both = [laid(one, 1) for one in again]
        differs = [against_others(one, own, 1) for one, (own, _) in zip(again, both, strict=True)]
        parts = in_parts(np.concatenate([one for _, one in both]), np.concatenate(differs), columns)
        wanted = freed(moments_of(with_raw(names, columns), parts), columns)
        assert covariance == pytest.approx(wanted.covariance, abs=1e-9)
        assert summed.total(drawn).covariance == pytest.approx(covariance, abs=1e-9)


def test_intervals_of_what_a_room_does_hold_it_where_shocks_are_taken_out() -> None:
    """With W of all rows in each resample they would have no width at all."""
    edges, held = np.zeros((2, 4, 4), bool), []
    edges[:, 0, 1] = True
    for seed in range(60):
        rows = graph_rows(watched(1.0, seed), shared="adjust", cluster="room")
        often = rows.clusters.draws(stream(seed, "coverage"), 200)
        drawn = weights_of(rows.clusters.covariances(often), LaggedEdges(edges[0], edges[1:]))[:, 0, 0, 1]
        low, high = ends_of(drawn, 0.95)
        held.append(low <= 0.5 <= high)
    assert np.mean(held) > 0.85


def test_rows_of_other_columns_are_refused() -> None:
    panel = uneven()
    rows, table = laid(panel, 1)
    parts = in_parts(table, against_others(panel, rows, 1), shared_columns(panel.factors, 1))
    with pytest.raises(FormatError, match="for 8 names"):
        moments_of(lagged_names(panel.names, 1), parts)
