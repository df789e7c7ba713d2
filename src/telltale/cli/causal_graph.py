"""`telltale causal graph`: which factors move which, how strongly, and how stable each arrow is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
from telltale.cli.causal_panel import AsJson, Factors, Folder, Grid, Known, Seed, learn

if TYPE_CHECKING:
    from telltale.causal.discovery import FactorEdge, FactorGraph


def graph(
    folder: Folder,
    factor: Factors = None,
    grid_s: Grid = 5.0,
    background: Known = None,
    halves: Annotated[int, typer.Option(min=0, help="Half samples that say how stable an arrow is.")] = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn the graph of causes among a study's factors."""
    found = learn(folder, grid_s, factor, background, halves, seed)
    if as_json:
        console.print_json(_facts(found))
        return
    rows = found.rows
    console.out.print(
        f"{len(found.edges)} arrows among {len(found.names)} factors, from {rows.rows:,} rows of"
        f" {rows.clusters.clusters:,} {rows.cluster}s"
    )
    for note in rows.notes:
        console.out.print(f"  {console.escape(note)}")
    head = ("cause", "effect", "after", "weight", "interval", "seen", "one way")
    console.print_table("Standard deviations for one", head, map(_row, found.edges), left=2)
    console.out.print(
        "An arrow holds if nothing that no column tells moves both of its ends. Seen and one way are shares"
        " of half samples.",
        soft_wrap=True,
    )


def _row(edge: FactorEdge) -> tuple[str, ...]:
    effect = edge.effect if edge.oriented else f"{edge.effect} (or back)"
    return (
        edge.cause,
        effect,
        f"{edge.lag} step{'s' * (edge.lag != 1)}",
        f"{edge.weight:+.2f}",
        f"{edge.low:+.2f} to {edge.high:+.2f}",
        f"{edge.seen:.2f}",
        f"{edge.one_way:.2f}",
    )


def _facts(found: FactorGraph) -> dict[str, Any]:
    rows = found.rows
    return {
        "factors": list(found.names),
        "grid_s": rows.grid_s,
        "rows": rows.rows,
        "clusters": rows.clusters.clusters,
        "cluster": rows.cluster,
        "notes": list(rows.notes),
        "settings": asdict(found.settings),
        "edges": [asdict(edge) for edge in found.edges],
    }
