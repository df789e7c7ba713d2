"""Where to draw the line: one threshold, chosen on validation data by a stated rule.

A rule looks only at the distinct scores, so rows with one score are flagged together. Where thresholds are
equally good it takes the highest, which flags fewest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.intent.metrics import ThresholdCounts, ThresholdScores, at_threshold, count_by_threshold


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold, why it was chosen, and what it achieves on the data that chose it."""

    rule: str
    """In words, such as `recall at least 0.8`."""
    threshold: float
    """Rows at or above it are flagged; infinite when the rule lets nobody be flagged."""
    achieved: ThresholdScores
    """On validation data, so a little too good: report the test data's."""
    false_alarms_per_hour: float | None = None
    """Per viewer-hour; known to the rule of false alarms only."""


def for_best_f1(label: npt.ArrayLike, score: npt.ArrayLike) -> OperatingPoint:
    """The threshold with the best F1 = 2 TP / (2 TP + FP + FN); the highest of equals.

    >>> for_best_f1([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).threshold
    0.35
    """
    at = _counts(label, score)
    # TP + FP + positives is 2 TP + FP + FN.
    f1 = 2 * at.true_positives / (at.true_positives + at.false_positives + at.positives)
    threshold = float(at.threshold[np.argmax(f1)])
    return OperatingPoint("best F1", threshold, at_threshold(label, score, threshold))


def for_recall(label: npt.ArrayLike, score: npt.ArrayLike, recall: float) -> OperatingPoint:
    """The highest threshold that finds the share `recall` of the positives: it flags fewest.

    >>> for_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.5).threshold
    0.8
    """
    _refuse_outside("recall", recall)
    at = _counts(label, score)
    enough = at.true_positives / at.positives >= recall
    threshold = float(at.threshold[np.argmax(enough)])
    return OperatingPoint(f"recall at least {recall:g}", threshold, at_threshold(label, score, threshold))


def for_precision(label: npt.ArrayLike, score: npt.ArrayLike, precision: float) -> OperatingPoint:
    """The threshold with most recall of those where the share `precision` of the flagged are positive.

    >>> for_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.6).threshold
    0.35
    """
    _refuse_outside("precision", precision)
    at = _counts(label, score)
    reached = at.true_positives / (at.true_positives + at.false_positives)
    allowed = reached >= precision
    if not allowed.any():
        raise FormatError(
            f"no threshold reaches a precision of {precision:g}",
            hint=f"the best on these rows is {reached.max():.3g}",
        )
    threshold = _most_recall(at, allowed)
    rule = f"precision at least {precision:g}"
    return OperatingPoint(rule, threshold, at_threshold(label, score, threshold))


def for_false_alarms(
    label: npt.ArrayLike,
    score: npt.ArrayLike,
    per_hour: float,
    events_per_hour: float,
    positive_share: float | None = None,
) -> OperatingPoint:
    """The threshold with most recall among those with at most `per_hour` false alarms a viewer-hour.

        false alarms per hour = events_per_hour (1 - positive_share) FP / negatives

    Parameters
    ----------
    per_hour
        False alarms allowed in an hour of one viewer.
    events_per_hour
        How often a viewer is scored in an hour: 120 for one score each 30 s. Flags that follow one another
        count one by one.
    positive_share
        Share of positives where the threshold will serve; that of the rows given when left out.

    >>> point = for_false_alarms([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], per_hour=40, events_per_hour=120)
    >>> point.threshold, point.achieved.recall, point.false_alarms_per_hour
    (0.35, 1.0, 30.0)
    """
    if not (0 <= per_hour < np.inf and 0 < events_per_hour < np.inf):
        raise ValueError(f"{per_hour} false alarms in {events_per_hour} events an hour make no sense")
    if positive_share is not None and not 0 <= positive_share < 1:
        raise ValueError(f"positive_share must lie between 0 and 1, not {positive_share}")
    at = _counts(label, score)
    # Multiplied before divided: 3 alarms of 1200 rows, 120 an hour, are 0.3 to the last digit.
    rate = at.false_positives * events_per_hour / (at.positives + at.negatives)
    if positive_share is not None:
        rate = at.false_positives * events_per_hour * (1 - positive_share) / at.negatives
    allowed = rate <= per_hour
    rule = f"at most {per_hour:g} false alarms a viewer-hour"
    if not (allowed & (at.true_positives > 0)).any():
        return OperatingPoint(rule, float("inf"), at_threshold(label, score, np.inf), 0.0)
    threshold = _most_recall(at, allowed)
    reached = float(rate[at.threshold == threshold][0])
    return OperatingPoint(rule, threshold, at_threshold(label, score, threshold), reached)


def _counts(label: npt.ArrayLike, score: npt.ArrayLike) -> ThresholdCounts:
    at = count_by_threshold(label, score)
    if not (at.positives and at.negatives):
        raise FormatError(
            f"{at.positives} positives and {at.negatives} negatives", hint="choose on rows of both classes"
        )
    return at


def _most_recall(at: ThresholdCounts, allowed: npt.NDArray[np.bool_]) -> float:
    """The first of the allowed thresholds, from high to low, that finds as many as any of them."""
    return float(at.threshold[np.argmax(np.where(allowed, at.true_positives, -1))])


def _refuse_outside(name: str, share: float) -> None:
    if not 0 < share <= 1:
        raise ValueError(f"{name} must lie above 0 and be 1 at most, not {share}")
