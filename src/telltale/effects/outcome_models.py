"""E[Y | X]: a ridge regression, one with bends and products, or boosted trees, by cross-validation.

    choices of one arm > squared error on other clusters > the one that errs least, fitted on all rows

The ridge is chosen from the moments of each fold, so that a hundred ridges cost no more than one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np

from telltale.effects.basis import Basis, make_basis
from telltale.effects.design import OutcomeKind
from telltale.effects.folds import cluster_folds, split
from telltale.effects.logistic import Logit, choose_ridge, fit_logit
from telltale.effects.variance import Floats, Ints

Choice = Literal["auto", "mean", "linear", "curved", "boosting"]
CHOICES: Final[tuple[Choice, ...]] = ("auto", "mean", "linear", "curved", "boosting")

_RIDGES: Final = np.logspace(-4, 4, 33)
_KNOTS: Final = 4
_FOLDS: Final = 5
_ROWS_A_CURVE: Final = 5
"""Rows a column before bends and products are tried."""
_ROWS_FOR_TREES: Final = 1000


class OutcomeModel(Protocol):
    """Whatever tells a mean outcome."""

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """a + b'z over a basis."""

    basis: Basis
    mean: Floats
    scale: Floats
    intercept: float
    slope: Floats
    error: float
    """Mean squared error on other clusters."""

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        z = (self.basis.columns(covariates) - self.mean) / self.scale
        found: Floats = self.intercept + z @ self.slope
        return found


@dataclass(frozen=True, slots=True, eq=False)
class LogisticOutcome:
    """The chance of a 1, over a basis."""

    basis: Basis
    logit: Logit
    error: float
    """As of `Linear`; NaN where no other model was tried, for then it is not asked."""

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        return self.logit.chance(self.basis.columns(covariates))


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Boosted trees."""

    trees: Any
    error: float
    """As of `LogisticOutcome`."""
    binary: bool

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        found: Floats = (
            self.trees.predict_proba(covariates)[:, 1] if self.binary else self.trees.predict(covariates)
        )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Mean:
    """The same for everybody."""

    value: float
    error: float

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        return np.full(len(covariates), self.value)


Model = Linear | LogisticOutcome | Boosted | Mean


def fit_outcome(
    covariates: Floats,
    outcome: Floats,
    cluster: Ints,
    kind: OutcomeKind,
    choice: Choice = "auto",
    seed: int = 0,
    *,
    weight: Floats | None = None,
) -> Model:
    """A model of the mean outcome from n rows of shape (n, p), (n,), (n,).

    Parameters
    ----------
    kind
        A binary outcome gets a chance, any other a number.
    weight
        Shape (n,): how much each row counts; not for binary outcomes.

    >>> x = np.linspace(-1, 1, 60)[:, None]
    >>> model = fit_outcome(x, 3 * x[:, 0], np.arange(60), "continuous", "linear")
    >>> round(float(model.predict(np.array([[0.5]]))[0]), 2)
    1.5
    """
    if not covariates.shape[1] or np.ptp(outcome) == 0 or choice == "mean":
        return Mean(float(np.average(outcome, weights=weight)), float(outcome.var()))
    names = _tried(len(outcome), covariates.shape[1]) if choice == "auto" else (choice,)
    fold = cluster_folds(cluster, outcome, _FOLDS, seed, "outcome")
    rows = _Rows(covariates, outcome, cluster, fold, weight)
    found: list[Model] = [_fit(name, rows, kind, seed, alone=len(names) == 1) for name in names]
    return min(found, key=lambda model: model.error)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What all models are fitted to."""

    x: Floats
    y: Floats
    cluster: Ints
    fold: Ints
    weight: Floats | None


def _tried(rows: int, p: int) -> tuple[Choice, ...]:
    curved = p * (p + 5) / 2 * _ROWS_A_CURVE <= rows
    return ("linear", *(("curved",) if curved else ()), *(("boosting",) if rows >= _ROWS_FOR_TREES else ()))


