"""A forecast in three sentences says what was found, and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.causal.forecast_worlds import brief_study

from telltale.causal.forecast_scores import Lead, Measure
from telltale.causal.forecast_words import (
    NO_EFFECT,
    best_of_others,
    forecast_answer,
    forecast_assumptions,
    forecast_doubt,
    forecast_sentences,
    forecast_sureness,
)
from telltale.causal.graph_network import ForecastStudy

UNKNOWN = Measure(np.nan, np.nan, np.nan)
GOOD = Measure(0.5, 0.4, 0.6)


def made(r2: Measure, auc: Measure, lead_r2: Measure, lead_auc: Measure, people: int = 40) -> ForecastStudy:
    """The graph network beside ridge, which is best, and persistence, which is not."""
    found = brief_study()
    first, persistence, linear = found.scores.models
    models = (
        replace(first, r2=r2, auc=auc),
        replace(persistence, r2=Measure(-0.3, -0.4, -0.2), auc=Measure(0.52, 0.5, 0.54)),
        replace(linear, r2=GOOD, auc=Measure(0.7, 0.6, 0.8)),
    )
    leads = (Lead("persistence", Measure(0.8, 0.7, 0.9), GOOD), Lead("linear", lead_r2, lead_auc))
    return replace(found, scores=replace(found.scores, models=models, leads=leads, people=people))


@pytest.mark.parametrize(
    ("r2", "lead", "says"),
    [
        (GOOD, Measure(0.02, 0.01, 0.03), "better than ridge regression (+2.0 points, +1.0 to +3.0)"),
        (GOOD, Measure(-0.02, -0.03, -0.01), "worse than ridge regression (-2.0 points, -3.0 to -1.0)"),
        (GOOD, Measure(0.02, -0.01, 0.05), "no better than ridge regression (+2.0 points, -1.0 to +5.0)"),
        (Measure(0.02, -0.1, 0.1), Measure(0, -0.1, 0.1), "does not certainly forecast desire 1 s ahead any"),
        (Measure(-0.2, -0.3, -0.1), Measure(0, -0.1, 0.1), "forecasts desire 1 s ahead worse than its mean"),
        (UNKNOWN, UNKNOWN, "could not be judged at desire 1 s ahead"),
    ],
)
def test_the_value_is_told_as_it_was_found(r2: Measure, lead: Measure, says: str) -> None:
    answer = forecast_answer(made(r2, GOOD, lead, Measure(0, -1, 1)))
    assert says in answer
    assert ("explains 50 % of the variance" in answer) == (r2 is GOOD)


@pytest.mark.parametrize(
    ("auc", "says"),
    [
        (Measure(0.75, 0.7, 0.8), "picks the rise out of two moments 75 times in 100, worse than logistic"),
        (Measure(0.52, 0.45, 0.6), "does not certainly know a rise from what is none, worse than logistic"),
        (Measure(0.3, 0.2, 0.4), "picks the wrong one of two moments as the rise 70 times in 100"),
        (UNKNOWN, "could not be judged at rises"),
    ],
)
def test_rises_are_told_as_they_were_found(auc: Measure, says: str) -> None:
    assert says in forecast_answer(made(GOOD, auc, GOOD, Measure(-0.2, -0.3, -0.1)))


def test_the_best_of_the_others_is_who_is_best_and_not_who_is_led_least() -> None:
    found = made(GOOD, GOOD, Measure(0.9, 0.8, 1.0), GOOD)
    best = best_of_others(found.scores, "r2")
    assert best is not None
    assert best.over == "linear"
    none = replace(found.scores, models=tuple(replace(one, auc=UNKNOWN) for one in found.scores.models))
    assert best_of_others(none, "auc") is None
    assert forecast_answer(replace(found, scores=none)).endswith("and could not be judged at rises.")


def test_how_sure_it_is_tells_on_whom_it_rests() -> None:
    found = made(GOOD, Measure(0.7, 0.6, 0.8), GOOD, GOOD)
    sure = forecast_sureness(found)
    assert sure.startswith("95 % intervals over 40 people of whom no model learnt")
    assert "40.0 to 60.0 % of the variance, 60.0 to 80.0 times in 100, each for itself" in sure
    assert "which of the 2 others is best flatters that one" in sure
    assert "too narrow" not in sure
    assert "too narrow" in forecast_sureness(made(GOOD, GOOD, GOOD, GOOD, people=12))
    alone = replace(found.scores, models=found.scores.models[:2], leads=found.scores.leads[:1])
    assert "flatters" not in forecast_sureness(replace(found, scores=alone))


def test_no_edge_is_told_to_be_an_effect() -> None:
    """Two steps of one factor share weight as they like, also where nothing is hidden."""
    found = brief_study()
    assert forecast_doubt(found).endswith("; and what an edge brings to it is no effect of the cause.")
    assert "of this network as trained, and that is no effect of its cause" in NO_EFFECT
    assert "share weight arbitrarily" in NO_EFFECT
    assert not any("moves both ends" in one for one in forecast_assumptions(found))


def test_rooms_that_were_learnt_from_are_told() -> None:
    found = brief_study()
    assert found.same_rooms == 0
    assert "room" not in forecast_doubt(found) + " ".join(forecast_assumptions(found))
    shared = replace(found, same_rooms=0.5)
    assert "(in 50% of what it was judged on, people it learnt from sat in the same room)" in forecast_doubt(
        shared
    )
    assert any("people of one room" in one for one in forecast_assumptions(shared))
    assert len(forecast_sentences(shared)) == 3
