"""Logistic regression with a ridge, by Newton's method, and how strong a ridge.

    max  sum_i [T_i log e_i + (1 - T_i) log(1 - e_i)] - ridge / 2 |b|^2,     e_i = 1 / (1 + exp(-(a + b'z_i)))

z is standardised and the intercept a is free. A ridge that forecasts well is too strong for weights: what it
takes from the coefficients stays in the effect as confounding. Rows that are fitted themselves take the least
(its score is 0, so overlap weights leave the means of both arms alike). Rows that are held out pay for every
coefficient with noise, and take what forecasts well, or a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg.lapack import dposv
from scipy.special import expit

from telltale.core.rng import stream
from telltale.effects.folds import cluster_folds, split
from telltale.effects.variance import Bools, Floats, Ints

LEAST_RIDGE: Final = 1e-4
"""Enough that arms which can be told apart by a line give finite coefficients."""
WEAK_RIDGE: Final = 1.0
"""As strong as one row or two: where a line tells some rows' arm for sure, and the least bounds nothing."""
_SURE: Final = 1e-4
"""A chance that near to 0 or 1; its log odds go on to infinity and swell what is told in their spread."""
RIDGES: Final = (LEAST_RIDGE, 1.0, 10.0, 100.0)
_STEPS: Final = 60
_CLOSE: Final = 1e-9
_ROWS_TO_CHOOSE: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Logit:
    """A fitted logistic regression over q columns."""

    mean: Floats
    scale: Floats
    coefficient: Floats
    """Shape (1 + q,), the intercept first, for standardised columns."""
    ridge: float

    def design(self, columns: Floats) -> Floats:
        """Shape (n, q) to (n, 1 + q): ones, and the columns as the fit saw them."""
        return np.column_stack([np.ones(len(columns)), (columns - self.mean) / self.scale])

    def chance(self, columns: Floats) -> Floats:
        """Shape (n,): the probability of a 1."""
        found: Floats = expit(self.design(columns) @ self.coefficient)
        return found


def fit_logit(columns: Floats, label: Floats | Bools, ridge: float = LEAST_RIDGE) -> Logit:
    """Fit columns of shape (n, q) to labels of shape (n,), 0 or 1.

    >>> x = np.linspace(-2, 2, 41)[:, None]
    >>> float(fit_logit(x, x[:, 0] > 0, ridge=1.0).chance(np.array([[2.0]]))[0]) > 0.9
    True
    """
    mean, scale = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    empty = Logit(mean, scale, np.zeros(1 + columns.shape[1]), max(ridge, LEAST_RIDGE))
    return _newton(empty, empty.design(columns), np.asarray(label, dtype=np.float64))


def fit_least(columns: Floats, label: Floats | Bools) -> Logit:
    """A fit with the least ridge; with a weak one where that tells some labels for sure.

    >>> x = np.linspace(-2, 2, 41)[:, None]
    >>> fit_least(x, np.arange(41) % 3 == 0).ridge, fit_least(x, x[:, 0] > 0).ridge
    (0.0001, 1.0)
    """
    found = fit_logit(columns, label)
    chance = found.chance(columns)
    sure = np.minimum(chance, 1 - chance).min() < _SURE
    return fit_logit(columns, label, WEAK_RIDGE) if sure else found


def choose_ridge(columns: Floats, label: Floats | Bools, cluster: Ints, seed: int) -> float:
    """The least ridge whose log loss on other clusters is within one standard error of the best."""
    y = np.asarray(label, dtype=np.float64)
    if len(y) > _ROWS_TO_CHOOSE:
        some = np.sort(stream(seed, "ridge", "rows").choice(len(y), _ROWS_TO_CHOOSE, replace=False))
        columns, y, cluster = columns[some], y[some], cluster[some]
    fold = cluster_folds(cluster, y, 5, seed, "ridge")
    loss = np.zeros((len(RIDGES), len(y)))
    for learn, held in split(fold):
        for k, ridge in enumerate(RIDGES):
            chance = fit_logit(columns[learn], y[learn], ridge).chance(columns[held])
            of_label = np.where(y[held] == 1, chance, 1 - chance)
            loss[k, held] = -np.log(np.maximum(of_label, 1e-12))
    best = int(np.argmin(loss.mean(axis=1)))
    more = loss - loss[best]
    error = more.std(axis=1) / np.sqrt(len(y))
    return RIDGES[int(np.argmax(more.mean(axis=1) <= error))]


def _newton(start: Logit, z: Floats, y: Floats) -> Logit:
    penalty = np.full(z.shape[1], start.ridge)
    penalty[0] = 0.0
    b = start.coefficient
    value = _loss(z @ b, y, b, penalty)
    for _ in range(_STEPS):
        e = expit(z @ b)
        slope = z.T @ (y - e) - penalty * b
        # The weights never reach 0 exactly, or a far step could not be solved for.
        curve = (z * np.maximum(e * (1 - e), 1e-10)[:, None]).T @ z + np.diag(penalty)
        # Cholesky's way is many times as fast; what rounding made singular is left to the slow one.
        _, step, fault = dposv(curve, slope)
        if fault:
            step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        size, found = 1.0, b + step
        while (now := _loss(z @ found, y, found, penalty)) > value + 1e-12 * abs(value) and size > 1e-6:
            size /= 2
            found = b + size * step
        done = value - now <= _CLOSE * 1e-3 * (1 + abs(value)) and np.abs(size * step).max() < 1e-6
        b, value = found, now
        if done:
            break
    return Logit(start.mean, start.scale, b, start.ridge)


def _loss(linear: Floats, y: Floats, b: Floats, penalty: Floats) -> float:
    return float(np.logaddexp(0.0, linear).sum() - y @ linear + (penalty * b * b).sum() / 2)
