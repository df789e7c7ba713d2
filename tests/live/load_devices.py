"""Viewers' devices in a process of their own: run as `python -m tests.live.load_devices`, with what as JSON.

Each plays a face of its own for some seconds and stays connected until stdin ends. A line on stdout says that
all have played, another that a device was told to stop for good; the last one holds what each saw.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from tests.live.processes import token_of
from tests.live.serving import moving_face

from telltale.core import channels
from telltale.core.clock import now
from telltale.core.signal import Values
from telltale.live.device import Device

CALM, FLASH = 0.02, 0.5
"""Energies below and above what counts as a brief act."""
_ENERGIES = [k for k, name in enumerate(channels.NAMES) if "_energy_" in name]
_TELLING = [channels.INDEX[f"au{unit:02d}_energy_left"] for unit in (5, 12)]
"""Units from which the model that ships takes a cart to be likelier."""


def face(seconds: int, number: int) -> Values:
    """Rows of a viewer unlike all others, calm until a second that is theirs, shape (10 * seconds, 128)."""
    values = moving_face(seconds, seed=number)
    values[:, _ENERGIES] = CALM * np.random.default_rng(number).random((len(values), len(_ENERGIES)))
    from_second = number % max(1, seconds - 4)
    values[10 * from_second + 3 :: 10, _TELLING] = FLASH
    return values


@dataclass(slots=True)
class Seen:
    """What one device sent and heard."""

    sent: list[int] = field(default_factory=list)
    """Rows, by connection."""
    shown: list[str] = field(default_factory=list)
    """Decisions that came, each as often as it came."""


class CountingDevice(Device):
    """A device that counts what it sends on each connection."""

    def __init__(self, url: str, token: str) -> None:
        at = now()
        noon = 12 * 60 - (at.hour * 60 + at.minute)
        super().__init__(url, token, tell=self._note, utc_offset_min=noon)
        self.seen = Seen()

    def _note(self, message: dict[str, Any]) -> None:
        if message["type"] == "show":
            self.seen.shown.append(message["decision"])
        if message["type"] == "stop" and message["final"]:
            say(stopped=message["why"])

    async def _send_new(self) -> None:
        while len(self.seen.sent) < self.log.connections:
            self.seen.sent.append(0)
        socket, before = self._socket, self._sent
        await super()._send_new()
        if socket is not None:
            self.seen.sent[-1] += self._sent - before


def say(**told: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    sys.stdout.flush()


class Viewers:
    """All devices of this process."""

    def __init__(self, url: str, names: list[str]) -> None:
        self._devices = {name: CountingDevice(url, token_of(name, f"session-{name}")) for name in names}
        self._played = asyncio.Barrier(len(names) + 1)
        self._ended = asyncio.Event()

    async def play(self, seconds: int) -> dict[str, dict[str, Any]]:
        """Play so many seconds, stay until stdin ends; what each device saw."""
        begin_s, count = asyncio.get_running_loop().time() + 0.5, len(self._devices)
        tasks = [
            asyncio.create_task(device.run(self._seconds(face(seconds, k), begin_s + k / count)))
            for k, device in enumerate(self._devices.values())
        ]
        await self._played.wait()
        say(played=count, moved=[name for name, one in self._devices.items() if one.log.connections > 1])
        await asyncio.to_thread(sys.stdin.read)
        # Not a barrier: who withdrew has ended already.
        self._ended.set()
        await asyncio.gather(*tasks)
        return {name: _told(device) for name, device in self._devices.items()}

    async def _seconds(self, values: Values, begin_s: float) -> AsyncIterator[Values]:
        for second in range(len(values) // 10):
            await asyncio.sleep(max(0.0, begin_s + second + 1 - asyncio.get_running_loop().time()))
            yield values[10 * second : 10 * second + 10]
        # The last rows have their answer before anybody is said to have played.
        await asyncio.sleep(1.0)
        await self._played.wait()
        await self._ended.wait()


def _told(device: CountingDevice) -> dict[str, Any]:
    log = device.log
    return {
        "sent": device.seen.sent,
        "shown": device.seen.shown,
        "seconds": [one["second"] for one in log.seconds],
        "stopped": log.stopped,
        "other": [one["type"] for one in log.other],
    }


async def main(url: str, viewers: list[str], seconds: int) -> None:
    say(devices=await Viewers(url, viewers).play(seconds))


if __name__ == "__main__":
    asyncio.run(main(**orjson.loads(sys.argv[1])))
