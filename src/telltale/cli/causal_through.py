"""`telltale causal through`: how much of what a strategy did went through a factor, and how much past it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from telltale.cli import console
from telltale.cli.causal_panel import AsJson, Folder, Seed, read_panel
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.cli.causal_strategy import Covariates, Outcome, Strategy, Together, print_checks, tell

if TYPE_CHECKING:
    from telltale.effects.mediated_case import MediatedCase
    from telltale.effects.natural_effects import NaturalEffects


def through(
    folder: Folder,
    strategy: Strategy,
    mediator: Annotated[
        list[str], typer.Option(help="A factor that may carry the effect; several times for several at once.")
    ],
    outcome: Outcome,
    within_s: Annotated[
        float,
        typer.Option("--within", help="Seconds after it in which mediators count; the outcome does after."),
    ] = 30.0,
    until_s: Annotated[
        float | None,
        typer.Option("--until", help="Seconds after it until which the outcome counts; to the end."),
    ] = None,
    model: Annotated[
        Literal["auto", "linear", "curved", "boosting"], typer.Option(help="Of outcome and mediators.")
    ] = "auto",
    cluster: Together = "auto",
    covariate: Covariates = None,
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Split what a strategy did by what carried it, with every check that could sink it."""
    from telltale.effects.exposed import read_exposed
    from telltale.effects.mediated_case import mediated_case
    from telltale.effects.mediated_strategy import mediated_strategy
    from telltale.factors.names import check_names
    from telltale.report.causal_through import write_through_page
    from telltale.study.store import Study

    refuse_report(report)
    study = Study.open(folder)
    # What cannot be asked is told before any face is read.
    read_exposed(study, strategy)
    check_names(study, [*mediator, outcome, *(covariate or ())])
    asked = mediated_strategy(
        study,
        read_panel(folder, 5.0),
        strategy,
        mediator,
        outcome,
        within_s=within_s,
        until_s=until_s,
        covariates=covariate,
        cluster=cluster,
    )
    case = mediated_case(asked, outcome_model=model, seed=seed, progress=console.progress)
    write_report(report, folder, write_through_page, case)
    if as_json:
        console.print_json(_facts(case))
        return
    found = case.effects
    tell(case.sentences, case.warnings)
    head = ("", "effect", "interval, each for itself")
    console.print_table("\nWhat carried it", head, _rows(found))
    print_checks("What could have sunk it", case.finding.checks)
    if found.checks:
        print_checks("What could have sunk the way through", found.checks)
    console.out.print("\nThis holds if")
    for assumption in found.assumptions:
        console.out.print(f"  {console.escape(assumption)}", soft_wrap=True)
    console.out.print(f"\n{console.escape('; '.join(found.notes))}", soft_wrap=True)


def _rows(found: NaturalEffects) -> list[tuple[str, str, str]]:
    from telltale.effects.natural_words import interval, size

    parts = (
        ("in all", found.total),
        (f"through {' and '.join(found.mediators)}", found.indirect),
        (found.past, found.direct),
    )
    return [(name, size(part.value, found), interval(part, found)) for name, part in parts]


def _facts(case: MediatedCase) -> dict[str, Any]:
    from telltale.report.json_form import jsonable

    found = case.effects
    return {
        "sentences": list(case.sentences),
        "warnings": list(case.warnings),
        "stands": case.finding.stands,
        "checks": jsonable(case.finding.checks),
        "share": jsonable(found.share),
        "effects": jsonable(found),
        "outcome_unit": case.unit,
    }
