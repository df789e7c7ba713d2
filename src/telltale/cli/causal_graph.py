"""`telltale causal graph`: which factors move which, how strongly and how surely, and by which methods."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
from telltale.cli.causal_facts import plain
from telltale.cli.causal_panel import (
    AsJson,
    Cluster,
    Factors,
    Folder,
    Grid,
    Halves,
    Known,
    Method,
    Seed,
    Shared,
    Types,
    learn,
)
from telltale.cli.causal_report import Report, refuse_report, write_report

if TYPE_CHECKING:
    from telltale.causal.discovery import FactorEdge, FactorGraph
    from telltale.causal.side_by_side import ComparedPair, SideBySide


def graph(
    folder: Folder,
    factor: Factors = None,
    grid_s: Grid = 5.0,
    background: Known = None,
    method: Method = "auto",
    shared: Shared = "auto",
    types: Types = "as they are",
    cluster: Cluster = "auto",
    halves: Halves = 20,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="Let other methods learn it too, and say where they agree.")
    ] = False,
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Learn the graph of causes among a study's factors."""
    from telltale.causal.graph_words import ARROW_WRONG
    from telltale.report.causal_graph import write_graph_page

    refuse_report(report)
    asked = learn(
        folder,
        grid_s,
        factor,
        background,
        halves,
        seed,
        method=method,
        shared=shared,
        types=types,
        cluster=cluster,
    )
    found = asked.graph
    compared = _compared(found) if side_by_side else None
    write_report(report, folder, write_graph_page, found, compared=compared)
    if as_json:
        console.print_json(plain(_facts(found) | (_compared_facts(compared) if compared else {})))
        return
    for line in _sortability(found):
        console.out.print(line, soft_wrap=True)
    _tell(found)
    if compared:
        _tell_compared(compared)
    shares = (
        "Seen and one way are shares of half samples."
        if halves
        else "How stable an arrow is was not asked: --halves 20 asks."
    )
    console.out.print(f"{ARROW_WRONG} {shares}", soft_wrap=True)


def _sortability(found: FactorGraph) -> tuple[str, ...]:
    """Before any graph: how much of it could be had for nothing."""
    from telltale.causal.graph_words import what_it_reads
    from telltale.causal.sortability import sortability_words

    by_variance, by_r2 = found.sortability.by_variance, found.sortability.by_r2
    return (
        f"Varsortability {by_variance:.2f}, R2-sortability {by_r2:.2f}: how far sorting factors by one number"
        f" would give the order within a step. {what_it_reads(found.method)}",
        f"  {sortability_words(by_variance, 'variance')}",
        f"  {sortability_words(by_r2, 'R2')}",
    )


def _tell(found: FactorGraph) -> None:
    from telltale.causal.graph_faults import counted
    from telltale.causal.graph_search import NAMES

    rows = found.rows
    console.out.print(
        f"{len(found.edges)} arrows among {len(found.names)} factors, from {rows.rows:,} rows of"
        f" {counted(rows.clusters.clusters, rows.cluster)}, by {NAMES[found.method]}"
        f" ({console.escape(found.chosen_because)})",
        soft_wrap=True,
    )
    for note in rows.notes:
        console.out.print(f"  {console.escape(note)}", soft_wrap=True)
    head = ("cause", "effect", "after", "weight", "interval", "seen", "one way")
    console.print_table("Standard deviations for one", head, map(_row, found.edges), left=2)


def _compared(found: FactorGraph) -> SideBySide:
    from telltale.causal.side_by_side import compare_methods

    settings = found.settings
    return compare_methods(
        found.rows,
        penalty=settings.penalty,
        starts=settings.starts,
        seed=settings.seed,
        progress=console.progress,
    )


def _tell_compared(compared: SideBySide) -> None:
    methods = compared.methods
    console.print_table(
        f"By {len(methods)} methods: how many join a pair, and point it so or back",
        ("pair", "not joined by", "after", "joined", "so", "back"),
        [_compared_row(pair, methods) for pair in compared.pairs],
        left=2,
    )
    agreement = zip(methods, compared.agreement.tolist(), strict=True)
    cells = [(name, *(f"{one:.2f}" for one in row)) for name, row in agreement]
    console.print_table("How far two methods join the same (F1)", ("", *methods), cells)
    for graph in compared.graphs:
        if graph.not_run:
            console.out.print(f"{graph.method} was not run: {console.escape(graph.not_run)}", soft_wrap=True)
    console.out.print(
        f"All {len(methods)} methods join {len(compared.by_all)} of {len(compared.pairs)} pairs."
    )


def _compared_row(pair: ComparedPair, methods: tuple[str, ...]) -> tuple[str, ...]:
    counts = (len(pair.joined), len(pair.forwards), len(pair.backwards))
    without = ", ".join(method for method in methods if method not in pair.joined)
    return (f"{pair.cause} > {pair.effect}", without, _after(pair.lag), *map(str, counts))


def _after(lag: int) -> str:
    return f"{lag} step{'s' * (lag != 1)}"


def _row(edge: FactorEdge) -> tuple[str, ...]:
    effect = edge.effect if edge.oriented else f"{edge.effect} (or back)"
    return (
        edge.cause,
        effect,
        _after(edge.lag),
        f"{edge.weight:+.2f}",
        f"{edge.low:+.2f} to {edge.high:+.2f}",
        _share(edge.seen),
        _share(edge.one_way),
    )


def _share(value: float) -> str:
    """Of half samples; nothing where there were none."""
    return f"{value:.2f}" if isfinite(value) else "-"


def _facts(found: FactorGraph) -> dict[str, Any]:
    rows = found.rows
    return {
        "factors": list(found.names),
        "grid_s": rows.grid_s,
        "rows": rows.rows,
        "clusters": rows.clusters.clusters,
        "cluster": rows.cluster,
        "notes": list(rows.notes),
        "shared": {"adjusted": rows.adjusted, "factors": [asdict(part) for part in rows.shared]},
        "sortability": asdict(found.sortability),
        "method": found.method,
        "chosen_because": found.chosen_because,
        "settings": asdict(found.settings),
        "edges": [asdict(edge) for edge in found.edges],
    }


def _compared_facts(compared: SideBySide) -> dict[str, Any]:
    from telltale.report.causal_compared import compared_facts

    return {"side_by_side": compared_facts(compared)}
