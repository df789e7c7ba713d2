"""A viewer's socket, message by message, for tests that a whole device would hide too much from."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from tests.live.serving import Running, moving_face
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from telltale.core.clock import now
from telltale.live.frames import encode_rows
from telltale.live.messages import PROTOCOL


def socket_of(live: Running, token: str, **headers: str) -> connect:
    protocols: Any = [PROTOCOL, f"token.{token}"]
    return connect(f"ws://127.0.0.1:{live.port}/v1/watch", subprotocols=protocols, additional_headers=headers)


async def hello(socket: ClientConnection, **said: Any) -> dict[str, Any]:
    await socket.send(orjson.dumps({"type": "hello", "version": 1, **said}).decode())
    told: dict[str, Any] = orjson.loads(await socket.recv())
    return told


async def until(socket: ClientConnection, kind: str, within_s: float = 5.0) -> dict[str, Any]:
    """The next message of a kind."""
    async with asyncio.timeout(within_s):
        while True:
            told: dict[str, Any] = orjson.loads(await socket.recv())
            if told["type"] == kind:
                return told


async def hello_at_noon(socket: ClientConnection, **said: Any) -> dict[str, Any]:
    """The same of a viewer whose hours are not quiet."""
    at = now()
    return await hello(socket, utc_offset_min=12 * 60 - (at.hour * 60 + at.minute), **said)


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def feed(socket: ClientConnection, seconds: int, *, first: int = 1) -> None:
    """Rows of a face, a second's at a time and in real time."""
    values = moving_face(seconds)
    for k in range(seconds):
        row = first + 10 * k
        await socket.send(encode_rows(row, values[10 * k : 10 * k + 10], (row + 9) / 10))
        await asyncio.sleep(1.0)


async def rest(socket: ClientConnection, within_s: float = 1.0) -> list[dict[str, Any]]:
    """All that has come, and comes until then."""
    told: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(within_s):
            while True:
                told.append(orjson.loads(await socket.recv()))
    except (TimeoutError, ConnectionClosed):
        return told


def shows(told: list[dict[str, Any]]) -> list[str]:
    """Decisions that were to be shown."""
    return [one["decision"] for one in told if one["type"] == "show"]
