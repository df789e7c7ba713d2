"""`telltale demo`: the main job, from nothing, on a small simulated study."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from telltale.cli import console
from telltale.core.errors import FormatError

if TYPE_CHECKING:
    from telltale.intent.evaluation import Evaluation

SESSIONS: Final = 160
SEED: Final = 3
TEST_SHARE: Final = 0.4
"""Of so few people many must be set aside for an interval to say anything."""
MODELS: Final = ("acts", "seconds", "statistics", "boosting", "face-clicks", "clicks", "survey")
"""Those that learn in seconds and need no torch."""


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write the study to.")] = Path("demo-study"),
    show: Annotated[
        bool,
        typer.Option("--open/--no-open", help="Open report and studio in a browser, where there is one."),
    ] = True,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="Go on with the studio and simulated viewers.")
    ] = True,
) -> None:
    """Simulate a small study, judge on it who is about to buy, then watch its viewers live in the studio."""
    from telltale.cli import study_check, study_describe
    from telltale.simulate.spec_file import load_spec
    from telltale.simulate.study import simulate_study
    from telltale.simulate.truth import truth_folder

    models, report = _beside(out, "models"), _beside(out, "report")
    _make_room(
        {
            out: "study.toml",
            truth_folder(out): "summary.json",
            models: "run.json",
            report: "report.html",
            _beside(out, "live"): "live.db",
        }
    )
    console.out.print(f"[bold]1. Simulate[/] {SESSIONS} sessions of live shopping with a planted truth")
    simulate_study(out, load_spec().scaled(SESSIONS), seed=SEED, progress=console.progress)
    console.out.print(f"   written to {out}/ and {truth_folder(out)}/\n", soft_wrap=True)
    console.out.print("[bold]2. Check[/] it as a study of your own would be checked")
    study_check.check(out)
    console.out.print("\n[bold]3. Describe[/] it as the paper's Table 1 does")
    study_describe.describe(out)
    console.out.print("\n[bold]4. Train[/] the models that need no torch, on three people in five")
    _train(out, models)
    console.out.print("[bold]5. Judge[/] them and the model that ships on the others\n")
    evaluation = _judge(out, truth_folder(out), models, report)
    _print(evaluation)
    console.out.print(
        "\nThese people are simulated: what was found says nothing about real ones, and what was planted"
        f" stands in {truth_folder(out)}/.\n\n[bold]Open[/] {report}/report.html\n\n"
        f"[bold]Try next[/]\n{_next(out)}",
        soft_wrap=True,
    )
    browser = show and _has_browser()
    if browser:
        typer.launch((report / "report.html").resolve().as_uri())
    if live:
        from telltale.cli.demo_live import run_live

        run_live(out, report, _beside(out, "live"), browser=browser)


def _train(study: Path, models: Path) -> None:
    from telltale.core.pool import default_workers
    from telltale.intent.study_training import TrainingPlan, train_study
    from telltale.study.store import Study

    plan = TrainingPlan(models=MODELS, test_share=TEST_SHARE)
    run = train_study(Study.open(study), models, plan, workers=default_workers(), progress=console.progress)
    console.out.print(f"   {run.learnt} half minutes to learn from, {run.tested} to be tried on\n")


def _judge(study: Path, truth: Path, models: Path, report: Path) -> Evaluation:
    from telltale.core.pool import default_workers
    from telltale.intent.default_model import FOLDER
    from telltale.intent.evaluation import evaluate_run
    from telltale.intent.saved import SavedModel
    from telltale.report.intent_page import write_intent_report
    from telltale.simulate.truth import Truth
    from telltale.study.store import Study

    evaluation = evaluate_run(
        models,
        Study.open(study),
        also={"shipped": SavedModel(FOLDER)},
        oracle=Truth.open(truth),
        workers=default_workers(),
        progress=console.progress,
    )
    write_intent_report(evaluation, report)
    return evaluation


def _print(evaluation: Evaluation) -> None:
    rows = [
        (m.kind, f"{m.auc.value:.3f}", f"{m.auc.low:.3f} - {m.auc.high:.3f}")
        for m in evaluation.judgement.models
    ]
    if evaluation.judgement.oracle is not None:
        best = evaluation.judgement.oracle
        rows.insert(0, ("best possible", f"{best.value:.3f}", f"{best.low:.3f} - {best.high:.3f}"))
    console.out.print(f"[bold]{console.escape(evaluation.first_line)}[/]", soft_wrap=True)
    console.print_table("On people not seen", ["model", "AUC", "interval"], rows)


def _next(study: Path) -> str:
    ideas = {
        f"telltale study windows {study}": "cut the labelled half minutes",
        f"telltale predict default {study}/signals/s00001.parquet": "one session, second by second",
        f"telltale train {study} --out {study}-networks --quick": "the networks too (extra: train)",
        "docs/study-format.md": "write a study of your own",
    }
    width = max(len(idea) for idea in ideas)
    return "\n".join(f"  {idea:{width}}  {why}" for idea, why in ideas.items())


def _beside(study: Path, what: str) -> Path:
    return study.parent / f"{study.name}-{what}"


def _has_browser() -> bool:
    """Whether somebody sits before a screen: neither a test nor a server has one."""
    screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return sys.stdout.isatty() and screen


def _make_room(marks: dict[Path, str]) -> None:
    """Delete an earlier demo, and only that: each folder by the file that marks it."""
    from telltale.intent.study_training import read_asked
    from telltale.study.manifest import read_any_version

    for folder, mark in marks.items():
        if not folder.exists():
            continue
        own = (folder / mark).is_file() and (mark != "study.toml" or read_any_version(folder).simulated)
        if own and mark == "run.json":  # models of one's own were not trained with the demo's share
            own = read_asked(folder)["plan"]["test_share"] == TEST_SHARE
        if not own:
            raise FormatError(f"{folder} exists and is no earlier demo", hint="choose another with --out")
    for folder in marks:
        shutil.rmtree(folder, ignore_errors=True)
