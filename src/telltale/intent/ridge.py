"""Ridge regression on many numbers of few moments, its strength chosen on people it has not seen.

    w = argmin |y - X w|^2 + a |w|^2,   y of -1 and 1, X standardised

For every strength `a` at once from one eigendecomposition of the smaller of X X' and X' X. The strength
with the best AUC over folds by person is taken; Platt's scale, fitted on the folds' scores of that strength,
makes probabilities of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.intent.calibration import PlattScale, fit_platt
from telltale.intent.metrics import auc

Floats = npt.NDArray[np.float64]

STRENGTHS: Final = np.logspace(0, 6, 13)
RIDGE_FOLDS: Final = 5
_WHOLE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """A fitted ridge: the log odds are scale.slope (x - mean) / deviation . weight + bias ..."""

    mean: Floats
    deviation: Floats
    weight: Floats
    """Shape (F,), of standardised numbers."""
    bias: float
    strength: float
    scale: PlattScale

    def score(self, features: npt.NDArray[Any]) -> Floats:
        """Shape (n,), of -1 and 1; a number that is not there is taken for the mean."""
        return standardised(features, self.mean, self.deviation) @ self.weight + self.bias

    def probability(self, features: npt.NDArray[Any]) -> Floats:
        """Shape (n,)."""
        return self.scale.apply(self.score(features))


def standardised(features: npt.NDArray[Any], mean: Floats, deviation: Floats) -> Floats:
    """Features less their mean, over their deviation; 0 where there is none."""
    return np.nan_to_num((features.astype(np.float64) - mean) / deviation)


def moments_of(features: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column over what is there; 0 and 1 where nothing is."""
    there = np.isfinite(features)
    count = np.maximum(there.sum(axis=0), 1)
    held = np.where(there, features, 0).astype(np.float64)
    mean = held.sum(axis=0) / count
    deviation = np.sqrt((np.where(there, held - mean, 0) ** 2).sum(axis=0) / count)
    return mean, np.where(deviation > 0, deviation, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some moments, taken apart once for any labels."""

    rows: npt.NDArray[np.intp]
    """Shape (m,): which."""
    middle: Floats
    values: Floats
    """Eigenvalues of the smaller of X'X and XX'."""
    vectors: Floats

    def solve(self, x: Floats, y: Floats, strengths: Floats) -> tuple[Floats, Floats]:
        """Weights, shape (F, strengths), and biases; `x` and `y` are of all moments."""
        share = y[self.rows].mean()
        few = len(self.rows) < x.shape[1]
        centred = np.zeros(len(x))
        centred[self.rows] = y[self.rows] - share
        # With X centred, X'(y - share) is x'(y - share): nothing large is copied.
        pulled = self.vectors.T @ (centred[self.rows] if few else x.T @ centred)
        weight = self.vectors @ (pulled[:, None] / (self.values[:, None].clip(0) + strengths))
        if few:
            dual = np.zeros((len(x), weight.shape[1]))
            dual[self.rows] = weight
            weight = x.T @ dual - self.middle[:, None] * weight.sum(axis=0)
        return weight, share - self.middle @ weight


class RidgeDesign:
    """Features and people, made ready to fit any labels.

    Parameters
    ----------
    features
        Shape (n, F), NaN where not there.
    fold
        Shape (n,), of `folds_by_person`: each is left out in turn to choose the strength.
    held
        What takes long is done once and held, six matrices of F or n squared: for many fits.
    """

    def __init__(
        self, features: npt.NDArray[Any], fold: npt.NDArray[np.int64], *, held: bool = False
    ) -> None:
        self.mean, self.deviation = moments_of(features)
        self._x = standardised(features, self.mean, self.deviation)
        self._fold = fold
        self._held: dict[int, _Part] | None = {} if held else None

    def fit(self, label: npt.NDArray[np.int8]) -> Ridge:
        """Fit to labels, shape (n,), choosing the strength on people left out."""
        y = 2.0 * label.astype(np.float64) - 1.0
        scores = self._scores_left_out(y)
        best = int(np.argmax([auc(label, column) for column in scores.T]))
        weight, bias = self._part(_WHOLE).solve(self._x, y, STRENGTHS[best : best + 1])
        scale = fit_platt(label, scores[:, best])
        return Ridge(self.mean, self.deviation, weight[:, 0], float(bias[0]), float(STRENGTHS[best]), scale)

    def _scores_left_out(self, y: Floats) -> Floats:
        """Of each moment by the others' people, for each strength. Shape (n, strengths)."""
        found = np.empty((len(y), len(STRENGTHS)))
        for k in range(int(self._fold.max()) + 1):
            weight, bias = self._part(k).solve(self._x, y, STRENGTHS)
            found[self._fold == k] = self._x[self._fold == k] @ weight + bias
        return found

    def _part(self, fold: int) -> _Part:
        """All but one fold's moments; of `_WHOLE`, all."""
        if self._held is None:
            return _taken_apart(self._x, np.flatnonzero(self._fold != fold))
        if fold not in self._held:
            self._held[fold] = _taken_apart(self._x, np.flatnonzero(self._fold != fold))
        return self._held[fold]


def fit_ridge(
    features: npt.NDArray[Any], label: npt.NDArray[np.int8], people: npt.NDArray[np.str_], *, seed: int = 0
) -> Ridge:
    """Fit, choosing the strength on people left out.

    Parameters
    ----------
    features
        Shape (n, F), NaN where not there.
    people
        Shape (n,): whose.
    """
    return RidgeDesign(features, folds_by_person(people, label, RIDGE_FOLDS, seed)).fit(label)


def folds_by_person(
    people: npt.NDArray[np.str_], label: npt.NDArray[np.int8], folds: int, seed: int
) -> npt.NDArray[np.int64]:
    """Fold of each moment, shape (n,); nobody is in two, and none is without both labels where that can be.

    People are dealt in turn, those with most moments with a cart first.
    """
    names, person = np.unique(people, return_inverse=True)
    carts = np.bincount(person, weights=label, minlength=len(names))
    shuffled = stream(seed, "intent", "folds").permutation(len(names))
    order = shuffled[np.argsort(-carts[shuffled], kind="stable")]
    fold = np.empty(len(names), dtype=np.int64)
    fold[order] = np.arange(len(names)) % min(folds, len(names))
    return fold[person]


def _taken_apart(x: Floats, rows: npt.NDArray[np.intp]) -> _Part:
    x = x[rows]
    middle = x.mean(axis=0)
    x = x - middle
    return _Part(rows, middle, *np.linalg.eigh(x @ x.T if len(x) < x.shape[1] else x.T @ x))
