"""Scores are the library's, and a resample of people scores as the rows of those people would."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_absolute_error, r2_score, roc_auc_score
from tests.causal.forecast_worlds import panel

from telltale.causal.forecast_others import OTHERS, linear, persistence
from telltale.causal.forecast_rows import Windows, forecast_rows
from telltale.causal.forecast_scores import Told, _resampled, score_forecasts
from telltale.core.rng import stream

DRAW = stream(3, "scores")
PERSON = np.repeat(np.arange(12), DRAW.integers(20, 60, 12))
TRUTH = DRAW.normal(size=len(PERSON)) + PERSON / 10
RISES = TRUTH + DRAW.normal(size=len(PERSON)) > 0.8
JUDGED = Windows(np.zeros((len(PERSON), 1, 1), np.float32), TRUTH, RISES, PERSON)
GOOD = Told(TRUTH + 0.5 * DRAW.normal(size=len(PERSON)), 1 / (1 + np.exp(-TRUTH.round(1))))
POOR = Told(TRUTH + DRAW.normal(size=len(PERSON)), np.full(len(PERSON), 0.3))


def test_scores_are_those_of_the_library() -> None:
    scores = score_forecasts({"good": GOOD, "poor": POOR}, JUDGED)
    for told, found in zip((GOOD, POOR), scores.models, strict=True):
        assert found.r2.value == pytest.approx(r2_score(TRUTH, told.value), abs=1e-12)
        assert found.mae.value == pytest.approx(mean_absolute_error(TRUTH, told.value), abs=1e-12)
        assert found.auc.value == pytest.approx(roc_auc_score(RISES, told.rise), abs=1e-12)
        assert found.log_loss.value == pytest.approx(log_loss(RISES, told.rise), abs=1e-12)
        assert found.r2.low < found.r2.value < found.r2.high
    (lead,) = scores.leads
    assert lead.over == "poor"
    assert lead.r2.low > 0
    assert lead.auc.low > 0
    assert (scores.people, scores.windows) == (12, len(PERSON))


def test_a_resample_scores_as_the_rows_of_those_people() -> None:
    often = np.array([2.0, 0, 1, 1, 0, 3, 1, 1, 1, 0, 1, 1])
    rows = np.concatenate([np.flatnonzero(np.isin(PERSON, np.flatnonzero(often >= k))) for k in (1, 2, 3)])
    found = _resampled(GOOD, JUDGED, PERSON, often[None])
    assert found["r2"][0] == pytest.approx(r2_score(TRUTH[rows], GOOD.value[rows]), abs=1e-12)
    assert found["auc"][0] == pytest.approx(roc_auc_score(RISES[rows], GOOD.rise[rows]), abs=1e-12)
    assert found["mae"][0] == pytest.approx(mean_absolute_error(TRUTH[rows], GOOD.value[rows]), abs=1e-12)
    assert found["log_loss"][0] == pytest.approx(log_loss(RISES[rows], GOOD.rise[rows]), abs=1e-12)


def test_where_nothing_rises_nothing_is_ranked() -> None:
    still = Windows(JUDGED.inputs, TRUTH, np.zeros(len(PERSON), bool), PERSON)
    (found,) = score_forecasts({"good": GOOD}, still).models
    assert np.isnan([found.auc.value, found.auc.low, found.auc.high]).all()
    assert np.isfinite(found.r2.low)


def test_other_models_know_what_they_should() -> None:
    rows = forecast_rows(panel(), "desire", history=3)
    told = {name: model(rows, 0) for name, model in OTHERS.items()}
    found = {one.model: one for one in score_forecasts(told, rows.judge).models}
    np.testing.assert_allclose(
        told["persistence"].value, rows.unscaled(rows.judge.own(rows.target)[:, 0]), rtol=1e-12
    )
    # Only who bends a line can know of the size of a mood.
    assert found["persistence"].r2.value < found["linear"].r2.value < 0.3
    assert found["boosting"].r2.value > 0.6
    assert found["boosting"].auc.value > found["linear"].auc.value + 0.1


def test_no_model_hears_of_people_who_judge() -> None:
    rows = forecast_rows(panel(25, 30), "desire", history=3)
    half = slice(0, len(rows.judge) // 2)
    judge = rows.judge
    cut = Windows(judge.inputs[half], judge.truth[half], judge.rises[half], judge.person[half])
    fewer = replace(rows, judge=cut)
    for model in (linear, persistence):
        np.testing.assert_allclose(model(rows).value[half], model(fewer).value, rtol=1e-6)
        np.testing.assert_allclose(model(rows).rise[half], model(fewer).rise, rtol=1e-6)
