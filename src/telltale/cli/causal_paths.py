"""`telltale causal paths`: through what a factor moves another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from telltale.cli import console
from telltale.cli.causal_panel import AsJson, Factors, Folder, Grid, Known, Seed, learn, steps_of

if TYPE_CHECKING:
    from telltale.causal.paths import Paths


def paths(
    folder: Folder,
    cause: Annotated[str, typer.Option("--from", help="The factor that is moved.")],
    effect: Annotated[str, typer.Option("--to", help="The factor that it moves.")],
    seconds: Annotated[float, typer.Option(min=0, help="How far to look.")] = 60.0,
    pulse: Annotated[
        bool, typer.Option("--pulse", help="Moved in one step alone, not from then on.")
    ] = False,
    factor: Factors = None,
    grid_s: Grid = 5.0,
    background: Known = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Split what one factor does to another into the chains it goes through (equation 10)."""
    from telltale.causal.paths import find_paths

    steps = steps_of(seconds, grid_s)
    graph = learn(folder, grid_s, factor, background, 0, seed)
    found = find_paths(
        graph.linear.standardised(), cause, effect, steps=steps, push="pulse" if pulse else "held"
    )
    if as_json:
        console.print_json(_facts(found, grid_s))
        return
    how = "in one step" if pulse else "from then on"
    console.out.print(
        f"One standard deviation more of {cause} {how} moves {effect} by {found.total[-1]:+.3f} standard"
        f" deviations after {seconds:g} s: {found.direct[-1]:+.3f} directly,"
        f" {found.indirect[-1]:+.3f} through others.",
        soft_wrap=True,
    )
    rows = [(" > ".join(chain.factors), f"{chain.response[-1]:+.3f}") for chain in found.chains]
    rows.append(("all other chains", f"{found.other_chains[-1]:+.3f}"))
    console.print_table("Through what", ("chain", f"after {seconds:g} s"), rows)


def _facts(found: Paths, grid_s: float) -> dict[str, Any]:
    return {
        "cause": found.cause,
        "effect": found.effect,
        "push": found.push,
        "seconds": [step * grid_s for step in range(len(found.total))],
        "total": found.total.tolist(),
        "direct": found.direct.tolist(),
        "indirect": found.indirect.tolist(),
        "chains": [{"factors": c.factors, "response": c.response.tolist()} for c in found.chains],
        "other_chains": found.other_chains.tolist(),
    }
