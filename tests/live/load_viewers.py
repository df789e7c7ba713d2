"""Many viewers' devices, as cheap as Python makes them: run as `python -m tests.live.load_viewers FILE`.

FILE is a `Load` as JSON, and then holds what was measured. Each viewer has rows of their own, made and framed
beforehand; a second's message is written at its time and its answers are noted by the clock of this process.
Frames are masked with zeros, which is a mask like any other to whoever takes it off. How late messages were
written is told too: a generator that is late measures itself.
"""

from __future__ import annotations

import asyncio
import base64
import struct
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
from tests.live.serving import ENVIRONMENT, moving_face

from telltale.core import channels
from telltale.core.clock import now
from telltale.gate import tokens
from telltale.gate.tokens import ViewerToken
from telltale.live.frames import encode_rows
from telltale.live.messages import PROTOCOL
from telltale.live.routes_viewer import LASTS

_ROWS: Final = round(channels.RATE_HZ)
_HEAD: Final = struct.Struct("<BBHId")
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
_PLAIN_MASK: Final = bytes(4)
PLACE: Final = "ZZ"
"""Whose law the load's own policy is."""
JOIN_A_SECOND: Final = 200
"""Viewers who come each second, before anything is measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent."""

    port: int
    viewers: int
    seconds: int
    """Measured, after those in which viewers come and the first that follow."""
    warm_s: int
    seed: int
    period_s: int
    """So many seconds of rows a viewer has, played again and again."""
    core: int | None
    """On which core alone this process runs."""


def names(count: int) -> list[str]:
    """Pseudonyms of viewers."""
    return [f"load-{k}" for k in range(count)]


def recording(number: int, seed: int, period_s: int) -> npt.NDArray[np.float32]:
    """A viewer's own rows, shape (10 * period_s, 128): rest, and brief acts at seconds that are theirs."""
    values = moving_face(period_s, seed=seed * 1_000_003 + number)
    rng = np.random.default_rng((seed, number))
    resting = rng.random(period_s) < 0.75
    values[np.repeat(resting, _ROWS)] *= 0.2
    values[:, channels.unit_channels("confidence")] = 0.95
    values[:, channels.VALID] = 1.0
    return values


def frame(kind: int, payload: bytes) -> bytes:
    """A frame as a client sends it."""
    size = len(payload)
    head = (
        struct.pack("!BB", kind, 0x80 | size) if size < 126 else struct.pack("!BBH", kind, 0x80 | 126, size)
    )
    return head + _PLAIN_MASK + payload


class Viewer(asyncio.Protocol):
    """One device's connection."""

    __slots__ = (
        "_buffer", "_messages", "_number", "answered", "closed", "open", "ready", "scheduled_s", "sent_s",
        "shown", "told", "transport",
    )  # fmt: skip

    def __init__(self, number: int, messages: list[bytearray]) -> None:
        self._number, self._messages = number, messages
        self._buffer = b""
        self.open = self.ready = self.closed = False
        self.sent_s: list[float] = []
        self.scheduled_s: list[float] = []
        self.answered: dict[int, float] = {}
        self.shown: dict[int, float] = {}
        self.told: list[str] = []
        """All else that the service said."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        name = f"load-{self._number}"
        token = ViewerToken(name, name, f"room-{self._number % 20}", PLACE, "phone")
        signed = tokens.sign(token, ENVIRONMENT.token_secret, now=now(), lasts=LASTS)
        asked = (
            f"GET /v1/watch HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(self._number.to_bytes(16)).decode()}\r\n"
            f"Sec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {PROTOCOL}, token.{signed}\r\n\r\n"
        )
        transport.write(asked.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.closed = True

    def data_received(self, data: bytes) -> None:
        at_s = time.perf_counter()
        self._buffer += data
        if not self.open:
            self._upgraded()
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size == 126 and len(self._buffer) >= 4:
                size, start = int.from_bytes(self._buffer[2:4]), 4
            if len(self._buffer) < start + size or (size == 126 and start == 2):
                return
            kind, payload = self._buffer[0], self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            self._hear(kind, payload, at_s)

    def _upgraded(self) -> None:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if found:
            assert head.startswith(b"HTTP/1.1 101"), head[:100]
            self.open, self._buffer = True, rest
            at = now()
            noon = 12 * 60 - (at.hour * 60 + at.minute)
            hello = {"type": "hello", "version": 1, "utc_offset_min": noon}
            self.transport.write(frame(_TEXT, orjson.dumps(hello)))

    def _hear(self, kind: int, payload: bytes, at_s: float) -> None:
        if kind == _PING:
            self.transport.write(frame(_PONG, payload))
        elif kind == _TEXT:
            message = orjson.loads(payload)
            if message["type"] == "second":
                self.answered[message["second"]] = at_s
            elif message["type"] == "show":
                name = message["decision"]
                self.shown[int(name.rpartition("-")[2])] = at_s
                self.transport.write(frame(_TEXT, orjson.dumps({"type": "exposed", "decision": name})))
            elif message["type"] == "ready":
                self.ready = True
            else:
                self.told.append(message["type"])
        elif kind == _CLOSE:
            self.told.append(f"closed {payload[2:].decode()}")

    def send_second(self, scheduled_s: float) -> None:
        """Write the rows of the next second."""
        second = len(self.sent_s)
        message = self._messages[second % len(self._messages)]
        _HEAD.pack_into(message, 8, 1, 1, _ROWS, second * _ROWS + 1, second + 1.0)
        self.scheduled_s.append(scheduled_s)
        self.sent_s.append(time.perf_counter())
        # The transport may keep what it is given, and this message is used again.
        self.transport.write(bytes(message))


def framed(load: Load, number: int) -> list[bytearray]:
    """A viewer's messages; their numbers are put in when they are sent."""
    values = recording(number, load.seed, load.period_s)
    seconds = values.reshape(load.period_s, _ROWS, channels.COUNT)
    return [bytearray(frame(_BINARY, encode_rows(1, second, 1.0))) for second in seconds]


