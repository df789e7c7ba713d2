"""`telltale play`: a study's sessions into a running service, as if its viewers watched now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from telltale.cli import console


def play(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")],
    url: Annotated[str, typer.Option(help="Where the service runs.")] = "http://127.0.0.1:8765",
    viewers: Annotated[int, typer.Option(min=1, help="Viewers at one time.")] = 24,
    seconds: Annotated[float | None, typer.Option(min=1, help="Stop after so long.")] = None,
    place: Annotated[str, typer.Option(help="Whose law holds, as ISO 3166.")] = "DE",
    seed: Annotated[int, typer.Option(min=0, help="Of the order.")] = 0,
) -> None:
    """Play a study's sessions into a service as live viewers, for trying a setting.

    The shop's key comes from TELLTALE_SHOP_KEY.
    """
    import asyncio

    from telltale.live.play import play
    from telltale.live.shop import Shop
    from telltale.study.store import Study

    shop = Shop(url.rstrip("/"), shop_key())
    study = Study.open(folder)
    counts = asyncio.run(play(shop, study, viewers=viewers, place=place, seconds=seconds, seed=seed))
    console.out.print(
        f"{counts['viewers']} viewers played, {counts['seconds']:,} seconds told, {counts['shown']} shown"
    )


def shop_key() -> str:
    """The shop's key, from the environment."""
    from telltale.core.errors import ConfigError

    key = os.environ.get("TELLTALE_SHOP_KEY", "")
    if not key:
        raise ConfigError("TELLTALE_SHOP_KEY is not set", hint="'telltale serve --try-out' tells one")
    return key
