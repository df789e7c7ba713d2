"""Malformed and lying messages by the thousand, and beside them a viewer who must notice nothing."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.live.processes import ROOT, Serving, agree, token_of
from tests.live.serving import moving_face

from telltale.core.signal import Values
from telltale.live.device import Device

MESSAGES = 100_000
SESSIONS = 200
"""Enough that each connects less often than it may."""
VIEWERS = [f"attacker-{k}" for k in range(16)]
GROWS_MB = 7.0
"""Over the last `MESSAGES`, once each session has all the rows that are kept of one: 70 bytes a message."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(tmp_path / "live")
    try:
        serving.wait_until_ready()
        yield serving
    finally:
        serving.close()


class Honest:
    """A viewer who is read all the while; how long each second's answer took."""

    def __init__(self, port: int) -> None:
        self._device = Device(
            f"ws://127.0.0.1:{port}/v1/watch", token_of("honest", "honest"), tell=self._hear
        )
        self._sent_s: dict[int, float] = {}
        self.waits_s: dict[int, float] = {}
        self._done = asyncio.Event()

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "second":
            self.waits_s[message["second"]] = time.monotonic() - self._sent_s[message["second"]]

    async def _seconds(self) -> AsyncIterator[Values]:
        face, second = moving_face(30), 0
        while not self._done.is_set():
            second += 1
            self._sent_s[second] = time.monotonic()
            first = 10 * ((second - 1) % 30)
            yield face[first : first + 10]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), 1.0)

    async def run(self) -> None:
        """Until `stop`."""
        await self._device.run(self._seconds())

    def stop(self) -> int:
        """How many seconds were sent."""
        self._done.set()
        return len(self._sent_s)


async def attack(serving: Serving, messages: int, seed: int) -> dict[str, int]:
    """What an attacker in another process counted."""
    asked = {
        "url": f"ws://127.0.0.1:{serving.port}/v1/watch",
        "viewers": VIEWERS,
        "sessions": SESSIONS,
        "messages": messages,
        "seed": seed,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.live.attack", orjson.dumps(asked).decode(),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    assert process.returncode == 0
    counts: dict[str, int] = orjson.loads(told)
    return counts


def looked_at_by(serving: Serving) -> float:
    """Messages that arrived and were refused, or taken for rows that come late or again."""
    counted = serving.metrics()
    refused = sum(counted[f'telltale_refused_total{{why="{why}"}}'] for why in ("broke a rule", "too fast"))
    rows = sum(count for name, count in counted.items() if name.startswith("telltale_rows_total"))
    return refused + rows / 10


def test_nothing_that_is_sent_brings_the_service_down(service: Serving) -> None:
    for viewer in (*VIEWERS, "honest"):
        agree(service.url, token_of(viewer, "any"))

    async def watched() -> tuple[dict[str, int], Honest, float, float, int]:
        honest = Honest(service.port)
        running = asyncio.create_task(honest.run())
        assert await attack(service, 0, seed=0) == {"filled": SESSIONS}
        await attack(service, MESSAGES // 10, seed=1)
        before_mb, looked_at = service.memory_mb(), looked_at_by(service)
        counts = await attack(service, MESSAGES, seed=2)
        looked_at = looked_at_by(service) - looked_at
        # What was under way gets its answer.
        await asyncio.sleep(1.5)
        sent = honest.stop()
        await running
        return counts, honest, looked_at, before_mb, sent

    counts, honest, looked_at, before_mb, sent = asyncio.run(watched())
    assert counts["arrived"] >= MESSAGES
    # All that arrived, but for the few that are right and are no rows: to pause and to resume.
    assert looked_at > 0.9 * counts["arrived"]
    assert service.faults() == []
    # Nor is anybody's address told.
    assert "127." not in service.log_text()
    assert service.memory_mb() - before_mb < GROWS_MB
    assert not {name for name in counts if name.startswith("closed 1011")}
    # The viewer beside was answered each second, within a second.
    assert set(range(1, sent)) <= honest.waits_s.keys()
    assert max(honest.waits_s.values()) < 1.0
