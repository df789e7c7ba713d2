"""Intervals: they hold the truth as often as they say, the two methods agree, and the seed alone decides."""

from __future__ import annotations

import math
import tracemalloc
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from tests.intent.delong import clustered_delong

from telltale.core.errors import FormatError
from telltale.intent.intervals import (
    auc_interval,
    difference_of,
    holm,
    interval_of,
    paired_difference,
    repeating,
    resampled,
)
from telltale.intent.metrics import auc, average_precision, brier, weighted_auc

Floats = npt.NDArray[np.float64]

SHIFT, OWN_SPREAD = 0.8, 1.0
TRUE_AUC = float(ndtr(SHIFT / math.sqrt(2 * (1 + OWN_SPREAD**2))))
"""Of two windows of two people: the difference is normal, mean SHIFT, variance 2 (1 + OWN_SPREAD^2)."""


@dataclass(frozen=True)
class Windows:
    label: npt.NDArray[np.bool_]
    score: Floats
    other: Floats
    """A second score of the same truth, which shares the person's own level."""
    people: npt.NDArray[np.int64]


def draw_windows(draw: np.random.Generator, people: int = 60, each: int = 8) -> Windows:
    """People differ in how often they buy and, whatever they buy, in how high they score."""
    person = np.repeat(np.arange(people), each)
    # 0.4, 1.2: a few buy nearly always and most hardly ever, so that labels cluster too.
    label = draw.random(people * each) < draw.beta(0.4, 1.2, people)[person]
    common = SHIFT * label + OWN_SPREAD * draw.standard_normal(people)[person]
    score, other = common + draw.standard_normal((2, people * each))
    return Windows(label, score, other, person)


def test_95_of_100_intervals_hold_the_truth_and_those_blind_to_people_do_not() -> None:
    draw, simulations = np.random.default_rng(11), 300
    held = blind = 0
    for seed in range(simulations):
        w = draw_windows(draw)
        found = auc_interval(w.label, w.score, w.people, seed, repeats=300)
        held += found.low <= TRUE_AUC <= found.high
        if seed % 3 == 0:
            found = auc_interval(w.label, w.score, np.arange(len(w.label)), seed, repeats=300)
            blind += found.low <= TRUE_AUC <= found.high
    # 1500 simulations say .943 of 60 people; three standard errors of that in 300 are .04.
    assert 0.90 <= held / simulations <= 0.985
    assert blind / (simulations / 3) < 0.80


def test_a_difference_that_is_not_there_is_found_one_time_in_twenty() -> None:
    draw, simulations = np.random.default_rng(12), 300
    p = []
    for seed in range(simulations):
        w = draw_windows(draw)
        p.append(paired_difference(w.label, w.score, w.other, w.people, seed, repeats=200).p_value)
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09
    assert 0.4 <= np.median(p) <= 0.6


def test_a_difference_that_is_there_is_found() -> None:
    w = draw_windows(np.random.default_rng(13), people=200)
    worse = w.score - 0.6 * w.label
    found = paired_difference(w.label, w.score, worse, w.people, repeats=500)
    assert found.interval.value == pytest.approx(auc(w.label, w.score) - auc(w.label, worse))
    assert found.interval.low > 0
    assert found.p_value == pytest.approx(2 / 501)
    turned = paired_difference(w.label, worse, w.score, w.people, repeats=500)
    assert turned.interval.low == pytest.approx(-found.interval.high)
    assert turned.p_value == found.p_value


def test_a_model_does_not_differ_from_its_own_probabilities() -> None:
    w = draw_windows(np.random.default_rng(14))
    found = paired_difference(w.label, w.score, ndtr(w.score), w.people, repeats=100)
    assert (found.interval.value, found.interval.low, found.interval.high, found.p_value) == (0, 0, 0, 1)


def delong(label: npt.NDArray[np.bool_], scores: Floats) -> Floats:
    """DeLong, DeLong and Clarke-Pearson 1988, from every pair; shape (k, k)."""
    v10, v01 = [], []
    for score in scores:
        ahead = score[label][:, None] - score[~label][None, :]
        won = (ahead > 0) + (ahead == 0) / 2
        v10.append(won.mean(axis=1))
        v01.append(won.mean(axis=0))
    return np.asarray(np.cov(v10) / label.sum() + np.cov(v01) / (~label).sum())


def test_with_one_window_each_it_is_delongs_variance() -> None:
    w = draw_windows(np.random.default_rng(15))
    scores = np.round([w.score, w.other, w.score + w.other], 1)
    found = clustered_delong(w.label, scores, np.arange(len(w.label)))
    assert found.covariance == pytest.approx(delong(w.label, scores), rel=1e-10)
    assert found.auc == pytest.approx([auc(w.label, score) for score in scores])


def test_clustered_delong_and_the_bootstrap_agree() -> None:
    w = draw_windows(np.random.default_rng(16), people=400, each=6)
    found = clustered_delong(w.label, [w.score, w.other], w.people)
    one, other = (
        resampled(partial(weighted_auc, w.label, score), w.people, repeats=1500)
        for score in (w.score, w.other)
    )
    # 1500 resamples know a standard error to 2 per cent.
    assert found.standard_error == pytest.approx([one.std(), other.std()], rel=0.08)
    assert found.covariance == pytest.approx(np.cov(one, other), rel=0.16)
    assert found.standard_error[0] > 1.3 * math.sqrt(float(delong(w.label, w.score[None])))


