"""Calibration: parts that add up, intervals that hold, corrections that find what was planted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from telltale.core.errors import FormatError
from telltale.intent.calibration import (
    PlattScale,
    calibration_error,
    error_of_perfect,
    fit_platt,
    prior_corrected,
    reliability_curve,
)
from telltale.intent.metrics import auc

Floats = npt.NDArray[np.float64]
Rows = list[tuple[int, float]]

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 20).map(lambda i: i / 20)), min_size=1, max_size=60
)
SHARES = st.floats(0.01, 0.99)
QUICK = settings(max_examples=60, deadline=None)


def forecasts(seed: int, n: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Outcomes that come as often as forecast."""
    draw = np.random.default_rng(seed)
    p = draw.beta(1.5, 3, n)
    return draw.random(n) < p, p


def test_bins_of_distinct_forecasts_agree_with_scikit_learn() -> None:
    label, p = forecasts(1, 1000)
    share, forecast = calibration_curve(label, p, n_bins=10, strategy="quantile")
    curve = reliability_curve(label, p)
    assert curve.count.tolist() == [100] * 10
    assert curve.share == pytest.approx(share)
    assert curve.probability == pytest.approx(forecast)


@QUICK
@given(ROWS, st.integers(1, 12), st.booleans())
def test_one_forecast_stands_in_one_bin_whatever_the_ties(rows: Rows, bins: int, clustered: bool) -> None:
    label, p = np.array([y for y, _ in rows]), np.array([q for _, q in rows])
    people = np.arange(len(rows)) // 3 if clustered else None
    curve = reliability_curve(label, p, people, bins)
    assert curve.count.sum() == len(rows)
    assert curve.count.min() > 0
    assert len(curve.count) <= min(bins, len(set(p.tolist())))
    assert (np.diff(curve.probability) > 0).all()
    assert ((curve.low >= 0) & (curve.low <= curve.share)).all()
    assert ((curve.high <= 1) & (curve.high >= curve.share)).all()
    assert (curve.effective_count <= curve.count).all()
    turn = np.random.default_rng(0).permutation(len(rows))
    turned = reliability_curve(label[turn], p[turn], None if people is None else people[turn], bins)
    assert turned.low == pytest.approx(curve.low)


def test_wilsons_interval_by_hand() -> None:
    # 81 of 263, Newcombe, Stat Med 17, 1998, table I: .2553 to .3662; 0 of 20: 0 to .1611.
    curve = reliability_curve([1] * 81 + [0] * 182, [0.3] * 263)
    assert (curve.low[0], curve.high[0]) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    curve = reliability_curve([0] * 20, [0.3] * 20)
    assert (curve.low[0], curve.high[0]) == pytest.approx((0, 0.1611), abs=5e-5)


def test_with_people_the_intervals_hold_the_truth() -> None:
    draw, held, blind, simulations = np.random.default_rng(2), 0.0, 0.0, 200
    person = np.repeat(np.arange(80), 10)
    for _ in range(simulations):
        # Half of the people never buy and half buy at 0.6; the model knows nothing of it.
        label = draw.random(800) < np.where(draw.random(80) < 0.5, 0.0, 0.6)[person]
        p = np.where(person % 2, 0.25, 0.35)
        wide, narrow = (reliability_curve(label, p, people, bins=2) for people in (person, None))
        held += float(np.mean((wide.low <= 0.3) & (wide.high >= 0.3)))
        blind += float(np.mean((narrow.low <= 0.3) & (narrow.high >= 0.3)))
    assert 0.92 <= held / simulations <= 0.98
    assert blind / simulations < 0.80


def test_effective_counts_by_hand() -> None:
    label = [0, 0, 1, 1, 0, 0, 1, 1]
    # Four people, two alike windows each: V = 4/3 * 4 * 1 / 64 = 1/12, and .25 / V is 3.
    assert reliability_curve(label, [0.5] * 8, list("aabbccdd")).effective_count.tolist() == pytest.approx(
        [3]
    )
    # Each person half and half: no more than the rows that there are.
    assert reliability_curve(label, [0.5] * 8, list("abab" * 2)).effective_count.tolist() == [8]
    # All alike: each person is one witness; one person is one.
    assert reliability_curve([1] * 8, [0.5] * 8, list("aabbccdd")).effective_count.tolist() == [4]
    assert reliability_curve(label, [0.5] * 8, list("aaaaaaaa")).effective_count.tolist() == [1]


def test_the_error_of_a_forecast_that_is_off() -> None:
    label, p = forecasts(3, 50_000)
    assert calibration_error(label, p) < 0.01
    assert calibration_error(label, np.minimum(p + 0.1, 1)) == pytest.approx(0.1, abs=0.01)
    # 300 rows of a perfect forecast: sqrt(2 s (1 - s) bins / (pi n)), with the s (1 - s) of each row.
    small = [calibration_error(*forecasts(seed, 300)) for seed in range(100)]
    expected = math.sqrt(2 * float(np.mean(p * (1 - p))) * 10 / (math.pi * 300))
    assert np.mean(small) == pytest.approx(expected, rel=0.1)
    limit = error_of_perfect(forecasts(0, 300)[1])
    assert np.mean(np.array(small) < limit) == pytest.approx(0.95, abs=0.05)


