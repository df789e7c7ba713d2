"""`telltale study migrate`: bring a study to the present version of the format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def migrate(folder: Annotated[Path, typer.Argument(help="Folder of a study.")]) -> None:
    """Bring a study of an older format version to the present one; a copy is changed, then swapped in."""
    from telltale.study.versions import migrate_study

    done = migrate_study(folder)
    if done.changed:
        line = f"{folder} went from study format {done.before} to {done.after}"
    else:
        line = f"nothing to do: {folder} has study format {done.after}, the present one"
    console.out.print(console.escape(line), soft_wrap=True)
