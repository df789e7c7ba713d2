"""The default study is as hard as the paper's: held to its baselines by plain scikit-learn, and the oracle.

The paper's AUC: logistic regression on unit statistics .731, clicks .764, survey .701; each within .04 here.
The oracle is to stand at .93, within .01: above the paper's best model (.912), below certainty.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.simulate.studies import click_counts, survey_answers, unit_statistics

from telltale.core import pool
from telltale.core.provenance import Provenance
from telltale.simulate.acts import build_act_table
from telltale.simulate.platform import play_platform
from telltale.simulate.population import draw_population
from telltale.simulate.sessions import make_viewer
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study, viewer_tasks
from telltale.simulate.truth_tables import write_truth
from telltale.simulate.world import play
from telltale.study.store import Study
from telltale.study.windows import label_windows

pytestmark = pytest.mark.slow

AUC_TOLERANCE = 0.04
ORACLE_TOLERANCE = 0.01
SESSIONS = 800
REGULARISATION = 0.01


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("default") / "study"
    simulate_study(out, load_spec().scaled(SESSIONS), seed=11)
    return Study.open(out)


@pytest.fixture(scope="module")
def windows(study: Study) -> pa.Table:
    return label_windows(study).table


def cross_validated_auc(windows: pa.Table, features: npt.NDArray[Any]) -> float:
    """Five folds, no person on both sides; one strength of regularisation for all."""
    label = windows["label"].to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=400))
    people = np.array(windows["participant_id"].to_pylist())
    score = cross_val_predict(
        model, features, label, cv=GroupKFold(5), groups=people, method="decision_function"
    )
    found = float(roc_auc_score(label, score))
    sys.stdout.write(f"AUC {found:.3f} on {len(label):,} windows\n")  # `pytest -rP` shows it
    return found


def test_logistic_regression_on_unit_statistics(study: Study, windows: pa.Table) -> None:
    found = cross_validated_auc(windows, unit_statistics(study, windows))
    assert found == pytest.approx(0.73, abs=AUC_TOLERANCE)


def test_clicks(study: Study, windows: pa.Table) -> None:
    found = cross_validated_auc(windows, click_counts(study, windows))
    assert found == pytest.approx(0.76, abs=AUC_TOLERANCE)


def test_survey(study: Study, windows: pa.Table) -> None:
    found = cross_validated_auc(windows, survey_answers(study, windows))
    assert found == pytest.approx(0.70, abs=AUC_TOLERANCE)


def test_the_null_hides_it_from_clicks_and_survey_too(tmp_path: Path) -> None:
    made = simulate_study(tmp_path / "study", load_spec("null").scaled(1600), seed=11, signals="none")
    study = Study.open(made.study)
    windows = label_windows(study).table
    for features in (click_counts(study, windows), survey_answers(study, windows)):
        assert cross_validated_auc(windows, features) == pytest.approx(0.5, abs=0.05)


def test_the_oracle_at_full_size(tmp_path: Path) -> None:
    """All 4,800 sessions with every act, without rendering the rows that would show them."""
    spec, seed = load_spec(), 11
    made = simulate_study(tmp_path / "study", spec, seed=seed, signals="none")
    population = draw_population(spec, seed)
    world = play(spec, population, seed)
    draw = partial(make_viewer, spec=spec, table=build_act_table(spec), provenance=Provenance())
    seen = list(pool.imap(draw, viewer_tasks(spec, population, world, seed, None)))
    counted = play_platform(spec, population, world.panel, world.rooms, seed)
    truth = write_truth(made.truth, made.study, spec, seed, population, world, counted, seen)
    summary = truth["oracle"]
    assert summary["auc"] == pytest.approx(0.93, abs=ORACLE_TOLERANCE)
    assert summary["sees_all"]
    by_category = summary["auc_by_category"]
    assert by_category["fashion"] > by_category["electronics"]
    assert summary["auc_by_part"]["last 10 s"] > summary["auc_by_part"]["15 - 30 s"]
