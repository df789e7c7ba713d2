"""What the studio asks of the running service: how it stands, its switch, its wall, and withdrawals."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from telltale import __version__
from telltale.core import clock
from telltale.gate.accounts import Account
from telltale.gate.doors import account, logged_in, permitted, same_origin
from telltale.gate.roles import Permission
from telltale.live.outbox import Outbox
from telltale.live.routes_viewer import Live, ReceiptTold, withdraw_viewer
from telltale.live.service import Service, switch_json
from telltale.strategy import switches
from telltale.strategy.switches import Switch

router: Final = APIRouter(prefix="/v1", tags=["studio"])


class Turn(BaseModel):
    """A turn of the switch."""

    model_config = ConfigDict(extra="forbid")
    on: bool
    why: Annotated[str, Field(min_length=3, max_length=200)]


class Asked(BaseModel):
    """A viewer who asked for everything to be taken back."""

    model_config = ConfigDict(extra="forbid")
    viewer: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]


@router.get("/overview", dependencies=[Depends(logged_in)])
async def overview(live: Live) -> dict[str, Any]:
    """What runs here, by which rules."""
    strategist = live.strategist
    return {
        "version": __version__,
        "model": {"kind": live.about.kind, "simulated": bool(live.about.learnt.get("simulated"))},
        "policies": {name: policy.version for name, policy in strategist.policies.by_name.items()},
        "workers": live.settings.workers,
        "started_at": clock.iso(live.started_at),
        "simulated_viewers": live.settings.simulated_viewers,
        "switch": live.switch_as_json(),
        "catalogue": [
            {
                "name": one.name,
                "kind": one.kind,
                "threshold": one.threshold,
                "release": one.release,
                "text": one.text,
            }
            for one in strategist.catalogue.interventions
        ],
        "holdout_share": strategist.experiments.holdout.share,
    }


@router.get("/switches", dependencies=[Depends(logged_in)])
async def all_turns(live: Live) -> list[dict[str, Any]]:
    """Every turn of the switch of everything, the latest first."""
    turns = await live.here.book.read(switches.history)
    return [switch_json(turn) for turn in reversed(turns) if turn.scope == "all"]


@router.post("/switch")
async def turn(
    body: Turn, live: Live, who: Annotated[Account, Depends(permitted(Permission.STOP))]
) -> dict[str, Any]:
    """Stop everything, or let it go on; with a hand and a reason, for the record."""
    await live.here.book.turn(Switch("all", not body.on, who.name, body.why.strip(), clock.now()))
    await live.tell_all({"kind": "switched"})
    await live.hub.read_switches()
    turns = await live.here.book.read(switches.history)
    return switch_json([turn for turn in turns if turn.scope == "all"][-1])


@router.post("/audit/withdraw", dependencies=[Depends(permitted(Permission.WITHDRAW))])
async def withdraw_for(body: Asked, live: Live) -> ReceiptTold:
    """Take everything back for a viewer who asked for it by another way than the page."""
    return await withdraw_viewer(live, body.viewer)


@router.websocket("/wall")
async def wall(socket: WebSocket) -> None:
    """The live wall: first everybody, then each second what changed."""
    service: Service = socket.app.state.service
    try:
        found = await asyncio.to_thread(account, socket)
    except HTTPException:
        await socket.close(1008, "not logged in")
        return
    if Permission.SEE_WALL not in found.permissions or not same_origin(socket):
        await socket.close(1008, "your role may not see the wall")
        return
    await socket.accept()
    outbox = Outbox()
    sending = asyncio.create_task(_send(socket, outbox))
    try:
        await service.wall.open(outbox)
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        service.wall.close(outbox)
        outbox.close()
        with contextlib.suppress(Exception):
            await sending


async def _send(socket: WebSocket, outbox: Outbox) -> None:
    while (text := await outbox.next()) is not None:
        await socket.send_text(text)
    with contextlib.suppress(Exception):
        await socket.close(1013)
