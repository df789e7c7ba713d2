"""What the causal commands share: a study's panel, the background of a graph, and the graph itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console
from telltale.cli.options import made
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.causal.discovery import FactorGraph
    from telltale.factors.panel import FactorPanel

Folder = Annotated[Path, typer.Argument(help="Folder of a study.")]
Factors = Annotated[
    list[str] | None,
    typer.Option(
        "--factor", help="A factor to take; several times for several. All but outcomes if not given."
    ),
]
Grid = Annotated[float, typer.Option("--grid", help="Seconds of a step.")]
Known = Annotated[
    Path | None, typer.Option("--background", help="TOML file: forbidden and required arrows, tiers.")
]
Method = Annotated[
    Literal["auto", "order", "lingam"],
    typer.Option(help="order: a score; lingam: noise that is not normal; auto: what the noise allows."),
]
Shared = Annotated[
    Literal["auto", "adjust", "keep"],
    typer.Option(
        help="What a whole room shares and no factor tells: adjust takes it out, auto if it is much."
    ),
]
Types = Annotated[
    Literal["as they are", "normal scores"],
    typer.Option(help="normal scores: seek arrows among ranks, for bent readings and skewed counts."),
]
Cluster = Annotated[
    Literal["person", "room"],
    typer.Option(help="Whose rows are drawn together for intervals: room for what a whole room shares."),
]
Seed = Annotated[int, typer.Option(min=0, help="Decides what is drawn by chance.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_panel(folder: Path, grid_s: float, factors: list[str] | None = None) -> FactorPanel:
    """The panel of a study; what was left out is told on stderr."""
    from telltale.factors.from_study import factor_panel
    from telltale.study.store import Study

    panel = factor_panel(Study.open(folder), grid_s=grid_s, progress=console.progress)
    return panel if factors is None else panel.select(factors)


def without_outcomes(panel: FactorPanel) -> FactorPanel:
    """A graph of what moves a viewer: clicks and carts are rare in 5 s and come after."""
    from telltale.factors.factor import DOING

    return panel.select([factor.name for factor in panel.factors if factor.tier < DOING])


def steps_of(seconds: float, grid_s: float) -> int:
    """Whole steps of the grid, or a refusal."""
    steps = round(seconds / grid_s)
    if abs(steps * grid_s - seconds) > 1e-9:
        raise ConfigError(f"{seconds:g} s are no whole steps of {grid_s:g} s", hint="take a multiple")
    return steps


def learn(
    folder: Path,
    grid_s: float,
    factors: list[str] | None,
    background: Path | None,
    halves: int,
    seed: int,
    *,
    method: Literal["auto", "order", "lingam"] = "auto",
    shared: Literal["auto", "adjust", "keep"] = "auto",
    types: Literal["as they are", "normal scores"] = "as they are",
    cluster: Literal["person", "room"] = "person",
) -> FactorGraph:
    """The graph of a study."""
    from telltale.causal.discovery import DiscoverySettings, learn_graph
    from telltale.causal.graph_rows import graph_rows
    from telltale.factors.order import Background, refuse_contradictions

    settings = made(DiscoverySettings, halves=halves, method=method, seed=seed)
    known = Background.load(background) if background else None
    if known is not None:
        refuse_contradictions(known)
    panel = read_panel(folder, grid_s, factors)
    chosen = panel if factors else without_outcomes(panel)
    rows = graph_rows(chosen, background=known, cluster=cluster, shared=shared, types=types)
    return learn_graph(rows, settings, console.progress)
