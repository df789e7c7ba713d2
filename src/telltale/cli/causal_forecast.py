"""`telltale causal forecast`: how a viewer will feel, by a network over the factor graph, beside others."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
from telltale.cli.causal_facts import plain
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
from telltale.cli.options import made

if TYPE_CHECKING:
    from telltale.causal.forecast_scores import ForecastScore, Measure
    from telltale.causal.graph_network import ForecastStudy, NetworkEdge

_EDGES = 12


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
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Forecast how viewers will feel, and say over which edges (equations 3 and 4)."""
    from telltale.causal.forecast_rows import some_people
    from telltale.causal.graph_network import BESIDE, fit_forecast
    from telltale.causal.graph_training import GraphNetwork
    from telltale.core.files import refuse_unless_free
    from telltale.factors.names import check_names
    from telltale.factors.order import Background
    from telltale.study.store import Study

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
        progress=console.progress,
    )
    if out is not None:
        found.forecaster.save(out)
    if as_json:
        console.print_json(_facts(found, horizon_s))
        return
    _tell(found, horizon_s)


def _tell(found: ForecastStudy, horizon_s: float) -> None:
    target, scores = found.forecaster.target, found.scores
    console.out.print(
        f"{target} {horizon_s:g} s ahead, judged on {scores.people} people of whom no model learnt"
        f" ({scores.windows:,} windows, it rises in {scores.rises:.0%}); {found.people[0]} to learn from,"
        f" {found.people[1]} to stop by.",
        soft_wrap=True,
    )
    for note in found.notes:
        console.out.print(f"  {console.escape(note)}")
    head = ("model", "R2", "interval", "error", "AUC", "interval", "log loss")
    console.print_table("How good", head, map(_score, scores.models))
    console.out.print(console.escape(found.verdict), soft_wrap=True)
    shown = found.edges[:_EDGES]
    console.print_table(
        f"\nEdges that move the forecast most, {len(shown)} of {len(found.edges)}",
        ("cause", "effect", "steps", "moves", "SD for one", "learnt", "weight"),
        map(_edge, shown),
        left=2,
    )
    console.out.print(
        "Moves: how far the forecast moves, in SD, when the cause is set for this edge alone. An edge is a"
        " cause if nothing that no column tells moves both of its ends.",
        soft_wrap=True,
    )


def _score(one: ForecastScore) -> tuple[str, ...]:
    return (
        one.model,
        f"{one.r2.value:.3f}",
        _between(one.r2),
        f"{one.mae.value:.3g}",
        f"{one.auc.value:.3f}",
        _between(one.auc),
        f"{one.log_loss.value:.3f}",
    )


def _between(measure: Measure) -> str:
    return f"{measure.low:.3f} to {measure.high:.3f}"


def _edge(edge: NetworkEdge) -> tuple[str, ...]:
    return (
        edge.cause,
        edge.effect,
        str(edge.lag),
        f"{edge.moved:.3f}",
        f"{edge.effect_sd:+.3f}",
        f"{edge.learnt:+.2f}",
        f"{edge.weight:+.2f}",
    )


def _facts(found: ForecastStudy, horizon_s: float) -> dict[str, Any]:
    facts = {
        "target": found.forecaster.target,
        "horizon_s": horizon_s,
        "factors": list(found.forecaster.factors),
        "people": dict(zip(("learn", "stop", "judge"), found.people, strict=True)),
        "windows": dict(zip(("learn", "stop", "judge"), found.windows, strict=True)),
        "parameters": dict(zip(("graph network", "plain network"), found.parameters, strict=True)),
        "scores": asdict(found.scores),
        "verdict": found.verdict,
        "circles": found.circles,
        "stop_loss": list(found.stop_loss),
        "edges": [asdict(edge) for edge in found.edges],
        "notes": list(found.notes),
        "settings": asdict(found.settings),
    }
    return {key: plain(value) for key, value in facts.items()}