async def run(load: Load) -> dict[str, Any]:
    """Play the load; what each viewer sent and was told."""
    viewers = [Viewer(number, framed(load, number)) for number in range(load.viewers)]
    await _join(load, viewers)
    loop, begin_s = asyncio.get_running_loop(), time.perf_counter() + 0.5
    loop.set_exception_handler(_fail)
    total_s = load.warm_s + load.seconds
    cpu_s = time.process_time()
    for second in range(1, total_s + 1):
        for number, viewer in enumerate(viewers):
            due_s = begin_s + second + number / load.viewers
            if (wait_s := due_s - time.perf_counter()) > 0:
                await asyncio.sleep(wait_s)
            if not viewer.closed:
                viewer.send_second(due_s)
        if second == load.warm_s:
            sys.stdout.write("warm\n")
            sys.stdout.flush()
    cpu_s = time.process_time() - cpu_s
    sys.stdout.write("sent\n")
    sys.stdout.flush()
    await asyncio.sleep(3.0)
    told = measured(load, viewers)
    for viewer in viewers:
        viewer.transport.close()
    return {**told, "generator_cpu": cpu_s / total_s}


def _fail(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    raise SystemExit(str(context))


async def _join(load: Load, viewers: list[Viewer]) -> None:
    loop = asyncio.get_running_loop()
    for first in range(0, len(viewers), JOIN_A_SECOND // 10):
        part = viewers[first : first + JOIN_A_SECOND // 10]
        began_s = loop.time()
        opening: list[Coroutine[Any, Any, Any]] = [
            loop.create_connection(lambda viewer=viewer: viewer, "127.0.0.1", load.port)  # type: ignore[misc]
            for viewer in part
        ]
        await asyncio.gather(*opening)
        while not all(viewer.ready for viewer in part):
            assert not any(viewer.closed for viewer in part), [viewer.told for viewer in part]
            assert loop.time() - began_s < 30
            await asyncio.sleep(0.01)
        await asyncio.sleep(max(0.0, 0.1 - (loop.time() - began_s)))


def measured(load: Load, viewers: list[Viewer]) -> dict[str, Any]:
    """Waits in seconds, and counts, of the seconds after the first."""
    counted = range(load.warm_s + 1, load.warm_s + load.seconds + 1)
    waits = [
        at_s - viewer.sent_s[second - 1]
        for viewer in viewers
        for second, at_s in viewer.answered.items()
        if second in counted and second <= len(viewer.sent_s)
    ]
    shows = [
        at_s - viewer.sent_s[second - 1]
        for viewer in viewers
        for second, at_s in viewer.shown.items()
        if second in counted and second <= len(viewer.sent_s)
    ]
    late = [
        sent_s - due_s
        for viewer in viewers
        for sent_s, due_s in list(zip(viewer.sent_s, viewer.scheduled_s, strict=True))[load.warm_s :]
    ]
    return {
        "waits_s": waits,
        "shows_s": shows,
        "late_s": late,
        "messages": sum(len(viewer.sent_s) for viewer in viewers),
        "answered": sum(
            len(set(viewer.answered) & set(range(1, len(viewer.sent_s) + 1))) for viewer in viewers
        ),
        "shown": sum(len(viewer.shown) for viewer in viewers),
        "closed": sum(viewer.closed for viewer in viewers),
        "told": sorted({one for viewer in viewers for one in viewer.told}),
    }


def main() -> None:
    import os

    import uvloop

    path = Path(sys.argv[1])
    load = Load(**orjson.loads(path.read_bytes()))
    if load.core is not None:
        os.sched_setaffinity(0, {load.core})
    path.write_bytes(orjson.dumps(uvloop.run(run(load))))


if __name__ == "__main__":
    main()
