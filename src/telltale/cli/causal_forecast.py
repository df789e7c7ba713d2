"""`telltale causal forecast`: how a viewer will feel, by a network over the factor graph, beside others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console
from telltale.cli.causal_panel import (
    AsJson,
    Factors,
    Folder,
    Grid,
    Known,
    Seed,
    chosen_factors,
    read_panel,
    steps_of,
)
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.cli.options import made
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.causal.forecast_scores import ForecastScore, Measure
    from telltale.causal.graph_network import ForecastStudy, NetworkEdge


def forecast(
    folder: Folder,
    target: Annotated[str, typer.Option(help="A factor that rises and falls.")] = "desire",
    horizon_s: Annotated[float, typer.Option("--horizon", help="Seconds ahead.")] = 30.0,
    factor: Factors = None,
    grid_s: Grid = 5.0,
    background: Known = None,
    people: Annotated[int, typer.Option(min=1, help="At most so many people, drawn by lot.")] = 600,
    beside: Annotated[
        list[str] | None,
        typer.Option(help="Another model to judge beside it; several times for several. All if not given."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times that all is learnt from, at most.")] = 30,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the trained network, which then needs no torch.")
    ] = None,
    refits: Annotated[
        int,
        typer.Option(
            min=0,
            help="Train anew so often on people drawn again, to tell which edges come back; each takes as"
            " long as the first.",
        ),
    ] = 0,
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Forecast how viewers will feel, and say over which edges (equations 3 and 4)."""
    from telltale.causal.forecast_rows import some_people
    from telltale.causal.graph_network import BESIDE, fit_forecast
    from telltale.causal.graph_training import GraphNetwork
    from telltale.core.files import refuse_unless_free
    from telltale.factors.names import check_names
    from telltale.factors.order import Background
    from telltale.report.causal_forecast import forecast_facts, write_forecast_page
    from telltale.study.store import Study

    refuse_report(report)
    _refuse_one_folder(out, report)
    settings = made(GraphNetwork, epochs=epochs, more_epochs=-(-epochs // 2), seed=seed)
    known = Background.load(background) if background else None
    steps_of(horizon_s, grid_s)
    if out is not None:
        refuse_unless_free(out)
    taken = [*factor, target] if factor else None
    check_names(Study.open(folder), taken or [target])
    panel = some_people(chosen_factors(read_panel(folder, grid_s), taken, [target]), people, seed)
    found = fit_forecast(
        panel,
        target,
        horizon_s=horizon_s,
        settings=settings,
        background=known,
        beside=beside or BESIDE,
        refits=refits,
        progress=console.progress,
    )
    if out is not None:
        found.forecaster.save(out)
    write_report(report, folder, write_forecast_page, found)
    if as_json:
        console.print_json(forecast_facts(found))
        return
    _tell(found)


def _refuse_one_folder(out: Path | None, report: Path | None) -> None:
    """Each folder is written whole, so that neither may hold the other."""
    if out is None or report is None:
        return
    network, page = out.resolve(), report.resolve()
    if network.is_relative_to(page) or page.is_relative_to(network):
        raise ConfigError(
            f"--out {out} and --report {report} lie within each other", hint="give two folders side by side"
        )


def _tell(found: ForecastStudy) -> None:
    from telltale.causal.forecast_words import NO_EFFECT, forecast_assumptions, forecast_sentences
    from telltale.causal.graph_network import SHOWN

    for sentence in forecast_sentences(found):
        console.out.print(console.escape(sentence), soft_wrap=True)
    console.out.print(
        f"\nLearnt from {found.people[0]} people, {found.people[1]} said when to stop. It rises in"
        f" {found.scores.rises:.0%} of the windows it is judged on.",
        soft_wrap=True,
    )
    for note in found.notes:
        console.out.print(f"  {console.escape(note)}")
    head = ("model", "R2", "interval", "error", "AUC", "interval", "log loss")
    console.print_table("\nHow good", head, map(_score, found.scores.models))
    leads = [(one.over, *_signed(one.r2), *_signed(one.auc)) for one in found.scores.leads]
    console.print_table(
        "\nThe graph network less each other", ("model", "R2", "interval", "AUC", "interval"), leads
    )
    shown = found.edges[:SHOWN]
    again = ("again",) * bool(found.refits)
    console.print_table(
        f"\nEdges that move the forecast most, {len(shown)} of {len(found.edges)}",
        ("edge", "moves", "interval", "SD for one", "interval", *again),
        map(_edge, shown),
    )
    console.out.print(
        "Moves: how far the forecast moves, in SD, when the cause is set for this edge alone. Intervals are"
        " of this network as it was trained, each for itself, over people of whom it has not learnt.",
        soft_wrap=True,
    )
    if found.refits:
        console.out.print(
            f"Again: share of {found.refits} networks, trained anew on people drawn again, in which an edge"
            f" is among the first {SHOWN}.",
            soft_wrap=True,
        )
    console.out.print(f"\n{NO_EFFECT} Its interval holds if", soft_wrap=True)
    for assumption in forecast_assumptions(found):
        console.out.print(f"  {console.escape(assumption)}", soft_wrap=True)


def _score(one: ForecastScore) -> tuple[str, ...]:
    return (
        one.model,
        f"{one.r2.value:.3f}",
        f"{one.r2.low:.3f} to {one.r2.high:.3f}",
        f"{one.mae.value:.3g}",
        f"{one.auc.value:.3f}",
        f"{one.auc.low:.3f} to {one.auc.high:.3f}",
        f"{one.log_loss.value:.3f}",
    )


def _signed(measure: Measure) -> tuple[str, str]:
    return f"{measure.value:+.3f}", f"{measure.low:+.3f} to {measure.high:+.3f}"


def _edge(edge: NetworkEdge) -> tuple[str, ...]:
    moved = edge.moved
    return (
        f"{edge.cause} {f'-({edge.lag})->' if edge.lag else '->'} {edge.effect}",
        f"{moved.value:.3f}",
        f"{moved.low:.3f} to {moved.high:.3f}",
        *_signed(edge.effect_sd),
        *(() if edge.again is None else (f"{edge.again:.0%}",)),
    )
