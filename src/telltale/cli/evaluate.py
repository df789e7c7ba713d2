"""`telltale evaluate`: the models of a run, judged; one page with plots, and every number as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.intent.evaluation import Question
    from telltale.study.window_tensors import Reason


def evaluate(
    models: Annotated[Path, typer.Argument(help="Folder that `telltale train` wrote.")],
    folder: Annotated[Path, typer.Argument(help="Folder of a study: the one trained on, or another.")],
    out: Annotated[Path, typer.Option(help="New folder for report.html, report.json and figures/.")],
    also: Annotated[
        list[Path] | None,
        typer.Option(help="Judge this model too; repeatable. default: the one that ships."),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Truth of a simulated study: shows the best score possible.")
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave out which units (which), whole sessions (live), what is trained anew (anew)."
        ),
    ] = None,
    leave_out_no_consent: Annotated[
        bool, typer.Option(help="Leave people without consent out, else refuse.")
    ] = False,
    leave_out_no_signal: Annotated[
        bool, typer.Option(help="Leave sessions without a signal out, else refuse.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that read; every core when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge models on people they have not seen: what the face says, when, for whom, beside clicks."""
    from telltale.core.files import refuse_unless_free
    from telltale.core.pool import default_workers
    from telltale.intent.default_model import model_folder
    from telltale.intent.evaluation import evaluate_run
    from telltale.intent.saved import SavedModel
    from telltale.report.intent_page import write_intent_report
    from telltale.report.json_form import jsonable
    from telltale.simulate.truth import Truth
    from telltale.study.store import Study

    further = {_name(path): path for path in also or []}
    if len(further) < len(also or []):
        raise ConfigError("two models of --also have one name", hint="put them into folders of other names")
    refuse_unless_free(out)  # Now, and not after minutes of work.
    reasons: dict[Reason, bool] = {"no-consent": leave_out_no_consent, "no-signal": leave_out_no_signal}
    study, known = Study.open(folder), None if truth is None else Truth.open(truth)
    if known is not None:
        known.refuse_other(study)
    evaluation = evaluate_run(
        models,
        study,
        also={name: SavedModel(model_folder(path)) for name, path in further.items()},
        oracle=known,
        skip=_skipped(skip or []),
        leave_out=tuple(reason for reason, wanted in reasons.items() if wanted),
        workers=workers or default_workers(),
        progress=console.progress,
    )
    page = write_intent_report(evaluation, out)
    if as_json:
        console.print_json(jsonable(evaluation))
        return
    console.out.print(f"[bold]{console.escape(evaluation.first_line)}[/]", soft_wrap=True)
    rows = [
        (
            m.kind,
            f"{m.auc.value:.3f}",
            f"{m.auc.low:.3f} - {m.auc.high:.3f}",
            f"{m.at_threshold.f1.value:.3f}",
        )
        for m in evaluation.judgement.models
    ]
    if evaluation.judgement.oracle is not None:
        best = evaluation.judgement.oracle
        rows.insert(0, ("best possible", f"{best.value:.3f}", f"{best.low:.3f} - {best.high:.3f}", ""))
    console.print_table("On people not seen", ["model", "AUC", "interval", "F1"], rows)
    console.out.print(f"open {console.escape(str(page))}", soft_wrap=True)


def _name(path: Path) -> str:
    """What a further model is called in the report: never as one of the run."""
    return "shipped" if str(path) == "default" else f"{path.resolve().parent.name}-{path.name}"


def _skipped(names: list[str]) -> list[Question]:
    from telltale.intent.evaluation import QUESTIONS

    if unknown := [name for name in names if name not in QUESTIONS]:
        raise ConfigError(f"no question {unknown[0]!r} to skip", hint=f"there are {', '.join(QUESTIONS)}")
    return [question for question in QUESTIONS if question in names]
