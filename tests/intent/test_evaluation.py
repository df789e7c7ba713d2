"""A report on a study with a planted truth: what it says first, what it finds where, what it withholds."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telltale.cli import app
from telltale.core.errors import FormatError
from telltale.intent.evaluation import QUESTIONS, Evaluation, evaluate_run
from telltale.intent.study_training import TrainingPlan, train_study
from telltale.intent.when import share
from telltale.report.intent_page import write_intent_report
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.simulate.truth import Truth
from telltale.study.store import Study

pytestmark = pytest.mark.slow

PLAN = TrainingPlan(models=("acts", "clicks"), test_share=0.35)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path, Path]:
    """A study in which AU9 and AU17 come 5 - 10 s before a cart, models of it, and its truth."""
    out = tmp_path_factory.mktemp("planted")
    made = simulate_study(out / "study", load_spec("au9-au17").scaled(250), seed=3)
    study = Study.open(made.study)
    train_study(study, out / "models", PLAN)
    return study, out / "models", made.truth


@pytest.fixture(scope="module")
def evaluation(run: tuple[Study, Path, Path]) -> Evaluation:
    study, models, truth = run
    return evaluate_run(models, study, oracle=Truth.open(truth))


def test_the_face_is_found_to_say_something(evaluation: Evaluation) -> None:
    assert evaluation.first_line.startswith("The face tells a coming cart better than chance")
    assert evaluation.shuffled is not None
    assert evaluation.shuffled.low < 0.5 < evaluation.shuffled.high


def test_the_seconds_that_were_planted_are_found(evaluation: Evaluation) -> None:
    (seconds,) = evaluation.when
    lost = seconds.occlusion.value
    assert set(np.argsort(-lost)[:4]) <= set(range(4, 11))
    assert share(seconds.occlusion.value, 5, 10) > 0.5


def test_the_units_that_were_planted_are_found(evaluation: Evaluation) -> None:
    assert evaluation.what is not None
    assert {found.unit for found in evaluation.what.importance[:2]} == {9, 17}


def test_nothing_goes_further_than_the_best_that_is_possible(evaluation: Evaluation) -> None:
    judgement = evaluation.judgement
    assert judgement.oracle is not None
    acts = next(model for model in judgement.models if model.kind == "acts")
    assert 0.7 < judgement.share_of_the_way(acts.auc) < 1.05
    assert evaluation.matched is not None
    assert evaluation.matched.oracle is not None
    (contrast,) = judgement.contrasts
    assert (contrast.one, contrast.other) == ("acts", "clicks")


def test_the_same_people_at_other_times_are_told_apart_too(evaluation: Evaluation) -> None:
    assert evaluation.matched is not None
    assert evaluation.matched.models[0].auc.low > 0.5


def test_whole_sessions_are_judged_live(evaluation: Evaluation) -> None:
    assert evaluation.live is not None
    acts, best = evaluation.live.models
    assert best.calibration is None
    assert best.by_second.value[0] > acts.by_second.value[0] - 0.02
    assert acts.by_second.value[0] > acts.by_second.value[-1] + 0.1
    assert acts.calibration is not None
    assert acts.calibration.told < 0.1
    assert [rate.budget_per_hour for rate in acts.alarms] == [0.1, 0.5, 1.0]


def test_spans_without_those_seconds_say_less(evaluation: Evaluation) -> None:
    lines, _, clicks = evaluation.seconds
    assert clicks.model == "clicks"
    by_span = {(s.span.from_s, s.span.until_s): s.auc.value for s in lines.spans}
    assert by_span[10, 0] > by_span[30, 15] + 0.1


def test_the_report_opens_by_itself_and_holds_every_number(evaluation: Evaluation, tmp_path: Path) -> None:
    page = write_intent_report(evaluation, tmp_path / "report").read_text(encoding="utf-8")
    assert "<strong>simulated</strong>: what is found here says nothing about real ones" in page
    assert page.count("best possible") >= 3  # the figure, Table 2, the same people
    assert "truth of this second" in page
    assert "Best possible: " in page
    assert "Does the face say more than what the hands do?" in page
    assert not re.search(r'(?:src|href)="?http', page)
    assert len(re.findall("<svg", page)) >= 7
    numbers = json.loads((tmp_path / "report" / "report.json").read_text())
    assert numbers["judgement"]["models"][0]["auc"]["value"] == evaluation.judgement.models[0].auc.value
    assert (tmp_path / "report" / "figures" / "models.svg").is_file()
    with pytest.raises(FormatError):
        write_intent_report(evaluation, tmp_path / "report")


def test_groups_of_few_are_withheld(evaluation: Evaluation) -> None:
    groups = {groups.column: groups for groups in evaluation.groups}
    assert "category" in groups
    assert any(group.auc is None for found in groups.values() for group in found.groups)


def test_the_command_shows_the_best_that_is_possible(
    run: tuple[Study, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    study, models, truth = run
    words = ["evaluate", models, study.folder, "--out", tmp_path / "r", "--truth", truth, "--also", "default"]
    words += [word for question in QUESTIONS for word in ("--skip", question)]
    monkeypatch.setattr(sys, "argv", ["telltale", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        app.main()
    assert not stop.value.code
    told = capsys.readouterr().out
    assert "best possible" in told
    assert "shipped" in told
    assert "report.html" in told


def test_where_nothing_was_planted_nothing_is_found(tmp_path: Path) -> None:
    made = simulate_study(tmp_path / "null", load_spec("null").scaled(160), seed=4)
    study = Study.open(made.study)
    train_study(study, tmp_path / "models", TrainingPlan(models=("seconds", "statistics"), test_share=0.35))
    found = evaluate_run(tmp_path / "models", study, oracle=Truth.open(made.truth), skip=QUESTIONS)
    assert found.first_line.startswith("There is no evidence")
    assert np.isnan(found.judgement.share_of_the_way(found.judgement.models[0].auc))
    assert "best possible" in write_intent_report(found, tmp_path / "page").read_text(encoding="utf-8")
    assert all(model.auc.low < 0.5 < model.auc.high for model in found.judgement.models)


def test_a_hand_that_dips_the_head_is_shown_by_leaving_the_last_seconds_out(tmp_path: Path) -> None:
    spec = load_spec("null").scaled(160)
    spec = replace(spec, faces=replace(spec.faces, click_dip_rad=0.15))
    study = Study.open(simulate_study(tmp_path / "dip", spec, seed=4).study)
    train_study(study, tmp_path / "models", TrainingPlan(models=("acts",), test_share=0.35))
    found = evaluate_run(tmp_path / "models", study, skip=("which", "live"))
    acts, boosting = found.seconds
    by_gap = {s.span.until_s: s.auc for s in boosting.left_out}
    assert by_gap[0.0].low > 0.6
    assert all(by_gap[gap].low < 0.5 < by_gap[gap].high for gap in (0.5, 1.0, 2.0, 3.0))
    assert boosting.left_out[1].lost is not None
    assert boosting.left_out[1].lost.low > 0
    page = write_intent_report(found, tmp_path / "page").read_text(encoding="utf-8")
    assert page.count("it was the hand") == 1
    assert page.count("it does not live on the hand") == 1
    # Units know nothing of it.
    assert acts.left_out[0].auc.low < 0.5
