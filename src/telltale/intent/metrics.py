"""How well scores tell buyers from the others: rank measures, proper scores, curves, one threshold.

A row is a window. Its label is 1 when the viewer went on to buy and 0 when not; its score is higher the more
likely that is. A row is flagged when its score is at or above the threshold. What cannot be known (a rate of
nobody, the AUC of one class) is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlog1py, xlogy

from telltale.core.errors import FormatError

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


def checked(label: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Bools, Floats]:
    """Labels and scores, shape (n,) each, once they have proved to be such.

    >>> checked([0, 1, 2], [0.1, 0.2, 0.3])
    Traceback (most recent call last):
    telltale.core.errors.FormatError: label 2 is 2: labels are 0 or 1
    """
    y, s = np.asarray(label), np.asarray(score, dtype=np.float64)
    if y.ndim != 1 or s.ndim != 1:
        raise FormatError(f"labels have shape {y.shape}, scores {s.shape}", hint="give one row of each")
    if len(y) != len(s):
        raise FormatError(f"{len(y)} labels and {len(s)} scores", hint="give one score for each label")
    positive = np.asarray(y == 1)
    _refuse("label", y, ~(positive | (y == 0)), hint="labels are 0 or 1")
    _refuse("score", s, ~np.isfinite(s), hint="leave out the rows without a score")
    return positive, s


def checked_probability(label: npt.ArrayLike, probability: npt.ArrayLike) -> tuple[Bools, Floats]:
    """Labels and probabilities, shape (n,) each; a probability lies between 0 and 1."""
    y, p = checked(label, probability)
    _refuse("score", p, (p < 0) | (p > 1), hint="a probability lies between 0 and 1")
    return y, p


def _refuse(what: str, values: npt.NDArray[np.generic], wrong: Bools, *, hint: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise FormatError(f"{what} {row} is {values[row]}", hint=hint)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Where each positive stands among the negatives: all that the AUC takes from the scores."""

    positive: Ints
    """Shape (positives,): their rows, from the lowest score to the highest."""
    negative: Ints
    """Shape (negatives,): likewise."""
    below: Ints
    """Shape (positives,): how many negatives score less than this positive."""
    up_to: Ints
    """Shape (positives,): how many score less or the same."""

    @property
    def rows(self) -> int:
        """Positives and negatives together."""
        return len(self.positive) + len(self.negative)


def rank(label: npt.ArrayLike, score: npt.ArrayLike) -> Ranking:
    """Sort once; `ranked_auc` then takes any number of weightings."""
    y, s = checked(label, score)
    order = np.argsort(s, kind="stable")
    positive, negative = order[y[order]], order[~y[order]]
    below, up_to = (np.searchsorted(s[negative], s[positive], side=side) for side in ("left", "right"))
    return Ranking(positive, negative, below, up_to)


def ranked_auc(ranking: Ranking, weight: Floats) -> Floats:
    """The AUC under each weighting.

    With i over positives and j over negatives,

        AUC = sum_ij w_i w_j (1[s_i > s_j] + 1[s_i = s_j] / 2) / (sum_i w_i sum_j w_j)

    Parameters
    ----------
    weight
        Shape (..., n), not negative; the result has shape (...), NaN where a class has no weight.
    """
    ours = weight[..., ranking.positive]
    theirs = np.zeros((*weight.shape[:-1], len(ranking.negative) + 1))
    np.cumsum(weight[..., ranking.negative], axis=-1, out=theirs[..., 1:])
    beaten = theirs[..., ranking.below] + theirs[..., ranking.up_to]
    won = np.asarray(np.einsum("...i,...i->...", ours, beaten)) / 2
    pairs = np.asarray(ours.sum(axis=-1) * theirs[..., -1])
    found: Floats = np.divide(won, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)
    return found


def weighted_auc(label: npt.ArrayLike, score: npt.ArrayLike, weight: npt.ArrayLike) -> Floats:
    """The AUC where a row counts as often as its weight says: sorted once, O(n) a weighting.

    `weight` has shape (n,), or (B, n) for B weightings, which give shape (B,).

    >>> weighted_auc([0, 1, 0], [0.1, 0.5, 0.7], [[1, 1, 1], [3, 1, 1], [1, 0, 1]]).tolist()
    [0.5, 0.75, nan]
    """
    ranking, w = rank(label, score), np.asarray(weight, dtype=np.float64)
    if w.ndim == 0 or w.shape[-1] != ranking.rows:
        raise FormatError(
            f"weights have shape {w.shape}", hint=f"give one weight for each of {ranking.rows} rows"
        )
    if not np.all((w >= 0) & np.isfinite(w)):
        raise FormatError("a weight is negative or not finite", hint="weights say how often a row counts")
    return ranked_auc(ranking, w)


