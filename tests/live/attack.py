"""Sends a service what no device would: run as `python -m tests.live.attack`, with what to do as JSON.

Every connection begins as a viewer's own, with a good token and a good hello, since a stranger's ends at the
door; what follows is drawn from `ATTACKS`. Counts go to stdout as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
from tests.live.processes import token_of
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from telltale.core import channels
from telltale.live.frames import MOST_ROWS, encode_rows
from telltale.live.messages import PROTOCOL

AT_ONCE = 16
"""Connections at one time."""
IN_ONE = 45
"""Messages of one: at fifty that break a rule the service closes it."""
_MOST_SENT = 4
"""For each that must arrive."""

Draw = random.Random
Attack = Callable[[Draw], bytes | str]

_ROWS = np.zeros((10, channels.COUNT), np.float32)
_ROWS[:, channels.VALID] = 1
_GOOD = encode_rows(1, _ROWS, 1.0)


def _head(draw: Draw, count: int, first: int, sent_s: float, *, version: int = 1, kind: int = 1) -> bytes:
    return struct.pack("<BBHId", version, kind, count, first, sent_s) + _GOOD[16:]


def _random_bytes(draw: Draw) -> bytes:
    return draw.randbytes(draw.choice((0, 1, 15, 16, 17, 528, 5136, 9000)))


def _cut(draw: Draw) -> bytes:
    return _GOOD[: draw.randrange(len(_GOOD))]


def _overlong(draw: Draw) -> bytes:
    return _GOOD + draw.randbytes(draw.choice((1, 4, 512, 5120)))


def _wrong_count(draw: Draw) -> bytes:
    return _head(draw, draw.choice((0, 9, 11, MOST_ROWS, MOST_ROWS + 1, 65535)), 1, 1.0)


def _wrong_kind(draw: Draw) -> bytes:
    return _head(draw, 10, 1, 1.0, version=draw.randrange(2, 256), kind=draw.randrange(256))


def _odd_numbers(draw: Draw) -> bytes:
    rows = _ROWS.copy()
    odd = draw.choice((np.nan, np.inf, -np.inf, 1e30, -3e38, 1e-45))
    rows[draw.randrange(10), draw.randrange(channels.COUNT)] = odd
    return encode_rows(draw.randrange(1, 2 * MOST_ROWS), rows, draw.random() * 20)


def _unread_with_numbers(draw: Draw) -> bytes:
    rows = _ROWS.copy()
    rows[:, channels.VALID] = draw.choice((0.0, 0.5, 2.0, -1.0))
    return encode_rows(draw.randrange(1, 2 * MOST_ROWS), rows, 1.0)


def _elsewhen(draw: Draw) -> bytes:
    """Rows far in the past and the future."""
    return _head(draw, 10, draw.choice((0, 1, 2, 600_000, 6_048_000, 6_048_001, 2**31, 2**32 - 1)), 1.0)


def _lying_clock(draw: Draw) -> bytes:
    odd = draw.choice((-1.0, 1e9, 604_800.0, float("nan"), float("inf"), -0.0, 5e-324))
    return _head(draw, 10, draw.randrange(1, 2 * MOST_ROWS), odd)


def _wrong_types(draw: Draw) -> str:
    odd: Any = draw.choice((None, True, -1, 1e308, "", [], {}, [[]], {"type": "hello"}, "x" * 300, 2**53))
    fields = draw.choice(
        (
            {"type": "exposed", "decision": odd},
            {"type": "device", "frames_per_s": odd, "dropped": odd, "ms_a_frame": odd},
            {"type": "pause", "why": odd},
            {"type": "event", "name": odd, "product": odd},
            {"type": odd},
            {"type": "resume", "more": odd},
            {"type": "exposed", "decision": "ab-1"},
            {"type": "exposed", "decision": f"{'f' * 32}-99999999999999999999"},
        )
    )
    return orjson.dumps(fields).decode()


def _deep(draw: Draw) -> str:
    depth = draw.choice((10, 500, 1300, 2000))
    return draw.choice(("[" * depth, '{"a":' * depth, "[" * depth + "]" * depth))


def _no_json(draw: Draw) -> str:
    return draw.choice(
        ("", "{", "NaN", '"', "\x00", "{]", "\ud7ff\uffff", '{"type": "hello"', "0" * 4000, "-")
    )


def _long_text(draw: Draw) -> str:
    return '{"type": "event", "name": "' + "x" * draw.choice((4000, 4096, 5000, 20_000)) + '"}'


def _too_big(draw: Draw) -> bytes:
    return _GOOD * draw.choice((60, 100))


def _hello_again(draw: Draw) -> str:
    hello: dict[str, Any] = {"type": "hello", "version": draw.choice((0, 1, 2, "1"))}
    hello |= draw.choice(({}, {"next_row": -1}, {"next_row": 10**12}, {"seen": ["x"] * 65}, {"kept_from": 2}))
    return orjson.dumps(hello).decode()


def _unknown(draw: Draw) -> str:
    return orjson.dumps({"type": draw.choice(("stop", "ready", "show", "rows", "second"))}).decode()


def _flood(draw: Draw) -> str:
    return draw.choice(('{"type": "resume"}', '{"type": "pause", "why": "hidden"}'))


ATTACKS: tuple[Attack, ...] = (
    _random_bytes, _cut, _overlong, _wrong_count, _wrong_kind, _odd_numbers, _unread_with_numbers, _elsewhen,
    _lying_clock, _wrong_types, _deep, _no_json, _hello_again, _unknown, _flood,
)  # fmt: skip
LAST: tuple[Attack, ...] = (_long_text, _too_big)
"""After these the service closes at once."""


class Attacker:
    """All connections of this process."""

    def __init__(self, url: str, viewers: list[str], sessions: int, messages: int, seed: int) -> None:
        self._url, self._messages = url, messages
        self._tokens = [token_of(viewers[k % len(viewers)], f"attack-{k}") for k in range(sessions)]
        self._draw = random.Random(seed)
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Send them all."""
        await asyncio.gather(*(self._one_after_another(place) for place in range(AT_ONCE)))

    async def fill(self) -> None:
        """Give each session all the rows that are kept of one, as a device sends them after a break."""
        await asyncio.gather(*(self._fill(place) for place in range(AT_ONCE)))

    async def _fill(self, place: int) -> None:
        hello = {"type": "hello", "version": 1, "next_row": MOST_ROWS + 1, "kept_from": 1}
        for turn, token in enumerate(self._tokens[place::AT_ONCE]):
            async with self._connect(token, f"127.1.{place}.{1 + turn}") as socket:
                await socket.send(orjson.dumps(hello).decode())
                await socket.recv()
                await socket.send(encode_rows(1, np.repeat(_ROWS[:1], MOST_ROWS, axis=0), 1.0))
                # Its last second is told: all of them were taken.
                while orjson.loads(await socket.recv()).get("second") != MOST_ROWS // 10:
                    pass
                self.counts["filled"] += 1

    def _connect(self, token: str, address: str) -> connect:
        protocols: Any = [PROTOCOL, f"token.{token}"]
        return connect(
            self._url, subprotocols=protocols, compression=None, local_addr=(address, 0), max_queue=None
        )

    async def _one_after_another(self, place: int) -> None:
        # Each session has an address of its own, and is used by one connection at a time.
        mine, turn = self._tokens[place::AT_ONCE], 0
        # A service that ends them all is not asked for ever.
        while self.counts["arrived"] < self._messages and self.counts["sent"] < _MOST_SENT * self._messages:
            turn += 1
            address = f"127.1.{place}.{1 + turn % len(mine)}"
            await self._connection(mine[turn % len(mine)], address)

    async def _connection(self, token: str, address: str) -> None:
        try:
            async with self._connect(token, address) as socket:
                self.counts["connections"] += 1
                await socket.send('{"type": "hello", "version": 1}')
                await socket.recv()
                await self._attack(socket)
        except ConnectionClosed as closed:
            self.counts[f"closed {closed.rcvd.code if closed.rcvd else 'without a word'}"] += 1
        except (InvalidHandshake, OSError, TimeoutError) as error:
            self.counts[type(error).__name__] += 1

    async def _attack(self, socket: ClientConnection) -> None:
        draw = self._draw
        # Some kinds at a time, so that a connection is not always ended by the same.
        kinds = draw.sample(ATTACKS, 4)
        chosen = [draw.choice(kinds) for _ in range(IN_ONE)] + [draw.choice(LAST)] * (draw.random() < 0.2)
        for attack in chosen:
            await socket.send(attack(draw))
            self.counts["sent"] += 1
        # What follows the end of a connection reaches nobody; an answer to a ping says that all before came.
        await (await socket.ping())
        self.counts["arrived"] += len(chosen)
        if draw.random() < 0.1:
            # Half a frame, one that no client may send, or a text that is none; then nothing more.
            broken = draw.choice((b"\x82\xfe\xff", b"\xf3\x80aaaa", b"\x81\x81aaaa\xff", b"\x82\x05plain"))
            socket.transport.write(broken)
            self.counts["broken frames"] += 1
            await asyncio.sleep(0)
            socket.transport.abort()


def main() -> None:
    asked = orjson.loads(sys.argv[1])
    attacker = Attacker(**asked)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(attacker.run() if asked["messages"] else attacker.fill())
    print(orjson.dumps(attacker.counts).decode())  # noqa: T201


if __name__ == "__main__":
    main()
