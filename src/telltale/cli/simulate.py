"""`telltale simulate`: a study with a planted truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from telltale.cli import console

if TYPE_CHECKING:
    from telltale.simulate.study import Simulated


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder of the new study; its truth goes to OUT-truth.")],
    spec: Annotated[
        str,
        typer.Option(
            help="A spec that ships (default, null, au9-au17, hosts, hosts-null, hosts-confounded) "
            "or the path of a TOML file."
        ),
    ] = "default",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    sessions: Annotated[
        int | None, typer.Option(help="Number of sessions; people in proportion. The spec's when not given.")
    ] = None,
    signals: Annotated[
        Literal["full", "none"],
        typer.Option(help="full: 10 Hz vectors; none: the same world with slow factors instead, in seconds."),
    ] = "full",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a simulated study, and beside it the truth that was planted."""
    from telltale.simulate.spec_file import load_spec
    from telltale.simulate.study import simulate_study

    wanted = load_spec(spec)
    if sessions is not None:
        wanted = wanted.scaled(sessions)
    made = simulate_study(out, wanted, seed=seed, signals=signals, workers=workers, progress=console.progress)
    if as_json:
        console.print_json({"study": str(made.study), "truth": str(made.truth)} | made.summary)
    else:
        _print(made)


def _print(made: Simulated) -> None:
    console.out.print(f"{made.study}: {made.summary['sessions']:,} simulated sessions", soft_wrap=True)
    console.out.print(f"{made.truth}: the truth, for no analysis to open", soft_wrap=True)
    if scored := made.summary.get("oracle"):
        console.out.print(f"best possible score on its {scored['windows']:,} windows: {_best(scored)}")


def _best(scored: dict[str, Any]) -> str:
    if scored["auc"] is None:
        return "unknown, there are none of one label"
    least = "" if scored["sees_all"] else "at least "
    return f"{least}AUC {scored['auc']:.3f} (the oracle)"
