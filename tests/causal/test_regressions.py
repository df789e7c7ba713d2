"""Least squares of many resamples at once is that of each by itself, also where causes follow from others."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.causal import regressions
from telltale.causal.dag import Floats
from telltale.causal.regressions import told_by
from telltale.core.rng import stream

CAUSES = np.arange(7) < 5
EFFECTS = np.array([5, 6])


def rows_of(seed: int, *, rare: bool = True) -> Floats:
    """Three columns of one word among several that add up to 1, in units far apart; one that is on or off."""
    draw = stream(seed, "regressions")
    words = np.eye(3)[draw.integers(0, 3, size=300)] * [1.0, 50.0, 0.02]
    on = (draw.random(300) < 0.1) * float(rare)
    x = np.column_stack([words, draw.normal(size=300), on])
    y = x @ draw.normal(size=(5, 2)) + draw.normal(size=(300, 2))
    return np.hstack([x, y])


def covariance(rows: Floats) -> Floats:
    return np.asarray(np.cov(rows.T, bias=True))


def told(rows: Floats, weights: Floats) -> Floats:
    return np.asarray((rows - rows.mean(axis=0)) @ weights)


def fitted(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=0)
    found = np.linalg.lstsq(centred[:, CAUSES], centred[:, EFFECTS], rcond=None)[0]
    return np.asarray(centred[:, CAUSES] @ found)


def test_each_resample_is_told_what_its_own_rows_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [rows_of(seed) for seed in range(6)]
    # One of the words follows from the others in all of them: no pseudoinverse is needed for that.
    monkeypatch.setattr(np.linalg, "pinv", None)
    found = told_by(np.stack([covariance(one) for one in rows]), CAUSES, EFFECTS)
    assert found.shape == (6, 7, 2)
    for one, weights in zip(rows, found, strict=True):
        assert told(one, weights) == pytest.approx(fitted(one), abs=1e-9)
        assert told_by(covariance(one), CAUSES, EFFECTS) == pytest.approx(weights, rel=1e-9, abs=1e-9)
    assert (found[:, 2] == 0).all()
    assert (found[:, ~CAUSES] == 0).all()


def test_a_resample_that_lacks_what_others_have_is_told_of_the_rest() -> None:
    rows = [rows_of(seed, rare=seed != 1) for seed in range(3)]
    twins = rows[2].copy()
    twins[:, 4] = 3.0 * twins[:, 3] - 1.0
    found = told_by(np.stack([covariance(one) for one in (*rows, twins)]), CAUSES, EFFECTS)
    for one, weights in zip((*rows, twins), found, strict=True):
        assert np.isfinite(weights).all()
        assert told(one, weights) == pytest.approx(fitted(one), abs=1e-8)


def test_where_nothing_tells_of_anything() -> None:
    rows = rows_of(1)
    assert not told_by(covariance(rows), np.zeros(7, bool), EFFECTS).any()
    still = rows.copy()
    still[:, :5] = 7.0
    assert not told_by(covariance(still), CAUSES, EFFECTS).any()


def test_columns_that_nearly_follow_are_kept() -> None:
    draw = stream(3, "nearly")
    x = draw.normal(size=(2000, 2))
    near = x[:, 0] + x[:, 1] + 1e-3 * draw.normal(size=2000)
    kept = regressions._independent(covariance(np.column_stack([x, near])))
    assert kept.tolist() == [0, 1, 2]
