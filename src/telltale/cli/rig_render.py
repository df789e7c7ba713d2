"""`telltale rig render`: clips of invented faces, with the exact truth of every frame beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def render(
    rig: Annotated[Path, typer.Argument(help="The rig file that `telltale rig import` wrote.")],
    out: Annotated[Path, typer.Argument(help="Folder for the clips; what it holds is kept.")],
    preset: Annotated[
        str,
        typer.Option(
            help="train, drill, heldout, micro30, micro100, talking, landmarks, expressions... or demo."
        ),
    ] = "train",
    clips: Annotated[int, typer.Option(min=1, help="How many; each shows another person.")] = 20,
    seconds: Annotated[
        float | None, typer.Option(help="Length of each; the preset's when not given.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same clips.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; every core when not given.")] = None,
) -> None:
    """Render clips with their truth; a run that was cut off goes on where it stopped."""
    from telltale.simulate import clip_settings
    from telltale.simulate.clip_run import render_clips

    settings = clip_settings.preset(preset)
    if seconds is not None:
        settings = replace(settings, duration_s=seconds)
    done = render_clips(
        rig, out, settings, clips=clips, seed=seed, workers=workers, progress=console.progress
    )
    length_s = sum(record.duration_s for record in done.made)
    console.out.print(
        f"{console.escape(str(out))}: {len(done.made):,} clips rendered, {length_s / 60:.1f} minutes; "
        f"{len(done.kept):,} were there already; {done.in_folder:,} in the folder",
        soft_wrap=True,
    )
