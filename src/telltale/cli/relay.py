"""`telltale relay`: a consented stream read on this machine, into a running service."""

from __future__ import annotations

from typing import Annotated

import typer

from telltale.cli import console
from telltale.cli.play import shop_key


def relay(
    source: Annotated[str, typer.Argument(help="A video, a camera or an address such as rtsp://...")],
    viewer: Annotated[str, typer.Option(help="The viewer's pseudonym.")],
    room: Annotated[str, typer.Option(help="The broadcast.")],
    place: Annotated[str, typer.Option(help="Whose law holds, as ISO 3166.")],
    agreed: Annotated[
        list[str],
        typer.Option(help="What the viewer agreed to: read_face, personalise, research; repeatable."),
    ],
    text_version: Annotated[str, typer.Option(help="Which wording the viewer saw.")],
    age: Annotated[int, typer.Option(min=0, max=120, help="Years the viewer said to be, at least.")],
    released: Annotated[
        bool, typer.Option("--released", help="The viewer signed a written release.")
    ] = False,
    url: Annotated[str, typer.Option(help="Where the service runs.")] = "http://127.0.0.1:8765",
) -> None:
    """Read a stream whose viewer has agreed, here and not on a device, into a running service.

    The first face that is seen is read, no other. The shop's key comes from TELLTALE_SHOP_KEY.
    """
    import asyncio

    from telltale.live.device import Device
    from telltale.live.relay import relay
    from telltale.live.shop import Shop
    from telltale.media.open import open_source

    shop = Shop(url.rstrip("/"), shop_key())
    token = shop.open_session(viewer, room, place, "relay")
    shop.agree(token, agreed, text_version=text_version, age_at_least=age, released=released)
    log = asyncio.run(relay(open_source(source), Device(shop.socket, token)))
    told = f"{len(log.seconds):,} seconds told, {len(log.shown)} decisions to be shown"
    console.out.print(f"{told}{f'; stopped: {log.stopped}' if log.stopped else ''}")
