"""Outcome models: ridge against scikit-learn, the choice against what the world is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_predict

from telltale.effects import outcome_models
from telltale.effects.basis import make_basis
from telltale.effects.logistic import Logit, fit_logit
from telltale.effects.outcome_models import Boosted, Linear, LogisticOutcome, Mean, fit_outcome, fit_ridge
from telltale.effects.variance import Floats


def rows(n: int = 300) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], np.random.Generator]:
    draw = np.random.default_rng(0)
    return draw.normal(size=(n, 3)), draw


def test_ridge_and_its_cross_validation_are_scikit_learns() -> None:
    x, draw = rows()
    y = 5 + x @ np.array([1.0, -2.0, 0.0]) + draw.normal(size=300)
    fold = np.arange(300) % 5
    found = fit_ridge(make_basis(x), x, y, fold)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    size = y.std()
    cv = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(5)]
    errors = {}
    for ridge in np.logspace(-4, 4, 33):
        errors[ridge] = np.mean((cross_val_predict(Ridge(alpha=ridge), z, y / size, cv=cv) * size - y) ** 2)
    best = min(errors, key=lambda ridge: errors[ridge])
    assert found.error == pytest.approx(errors[best], rel=1e-6)
    assert found.predict(x) == pytest.approx(Ridge(alpha=best).fit(z, y).predict(z), rel=1e-6)


def test_straight_curved_and_stepped_worlds_take_their_models() -> None:
    x, draw = rows(1500)
    noise = 0.5 * draw.normal(size=1500)
    alone = np.arange(1500)
    straight = fit_outcome(x[:400], (x[:, 0] + noise)[:400], alone[:400], "continuous")
    assert isinstance(straight, Linear)
    bent = fit_outcome(x[:400], (x[:, 0] ** 2 + x[:, 1] * x[:, 2] + noise)[:400], alone[:400], "continuous")
    assert isinstance(bent, Linear)
    assert bent.basis.products
    stepped = fit_outcome(
        x, 2.0 * (x[:, 0] > 0.3) * (x[:, 1] > -0.2) * (x[:, 2] > 0) + noise, alone, "continuous"
    )
    assert isinstance(stepped, Boosted)


def test_chances_for_binary_outcomes() -> None:
    x, draw = rows()
    found = fit_outcome(x, (x[:, 0] + draw.normal(size=300) > 0).astype(float), np.arange(300), "binary")
    assert isinstance(found, LogisticOutcome)
    told = found.predict(10 * x)
    assert told.min() >= 0
    assert told.max() <= 1


def test_a_model_that_is_held_against_no_other_is_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error on other clusters would choose nothing; the model is the same."""
    x, draw = rows()
    y = (x[:, 0] + draw.normal(size=300) > 0).astype(float)
    fits: list[int] = []

    def counted(columns: Floats, label: Floats, ridge: float) -> Logit:
        fits.append(len(columns))
        return fit_logit(columns, label, ridge)

    monkeypatch.setattr(outcome_models, "fit_logit", counted)
    alone = fit_outcome(x, y, np.arange(300), "binary", "linear")
    assert fits == [300]
    fits.clear()
    # Of so many rows bends are tried too, each on five folds and on all.
    chosen = fit_outcome(x, y, np.arange(300), "binary")
    assert sorted(fits) == [240] * 10 + [300] * 2
    assert isinstance(chosen, LogisticOutcome)
    assert np.isfinite(chosen.error)
    if not chosen.basis.products:
        assert (alone.predict(x) == chosen.predict(x)).all()


def test_nothing_to_learn_gives_the_mean() -> None:
    x, _ = rows(40)
    assert isinstance(fit_outcome(x, np.ones(40), np.arange(40), "continuous"), Mean)
    assert fit_outcome(x[:, :0], x[:, 0], np.arange(40), "continuous").predict(x[:3, :0]) == pytest.approx(
        x[:, 0].mean()
    )
