"""Scores against values worked out by hand, against scikit-learn and against a published table."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, mean_absolute_error, root_mean_squared_error

from telltale.units.data_clips import ClipLabel, VideoFrames
from telltale.units.scores import (
    agree,
    icc31,
    leave_one_dataset_out,
    leave_one_out,
    leave_one_subject_out,
    score_classes,
)
from telltale.units.scores_events import EventScores, match, overlaps, score_events

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Shrout and Fleiss 1979, table 2: six targets, four judges."""


def clip(dataset: str, subject: str) -> ClipLabel:
    return ClipLabel(
        dataset,
        subject,
        "",
        "",
        VideoFrames(Path("v.mp4")),
        None,
        0.0,
        None,
        1.0,
        None,
        None,
        None,
        (),
        None,
        None,
    )


def test_uf1_and_uar_by_hand() -> None:
    truth = ["neg"] * 6 + ["pos"] * 3 + ["sur"]
    said = ["neg"] * 5 + ["pos"] + ["pos"] * 2 + ["neg"] + ["neg"]
    scores = score_classes(truth, said, ["neg", "pos", "sur"])
    assert [score.recall for score in scores.classes] == pytest.approx([5 / 6, 2 / 3, 0.0])
    assert [score.f1 for score in scores.classes] == pytest.approx([10 / 13, 4 / 6, 0.0])
    assert scores.uf1 == pytest.approx((10 / 13 + 4 / 6) / 3)
    assert scores.uar == pytest.approx(0.5)
    assert scores.accuracy == pytest.approx(0.7)
    assert [score.count for score in scores.classes] == [6, 3, 1]


def test_classes_agree_with_scikit_learn() -> None:
    draw = np.random.default_rng(3)
    names = ["negative", "positive", "surprise"]
    truth = draw.choice(names, 200, p=[0.6, 0.3, 0.1]).tolist()
    said = [name if draw.random() < 0.6 else str(draw.choice(names)) for name in truth]
    scores = score_classes(truth, said, names)
    assert scores.uf1 == pytest.approx(f1_score(truth, said, average="macro"))
    assert scores.uar == pytest.approx(balanced_accuracy_score(truth, said))


def test_a_class_that_is_not_there_does_not_count() -> None:
    scores = score_classes(["a", "b"], ["a", "b"], ["a", "b", "c"])
    assert math.isnan(scores.classes[2].f1)
    assert (scores.uf1, scores.uar) == (1.0, 1.0)
    claimed = score_classes(["a", "b"], ["a", "c"], ["a", "b", "c"])
    assert claimed.classes[2].f1 == 0.0
    assert claimed.uar == pytest.approx(0.5)


def test_words_that_are_no_class_are_refused() -> None:
    with pytest.raises(ValueError, match="none of the classes"):
        score_classes(["a"], ["x"], ["a"])
    with pytest.raises(ValueError, match="1 truths and 2 predictions"):
        score_classes(["a"], ["a", "a"], ["a"])


def test_subjects_of_two_data_sets_are_two_people_and_of_one_collection_one() -> None:
    clips = [clip("samm", "006"), clip("smic", "006"), clip("samm_long", "006"), clip("samm", "007")]
    folds = {fold.left_out: fold.test.tolist() for fold in leave_one_subject_out(clips)}
    assert folds == {"samm/006": [0, 2], "samm/007": [3], "smic/006": [1]}
    sets = {fold.left_out: fold.test.tolist() for fold in leave_one_dataset_out(clips)}
    assert sets == {"samm": [0, 2, 3], "smic": [1]}


def test_each_fold_parts_all_clips() -> None:
    groups = list("abacbbca")
    seen = []
    for fold in leave_one_out(groups):
        assert sorted([*fold.train, *fold.test]) == list(range(len(groups)))
        assert {groups[i] for i in fold.test} == {fold.left_out}
        assert fold.left_out not in {groups[i] for i in fold.train}
        seen += fold.test.tolist()
    assert sorted(seen) == list(range(len(groups)))


def test_one_group_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        list(leave_one_out(["a", "a"]))


def test_icc31_of_shrout_and_fleiss() -> None:
    assert icc31(SHROUT_FLEISS) == pytest.approx(0.7148, abs=5e-5)


def test_icc31_by_hand_for_two_raters() -> None:
    # Rows 1 2, 3 2, 5 5: means 1.5 2.5 5 of 3; BMS = 2 (1.5^2 + .5^2 + 2^2) / 2 = 6.5.
    # Residuals are +-.5, -+.5 and 0 each less nothing (both raters' mean is 3): EMS = 4 * .25 / 2 = .5.
    assert icc31([[1, 2], [3, 2], [5, 5]]) == pytest.approx((6.5 - 0.5) / (6.5 + 0.5))


