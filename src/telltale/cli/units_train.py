"""`telltale units train`: make the networks that read units, from rendered clips or from coded ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from telltale.cli import console


def train(
    data: Annotated[
        list[str], typer.Option(help="NAME=PATH of a data set: rendered, casme2, samm, csv ...; repeatable.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the networks and their cards.")],
    work: Annotated[
        Path | None,
        typer.Option(help="Folder in which examples are kept, so that a killed run goes on; OUT/work else."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Folder with the networks to begin with; what ships when not given.")
    ] = None,
    only: Annotated[Literal["refine", "head"] | None, typer.Option(help="Train this network alone.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few frames, once: shows that all runs.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of what is random in training.")] = 7,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where the networks learn.")] = "cpu",
) -> None:
    """Train on rendered clips from nothing, or train the head further on coded clips."""
    from telltale.units.data_registry import parse_data_options
    from telltale.units.training import TrainingPlan, Workshop
    from telltale.units.training_run import train as run_training

    plan = TrainingPlan.of(quick=quick, seed=seed, device=device)
    shop = Workshop(work or out / "work", plan, _tell, workers, console.progress)
    run = run_training(parse_data_options(data), out, shop, only=only, start=start)
    for problem in run.problems:
        console.err.print(console.escape(f"left out: {problem}"), soft_wrap=True)
    names = ", ".join(path.name for path in run.written)
    console.out.print(f"{console.escape(str(out))}: {names}", soft_wrap=True)


def _tell(line: str) -> None:
    console.err.print(console.escape(line), soft_wrap=True)
