"""A study in, models out: what the command writes, goes on with after a kill, and refuses."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from telltale.cli import app
from telltale.core.errors import ConfigError, FormatError
from telltale.core.signal import unread_rows
from telltale.core.signal_file import read_signal, write_signal
from telltale.intent.evaluation import QUESTIONS, evaluate_run
from telltale.intent.evidence_build import build_evidence
from telltale.intent.live_scores import score_sessions
from telltale.intent.recording import predict_recording
from telltale.intent.registry import MODELS
from telltale.intent.saved import SavedModel
from telltale.intent.study_training import TrainingPlan, load_run, train_study
from telltale.report.intent_page import write_intent_report
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.study.store import Study
from telltale.study.windows import WindowSettings, label_windows

pytestmark = pytest.mark.slow

FAST = ("seconds", "clicks", "survey")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("simulated") / "study"
    simulate_study(out, load_spec().scaled(100), seed=5)
    return Study.open(out)


@pytest.fixture(scope="module")
def trained(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "models"
    settings = {"width": 8, "depth": 3, "epochs": 2}
    train_study(study, out, TrainingPlan(models=(*FAST, "tcn-attention"), quick=True, settings=settings))
    return out


def command(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["telltale", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        app.main()
    return int(stop.value.code or 0)


def test_each_model_has_its_folder_and_a_card_that_says_simulated(trained: Path) -> None:
    models = load_run(trained)
    assert set(models) == {*FAST, "tcn-attention"}
    for kind in models:
        card = (trained / kind / "card.md").read_text(encoding="utf-8")
        assert "Trained on simulated people" in card
        assert "AUC" in card
    assert not (trained / ".work").exists()
    assert all(model.about.learnt["simulated"] for model in models.values())


def test_nobody_is_on_both_sides(trained: Path) -> None:
    split = pq.read_table(trained / "split.parquet").to_pylist()
    sides = {
        part: {row["participant_id"] for row in split if row["part"] == part} for part in ("train", "test")
    }
    assert sides["train"]
    assert sides["test"]
    assert not sides["train"] & sides["test"]


def test_the_run_says_how_each_model_did(trained: Path) -> None:
    for found in json.loads((trained / "run.json").read_text())["models"].values():
        assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
        assert found["seconds"] > 0


def test_the_same_again_trains_nothing_and_another_run_is_refused(
    study: Study, trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    shutil.copytree(trained, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.onnx")}
    settings = {"width": 8, "depth": 3, "epochs": 2}
    # One model was lost: it alone is trained again.
    shutil.rmtree(out / "clicks")
    plan = TrainingPlan(models=(*FAST, "tcn-attention"), quick=True, settings=settings)
    run = train_study(study, out, plan)
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*.onnx")}
    assert {path for path in before if before[path] != after[path]} == {out / "clicks" / "model.onnx"}
    told = json.loads((trained / "run.json").read_text())["models"]
    assert {m.kind: m.auc.value for m in run.models} == {kind: told[kind]["value"] for kind in told}
    with pytest.raises(ConfigError, match="another run"):
        train_study(study, out, TrainingPlan(models=FAST, seed=3))
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("keep me")
    with pytest.raises(ConfigError, match="other files"):
        train_study(study, other, TrainingPlan(models=FAST))


def test_a_recording_is_told_second_by_second(study: Study, trained: Path) -> None:
    path = sorted((study.folder / "signals").glob("*.parquet"))[0]
    signal = read_signal(path)
    for kind in ("seconds", "tcn-attention"):
        model = SavedModel(trained / kind)
        told = predict_recording(model, signal)
        assert len(told.times_s) == int(signal.times_s[-1])
        read = told.read_share > 0
        assert np.isfinite(told.probability[read]).all()
        rare = predict_recording(model, signal, share_with_cart=0.01)
        assert np.nanmean(rare.probability) < 0.2 * np.nanmean(told.probability)
        # The order of seconds is the same.
        assert (np.argsort(rare.probability[read]) == np.argsort(told.probability[read])).mean() > 0.99
    with pytest.raises(FormatError, match="a recording shows a face alone"):
        predict_recording(SavedModel(trained / "clicks"), signal)


def test_repeats_are_trained_once_and_judged(study: Study, tmp_path: Path) -> None:
    out, settings = tmp_path / "models", {"width": 4, "depth": 2, "epochs": 1}
    plan = TrainingPlan(models=("clicks",), quick=True, settings=settings, repeats=2)
    train_study(study, out, plan)
    names = {path.name for path in (out / "repeats").iterdir()}
    assert {"fold-1-of-2", "fold-2-of-2", "seconds-5-0", "seconds-30-15", "seconds-30-3"} <= names
    # One was lost: it alone is trained again.
    shutil.rmtree(out / "repeats" / "fold-2-of-2")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.onnx")}
    train_study(study, out, plan)
    assert (out / "repeats" / "fold-2-of-2").is_dir()
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    # More folds were begun and not ended: those that are whole count.
    shutil.copytree(out / "repeats" / "fold-1-of-2", out / "repeats" / "fold-1-of-3")
    found = evaluate_run(out, study, skip=("live", "which"))
    assert found.folds == 2
    assert found.attention_over_folds is not None
    assert found.attention_over_folds.value.sum() == pytest.approx(1, abs=1e-5)
    lines, _, clicks, networks = found.seconds
    assert [s.span.until_s for s in clicks.left_out] == [0.0, 0.5, 1.0, 2.0, 3.0]
    assert 0 < found.attention_over_folds.near.low < found.attention_over_folds.near.high < 1
    assert [s.span for s in networks.spans] == [s.span for s in lines.spans]
    page = write_intent_report(found, tmp_path / "report").read_text(encoding="utf-8")
    assert "Over 2 seeds and folds" in page


def test_another_study_of_the_same_name_is_not_taken_for_the_one_learnt_from(
    study: Study, trained: Path, tmp_path: Path
) -> None:
    other = Study.open(simulate_study(tmp_path / "other", load_spec().scaled(40), seed=6).study)
    assert other.manifest.name == study.manifest.name
    found = evaluate_run(trained, other, skip=QUESTIONS)
    windows = label_windows(other, WindowSettings()).table
    assert found.judgement.moments == windows.num_rows


def test_who_was_learnt_from_is_not_judged_when_the_study_has_changed(
    study: Study, trained: Path, tmp_path: Path
) -> None:
    split = pq.read_table(trained / "split.parquet").to_pylist()
    learnt = {row["participant_id"] for row in split if row["part"] == "train"}
    windows = label_windows(study).table.to_pylist()
    gone = next(row["participant_id"] for row in windows if row["participant_id"] not in learnt)
    changed = without(study, tmp_path / "changed", "sessions", f"participant_id <> '{gone}'")
    kept = changed.query().sql("SELECT * FROM events WHERE session_id IN (SELECT session_id FROM sessions)")
    pq.write_table(kept.to_arrow_table(), changed.folder / "events.parquet")
    found = evaluate_run(trained, Study.open(changed.folder), skip=QUESTIONS)
    fresh = [row for row in windows if row["participant_id"] not in learnt | {gone}]
    assert found.judgement.people == len({row["participant_id"] for row in fresh})


def test_a_further_model_that_knows_those_who_are_judged_is_refused(
    study: Study, trained: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    train_study(study, other, TrainingPlan(models=("clicks",), seed=9))
    with pytest.raises(FormatError, match=r"other-clicks learnt from [0-9]+ of the [0-9]+ people judged"):
        evaluate_run(trained, study, also={"other-clicks": SavedModel(other / "clicks")}, skip=QUESTIONS)
    # One of this very split is welcome.
    evaluate_run(trained, study, also={"again": SavedModel(trained / "clicks")}, skip=QUESTIONS)


def test_a_person_is_forgotten_by_the_models_folder_too(
    study: Study,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(study.folder, tmp_path / "study")
    shutil.copytree(trained, tmp_path / "models")
    split = pq.read_table(trained / "split.parquet").to_pylist()
    by_part = {row["part"]: row["participant_id"] for row in split}
    assert command(monkeypatch, "study", "forget", tmp_path / "study", "nobody", "--models", tmp_path) != 0
    for part in ("train", "test"):
        words = ("study", "forget", tmp_path / "study", by_part[part], "--models", tmp_path / "models")
        assert command(monkeypatch, *words) == 0
        told = capsys.readouterr().err
        assert ("train again" in told) == (part == "train")
    held = b"".join(path.read_bytes() for path in (tmp_path / "models").rglob("*") if path.is_file())
    for name in ("split", "windows"):
        left = pq.read_table(tmp_path / "models" / f"{name}.parquet")["participant_id"].to_pylist()
        assert left
        assert not set(by_part.values()) & set(left)
    assert not any(person.encode() in held for person in by_part.values())
    # What is left can still be judged.
    found = evaluate_run(tmp_path / "models", Study.open(tmp_path / "study"), skip=QUESTIONS)
    assert found.judgement.people > 2


def test_by_the_papers_split_no_session_learnt_from_is_judged(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "models"
    train_study(study, out, TrainingPlan(models=("acts",), by="session", test_share=0.5))
    found = evaluate_run(out, study, skip=("which", "anew"))
    split = pq.read_table(out / "split.parquet").to_pylist()
    tested = {row["session_id"] for row in split if row["part"] == "test"}
    assert found.live is not None
    assert found.live.sessions <= len(tested)
    assert found.matched is not None
    positives = [row for row in label_windows(study).table.to_pylist() if row["label"] == 1]
    assert found.matched.with_cart == len([row for row in positives if row["session_id"] in tested])
    assert "most of whom were" in found.whom


def test_live_scores_are_those_of_the_recording(study: Study, trained: Path) -> None:
    session = study.table("sessions")["session_id"].to_pylist()[3]
    for kind in ("seconds", "tcn-attention"):
        model = SavedModel(trained / kind)
        (live,) = score_sessions({"m": model}, study, [session])
        told = predict_recording(model, study.signal(session))
        count = min(live.seconds, len(told.times_s))
        assert np.array_equal(np.isnan(live.told["m"][:count]), np.isnan(told.probability[:count]))
        assert np.nanmax(np.abs(live.told["m"][:count] - told.probability[:count])) < 1e-5


def test_the_commands(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "models"
    words = ("train", study.folder, "--out", out, "--model", "seconds", "--model", "clicks", "--json")
    assert command(monkeypatch, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert {model["model"] for model in told["models"]} == {"seconds", "clicks"}
    signal = sorted((study.folder / "signals").glob("*.parquet"))[0]
    assert command(monkeypatch, "predict", out / "seconds", signal, "--out", tmp_path / "p.parquet") == 0
    assert "trained on simulated people" in capsys.readouterr().out
    assert pq.read_table(tmp_path / "p.parquet").column_names == ["time_s", "probability", "read_share"]
    assert command(monkeypatch, "predict", out, signal) != 0
    assert "no model in" in capsys.readouterr().err
    assert command(monkeypatch, "train", study.folder, "--out", out / "x", "--model", "oracle") != 0
    assert "no model 'oracle'" in capsys.readouterr().err


def test_the_command_trains_over_a_cluster_and_ends_it(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("train", study.folder, "--model", "tcn-attention", "--width", 4, "--depth", 2, "--epochs", 1)
    over = ("--out", tmp_path / "models", "--json", "--ray", "local", "--ray-workers", 1)
    assert command(monkeypatch, *words, *over) == 0
    told = capsys.readouterr()
    assert [model["model"] for model in json.loads(told.out)["models"]] == ["tcn-attention"]
    assert [line.split(":")[0] for line in told.err.splitlines()] == ["tcn-attention epoch 1"]
    assert not sys.modules["ray"].is_initialized()
    settings = SavedModel(tmp_path / "models" / "tcn-attention").about.settings
    assert not {"place", "device"} & set(settings)


def test_a_cluster_that_is_not_to_be_had_is_told_in_one_line(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("train", study.folder, "--out", tmp_path / "models")
    assert command(monkeypatch, *words, "--ray-workers", 2) == 2
    assert "error --ray-workers are of a cluster: name one with --ray" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "ray", None)
    assert command(monkeypatch, *words, "--ray", "local") == 2
    assert capsys.readouterr().err == (
        "error training over a cluster wants Ray: pip install 'telltale-live[ray]'\n"
    )
    assert not (tmp_path / "models").exists()


def without(study: Study, folder: Path, table: str, keep: str) -> Study:
    """A copy of a study in which a table keeps only the rows that DuckDB's `keep` says."""
    shutil.copytree(study.folder, folder)
    copy = Study.open(folder)
    kept = copy.query().sql(f"SELECT * FROM {table} WHERE {keep}").to_arrow_table()
    pq.write_table(kept, folder / f"{table}.parquet")
    return Study.open(folder)