def test_clustered_delong_is_right_on_average() -> None:
    draw = np.random.default_rng(17)
    drawn = [draw_windows(draw) for _ in range(400)]
    found = [clustered_delong(w.label, w.score, w.people) for w in drawn]
    spread = np.std([one.auc[0] for one in found])
    assert np.mean([one.standard_error[0] for one in found]) == pytest.approx(spread, rel=0.12)


def test_a_perfect_score_has_no_spread() -> None:
    found = clustered_delong([0, 1] * 10, [0.1, 0.9] * 10, np.arange(20) // 4)
    assert (found.auc.tolist(), found.standard_error.tolist()) == ([1.0], [0.0])


def test_resamples_of_one_class_are_dropped_and_counted() -> None:
    found = auc_interval([1, 1, 0, 0], [0.3, 0.1, 0.2, 0.2], ["a", "a", "b", "b"], repeats=400)
    # Two people, drawn twice: half of the resamples are one person alone.
    assert found.dropped == pytest.approx(200, abs=40)
    assert found.repeats == 400
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)
    alone = auc_interval([1, 1, 1], [0.3, 0.1, 0.2], ["a", "a", "b"], repeats=20)
    assert (alone.dropped, math.isnan(alone.value), math.isnan(alone.low)) == (20, True, True)
    assert paired_difference([1, 1], [0, 1], [1, 0], ["a", "b"], repeats=9).p_value == 1


def test_the_seed_alone_decides() -> None:
    w = draw_windows(np.random.default_rng(18))
    found = auc_interval(w.label, w.score, w.people, 3, 200)
    turn = np.random.default_rng(0).permutation(len(w.label))
    assert auc_interval(w.label[turn], w.score[turn], w.people[turn], 3, 200) == found
    names = np.array([f"p{person:03d}" for person in w.people])
    assert auc_interval(w.label, w.score, names, 3, 200) == found
    assert auc_interval(w.label, w.score, w.people, 4, 200) != found


def test_how_many_are_held_at_a_time_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    w = draw_windows(np.random.default_rng(19))
    found = auc_interval(w.label, w.score, w.people, repeats=100)
    monkeypatch.setattr("telltale.intent.intervals._CELLS", 7 * len(w.label))
    assert auc_interval(w.label, w.score, w.people, repeats=100) == found


def test_at_paper_size_the_weights_are_never_all_held() -> None:
    w = draw_windows(np.random.default_rng(20), people=313, each=26)
    tracemalloc.start()
    found = auc_interval(w.label, w.score, w.people)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert peak_mb < 60  # All 2000 x 8138 weights would be 130 MB.
    assert found.low < found.value < found.high


def test_any_statistic_may_be_asked_with_weights_or_without() -> None:
    w = draw_windows(np.random.default_rng(21))
    p = ndtr(w.score)
    error = (p - w.label) ** 2
    known = interval_of(lambda weight: weight @ error / weight.sum(axis=1), w.people, repeats=80)
    found = interval_of(repeating(brier, w.label, p), w.people, repeats=80)
    assert found.value == pytest.approx(brier(w.label, p))
    assert [found.low, found.high] == pytest.approx([known.low, known.high])
    ours, theirs = (repeating(average_precision, w.label, score) for score in (w.score, -w.score))
    assert difference_of(ours, theirs, w.people, repeats=80).p_value == pytest.approx(2 / 81)


def test_a_wider_level_gives_a_wider_interval() -> None:
    w = draw_windows(np.random.default_rng(22))
    narrow, wide = (auc_interval(w.label, w.score, w.people, 0, 400, level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_the_raw_and_bonferroni(p: list[float]) -> None:
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(1, np.array(p) * len(p))).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
    assert corrected.min() == min(1, min(p) * len(p))


def test_holm_by_hand() -> None:
    assert holm([0.005, 0.011, 0.02, 0.04, 0.13]) == pytest.approx([0.025, 0.044, 0.06, 0.08, 0.13])
    assert holm([]).tolist() == []
    for wrong in ([0.5, 1.1], [math.nan], [[0.1]]):
        with pytest.raises(FormatError, match="no p values"):
            holm(wrong)


@pytest.mark.parametrize(
    ("people", "line"),
    [
        (["a", "b"], r"people have shape \(2,\): give one person for each window"),
        (["a", "a", "a", "a"], "1 people tell nothing of others"),
        (["a", None, "b", "b"], "neither text nor a whole number"),
        ([1.0, 2.0, math.nan, 2.0], "neither text nor a whole number"),
    ],
)
def test_people_that_make_no_sense_are_refused(people: list[str], line: str) -> None:
    label, score = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(FormatError, match=line):
        auc_interval(label, score, people)


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(FormatError, match="label 1 is 3"):
        auc_interval([0, 3], [0.1, 0.2], ["a", "b"])
    with pytest.raises(ValueError, match="repeats"):
        auc_interval([0, 1], [0.1, 0.2], ["a", "b"], repeats=0)
    with pytest.raises(ValueError, match="level"):
        auc_interval([0, 1], [0.1, 0.2], ["a", "b"], repeats=5, level=95)
