"""Scores of Table 2 as functions of how often each moment counts, for the bootstrap over people.

Each takes weights (b, n) and gives (b,); with weights of 1 it is the score in `metrics`. What cannot be told
of a resample (one class alone) is NaN. The calibration error is not among them: resampling adds to it, so its
percentiles lie beside the truth (`calibration.error_of_perfect` is what it is held against).
"""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.intent.intervals import Statistic
from telltale.intent.metrics import Bools, Floats, checked, checked_probability, rank, ranked_auc

_NOTHING: Final = np.finfo(np.float64).tiny


def auc_of(label: npt.ArrayLike, score: npt.ArrayLike) -> Statistic:
    """AUC, as `metrics.auc`."""
    return partial(ranked_auc, rank(label, score))


def average_precision_of(label: npt.ArrayLike, score: npt.ArrayLike) -> Statistic:
    """AP, as `metrics.average_precision`.

    >>> average_precision_of([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])(np.ones((1, 4))).round(4).tolist()
    [0.8333]
    """
    y, s = checked(label, score)
    order = np.argsort(-s, kind="stable")
    last = np.flatnonzero(np.append(np.diff(s[order]) < 0, True)[: len(s)])
    positive = y[order].astype(np.float64)

    def statistic(weight: Floats) -> Floats:
        drawn = weight[:, order]
        hits = np.cumsum(drawn * positive, axis=1)[:, last]
        precision = hits / np.maximum(np.cumsum(drawn, axis=1)[:, last], _NOTHING)
        return _over((np.diff(hits, axis=1, prepend=0.0) * precision).sum(axis=1), hits[:, -1])

    return statistic


def brier_of(label: npt.ArrayLike, probability: npt.ArrayLike) -> Statistic:
    """Brier's score, as `metrics.brier`."""
    y, p = checked_probability(label, probability)
    error = (p - y) ** 2
    return lambda weight: _over(weight @ error, weight.sum(axis=1))


def flagging_of(label: Bools, flags: Bools) -> dict[str, Statistic]:
    """F1, precision and recall of flags that stand, as `metrics.at_threshold`.

    >>> flags = flagging_of(np.array([True, True, False]), np.array([True, False, True]))
    >>> {name: score(np.ones((1, 3))).tolist() for name, score in flags.items()}
    {'f1': [0.5], 'precision': [0.5], 'recall': [0.5]}
    """
    hit, told, there = (np.asarray(rows, np.float64) for rows in (label & flags, flags, label))
    return {
        "f1": lambda weight: _over(2 * (weight @ hit), weight @ (told + there)),
        "precision": lambda weight: _over(weight @ hit, weight @ told),
        "recall": lambda weight: _over(weight @ hit, weight @ there),
    }


def _over(part: Floats, whole: Floats) -> Floats:
    """NaN where there is nothing."""
    found: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return found
