"""`telltale models`: fetch the networks that do not ship, and say which there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def install(
    wheel: Annotated[
        Path | None, typer.Option("--from", help="MediaPipe's wheel, if you have it: nothing is fetched.")
    ] = None,
) -> None:
    """Fetch MediaPipe's face models once; after that reading works without a network."""
    from telltale.weights.mediapipe_install import install_models

    done = install_models(wheel)
    what = f"{len(done.written)} files written" if done.written else "all in place"
    console.out.print(f"{console.escape(str(done.folder))}: {what}", soft_wrap=True)


def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """List every model: where it is, its size, hash, licence and source."""
    from dataclasses import asdict

    from telltale.weights.listing import listed

    models = listed()
    if as_json:
        console.print_json([asdict(model) | {"path": str(model.path)} for model in models])
        return
    rows = [
        (
            model.name,
            model.state,
            "" if model.size_bytes is None else f"{model.size_bytes / 1e6:.2f} MB",
            model.sha256[:12],
            model.licence,
            model.source,
        )
        for model in models
    ]
    head = ("name", "state", "size", "sha256", "licence", "source")
    console.print_table("Models", head, rows, left=len(head))
    for folder in sorted({model.path.parent for model in models}):
        console.out.print(f"in {console.escape(str(folder))}", soft_wrap=True)
