"""Scores of weighted moments: with weights of one those of `metrics`, else those of repeated rows."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.intent.intervals import intervals_of, repeats_for
from telltale.intent.metrics import at_threshold, auc, average_precision, brier
from telltale.intent.weighted import (
    auc_of,
    average_precision_of,
    brier_of,
    flagging_of,
)

DRAW = np.random.default_rng(8)
LABEL = DRAW.random(200) < 0.3
P = np.round(np.clip(0.3 * LABEL + 0.6 * DRAW.random(200), 0, 1), 2)  # rounded: there are ties
ONES = np.ones((1, 200))
DRAWN = DRAW.integers(0, 4, size=(3, 200)).astype(float)

SCORES = {"auc": auc, "average precision": average_precision, "brier": brier}
WEIGHTED = {"auc": auc_of, "average precision": average_precision_of, "brier": brier_of}


@pytest.mark.parametrize("name", SCORES)
def test_a_weight_is_how_often_a_row_counts(name: str) -> None:
    found = WEIGHTED[name](LABEL, P)
    assert found(ONES)[0] == pytest.approx(SCORES[name](LABEL, P))
    for told, times in zip(found(DRAWN), DRAWN.astype(int), strict=True):
        assert told == pytest.approx(SCORES[name](np.repeat(LABEL, times), np.repeat(P, times)))


def test_flags_are_judged_as_a_threshold_is() -> None:
    found = flagging_of(LABEL, P >= 0.4)
    at = at_threshold(LABEL, P, 0.4)
    told = {name: float(score(ONES)[0]) for name, score in found.items()}
    assert told == pytest.approx({"f1": at.f1, "precision": at.precision, "recall": at.recall})


def test_of_nobody_nothing_is_told() -> None:
    nobody = np.zeros((1, 200))
    for score in (average_precision_of(LABEL, P), brier_of(LABEL, P), *flagging_of(LABEL, LABEL).values()):
        assert np.isnan(score(nobody)[0])


def test_surer_intervals_are_wider_and_take_more_resamples() -> None:
    people = np.arange(200) // 5
    scores = {"auc": auc_of(LABEL, P), "brier": brier_of(LABEL, P)}
    found = intervals_of(scores, people)
    surer = intervals_of(scores, people, repeats=repeats_for(0.99), level=0.99)
    for name in scores:
        assert surer[name].low < found[name].low < found[name].value < found[name].high < surer[name].high
    assert (found["auc"].repeats, surer["auc"].repeats) == (2000, 4000)
