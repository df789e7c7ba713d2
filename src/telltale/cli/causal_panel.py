"""What the causal commands share: a study's panel, the background of a graph, and the graph itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from telltale.cli import console
from telltale.cli.options import made
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.causal.asked_graph import AskedGraph
    from telltale.factors.panel import FactorPanel

_MOST_STEPS: Final = 10_000
"""To look ahead: more are years of minutes, and more memory than there is."""

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
    Literal["auto", "order", "lingam", "notears"],
    typer.Option(
        help="order: a score; lingam: noise that is not normal; auto: one of both; notears: the paper's."
    ),
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
    Literal["auto", "person", "room"],
    typer.Option(help="Whose rows are drawn together; auto: a room's for what a whole room shares."),
]
Halves = Annotated[
    int, typer.Option(min=0, help="Half samples: an arrow must be in half of them; 0 does not ask.")
]
Seed = Annotated[int, typer.Option(min=0, help="Decides what is drawn by chance.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_panel(folder: Path, grid_s: float) -> FactorPanel:
    """The panel of a study; what was left out is told on stderr."""
    from telltale.factors.from_study import factor_panel
    from telltale.study.store import Study

    return factor_panel(Study.open(folder), grid_s=grid_s, progress=console.progress)


def without_outcomes(panel: FactorPanel) -> FactorPanel:
    """A graph of what moves a viewer: clicks and carts are rare in 5 s and come after."""
    from telltale.factors.factor import DOING

    return panel.select([factor.name for factor in panel.factors if factor.tier < DOING])


def chosen_factors(panel: FactorPanel, factors: list[str] | None, wanted: Sequence[str]) -> FactorPanel:
    """The factors of a graph: those that were named, or all but outcomes.

    Parameters
    ----------
    wanted
        Factors that are asked about, which the graph must hold.
    """
    from telltale.factors.panel import there_are, told

    unknown = [name for name in dict.fromkeys([*(factors or ()), *wanted]) if name not in panel.names]
    if unknown:
        raise ConfigError(
            f"no factor is called {told(unknown, panel.names)}", hint=there_are(panel.names, unknown)
        )
    chosen = panel.select(list(dict.fromkeys(factors))) if factors else without_outcomes(panel)
    left = [name for name in wanted if name not in chosen.names]
    if left:
        raise ConfigError(
            f"{', '.join(left)} {'is an outcome' if len(left) == 1 else 'are outcomes'}, which no graph takes"
            " unless it is told to",
            hint=f"name all factors to take by --factor, such as {_named([*wanted])}",
        )
    return chosen


def _named(names: Sequence[str]) -> str:
    return " ".join(f"--factor {name}" for name in dict.fromkeys(names))


def refuse_unlisted(names: Sequence[str], factors: list[str] | None) -> None:
    """What is asked about and is not among the factors that were named, before any study is read."""
    out = [f"'{name}'" for name in names if factors and name not in factors]
    if out:
        raise ConfigError(
            f"no factor is called {', '.join(out)} among those of --factor",
            hint=f"name it by --factor too, or ask about {', '.join(factors or [])}",
        )


def steps_of(seconds: float, grid_s: float) -> int:
    """Whole steps of the grid, or a refusal."""
    if not (isfinite(grid_s) and grid_s > 0):
        raise ConfigError(f"a step of {grid_s:g} s is none", hint="give --grid seconds above 0")
    if not 0 <= seconds <= _MOST_STEPS * grid_s:
        raise ConfigError(
            f"{seconds:g} s are not between 0 and {_MOST_STEPS:,} steps of {grid_s:g} s",
            hint=f"take --seconds up to {_MOST_STEPS * grid_s:g}",
        )
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
    wanted: Sequence[str] = (),
    method: Literal["auto", "order", "lingam", "notears"] = "auto",
    shared: Literal["auto", "adjust", "keep"] = "auto",
    types: Literal["as they are", "normal scores"] = "as they are",
    cluster: Literal["auto", "person", "room"] = "auto",
    moved: Collection[str] = (),
    held: Mapping[str, float] | None = None,
    panel: FactorPanel | None = None,
) -> AskedGraph:
    """The graph of a study.

    Parameters
    ----------
    panel
        The study's, where it was read already.
    wanted
        Factors that are asked about: what a graph does not hold is refused before it is learnt.
    moved
        Those of them that are moved, by whose kind intervals are drawn; none where all arrows are asked for.
    held
        Those that are held at a value: one that they cannot take is refused before a graph is learnt.
    """
    from telltale.causal.asked_graph import AskedGraph, refuse_held, switches_of, words_of
    from telltale.causal.discovery import DiscoverySettings, learn_graph
    from telltale.causal.graph_clusters import drawn_anew, drawn_by, drawn_for, drawn_words
    from telltale.causal.graph_rows import graph_rows
    from telltale.factors.names import check_names
    from telltale.factors.order import Background, refuse_contradictions
    from telltale.factors.panel import there_are
    from telltale.study.store import Study

    settings = made(DiscoverySettings, halves=halves, method=method, seed=seed)
    known = Background.load(background) if background else None
    if known is not None:
        refuse_contradictions(known)
    if panel is None:
        check_names(Study.open(folder), [*(factors or ()), *wanted])
        panel = read_panel(folder, grid_s)
    chosen = chosen_factors(panel, factors, wanted)
    refuse_held(chosen, held or {})
    summed = partial(graph_rows, chosen, background=known, shared=shared, types=types)
    rows = summed(cluster=drawn_by(chosen, cluster))
    still = [name for name in wanted if name not in rows.factors]
    if still:
        raise ConfigError(
            f"{', '.join(still)} never change{'s' * (len(still) == 1)} in this study",
            hint=f"ask about one that does; {there_are(rows.factors, still)}",
        )
    graph = learn_graph(rows, settings, console.progress)
    by = drawn_for(chosen, moved, cluster)
    drawn = rows if by == rows.cluster else drawn_anew(rows, summed(cluster=by))
    drawn = replace(drawn, notes=(*rows.notes, *drawn_words(chosen, drawn, moved, cluster)))
    return AskedGraph(replace(graph, rows=drawn), switches_of(chosen), words_of(chosen))
