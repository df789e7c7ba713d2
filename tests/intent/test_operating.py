"""Operating points against a search of every threshold, and by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core.errors import FormatError
from telltale.intent.metrics import ThresholdScores, at_threshold
from telltale.intent.operating import (
    OperatingPoint,
    for_best_f1,
    for_false_alarms,
    for_precision,
    for_recall,
)

Rows = list[tuple[int, float]]

# Eighths, so that there are ties.
BOTH_CLASSES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 8).map(lambda i: i / 8)), min_size=2, max_size=30
).filter(lambda rows: len({label for label, _ in rows}) == 2)
QUICK = settings(max_examples=80, deadline=None)

LABEL = [0, 0, 1, 0, 1, 0, 1, 1]
SCORE = [0.1, 0.2, 0.3, 0.4, 0.4, 0.6, 0.6, 0.9]


def search(rows: Rows) -> tuple[list[int], list[float], list[tuple[float, ThresholdScores]]]:
    """Labels, scores, and every threshold with what it achieves, the highest first."""
    label, score = [y for y, _ in rows], [s for _, s in rows]
    return label, score, [(t, at_threshold(label, score, t)) for t in sorted(set(score), reverse=True)]


@QUICK
@given(BOTH_CLASSES)
def test_no_threshold_has_a_better_f1(rows: Rows) -> None:
    label, score, tried = search(rows)
    best = max(found.f1 for _, found in tried)
    point = for_best_f1(label, score)
    assert point.achieved.f1 == best
    assert point.threshold == max(t for t, found in tried if found.f1 == best)
    assert point.achieved == at_threshold(label, score, point.threshold)


@QUICK
@given(BOTH_CLASSES, st.sampled_from([0.01, 0.2, 0.5, 0.8, 1.0]))
def test_no_higher_threshold_has_the_recall(rows: Rows, recall: float) -> None:
    label, score, tried = search(rows)
    point = for_recall(label, score, recall)
    assert point.threshold == max(t for t, found in tried if found.recall >= recall)
    assert point.achieved.recall >= recall


@QUICK
@given(BOTH_CLASSES, st.sampled_from([0.01, 0.5, 0.75, 1.0]))
def test_no_threshold_with_the_precision_has_more_recall(rows: Rows, precision: float) -> None:
    label, score, tried = search(rows)
    allowed = [(found.recall, t) for t, found in tried if found.precision >= precision]
    if not allowed:
        with pytest.raises(FormatError, match="no threshold reaches a precision"):
            for_precision(label, score, precision)
        return
    point = for_precision(label, score, precision)
    assert (point.achieved.recall, point.threshold) == max(allowed)


@QUICK
@given(BOTH_CLASSES, st.sampled_from([0.0, 5.0, 30.0, 200.0]), st.sampled_from([None, 0.0, 0.02]))
def test_no_threshold_with_so_few_false_alarms_has_more_recall(
    rows: Rows, per_hour: float, positive_share: float | None
) -> None:
    label, score, tried = search(rows)
    share = float(np.mean(label)) if positive_share is None else positive_share
    rates = {t: 120 * (1 - share) * found.false_positive_rate for t, found in tried}
    allowed = [(found.recall, t) for t, found in tried if rates[t] <= per_hour + 1e-9 and found.recall > 0]
    point = for_false_alarms(label, score, per_hour, 120, positive_share)
    assert point.false_alarms_per_hour is not None
    if allowed:
        assert (point.achieved.recall, point.threshold) == max(allowed)
        assert point.false_alarms_per_hour == pytest.approx(rates[point.threshold])
    else:
        assert (point.threshold, point.achieved.flagged_share) == (math.inf, 0)
        assert point.false_alarms_per_hour == 0


def test_points_by_hand() -> None:
    # From the top: .9 hits 1 of 1; .6 hits 2 of 3; .4 hits 3 of 5; .3 hits 4 of 6; .2 and .1 only alarm.
    assert for_best_f1(LABEL, SCORE).threshold == 0.3
    assert for_recall(LABEL, SCORE, 0.5).threshold == 0.6
    assert for_recall(LABEL, SCORE, 1.0).threshold == 0.3
    assert for_precision(LABEL, SCORE, 0.66).threshold == 0.3
    assert for_precision(LABEL, SCORE, 0.7).threshold == 0.9
    # 8 rows, 80 an hour: each alarm is 10 an hour.
    assert [for_false_alarms(LABEL, SCORE, rate, 80).threshold for rate in (0, 10, 19.9, 20)] == [
        0.9,
        0.6,
        0.6,
        0.3,
    ]
    # One alarm is allowed, and buys nothing: the first hit comes with the second alarm.
    assert for_false_alarms([0, 0, 1], [0.9, 0.8, 0.8], 45, 120).threshold == math.inf
    # Where nearly nobody buys nearly all are negatives: 80 / 4 an alarm.
    assert for_false_alarms(LABEL, SCORE, 20, 80, positive_share=0.0).threshold == 0.6


def test_a_point_says_its_rule() -> None:
    rules = [
        for_best_f1(LABEL, SCORE).rule,
        for_recall(LABEL, SCORE, 0.8).rule,
        for_precision(LABEL, SCORE, 0.5).rule,
        for_false_alarms(LABEL, SCORE, 2, 120).rule,
    ]
    assert rules == [
        "best F1",
        "recall at least 0.8",
        "precision at least 0.5",
        "at most 2 false alarms a viewer-hour",
    ]


def test_scores_that_are_all_the_same_flag_everybody_or_nobody() -> None:
    label, score = [0, 1, 0, 1], [0.5] * 4
    assert for_best_f1(label, score).achieved.flagged_share == 1
    assert for_false_alarms(label, score, 10, 100).threshold == math.inf


@pytest.mark.parametrize(
    "rule",
    [
        for_best_f1,
        lambda label, score: for_recall(label, score, 0.5),
        lambda label, score: for_precision(label, score, 0.5),
        lambda label, score: for_false_alarms(label, score, 1, 120),
    ],
)
def test_rows_that_cannot_choose_are_refused(rule: Callable[[Any, Any], OperatingPoint]) -> None:
    for label, line in (
        ([1, 1], "2 positives and 0 negatives: choose on rows of both classes"),
        ([0, 0], "0 positives and 2 negatives"),
        ([0, 5], "label 1 is 5"),
        ([0], "1 labels and 2 scores"),
    ):
        with pytest.raises(FormatError, match=line):
            rule(label, [0.1, 0.2])


def test_settings_that_make_no_sense_are_refused() -> None:
    calls: list[Callable[[], OperatingPoint]] = [
        lambda: for_recall(LABEL, SCORE, 0.0),
        lambda: for_precision(LABEL, SCORE, 1.2),
        lambda: for_false_alarms(LABEL, SCORE, -1, 120),
        lambda: for_false_alarms(LABEL, SCORE, 1, 0),
        lambda: for_false_alarms(LABEL, SCORE, 1, 120, positive_share=1.0),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"recall|precision|false alarms|positive_share"):
            call()
