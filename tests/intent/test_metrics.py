"""Metrics against scikit-learn, against values by hand, and against what a rank cannot notice."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from telltale.core.errors import FormatError
from telltale.intent.metrics import (
    at_threshold,
    auc,
    average_precision,
    brier,
    count_by_threshold,
    log_loss,
    precision_recall_curve,
    rank,
    ranked_auc,
    roc_curve,
    weighted_auc,
)

Rows = list[tuple[int, float]]

# Eighths: coarse enough for many ties, and exact under doubling.
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8).map(lambda i: i / 8)), min_size=2, max_size=40)
BOTH_CLASSES = ROWS.filter(lambda rows: len({label for label, _ in rows}) == 2)
QUICK = settings(max_examples=60, deadline=None)


def columns(rows: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    return np.array([label for label, _ in rows]), np.array([score for _, score in rows])


def pairs_won(rows: Rows) -> float:
    """The definition, pair by pair."""
    won = [(s > t) + (s == t) / 2 for label, s in rows if label == 1 for other, t in rows if other == 0]
    return sum(won) / len(won)


@QUICK
@given(BOTH_CLASSES)
def test_ranks_agree_with_the_definition_and_with_scikit_learn(rows: Rows) -> None:
    label, score = columns(rows)
    assert auc(label, score) == pytest.approx(pairs_won(rows), abs=1e-12)
    assert auc(label, score) == pytest.approx(sk.roc_auc_score(label, score), abs=1e-12)
    assert average_precision(label, score) == pytest.approx(
        sk.average_precision_score(label, score), abs=1e-12
    )


@QUICK
@given(BOTH_CLASSES)
def test_only_the_order_of_the_scores_counts(rows: Rows) -> None:
    label, score = columns(rows)
    for transform in (lambda s: 1e6 * s - 3, np.exp, lambda s: s**3):
        assert auc(label, transform(score)) == auc(label, score)
        assert average_precision(label, transform(score)) == average_precision(label, score)
    assert auc(label, -score) == pytest.approx(1 - auc(label, score), abs=1e-12)
    assert auc(1 - label, -score) == pytest.approx(auc(label, score), abs=1e-12)


@QUICK
@given(BOTH_CLASSES, st.data())
def test_a_weight_is_a_row_repeated(rows: Rows, data: st.DataObject) -> None:
    label, score = columns(rows)
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    found = weighted_auc(label, score, [times, [2] * len(rows)])
    repeated = auc(np.repeat(label, times), np.repeat(score, times))
    assert found[0] == pytest.approx(repeated, abs=1e-12, nan_ok=True)
    assert found[1] == auc(label, score)


def test_weights_of_any_size_agree_with_scikit_learn() -> None:
    draw = np.random.default_rng(1)
    label, score = draw.integers(0, 2, 300), draw.integers(0, 20, 300)
    weight = draw.random((7, 300))
    expected = [sk.roc_auc_score(label, score, sample_weight=row) for row in weight]
    assert weighted_auc(label, score, weight) == pytest.approx(expected)
    assert weighted_auc(label, score, weight[0]) == pytest.approx(expected[0])
    assert ranked_auc(rank(label, score), weight.reshape(7, 1, 300)).shape == (7, 1)


@pytest.mark.parametrize("label", [[], [0, 0], [1, 1]])
def test_one_class_has_no_auc(label: list[int]) -> None:
    score = [0.5] * len(label)
    assert math.isnan(auc(label, score))
    assert np.isnan(weighted_auc(label, score, np.ones((3, len(label))))).all()
    assert math.isnan(average_precision(label, score)) == (1 not in label)
    assert np.isnan(roc_curve(label, score).recall).all() == (1 not in label)
    assert np.isnan(precision_recall_curve(label, score).recall).all() == (1 not in label)


@QUICK
@given(BOTH_CLASSES)
def test_proper_scores_agree_with_scikit_learn(rows: Rows) -> None:
    label, score = columns(rows)
    assert brier(label, score) == pytest.approx(sk.brier_score_loss(label, score))
    inner = 0.05 + 0.9 * score
    assert log_loss(label, inner) == pytest.approx(sk.log_loss(label, inner))


def test_certain_forecasts() -> None:
    assert log_loss([0, 1], [0.0, 1.0]) == 0
    assert log_loss([0, 1], [0.0, 0.0]) == math.inf
    assert math.isnan(log_loss([], []))
    assert math.isnan(brier([], []))


@QUICK
@given(BOTH_CLASSES)
def test_curves_agree_with_scikit_learn(rows: Rows) -> None:
    label, score = columns(rows)
    false_positive_rate, recall, threshold = sk.roc_curve(label, score, drop_intermediate=False)
    roc = roc_curve(label, score)
    assert roc.threshold == pytest.approx(threshold)
    assert roc.false_positive_rate == pytest.approx(false_positive_rate)
    assert roc.recall == pytest.approx(recall)
    assert np.trapezoid(roc.recall, roc.false_positive_rate) == pytest.approx(auc(label, score))
    precision, recall, threshold = sk.precision_recall_curve(label, score)
    curve = precision_recall_curve(label, score)
    # Theirs rises in the threshold and ends in an invented point (precision 1, recall 0).
    assert curve.threshold == pytest.approx(threshold[::-1])
    assert curve.precision == pytest.approx(precision[-2::-1])
    assert curve.recall == pytest.approx(recall[-2::-1])


@settings(max_examples=15, deadline=None)
@given(BOTH_CLASSES)
def test_each_threshold_agrees_with_the_curve_and_with_scikit_learn(rows: Rows) -> None:
    label, score = columns(rows)
    at = count_by_threshold(label, score)
    for threshold, hits, alarms in zip(at.threshold, at.true_positives, at.false_positives, strict=True):
        found, flagged = at_threshold(label, score, threshold), score >= threshold
        assert found.flagged_share == (hits + alarms) / len(rows)
        assert found.f1 == pytest.approx(sk.f1_score(label, flagged))
        assert found.precision == pytest.approx(sk.precision_score(label, flagged))
        assert found.recall == pytest.approx(sk.recall_score(label, flagged))
        assert found.specificity == pytest.approx(sk.recall_score(label, flagged, pos_label=0))
        assert found.false_positive_rate == pytest.approx(1 - found.specificity)


def test_nobody_flagged_has_no_precision() -> None:
    found = at_threshold([0, 1], [0.2, 0.8], math.inf)
    assert math.isnan(found.precision)
    assert (found.f1, found.recall, found.specificity, found.flagged_share) == (0, 0, 1, 0)
    assert math.isnan(at_threshold([0], [0.2], 0.5).f1)
    assert math.isnan(at_threshold([], [], 0.5).flagged_share)
    with pytest.raises(ValueError, match="NaN"):
        at_threshold([0, 1], [0.2, 0.8], math.nan)


def test_labels_come_in_every_type() -> None:
    for kind in (bool, np.int8, np.float32):
        assert auc(np.array([0, 1, 1]).astype(kind), [0.1, 0.2, 0.0]) == 0.5


@pytest.mark.parametrize("metric", [auc, average_precision, brier, log_loss, roc_curve, count_by_threshold])
@pytest.mark.parametrize(
    ("label", "score", "line"),
    [
        ([0, 1, 2], [0.1, 0.2, 0.3], "label 2 is 2: labels are 0 or 1"),
        ([0, math.nan], [0.1, 0.2], "label 1 is nan"),
        (["no", "yes"], [0.1, 0.2], "label 0 is no"),
        ([0, 1], [0.1, math.nan], "score 1 is nan"),
        ([0, 1], [math.inf, 0.2], "score 0 is inf"),
        ([0, 1], [0.1, 0.2, 0.3], "2 labels and 3 scores"),
        ([[0], [1]], [[0.1], [0.2]], "shape (2, 1)"),
    ],
)
def test_rows_that_make_no_sense_are_refused(
    metric: Callable[..., Any], label: list[Any], score: list[Any], line: str
) -> None:
    with pytest.raises(FormatError) as told:
        metric(label, score)
    assert line in str(told.value)


@pytest.mark.parametrize("metric", [brier, log_loss])
def test_a_raw_score_is_no_probability(metric: Callable[..., Any]) -> None:
    with pytest.raises(FormatError, match=r"score 1 is 1\.5"):
        metric([0, 1], [0.1, 1.5])


@pytest.mark.parametrize("weight", [[1.0], [1.0, -1.0], [1.0, math.nan], 1.0])
def test_weights_that_make_no_sense_are_refused(weight: Any) -> None:
    with pytest.raises(FormatError, match="weight"):
        weighted_auc([0, 1], [0.1, 0.2], weight)
