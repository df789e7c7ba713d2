"""Rows that are kept: whole clusters, no more than asked for, the same ones each time."""

from __future__ import annotations

import numpy as np

from telltale.causal.moments import cluster_moments
from telltale.causal.row_sample import sample_rows
from telltale.core.rng import stream


def test_all_rows_where_they_fit() -> None:
    values = stream(0, "rows").normal(size=(60, 3))
    kept = sample_rows(values, np.arange(60) % 7)
    assert (kept.values == values).all()
    assert (kept.owner == np.arange(60) % 7).all()


def test_whole_clusters_by_chance_and_no_more_than_asked_for() -> None:
    owner = np.repeat(np.arange(50) * 3, 20)
    values = np.column_stack([owner, np.arange(1000)]).astype(float)
    kept = sample_rows(values, owner, most=410)
    assert len(kept.values) == 400
    assert set(np.bincount(kept.owner)) == {0, 20}
    # Owners are counted as the sums by cluster count them.
    counts = cluster_moments(("owner", "row"), values, owner).count
    assert (kept.values[:, 0] == 3 * kept.owner).all()
    assert len(counts) == 50
    assert kept.owner.max() > 25
    assert (sample_rows(values, owner, most=410).values == kept.values).all()


def test_large_clusters_give_rows_at_even_distances() -> None:
    kept = sample_rows(np.arange(40_000.0)[:, None], np.arange(40_000) // 4000, most=1000)
    assert (np.bincount(kept.owner) == 100).all()
    many = sample_rows(np.arange(40_000.0)[:, None], np.arange(40_000) // 400, most=1000)
    assert len(np.unique(many.owner)) == 20
    assert np.diff(kept.values[kept.owner == 3, 0]).std() < 1


def test_the_rows_of_some_clusters() -> None:
    kept = sample_rows(np.arange(12.0)[:, None], np.arange(12) // 3)
    assert kept.of(np.array([0.0, 1.0, 0.0, 1.0])).ravel().tolist() == [3, 4, 5, 9, 10, 11]
