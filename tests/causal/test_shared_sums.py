"""Sums from which what a room shares is taken out afterwards are the sums of rows that never had it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.causal.test_shared_shocks import watched

from telltale.causal.dag import Floats
from telltale.causal.linear_graph import lagged_names, lagged_rows
from telltale.causal.moments import cluster_moments, moments_of
from telltale.causal.shared_shocks import against_others, shared_columns, without_shared
from telltale.causal.shared_sums import freed, in_parts
from telltale.core.errors import FormatError
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
    assert found.moments.names == names
    assert found.moments.count == batch.count
    assert found.moments.mean == pytest.approx(batch.mean, abs=1e-9)
    assert found.moments.covariance == pytest.approx(batch.covariance, abs=1e-9)
    # The same of resamples, in which a room counts as often as is drawn.
    often = np.random.default_rng(1).poisson(1.0, (5, len(sums))).astype(float)
    raw = cluster_moments(names, parts[:, : len(names)], room).covariances(often)
    drawn = cluster_moments(names, wanted.table, room).covariances(often)
    assert found.covariances(raw) == pytest.approx(drawn, abs=1e-9)
    # What is shared is in what is not freed: so the numbers above are no accident.
    left = np.abs(moments_of(names, table[wanted.kept]).covariance - batch.covariance).max()
    assert left > 0.5


def test_rows_of_other_columns_are_refused() -> None:
    panel = uneven()
    rows, table = laid(panel, 1)
    parts = in_parts(table, against_others(panel, rows, 1), shared_columns(panel.factors, 1))
    with pytest.raises(FormatError, match="for 8 names"):
        moments_of(lagged_names(panel.names, 1), parts)
