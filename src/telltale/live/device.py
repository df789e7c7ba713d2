"""A device in Python: plays rows into a service as a viewer's browser would, for demos, tests and load.

It keeps its last 56 s and sends again what the service asks for after a break, as `edge/` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from telltale.core import channels
from telltale.core.signal import Values, unread_rows
from telltale.live.frames import MOST_ROWS, encode_rows
from telltale.live.messages import PROTOCOL

TELL_AGAIN_S: Final = 120.0
"""So long what was on the screen is told again on each new connection."""
_FORBIDDEN: Final = 4403
_AGAIN_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Log:
    """What a device saw."""

    ready: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    """Each decision once, however often it came."""
    other: list[dict[str, Any]] = field(default_factory=list)
    stopped: str = ""
    """Why, where the service said so for good."""
    connections: int = 0


class Device:
    """One viewer.

    Parameters
    ----------
    url
        Of the service's socket, such as `ws://127.0.0.1:8765/v1/watch`.
    token
        The session's.
    tell
        Called with each message of the service as it comes.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        tell: Callable[[dict[str, Any]], None] | None = None,
        product: str = "",
        utc_offset_min: int = 0,
    ) -> None:
        self.url, self.token, self._tell = url, token, tell
        self._product, self._utc_offset_min = product, utc_offset_min
        self._kept: deque[Values] = deque(maxlen=MOST_ROWS)
        self._made = 0
        """Number of the latest row."""
        self._sent = 0
        self._socket: ClientConnection | None = None
        self._seen: deque[str] = deque(maxlen=64)
        self._tried = 0
        """Connections since the service last said that it is ready."""
        self.allowed = True
        """Whether reading is, as far as the service has said."""
        self.begun = threading.Event()
        """Once the service has said that it is."""
        self._on_screen: deque[tuple[float, str]] = deque(maxlen=64)
        """When something was shown, and its decision."""
        self.log = Log()

    async def run(self, seconds: AsyncIterable[Values]) -> Log:
        """Send rows, shape (n, 128), as they come; until they end, or the service says stop for good."""
        tasks = asyncio.create_task(self._take(seconds)), asyncio.create_task(self._stay_connected())
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        return self.log

    async def _take(self, seconds: AsyncIterable[Values]) -> None:
        async for rows in seconds:
            # What was read while nobody knew that it may not be is not kept either.
            self._kept.extend(rows if self.allowed else unread_rows(len(rows)))
            self._made += len(rows)
            await self._send_new()

    async def say(self, **message: Any) -> None:
        """Send a message that is no rows."""
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(orjson.dumps(message).decode())

    async def break_off(self) -> None:
        """Lose the connection, as in a tunnel."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _stay_connected(self) -> None:
        while not self.log.stopped:
            try:
                protocols: Any = [PROTOCOL, f"token.{self.token}"]
                async with connect(
                    self.url, subprotocols=protocols, max_size=2**20, compression=None
                ) as socket:
                    self.log.connections += 1
                    await self._hello(socket)
                    async for text in socket:
                        await self._hear(socket, orjson.loads(text))
                # The service ends a connection with a word, and none comes out of it as an error.
                self._shut_out(socket.close_code)
            except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError) as error:
                self._shut_out(error.rcvd.code if isinstance(error, ConnectionClosed) and error.rcvd else 0)
                status = getattr(getattr(error, "response", None), "status_code", 0)
                if status in (401, 403):
                    self.log.stopped = f"refused: {status}"
            self._socket = None
            if not self.log.stopped:
                await asyncio.sleep(_AGAIN_S[min(self._tried, len(_AGAIN_S) - 1)])
                self._tried += 1

    def _shut_out(self, code: int | None) -> None:
        if code == _FORBIDDEN:
            self.log.stopped = self.log.stopped or "no_consent"

    async def _hello(self, socket: ClientConnection) -> None:
        hello = {
            "type": "hello",
            "version": 1,
            "next_row": self._made + 1,
            "kept_from": self._made - len(self._kept) + 1,
            "seen": list(self._seen),
            "product": self._product,
            "utc_offset_min": self._utc_offset_min,
        }
        await socket.send(orjson.dumps(hello).decode())

    async def _hear(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "ready":
            self._tried = 0
            self.log.ready.append(message)
            self._sent = max(message["send_from"] - 1, self._made - len(self._kept))
            self._let(message["reading"])
            self._socket = socket
            # Whoever heard of it may be no more; twice is as good as once.
            since_s = time.monotonic() - TELL_AGAIN_S
            for at_s, decision in list(self._on_screen):
                if at_s >= since_s:
                    await self.say(type="exposed", decision=decision)
            await self._send_new()
        elif kind == "second":
            self.log.seconds.append(message)
        elif kind == "show" and message["decision"] not in self._seen:
            self._seen.append(message["decision"])
            self.log.shown.append(message)
            self._on_screen.append((time.monotonic(), message["decision"]))
            await self.say(type="exposed", decision=message["decision"])
        elif kind == "stop" and (message["final"] or message["why"] in ("elsewhere", "no_consent")):
            # Another connection has the session: two that took it from one another would never end.
            self.log.stopped = message["why"]
            self._let(False)
        else:
            if kind == "go" or (kind == "stop" and message["why"] == "switched_off"):
                self._let(kind == "go")
            self.log.other.append(message)
        if self._tell is not None:
            self._tell(message)

    def _let(self, reading: bool) -> None:
        """Reading is allowed, or not; rows that were not sent yet are then unread."""
        self.allowed = reading
        if not reading:
            unsent = min(self._made - self._sent, len(self._kept))
            for _ in range(unsent):
                self._kept.pop()
            self._kept.extend(unread_rows(unsent))
        else:
            self.begun.set()

    async def _send_new(self) -> None:
        """All rows that were made and not sent on this connection."""
        socket, count = self._socket, self._made - self._sent
        if socket is None or count <= 0 or not self.allowed:
            return
        rows = np.stack(list(self._kept)[-count:])
        first, self._sent = self._made - len(rows) + 1, self._made
        with contextlib.suppress(ConnectionClosed):
            await socket.send(encode_rows(first, rows, self._made / channels.RATE_HZ))
