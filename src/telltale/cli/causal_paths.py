"""`telltale causal paths`: through what a factor moves another."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

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
    refuse_unlisted,
    steps_of,
)
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.causal.asked_graph import AskedGraph
    from telltale.causal.path_intervals import Band, SurePaths
    from telltale.causal.responses import Push

EVERY_S: Final = 5.0
"""Seconds between looks at a study that is followed."""


def paths(
    folder: Folder,
    cause: Annotated[str, typer.Option("--from", help="The factor that is moved.")],
    effect: Annotated[str, typer.Option("--to", help="The factor that it moves.")],
    seconds: Annotated[float, typer.Option(min=0, help="How far to look.")] = 60.0,
    pulse: Annotated[
        bool, typer.Option("--pulse", help="Moved in one step alone, not from then on.")
    ] = False,
    strongest: Annotated[int, typer.Option(min=1, help="Chains to list.")] = 5,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the chains to this file, an SVG; it is replaced if it is there.")
    ] = None,
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
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay, and keep the answer up to date as sessions come.")
    ] = False,
    every: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds between looks of --follow; 5 if not given.")
    ] = None,
    relearn_every: Annotated[
        int | None,
        typer.Option(min=1, help="With --follow: choose arrows anew whenever so many sessions came."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Split what one factor does to another into the chains it goes through (equation 10)."""
    from telltale.causal.path_intervals import path_intervals
    from telltale.report.causal_chains import write_paths_page

    if not follow:
        refuse_report(report)
    steps = steps_of(seconds, grid_s)
    _refuse(cause, effect, factor, figure)
    _refuse_follow(follow, every, relearn_every, figure)
    learnt = partial(
        learn,
        folder,
        grid_s,
        factor,
        background,
        halves,
        seed,
        wanted=(cause, effect),
        moved=(cause,),
        method=method,
        shared=shared,
        types=types,
        cluster=cluster,
    )
    push: Push = "pulse" if pulse else "held"
    if follow:
        from telltale.causal.live_paths import PathQuestion
        from telltale.cli.causal_follow import follow_paths

        question = PathQuestion(cause, effect, steps=steps, push=push, strongest=strongest)
        looks = every or EVERY_S
        follow_paths(
            folder,
            learnt,
            question,
            grid_s,
            factor,
            report,
            looks,
            relearn_every=relearn_every,
            as_json=as_json,
        )
        return
    asked = learnt()
    in_sd = path_intervals(asked.graph, cause, effect, steps=steps, push=push, strongest=strongest, seed=seed)
    found = asked.for_step(in_sd)
    write_report(report, folder, write_paths_page, found, asked=asked)
    if figure is not None:
        _draw(found, seconds, figure, folder, switch=cause in asked.switches)
    if as_json:
        console.print_json(path_facts(found, asked))
        return
    tell_paths(found, asked, seconds)


def tell_paths(found: SurePaths, asked: AskedGraph, seconds: float) -> None:
    """The answer, how sure, what would make it wrong; then the chains."""
    from telltale.causal.graph_words import WRONG, kept_arrows, no_arrows_kept, undrawn_words

    paths, rows = found.paths, asked.graph.rows
    if paths.total.any():
        kept = kept_arrows(found.level, found.clusters, rows.cluster)
    else:
        kept = no_arrows_kept(asked.graph, found.clusters, [paths.cause], [paths.effect])
        kept += undrawn_words(found, rows, paths.cause, paths.effect)
    for sentence in (_answer(found, seconds, asked), kept, WRONG):
        console.out.print(console.escape(sentence), soft_wrap=True)
    tell_notes(asked.notes([paths.cause], [paths.effect]))
    if paths.total.any():
        head = ("chain", f"after {seconds:g} s", "interval")
        console.print_table("\nThrough what, in standard deviations", head, _rows(found))


def tell_notes(notes: tuple[str, ...]) -> None:
    """What was left out on the way to the graph, and what the data do not say."""
    for note in notes:
        console.out.print(f"  {console.escape(note)}", soft_wrap=True)


def _refuse(cause: str, effect: str, factors: list[str] | None, figure: Path | None) -> None:
    """What needs no study to be refused."""
    if cause == effect:
        raise ConfigError(f"'{cause}' is cause and effect", hint="name two factors")
    refuse_unlisted((cause, effect), factors)
    if figure is not None and figure.suffix != ".svg":
        raise ConfigError(f"{figure} is no SVG", hint="give a name that ends in .svg")


