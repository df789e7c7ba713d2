"""`telltale rig import`: a user's copy of ICT-FaceKit becomes the rig that simulated faces are drawn with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def import_rig(
    ict_dir: Annotated[Path, typer.Argument(help="Your copy of github.com/ICT-VGL/ICT-FaceKit.")],
    out: Annotated[Path, typer.Option("--out", help="The rig file to write.")] = Path("facerig.npz"),
) -> None:
    """Turn a copy of ICT-FaceKit into the rig file; its licence travels inside."""
    from telltale.simulate.rig_file import refuse_folder
    from telltale.simulate.rig_import import import_rig as build

    refuse_folder(out)
    rig = build(ict_dir, progress=console.progress)
    rig.save(out)
    counts = (
        f"{len(rig.vertices):,} vertices, {len(rig.expr)} expressions, {len(rig.ident)} identity modes, "
        f"{len(rig.au_names)} action units left and right"
    )
    console.out.print(f"{console.escape(str(out))}: {counts}", soft_wrap=True)
    console.out.print("The licence of ICT-FaceKit is inside; keep it with every copy.", soft_wrap=True)