def test_studies_that_cannot_teach_are_refused_in_one_line(study: Study, tmp_path: Path) -> None:
    plan = TrainingPlan(models=("seconds",))
    no_carts = without(study, tmp_path / "a", "events", "type <> 'add_to_cart'")
    with pytest.raises(FormatError, match="no windows"):
        train_study(no_carts, tmp_path / "out", plan)
    three = (
        "participant_id IN (SELECT participant_id FROM sessions GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3)"
    )
    few = without(study, tmp_path / "b", "sessions", three)
    kept = (
        few.query()
        .sql("SELECT * FROM events WHERE session_id IN (SELECT session_id FROM sessions)")
        .to_arrow_table()
    )
    pq.write_table(kept, few.folder / "events.parquet")
    with pytest.raises(FormatError, match="people: training wants 10"):
        train_study(few, tmp_path / "out", plan)
    assert not (tmp_path / "out").exists()


def test_faces_that_were_never_read_are_refused_in_one_line(study: Study, tmp_path: Path) -> None:
    shutil.copytree(study.folder, tmp_path / "blind")
    blind = Study.open(tmp_path / "blind")
    windows = label_windows(blind).table.slice(0, 4)
    for session in set(windows["session_id"].to_pylist()):
        signal = blind.signal(session)
        unread = replace(signal, values=unread_rows(len(signal)))
        write_signal(unread, blind.folder / "signals" / f"{session}.parquet")
    with pytest.raises(FormatError, match="no face was read in any of 4 windows of default"):
        build_evidence(blind, windows)


def test_without_surveys_the_survey_model_is_left_out_and_said_so(study: Study, tmp_path: Path) -> None:
    shutil.copytree(study.folder, tmp_path / "study")
    (tmp_path / "study" / "surveys.parquet").unlink()
    run = train_study(
        Study.open(tmp_path / "study"), tmp_path / "out", TrainingPlan(models=("clicks", "survey"))
    )
    assert [model.kind for model in run.models] == ["clicks"]
    assert "no surveys" in run.left_out[0]


def test_the_list_of_models_is_the_papers_and_a_practitioners() -> None:
    assert set(MODELS) >= {"tcn-attention", "tcn", "tcn-affect", "lstm", "statistics", "clicks", "survey"}
    assert set(MODELS) >= {"boosting", "minirocket", "seconds", "face-clicks"}