def _refuse_follow(follow: bool, every: float | None, relearn_every: int | None, figure: Path | None) -> None:
    """What only makes sense when a study is followed, or never then."""
    if every is not None and not follow:
        raise ConfigError("--every says how often --follow looks", hint="give --follow too")
    if relearn_every is not None and not follow:
        raise ConfigError("--relearn-every is of --follow", hint="give --follow too")
    if follow and figure is not None:
        raise ConfigError("--figure is drawn once", hint="follow with --report: its page holds the figure")


def _answer(found: SurePaths, seconds: float, asked: AskedGraph) -> str:
    from telltale.causal.graph_words import at_end, in_line, no_way

    paths = found.paths
    how = "in one step" if paths.push == "pulse" else "from then on"
    if not paths.total.any():
        return no_way(paths.cause, paths.effect, found.clusters, asked.graph.rows.cluster, seconds)
    more, size = _step(paths.cause, asked)
    if at_end(paths.total, found.total)[0] == "none":
        return f"{more} {how} moves {paths.effect}, and after {seconds:g} s nothing of it is left.{size}"
    whole, straight, others = (
        in_line(value, band)
        for value, band in (
            (paths.total, found.total),
            (paths.direct, found.direct),
            (paths.indirect, found.indirect),
        )
    )
    return (
        f"{more} {how} moves {paths.effect} by {whole} standard deviations after {seconds:g} s: {straight}"
        f" directly, {others} through others.{size}"
    )


def _step(cause: str, asked: AskedGraph) -> tuple[str, str]:
    """By how much the cause is moved, and how much that is in its own unit where it is not plain."""
    more = asked.moved(cause)
    if cause in asked.switches:
        return more, ""
    return f"{more[0].upper()}{more[1:]}", f" One standard deviation of {cause} is {asked.sd(cause):.3g}."


def _rows(found: SurePaths) -> list[tuple[str, str, str]]:
    from telltale.causal.graph_words import at_end

    rows = [
        (" > ".join(chain.factors), *at_end(chain.response, band))
        for chain, band in zip(found.paths.chains, found.chains, strict=True)
    ]
    other = at_end(found.paths.other_chains, found.other_chains)
    return rows if other[0] == "none" else [*rows, ("all other chains", *other)]


def _draw(found: SurePaths, seconds: float, figure: Path, folder: Path, *, switch: bool) -> None:
    from telltale.core.files import replacing_file
    from telltale.report.causal_paths import paths_figure
    from telltale.report.svg_alone import alone
    from telltale.study.store import Study

    note = "simulated viewers" if Study.open(folder).manifest.simulated else ""
    with replacing_file(figure) as beside:
        drawn = paths_figure(found, seconds=seconds, note=note, switch=switch)
        beside.write_text(alone(drawn), encoding="utf-8")


def path_facts(found: SurePaths, asked: AskedGraph) -> dict[str, Any]:
    """Every number of an answer, for a program."""
    paths, grid_s = found.paths, asked.graph.rows.grid_s
    return {
        "cause": paths.cause,
        "effect": paths.effect,
        "push": paths.push,
        "step": asked.step(paths.cause),
        "sd": {name: asked.sd(name) for name in (paths.cause, paths.effect)},
        "notes": list(asked.notes([paths.cause], [paths.effect])),
        "level": found.level,
        "undrawn": None if found.undrawn is None else plain(asdict(found.undrawn)),
        "seconds": [step * grid_s for step in range(len(paths.total))],
        "total": paths.total.tolist(),
        "direct": paths.direct.tolist(),
        "indirect": paths.indirect.tolist(),
        "chains": [
            {"factors": chain.factors, "response": chain.response.tolist(), **_ends(band)}
            for chain, band in zip(paths.chains, found.chains, strict=True)
        ],
        "other_chains": paths.other_chains.tolist(),
        "intervals": {
            name: _ends(getattr(found, name)) for name in ("total", "direct", "indirect", "other_chains")
        },
    }


def _ends(band: Band) -> dict[str, list[float]]:
    return {"low": band.low.tolist(), "high": band.high.tolist()}
