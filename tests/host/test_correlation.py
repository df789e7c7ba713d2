"""Correlations and their intervals: by hand, and how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from telltale.core.rng import stream
from telltale.host.correlation import correlate


def test_by_hand() -> None:
    rng = stream(1, "correlation")
    cluster = np.repeat(np.arange(5), 20)
    x, y = rng.normal(size=(100, 2)), rng.normal(size=100)
    y += 0.5 * x[:, 0]
    found = correlate(x, y, cluster)
    z = np.arctanh(np.corrcoef(x[:, 0], y)[0, 1])
    without = [np.arctanh(np.corrcoef(x[cluster != g, 0], y[cluster != g])[0, 1]) for g in range(5)]
    error = np.sqrt(0.8 * np.sum((np.array(without) - z) ** 2))
    half = stats.t.ppf(0.975, 4) * error
    assert found.r[0] == pytest.approx(np.tanh(z))
    assert found.low[0] == pytest.approx(np.tanh(z - half))
    assert found.high[0] == pytest.approx(np.tanh(z + half))
    assert found.p[0] == pytest.approx(2 * stats.t.sf(z / error, 4))


def test_what_does_not_vary_has_none() -> None:
    found = correlate(np.ones((30, 1)), np.arange(30.0), np.arange(30) // 10)
    assert np.isnan([found.r[0], found.low[0], found.p[0]]).all()


def test_intervals_hold_where_rows_of_a_host_are_alike() -> None:
    """12 hosts that differ in both: the truth is known, and rows taken for independent hold too seldom."""
    cluster = np.repeat(np.arange(12), 60)
    truth = (0.5 * 0.3 + 0.2) / np.sqrt(1.25 * (0.3**2 + 0.3**2 + 0.2**2 + 1))
    held = naive = 0
    for seed in range(300):
        rng = stream(seed, "correlation held")
        shared = rng.normal(size=12)
        x = (0.5 * shared)[cluster] + (e := rng.normal(size=720))
        y = (0.3 * shared + 0.3 * rng.normal(size=12))[cluster] + 0.2 * e + rng.normal(size=720)
        found = correlate(x[:, None], y, cluster)
        held += int(found.low[0] <= truth <= found.high[0])
        naive += int(abs(np.arctanh(found.r[0]) - np.arctanh(truth)) <= 1.96 / np.sqrt(717))
    assert held >= 270
    assert naive < 250