def test_icc31_forgives_an_offset_but_no_scale() -> None:
    x = np.linspace(0, 1, 11)
    assert icc31(np.stack([x, x + 0.3], axis=1)) == pytest.approx(1.0)
    # Scale 1 and 2: ICC(3,1) = 2 cov / (var + var) = 2 * 2 / (1 + 4).
    assert icc31(np.stack([x, 2 * x], axis=1)) == pytest.approx(0.8)


def test_agreement_against_other_implementations() -> None:
    draw = np.random.default_rng(5)
    truth = draw.random(500)
    read = 0.7 * truth + 0.1 * draw.standard_normal(500)
    found = agree(truth, read)
    assert found.correlation == pytest.approx(np.corrcoef(truth, read)[0, 1])
    assert found.mae == pytest.approx(mean_absolute_error(truth, read))
    assert found.rmse == pytest.approx(root_mean_squared_error(truth, read))
    assert (found.count, found.left_out) == (500, 0)


def test_what_was_not_read_is_left_out_and_counted() -> None:
    truth = np.array([0.0, 1.0, 2.0, np.nan, 4.0, 9.0])
    read = np.array([0.0, 1.0, 3.0, 5.0, np.nan, np.nan])
    found = agree(truth, read)
    assert (found.count, found.left_out) == (3, 3)
    assert found.mae == pytest.approx(1 / 3)
    assert found.rmse == pytest.approx(math.sqrt(1 / 3))


@pytest.mark.parametrize("truth", [[], [1.0], [1.0, 1.0, 1.0], [np.nan, np.nan]])
def test_nothing_to_compare_gives_nan_and_no_warning(truth: list[float]) -> None:
    found = agree(truth, truth)
    assert math.isnan(found.correlation)
    assert math.isnan(found.icc)


def test_overlap_by_hand() -> None:
    true = np.array([[1.0, 2.0], [5.0, 5.0]])
    spotted = np.array([[1.5, 2.5], [1.0, 2.0], [5.0, 5.0], [2.0, 3.0]])
    assert overlaps(true, spotted).tolist() == [
        pytest.approx([1 / 3, 1.0, 0.0, 0.0]),
        pytest.approx([0.0, 0.0, 1.0, 0.0]),
    ]


def test_each_event_is_used_once_and_the_best_pair_first() -> None:
    assert match(np.array([[0.6, 0.9], [0.7, 0.8]]), 0.5) == [(0, 1), (1, 0)]
    assert match(np.zeros((0, 3)), 0.5) == []
    twice = score_events([(0, 1, None)], [(0, 1, None), (0, 1.1, None)], watched_s=60, frame_s=0.1)
    assert (twice.hits, twice.false_alarms_per_min) == (1, 1.0)


def test_an_overlap_of_exactly_a_half_is_a_hit() -> None:
    assert score_events([(0.1, 0.3, None)], [(0.1, 0.2, None)], watched_s=60, frame_s=0.1).hits == 1
    assert score_events([(0.1, 0.3, None)], [(0.1, 0.199, None)], watched_s=60, frame_s=0.1).hits == 0


def test_spotting_by_hand() -> None:
    true = [(1.0, 1.3, 1.1), (4.0, 4.2, 4.1), (7.0, 7.4, None)]
    spotted = [(1.05, 1.3, 1.15), (4.15, 4.4, 4.13), (7.0, 7.5, 7.2), (9.0, 9.2, 9.1)]
    scores = score_events(true, spotted, watched_s=120, frame_s=1 / 30)
    # 1.0 - 1.3 and 7.0 - 7.4 are hits (5/6 and 4/5); the second overlaps by 1/8 only.
    assert (scores.hits, scores.true, scores.spotted) == (2, 3, 4)
    assert (scores.precision, scores.recall) == pytest.approx((0.5, 2 / 3))
    assert scores.f1 == pytest.approx(4 / 7)
    assert scores.false_alarms_per_min == pytest.approx(1.0)
    # Apex 1.1 is missed by .05 s, more than a frame; 4.1 is hit within .03 s, whatever the overlap.
    assert (scores.apexes, scores.apex_hits, scores.apex_rate) == (2, 1, 0.5)


def test_scores_of_recordings_add() -> None:
    one = score_events([(1, 2, 1.5)], [(1, 2, 1.5)], watched_s=30, frame_s=0.1)
    none = score_events([], [(1, 2, 1.5)], watched_s=30, frame_s=0.1)
    both = one + none
    assert both == EventScores(true=1, spotted=2, hits=1, apexes=1, apex_hits=1, watched_s=60)
    assert both.f1 == pytest.approx(2 / 3)
    assert both.false_alarms_per_min == pytest.approx(1.0)
    assert math.isnan(none.recall)
    assert math.isnan(score_events([], [], watched_s=1, frame_s=0.1).f1)


def test_a_backward_event_is_refused() -> None:
    with pytest.raises(ValueError, match="does not come before"):
        score_events([(2, 1, None)], [], watched_s=1, frame_s=0.1)