def _fit(name: Choice, rows: _Rows, kind: OutcomeKind, seed: int, *, alone: bool) -> Model:
    """A model; `alone` where it is held against no other, and fits for its error would go for nothing."""
    if name == "boosting":
        return _boosting(rows, kind == "binary", seed, alone=alone)
    curved = name == "curved"
    basis = make_basis(rows.x, knots=_KNOTS if curved else 0, products=curved)
    if kind == "binary":
        return _logistic(basis, rows, seed, alone=alone)
    return fit_ridge(basis, rows.x, rows.y, rows.fold, rows.weight)


def fit_ridge(basis: Basis, x: Floats, y: Floats, fold: Ints, weight: Floats | None = None) -> Linear:
    """Ridge regression, its strength chosen by the squared error on the folds, shape (n,)."""
    columns = basis.columns(x)
    mean, scale = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    middle, size = y.mean(), y.std() or 1.0
    a = np.column_stack([np.ones(len(y)), (columns - mean) / scale, (y - middle) / size])
    if weight is not None:
        # Of mean 1, so that ridges mean the same.
        a *= np.sqrt(weight / weight.mean())[:, None]
    moments = np.stack([a[held].T @ a[held] for _, held in split(fold)])
    total = moments.sum(axis=0)
    error = np.sum([_errors(total - part, part) for part in moments], axis=0) / len(y)
    best = int(np.argmin(error))
    b = _solve(total, _RIDGES[[best]])[0]
    return Linear(basis, mean, scale, float(middle + size * b[0]), size * b[1:], float(size**2 * error[best]))


def _errors(learn: Floats, held: Floats) -> Floats:
    """Squared error on held moments of each ridge, shape (ridges,)."""
    b = _solve(learn, _RIDGES)
    b = np.column_stack([-b, np.ones(len(b))])
    found: Floats = ((b @ held) * b).sum(axis=1)
    return found


def _solve(moments: Floats, ridges: Floats) -> Floats:
    """Coefficients (ridges, 1 + q) of each ridge from the moments of (1, z, y), shape (q + 2, q + 2)."""
    n, sums = moments[0, 0], moments[0, 1:]
    centred = moments[1:, 1:] - np.outer(sums, sums) / n
    values, vectors = np.linalg.eigh(centred[:-1, :-1])
    along = vectors.T @ centred[:-1, -1]
    slope = (along / (np.maximum(values, 0.0) + ridges[:, None])) @ vectors.T
    intercept = (sums[-1] - slope @ sums[:-1]) / n
    return np.column_stack([intercept, slope])


def _logistic(basis: Basis, rows: _Rows, seed: int, *, alone: bool) -> LogisticOutcome:
    columns, y = basis.columns(rows.x), rows.y
    ridge = choose_ridge(columns, y, rows.cluster, seed)
    if alone:
        return LogisticOutcome(basis, fit_logit(columns, y, ridge), math.nan)
    error = 0.0
    for learn, held in split(rows.fold):
        chance = fit_logit(columns[learn], y[learn], ridge).chance(columns[held])
        error += float(((y[held] - chance) ** 2).sum())
    return LogisticOutcome(basis, fit_logit(columns, y, ridge), error / len(y))


def _boosting(rows: _Rows, binary: bool, seed: int, *, alone: bool) -> Boosted:
    x, y = rows.x, rows.y
    w = np.ones(len(y)) if rows.weight is None else rows.weight / rows.weight.mean()
    if alone:
        return Boosted(_trees(binary, seed).fit(x, y, w), math.nan, binary)
    error = 0.0
    for learn, held in split(rows.fold):
        one = Boosted(_trees(binary, seed).fit(x[learn], y[learn], w[learn]), 0.0, binary)
        error += float((w[held] * (y[held] - one.predict(x[held])) ** 2).sum())
    return Boosted(_trees(binary, seed).fit(x, y, w), error / len(y), binary)


def _trees(binary: bool, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor
    return kind(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