@QUICK
@given(st.floats(0, 1), SHARES, SHARES)
def test_a_prior_goes_there_and_back(p: float, one: float, other: float) -> None:
    there = prior_corrected(p, one, other)
    assert prior_corrected(there, other, one) == pytest.approx(p, rel=1e-9, abs=1e-12)
    assert prior_corrected(p, one, one) == pytest.approx(p, abs=1e-12)
    assert prior_corrected(one, one, other) == pytest.approx(other)
    assert prior_corrected([0.0, 1.0], one, other).tolist() == [0.0, 1.0]


def test_a_prior_is_corrected_on_rows_left_out() -> None:
    label, p = forecasts(4, 100_000)
    # Buyers are thinned to a tenth, whatever they look like.
    kept = ~label | (np.random.default_rng(0).random(len(label)) < 0.1)
    corrected = prior_corrected(p[kept], float(label.mean()), float(label[kept].mean()))
    assert calibration_error(label[kept], corrected) < 0.005
    assert calibration_error(label[kept], p[kept]) > 0.2


def test_platt_finds_what_was_planted() -> None:
    draw = np.random.default_rng(5)
    score = 50 + 20 * draw.standard_normal(40_000)
    label = draw.random(40_000) < expit(0.1 * score - 6)
    found = fit_platt(label, score)
    assert found.slope == pytest.approx(0.1, rel=0.03)
    assert found.offset == pytest.approx(-6, rel=0.03)
    assert calibration_error(label, found.apply(score)) < 0.01
    assert auc(label, found.apply(score)) == auc(label, score)


@pytest.mark.parametrize("factor", [1.0, 1e-8, -1e8])
def test_platt_agrees_with_a_logistic_regression_on_the_smoothed_targets(factor: float) -> None:
    draw = np.random.default_rng(6)
    label = draw.random(60) < 0.3
    score = draw.standard_normal(60) + 1.5 * label
    target = np.where(label, (label.sum() + 1) / (label.sum() + 2), 1 / ((~label).sum() + 2))
    # A row with target t is a positive of weight t and a negative of weight 1 - t.
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(
        np.concatenate([score, score])[:, None], np.repeat([1, 0], 60), np.concatenate([target, 1 - target])
    )
    found = fit_platt(label, factor * score)
    assert found.slope * factor == pytest.approx(theirs.coef_[0, 0], rel=1e-4)
    assert found.offset == pytest.approx(theirs.intercept_[0], rel=1e-4)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(-1e3, 1e3)), min_size=2, max_size=30))
def test_platt_stands_where_the_loss_is_flat(rows: list[tuple[int, float]]) -> None:
    label, score = np.array([y for y, _ in rows]), np.array([s for _, s in rows])
    if len(set(label.tolist())) < 2:
        return
    found = fit_platt(label, score)
    positives, negatives = label.sum(), (1 - label).sum()
    target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    excess = found.apply(score) - target
    assert excess.mean() == pytest.approx(0, abs=1e-7)
    assert (excess * (score - score.mean())).mean() == pytest.approx(0, abs=1e-7 * max(1, score.std()))


def test_classes_that_do_not_overlap_leave_the_slope_finite() -> None:
    found = fit_platt([0] * 50 + [1] * 50, np.linspace(-1, 1, 100))
    assert 1 < found.slope < 1000
    assert found.apply([-1.0, 0.0, 1.0]) == pytest.approx([0, 0.5, 1], abs=0.02)
    halves = fit_platt([0, 0, 1, 1], [0.0, 0.0, 1.0, 1.0])
    assert halves.apply([0.0, 1.0]) == pytest.approx([1 / 4, 3 / 4])


def test_one_score_far_out_does_not_throw_newton_off() -> None:
    # Full steps end at a slope of 1e134.
    score = np.array([*range(11), 120.0])
    p, target = fit_platt([0] * 11 + [1], score).apply(score), np.array([1 / 13] * 11 + [2 / 3])
    assert [p.sum(), p @ score] == pytest.approx([target.sum(), target @ score])


def test_a_score_that_never_changes_gives_the_share() -> None:
    found = fit_platt([0, 0, 0, 1], [2.0] * 4)
    # Targets 1/5 for three negatives and 2/3 for the one positive.
    assert found.slope == 0
    assert found.offset == pytest.approx(logit((3 / 5 + 2 / 3) / 4))
    assert fit_platt([0, 1], [0.0, 1e-300]).slope == 0
    assert PlattScale(0.0, 0.0).apply(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: reliability_curve([0, 1], [0.1, 1.2]), "score 1 is 1.2"),
        (lambda: reliability_curve([], []), "no rows"),
        (lambda: reliability_curve([0, 1], [0.1, 0.2], ["a"]), "people have shape"),
        (lambda: reliability_curve([0, 2], [0.1, 0.2]), "label 1 is 2"),
        (lambda: calibration_error([0, 1], [0.1]), "2 labels and 1 scores"),
        (lambda: prior_corrected([1.5], 0.5, 0.1), "outside 0 to 1"),
        (lambda: prior_corrected([math.nan], 0.5, 0.1), "outside 0 to 1"),
        (lambda: fit_platt([1, 1], [0.1, 0.2]), "all labels are the same"),
    ],
)
def test_rows_that_make_no_sense_are_refused(call: Any, line: str) -> None:
    with pytest.raises(FormatError, match=line):
        call()


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="to_share"):
        prior_corrected([0.5], 0.5, 1.0)
    with pytest.raises(ValueError, match="bins"):
        reliability_curve([0, 1], [0.1, 0.2], bins=0)
    with pytest.raises(ValueError, match="level"):
        reliability_curve([0, 1], [0.1, 0.2], level=95)
