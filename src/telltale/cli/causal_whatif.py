"""`telltale causal whatif`: set a factor and see what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
from telltale.cli.causal_panel import (
    AsJson,
    Cluster,
    Factors,
    Folder,
    Grid,
    Known,
    Method,
    Seed,
    Shared,
    learn,
    steps_of,
)
from telltale.cli.causal_paths import WHAT_WOULD_MAKE_IT_WRONG, kept_arrows
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.causal.linear_graph import LinearGraph
    from telltale.causal.whatif import WhatIf, WhatIfAnswer


def whatif(
    folder: Folder,
    put: Annotated[list[str], typer.Option("--set", help="FACTOR=VALUE, held from now on; may be repeated.")],
    on: Annotated[
        list[str] | None, typer.Option("--on", help="A factor to tell of; all when not given.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="How far to look.")] = 60.0,
    factor: Factors = None,
    grid_s: Grid = 5.0,
    background: Known = None,
    method: Method = "auto",
    shared: Shared = "auto",
    cluster: Cluster = "person",
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Hold factors at values and see what follows for the others."""
    from telltale.causal.whatif import what_if
    from telltale.report.causal_whatif import write_whatif_page

    refuse_report(report)
    settings, steps = _settings(put), steps_of(seconds, grid_s)
    graph = learn(folder, grid_s, factor, background, 0, seed, method=method, shared=shared, cluster=cluster)
    found = what_if(graph, settings, on, steps=steps, seed=seed)
    write_report(report, folder, write_whatif_page, found)
    if as_json:
        console.print_json(_facts(found))
        return
    told = sorted(found.outcomes, key=lambda one: -abs(one.in_sd[-1]))
    console.out.print(console.escape(_answer(found, told, graph.linear, seconds)), soft_wrap=True)
    console.out.print(kept_arrows(graph.rows, found.level), soft_wrap=True)
    console.out.print(WHAT_WOULD_MAKE_IT_WRONG, soft_wrap=True)
    for warning in found.warnings:
        console.out.print(f"[bold]Careful:[/] {console.escape(warning)}.", soft_wrap=True)
    rows = [
        (
            one.factor,
            f"{one.change[-1]:+.3g}",
            f"{one.low[-1]:+.3g} to {one.high[-1]:+.3g}",
            f"{one.in_sd[-1]:+.2f}",
        )
        for one in told
        if one.low[-1] or one.high[-1]
    ]
    head = ("factor", "change", "interval", "SD")
    if rows:
        console.print_table(f"\nChange after {seconds:g} s", head, rows)
    if rows and len(rows) < len(told):
        console.out.print(f"\n{len(told) - len(rows)} others stay as they are.")


def _answer(found: WhatIfAnswer, told: list[WhatIf], linear: LinearGraph, seconds: float) -> str:
    """What moves most, as a sentence."""
    held = " and ".join(
        f"{name} at {value:g} (its mean is {linear.mean[linear.place(name)]:.3g})"
        for name, value in found.settings.items()
    )
    if not told or not told[0].change[-1]:
        return f"Holding {held} moves nothing that was asked for."
    first = told[0]
    most = f", the most of {len(told)} factors" if len(told) > 1 else ""
    moved = "raises" if first.change[-1] > 0 else "lowers"
    return (
        f"Holding {held} {moved} {first.factor} by {abs(first.change[-1]):.3g}"
        f" ({abs(first.in_sd[-1]):.2f} SD) after {seconds:g} s{most}."
    )


def _settings(given: list[str]) -> dict[str, float]:
    out, faults = {}, []
    for text in given:
        name, equals, value = text.partition("=")
        try:
            out[name.strip()] = float(value)
        except ValueError:
            faults.append(f"'{text}'")
        if not equals and f"'{text}'" not in faults:
            faults.append(f"'{text}'")
    if faults:
        raise ConfigError(f"--set {', '.join(faults)}", hint="write FACTOR=NUMBER")
    return out


def _facts(found: WhatIfAnswer) -> dict[str, Any]:
    return {
        "set": dict(found.settings),
        "level": found.level,
        "warnings": list(found.warnings),
        "outcomes": [
            {
                "factor": one.factor,
                "seconds": [step * found.grid_s for step in range(len(one.change))],
                "change": one.change.tolist(),
                "low": one.low.tolist(),
                "high": one.high.tolist(),
                "mean": one.mean,
                "sd": one.sd,
            }
            for one in found.outcomes
        ],
    }
