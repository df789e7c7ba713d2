"""Logistic regression against scikit-learn's, and the basis and folds behind it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tests.effects.worlds import make_world

from telltale.effects.basis import make_basis
from telltale.effects.folds import cluster_folds, split
from telltale.effects.logistic import LEAST_RIDGE, RIDGES, WEAK_RIDGE, choose_ridge, fit_least, fit_logit


@pytest.mark.parametrize("ridge", [LEAST_RIDGE, 1.0, 50.0])
def test_coefficients_are_those_of_scikit_learn(ridge: float) -> None:
    design = make_world("good", 400, 0).design
    x = design.covariates * np.array([1, 10, 0.1, 1, 5])
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=10_000).fit(z, design.treated)
    ours = fit_logit(x, design.treated, ridge)
    assert ours.coefficient[1:] == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert ours.coefficient[0] == pytest.approx(theirs.intercept_[0], abs=1e-5)
    assert ours.chance(x) == pytest.approx(theirs.predict_proba(z)[:, 1], abs=1e-5)


def test_arms_that_a_line_tells_apart_give_finite_chances() -> None:
    x = np.linspace(-1, 1, 60)[:, None]
    found = fit_logit(x, x[:, 0] > 0)
    assert np.isfinite(found.coefficient).all()
    assert found.chance(np.array([[-1.0], [1.0]])) == pytest.approx([0, 1], abs=1e-3)


def test_a_flag_that_one_arm_alone_has_takes_a_weak_ridge() -> None:
    """With the least its rows stood at log odds of 12, and swelled the spread in which a caliper is told."""
    design = make_world("good", 400, 1).design
    flag = design.treated & (np.arange(400) % 9 == 0)
    x = np.column_stack([design.covariates, flag])
    found = fit_least(x, design.treated)
    assert found.ridge == WEAK_RIDGE
    assert fit_least(design.covariates, design.treated).ridge == LEAST_RIDGE
    spread = [(fit.design(x) @ fit.coefficient).std() for fit in (found, fit_logit(x, design.treated))]
    assert spread[0] < 0.6 * spread[1]


def test_noise_takes_a_strong_ridge_and_signal_a_weak_one() -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(400, 20))
    cluster = np.arange(400)
    strong = choose_ridge(x, x[:, 0] + 0.3 * draw.normal(size=400) > 0, cluster, 0)
    assert strong == RIDGES[0] or strong == RIDGES[1]
    few = slice(0, 60)
    assert choose_ridge(x[few], draw.random(60) < 0.5, cluster[few], 0) > strong


def test_no_fold_splits_a_cluster_and_all_hold_like_shares() -> None:
    draw = np.random.default_rng(1)
    cluster = draw.integers(0, 80, 400) * 3
    treated = draw.random(400) < 0.2
    fold = cluster_folds(cluster, treated, 5, 7, "test")
    assert all(len(set(fold[cluster == c])) == 1 for c in set(cluster))
    shares = [treated[held].mean() for _, held in split(fold)]
    assert len(shares) == 5
    assert max(shares) - min(shares) < 0.15
    alone = cluster_folds(np.arange(400), treated, 5, 7, "test")
    counts = [int(treated[held].sum()) for _, held in split(alone)]
    assert max(counts) - min(counts) <= 1


def test_folds_do_not_depend_on_the_order_of_rows() -> None:
    cluster = np.arange(50)
    shuffle = np.random.default_rng(2).permutation(50)
    fold = cluster_folds(cluster, cluster < 20, 5, 0, "x")
    assert (cluster_folds(cluster[shuffle], (cluster < 20)[shuffle], 5, 0, "x") == fold[shuffle]).all()


def test_a_spline_is_straight_beyond_its_last_knots() -> None:
    x = np.linspace(-3, 3, 200)[:, None]
    basis = make_basis(x, knots=5)
    far = basis.columns(np.array([[4.0], [5.0], [6.0], [7.0]]))
    assert np.diff(far, 2, axis=0) == pytest.approx(0, abs=1e-9)
    inner = basis.columns(np.linspace(-1, 1, 9)[:, None])
    assert np.abs(np.diff(inner[:, 1:], 2, axis=0)).max() > 1e-3


def test_products_and_columns_of_few_values() -> None:
    draw = np.random.default_rng(3)
    x = np.column_stack([draw.normal(size=100), draw.random(100) < 0.5])
    columns = make_basis(x, knots=4, products=True).columns(x)
    assert columns.shape == (100, 2 + 2 + 1)
    assert columns[:, -1] == pytest.approx(columns[:, 0] * columns[:, 1])
