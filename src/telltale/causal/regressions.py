"""Least squares from covariances, of one set of rows or of many resamples of them: W = cov(x)^-1 cov(x, y).

A cause that follows from others follows from them in each resample too, so such causes are left out once, for
all: a sum of covariances loses no direction that one of them has. Then most resamples need no more than one
Cholesky factor each. Where a resample alone lacks a direction (what was on in one room, and that room was not
drawn), its causes are told by the pseudoinverse: what they tell together is the same either way.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dposv

from telltale.causal.dag import Floats

NO_SPREAD: Final = 1e-10
"""Of a column's variance: where others leave less of it than this, it follows from them."""


def told_by(covariance: Floats, causes: npt.NDArray[np.bool_], effects: npt.NDArray[np.intp]) -> Floats:
    """What causes tell of effects, with an intercept; shape (..., d, effects), 0 for all but causes.

    Parameters
    ----------
    covariance
        Shape (..., d, d).
    causes
        Shape (d,). Of those of which one follows from the others, the last is left out.
    effects
        Their places.
    """
    places = np.flatnonzero(causes)
    each = covariance.reshape(-1, *covariance.shape[-2:])
    joint = each[:, places[:, None], places]
    kept = _independent(joint.mean(axis=0))
    places = places[kept]
    among, spread = _correlation(joint[:, kept[:, None], kept])
    toward = each[:, places[:, None], effects] / spread[:, :, None]
    out = np.zeros((*each.shape[:-1], len(effects)))
    if len(places):
        solved = [_solved(one, pull) for one, pull in zip(among, toward, strict=True)]
        out[:, places] = np.stack(solved) / spread[:, :, None]
    return out.reshape(*covariance.shape[:-1], len(effects))


def _correlation(covariance: Floats) -> tuple[Floats, Floats]:
    """Correlations and standard deviations, of which none is 0; shapes (..., k, k) and (..., k)."""
    spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=-2, axis2=-1), 0.0))
    spread = np.where(spread > 0, spread, 1.0)
    return covariance / (spread[..., :, None] * spread[..., None, :]), spread


def _independent(covariance: Floats) -> npt.NDArray[np.intp]:
    """Places of columns that do not follow from those before them.

    >>> _independent(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 2.0]]))
    array([0, 1])
    """
    left, kept = _correlation(covariance)[0], []
    for k in range(len(left)):
        if left[k, k] > NO_SPREAD:
            kept.append(k)
            left = left - np.outer(left[k], left[k]) / left[k, k]
    return np.array(kept, dtype=np.intp)


def _solved(among: Floats, toward: Floats) -> Floats:
    """Shape (k, effects), of correlations of shape (k, k)."""
    factor, told, fault = dposv(among, toward)
    if fault == 0 and float(np.diagonal(factor).min()) ** 2 > NO_SPREAD:
        return np.asarray(told)
    least: Floats = np.linalg.pinv(among, rcond=NO_SPREAD, hermitian=True) @ toward
    return least
