"""`telltale causal whatif`: set a factor and see what follows."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
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
    refuse_unlisted,
    steps_of,
)
from telltale.cli.causal_paths import tell_notes
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.causal.asked_graph import AskedGraph
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
    types: Types = "as they are",
    cluster: Cluster = "auto",
    halves: Halves = 20,
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Hold factors at values and see what follows for the others."""
    from telltale.causal.graph_words import WRONG, kept_arrows, no_arrows_kept
    from telltale.causal.whatif import what_if
    from telltale.report.causal_whatif import write_whatif_page

    refuse_report(report)
    settings, steps = _settings(put, on or []), steps_of(seconds, grid_s)
    on = list(dict.fromkeys(on)) if on else None
    wanted = [*settings, *(on or ())]
    refuse_unlisted(wanted, factor)
    asked = learn(
        folder,
        grid_s,
        factor,
        background,
        halves,
        seed,
        wanted=wanted,
        moved=settings,
        held=settings,
        method=method,
        shared=shared,
        types=types,
        cluster=cluster,
    )
    found = what_if(asked.graph, settings, on, steps=steps, seed=seed)
    notes = asked.notes(settings, [one.factor for one in found.outcomes])
    write_report(report, folder, write_whatif_page, found, asked=asked)
    if as_json:
        console.print_json(_facts(found, asked, notes))
        return
    told = sorted((one for one in found.outcomes if one.reached), key=lambda one: -abs(one.in_sd[-1]))
    drawn, outcomes = asked.graph.rows, [one.factor for one in found.outcomes]
    if told:
        kept = kept_arrows(found.level, drawn.clusters.clusters, drawn.cluster)
    else:
        kept = no_arrows_kept(asked.graph, drawn.clusters.clusters, settings, outcomes)
    for sentence in (_answer(found, told, asked, seconds), kept, WRONG):
        console.out.print(console.escape(sentence), soft_wrap=True)
    for warning in found.warnings:
        console.out.print(f"[bold]Careful:[/] {console.escape(warning)}.", soft_wrap=True)
    tell_notes(notes)
    rows = [
        (
            one.factor,
            f"{one.change[-1]:+.3g}",
            f"{one.low[-1]:+.3g} to {one.high[-1]:+.3g}",
            f"{one.in_sd[-1]:+.2f}",
        )
        for one in told
    ]
    head = ("factor", "change", "interval", "SD")
    if rows:
        console.print_table(f"\nChange after {seconds:g} s", head, rows)
    if rows and (far := len(found.outcomes) - len(rows)):
        console.out.print(f"\nTo {far} other{'s' * (far > 1)} no way was found.")


def _answer(found: WhatIfAnswer, told: list[WhatIf], asked: AskedGraph, seconds: float) -> str:
    """What moves most of those that a way was found to, as a sentence."""
    from telltale.causal.graph_words import no_way_on

    held = " and ".join(
        f"{asked.called(name)} {asked.held(name, value)} ({asked.compared_with(name)})"
        for name, value in found.settings.items()
    )
    if not told:
        asked_for = [one.factor for one in found.outcomes]
        rows = asked.graph.rows
        way = no_way_on(asked_for, rows.clusters.clusters, rows.cluster, seconds)
        return f"Holding {held}: {way}"
    first, among = told[0], len(found.outcomes)
    if not first.change[-1]:
        return f"Holding {held} leaves all as it is after {seconds:g} s."
    most = f", the most of {among} factors" if among > 1 else ""
    moved = "raises" if first.change[-1] > 0 else "lowers"
    return (
        f"Holding {held} {moved} {first.factor} by {abs(first.change[-1]):.3g}"
        f" ({abs(first.in_sd[-1]):.2f} SD) after {seconds:g} s{most}."
    )


def _settings(given: list[str], on: list[str]) -> dict[str, float]:
    """What is set, or every fault at once."""
    out: dict[str, float] = {}
    unread, faults = [], []
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        number = _number(value)
        if number is None or not name or not equals:
            unread.append(f"'{text}'")
        elif not isfinite(number):
            faults.append(f"'{name}' is set to {number:g}: give a finite number")
        elif name in out:
            faults.append(f"'{name}' is set twice: keep one")
        else:
            out[name] = number
    if unread:
        faults.append(f"{', '.join(unread)}: write FACTOR=NUMBER")
    faults += [f"'{name}' is set and asked for: keep one" for name in dict.fromkeys(on) if name in out]
    if faults:
        raise ConfigError("; ".join(faults), hint="such as --set promotion=1 --on desire")
    return out


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _facts(found: WhatIfAnswer, asked: AskedGraph, notes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "set": dict(found.settings),
        "compared_with": {
            name: {"mean": asked.mean(name), "words": asked.compared_with(name)} for name in found.settings
        },
        "level": found.level,
        "warnings": list(found.warnings),
        "notes": list(notes),
        "outcomes": [
            {
                "factor": one.factor,
                "reached": one.reached,
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
