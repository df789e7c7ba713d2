"""Multinomial logistic regression with a ridge: from a clip's summary to its class.

    minimise  sum_i w_i (log sum_c exp(z_ic) - z_iy) / sum_i w_i + ridge |B|^2 / 2,   z = x B + b

x is centred and divided by one number for all columns, the greatest of their deviations: they are rises of
units, and one that hardly ever moves must not become as loud as the others. w_i gives every class the same
weight in sum, as UF1 and UAR do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A fitted regression."""

    classes: tuple[str, ...]
    mean: Floats
    """Shape (d,)."""
    scale: float
    """Of all columns together."""
    slopes: Floats
    """Shape (d, classes)."""
    offsets: Floats
    """Shape (classes,)."""

    def predict(self, x: npt.ArrayLike) -> list[str]:
        """The likeliest class of each row of `x`, shape (n, d)."""
        scores = (np.asarray(x, np.float64) - self.mean) / self.scale @ self.slopes + self.offsets
        return [self.classes[i] for i in scores.argmax(axis=1)]


def fit_logistic(x: npt.ArrayLike, y: Sequence[str], *, ridge: float = 0.1) -> Logistic:
    """Fit the regression.

    >>> fit = fit_logistic([[0.0], [0.1], [1.0]], ["calm", "calm", "smile"])
    >>> fit.predict([[0.02], [0.9]])
    ['calm', 'smile']
    """
    rows = np.asarray(x, np.float64)
    classes = tuple(sorted(set(y)))
    mean, scale = rows.mean(axis=0), max(float(np.sqrt(rows.var(axis=0).max())), 1e-3)
    z = (rows - mean) / scale
    true = np.array([[name == label for name in classes] for label in y], dtype=np.float64)
    weight = (true / true.sum(axis=0)).sum(axis=1, keepdims=True) / len(classes)
    shape = (rows.shape[1] + 1, len(classes))

    def loss(flat: Floats) -> tuple[float, Floats]:
        b = flat.reshape(shape)
        chance = log_softmax(z @ b[:-1] + b[-1], axis=1)
        away = weight * (np.exp(chance) - true)
        gradient = np.concatenate([z.T @ away + ridge * b[:-1], away.sum(axis=0, keepdims=True)])
        return float(-(weight * true * chance).sum() + ridge * (b[:-1] ** 2).sum() / 2), gradient.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x.reshape(shape)
    return Logistic(classes, mean, scale, found[:-1], found[-1])
