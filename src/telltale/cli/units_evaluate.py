"""`telltale units evaluate`: how well faces are read, on rendered clips or on coded ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.units.evaluation_emotions import CodedEvaluation
    from telltale.units.evaluation_reading import Models
    from telltale.units.evaluation_result import Evaluation
    from telltale.units.evaluation_tables import Table


def evaluate(
    data: Annotated[
        list[str], typer.Option(help="NAME=PATH of a data set: rendered, casme2, samm, csv ...; repeatable.")
    ],
    model: Annotated[
        Path | None, typer.Option(help="Folder that `telltale units train` wrote; else what ships.")
    ] = None,
    by: Annotated[
        Literal["subject", "dataset"], typer.Option(help="Of coded clips: what each fold leaves out.")
    ] = "subject",
    fine_tune: Annotated[
        bool, typer.Option(help="Of coded clips: train the head further in each fold.")
    ] = True,
    work: Annotated[
        Path | None, typer.Option(help="Folder in which readings are kept, so that a killed run goes on.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Train once over in each fold.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Say how well units, events, landmarks and emotions are read from clips whose truth is known."""
    from telltale.core.errors import ConfigError
    from telltale.units.data_registry import parse_data_options
    from telltale.units.evaluation_reading import Models
    from telltale.units.evaluation_tables import to_json
    from telltale.weights.cache import cache_folder

    if as_json and as_markdown:
        raise ConfigError("--json and --markdown at once", hint="ask for one")
    pairs = parse_data_options(data)
    rendered = [path for name, path in pairs if name == "rendered"]
    coded = [(name, path) for name, path in pairs if name != "rendered"]
    models, kept = Models.of(model), work or cache_folder() / "evaluation"
    on_rendered = _rendered(rendered, models, kept, workers) if rendered else None
    on_coded = _coded(coded, models, kept, workers, by, fine_tuning=fine_tune, quick=quick) if coded else None
    found = [result for result in (on_rendered, on_coded) if result is not None]
    if as_json:
        console.print_json({"rendered": to_json(on_rendered), "coded": to_json(on_coded)})
    else:
        _print([table for result in found for table in _tables(result)], markdown=as_markdown)
    for problem in (line for result in found for line in result.problems):
        console.err.print(console.escape(f"left out: {problem}"), soft_wrap=True)


def _rendered(folders: Sequence[Path], models: Models, work: Path, workers: int | None) -> Evaluation:
    from telltale.units.evaluation import evaluate as evaluate_rendered
    from telltale.units.rendered_clips import rendered_clips

    clips = rendered_clips(*folders)
    return evaluate_rendered(clips, models, work, workers=workers, progress=console.progress)


def _coded(
    pairs: Sequence[tuple[str, Path]],
    models: Models,
    work: Path,
    workers: int | None,
    by: Literal["subject", "dataset"],
    *,
    fine_tuning: bool,
    quick: bool,
) -> CodedEvaluation:
    from telltale.units.coded_frames import read_coded
    from telltale.units.data_registry import load_all
    from telltale.units.evaluation_emotions import evaluate_coded
    from telltale.units.training import TrainingPlan, Workshop

    shop = Workshop(work, TrainingPlan.of(quick=quick), console.err.print, workers, console.progress)
    data = load_all(pairs)
    coded = read_coded(data, models.refine, work, workers=workers, progress=console.progress)
    return evaluate_coded(coded, models.head, shop, by=by, fine_tuning=fine_tuning, problems=data.problems)


def _tables(result: Evaluation | CodedEvaluation) -> list[Table]:
    from telltale.units.evaluation_result import Evaluation
    from telltale.units.evaluation_tables import tables

    if isinstance(result, Evaluation):
        return tables(result)
    from telltale.units.evaluation_emotions_tables import coded_tables

    return coded_tables(result)


def _print(found: Sequence[Table], *, markdown: bool) -> None:
    if markdown:
        typer.echo("\n\n".join(table.markdown() for table in found))
        return
    for table in found:
        console.print_table(table.title, table.head, table.rows)
        console.out.print()
