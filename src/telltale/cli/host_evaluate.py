"""`telltale host evaluate`: how well expressions are coded on rendered clips, and numbers fitted on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def evaluate(
    clips: Annotated[
        list[Path], typer.Argument(help="Folders that `telltale rig render --preset expressions...` wrote.")
    ],
    readings: Annotated[
        Path | None,
        typer.Option(help="Folder of what was read of them, and is read now; CLIPS/readings if not given."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The coder's numbers; Telltale's if not given.")
    ] = None,
    culture: Annotated[str, typer.Option(help="none, east_asia or a .toml of your own.")] = "none",
    coder: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="A coder of your own, or path.py:Class; it is run."),
    ] = None,
    fit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Fit the numbers on these clips first; written here.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write every row and split as CSV.")
    ] = None,
    micro: Annotated[
        bool,
        typer.Option("--micro", help="How micro-events are named, those acted and those at rest."),
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how well the 28 expressions are coded on rendered faces, whose truth is known.

    Never give clips that the numbers were fitted on when you want to know how well they do.
    """
    from telltale.cli.host_evaluate_clips import load_acted
    from telltale.cli.host_evaluate_told import (
        evaluation_csv,
        evaluation_facts,
        micro_facts,
        print_evaluation,
        print_micro,
    )
    from telltale.core.errors import ConfigError
    from telltale.core.files import replacing_file
    from telltale.host.coding_evaluation import evaluate_coding, exact
    from telltale.host.coding_fit import fit_settings
    from telltale.host.coding_micro import evaluate_micro
    from telltale.signs.coder_own import load_coder
    from telltale.signs.coder_prototypes import PrototypeCoder
    from telltale.signs.coding_settings import load_settings, to_toml

    if coder is not None and (fit is not None or settings is not None or culture != "none"):
        raise ConfigError(
            "--coder has no numbers of ours", hint="leave --fit, --settings and --culture out with it"
        )
    if micro and (fit is not None or table is not None):
        raise ConfigError("--micro tells of names alone", hint="leave --fit and --table out with it")
    if fit is not None and fit.exists():
        raise ConfigError(f"{fit} exists", hint="choose another file")
    own = load_coder(coder) if coder is not None else None
    # Made before anything is read, which takes minutes: what is wrong with a setting is told at once.
    default = PrototypeCoder(settings=load_settings(settings), culture=culture)
    acted = load_acted(clips, readings, workers)
    if fit is not None:
        shown = sum(len(clip.acted) for clip in acted)
        words = f"{shown:,} expressions of {len(acted):,} rendered faces: no human being, and no host"
        default = default.with_settings(fit_settings(acted, default.settings, words))
        fit.write_text(to_toml(default.settings), encoding="utf-8")
    if micro:
        named = evaluate_micro(acted, own or default)
        console.print_json(micro_facts(named)) if as_json else print_micro(named)
        return
    found = evaluate_coding(acted, own) if own else evaluate_coding(acted, default, exact(default))
    if table is not None:
        with replacing_file(table) as beside:
            beside.write_text(evaluation_csv(found), encoding="utf-8")
    if as_json:
        console.print_json(evaluation_facts(found))
    else:
        print_evaluation(found)