def auc(label: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """The chance that a positive scores above a negative, a tie counting half; NaN when one class is missing.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    ranking = rank(label, score)
    return float(ranked_auc(ranking, np.ones(ranking.rows)))


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdCounts:
    """How many are flagged rightly and wrongly at each threshold that makes a difference."""

    threshold: Floats
    """Shape (t,): the distinct scores, from the highest to the lowest."""
    true_positives: Ints
    """Shape (t,): positives flagged at that threshold."""
    false_positives: Ints
    """Shape (t,)."""
    positives: int
    negatives: int


def count_by_threshold(label: npt.ArrayLike, score: npt.ArrayLike) -> ThresholdCounts:
    """Count at each distinct score; rows with one score are flagged together.

    >>> count_by_threshold([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1]).true_positives.tolist()
    [1, 2, 2]
    """
    y, s = checked(label, score)
    order = np.argsort(-s, kind="stable")
    falls = np.append(np.diff(s[order]) < 0, True)[: len(s)]
    last = np.flatnonzero(falls)
    hits = np.cumsum(y[order], dtype=np.intp)[last]
    positives = int(y.sum())
    return ThresholdCounts(s[order][last], hits, last + 1 - hits, positives, len(y) - positives)


def average_precision(label: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """AP = sum_t (R_t - R_t-1) P_t over the distinct scores t, from high to low; NaN without a positive.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    curve = precision_recall_curve(label, score)
    steps = np.diff(curve.recall, prepend=0.0)
    return float(steps @ curve.precision) if len(steps) else float("nan")


def brier(label: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Mean squared error of the probability.

    >>> round(brier([0, 1], [0.1, 0.8]), 3)
    0.025
    """
    y, p = checked_probability(label, probability)
    return _mean((p - y) ** 2)


def log_loss(label: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """-mean(y log p + (1 - y) log(1 - p)), in nats; infinite when a certain forecast was wrong.

    >>> round(log_loss([0, 1], [0.0, 0.5]), 4)
    0.3466
    """
    y, p = checked_probability(label, probability)
    cost = -(xlogy(y, p) + xlog1py(~y, -p))
    return _mean(np.asarray(cost, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class RocCurve:
    """Recall against false alarms, from nobody flagged (threshold infinite) to everybody."""

    threshold: Floats
    """Shape (t + 1,), falling."""
    false_positive_rate: Floats
    """Shape (t + 1,), from 0; NaN without a negative."""
    recall: Floats
    """Shape (t + 1,), from 0; NaN without a positive."""


def roc_curve(label: npt.ArrayLike, score: npt.ArrayLike) -> RocCurve:
    """One point for each distinct score, and the origin.

    >>> roc_curve([0, 1, 1], [0.2, 0.2, 0.9]).recall.tolist()
    [0.0, 0.5, 1.0]
    """
    at = count_by_threshold(label, score)
    false, true = (np.append(0, count) for count in (at.false_positives, at.true_positives))
    return RocCurve(np.append(np.inf, at.threshold), _share(false, at.negatives), _share(true, at.positives))


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecallCurve:
    """Precision against recall, from the highest score down; nobody flagged has no precision and no point."""

    threshold: Floats
    """Shape (t,), falling."""
    precision: Floats
    """Shape (t,)."""
    recall: Floats
    """Shape (t,); NaN without a positive."""


def precision_recall_curve(label: npt.ArrayLike, score: npt.ArrayLike) -> PrecisionRecallCurve:
    """One point for each distinct score.

    >>> precision_recall_curve([0, 1, 1], [0.2, 0.2, 0.9]).recall.tolist()
    [0.5, 1.0]
    """
    at = count_by_threshold(label, score)
    precision = at.true_positives / (at.true_positives + at.false_positives)
    return PrecisionRecallCurve(at.threshold, precision, _share(at.true_positives, at.positives))


@dataclass(frozen=True, slots=True)
class ThresholdScores:
    """What one threshold achieves."""

    f1: float
    """2 TP / (2 TP + FP + FN); NaN where nobody is positive and nobody flagged."""
    precision: float
    """TP / (TP + FP); NaN where nobody is flagged."""
    recall: float
    """TP / (TP + FN)."""
    specificity: float
    """TN / (TN + FP)."""
    false_positive_rate: float
    """1 - specificity."""
    flagged_share: float
    """Share of all rows."""


def at_threshold(label: npt.ArrayLike, score: npt.ArrayLike, threshold: float) -> ThresholdScores:
    """Scores of flagging every row at or above the threshold.

    >>> at_threshold([0, 0, 1, 1], [0.1, 0.6, 0.6, 0.3], 0.6)
    ThresholdScores(f1=0.5, precision=0.5, recall=0.5, specificity=0.5, false_positive_rate=0.5, ...)
    """
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, or infinity to flag nobody, not NaN")
    y, s = checked(label, score)
    flagged = s >= threshold
    hits, alarms = int((flagged & y).sum()), int((flagged & ~y).sum())
    positives = int(y.sum())
    negatives = len(y) - positives
    return ThresholdScores(
        f1=_ratio(2 * hits, hits + alarms + positives),
        precision=_ratio(hits, hits + alarms),
        recall=_ratio(hits, positives),
        specificity=_ratio(negatives - alarms, negatives),
        false_positive_rate=_ratio(alarms, negatives),
        flagged_share=_ratio(hits + alarms, len(y)),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _share(part: Ints, whole: int) -> Floats:
    return part / whole if whole else np.full(len(part), np.nan)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
