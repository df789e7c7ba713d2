"""A service that stands still for a while, as on a machine that is taken from it, loses nothing that came."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.agreed import agree_all
from tests.live.processes import Serving, token_of
from tests.live.serving import moving_face, paced

from telltale.live.device import Device, Log

VIEWERS = [f"viewer-{k}" for k in range(8)]
pytestmark = pytest.mark.slow
SECONDS, STILL_S = 7, 2.2


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Serving]:
    agree_all(f"sqlite:///{tmp_path / 'live.db'}", VIEWERS, "read_face", "personalise")
    serving = Serving(tmp_path)
    try:
        serving.wait_until_ready()
        yield serving
    finally:
        serving.process.send_signal(signal.SIGCONT)
        serving.close()


def test_rows_that_come_while_it_stands_still_are_taken_in(service: Serving) -> None:
    async def watched(viewer: str, begin_s: float) -> Log:
        await asyncio.sleep(begin_s)
        device = Device(f"ws://127.0.0.1:{service.port}/v1/watch", token_of(viewer, viewer))
        return await device.run(paced(moving_face(SECONDS)))

    async def stood_still() -> list[Log]:
        playing = [asyncio.create_task(watched(viewer, k / 8)) for k, viewer in enumerate(VIEWERS)]
        await asyncio.sleep(2.5)
        service.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(STILL_S)
        service.process.send_signal(signal.SIGCONT)
        return await asyncio.gather(*playing)

    for log in asyncio.run(stood_still()):
        assert log.connections == 1
        read = {one["second"]: one["read"] for one in log.seconds if one["second"] <= SECONDS}
        assert read == dict.fromkeys(range(1, SECONDS + 1), 1.0)
    rows = service.metrics()
    assert rows['telltale_rows_total{fate="new"}'] == 10 * SECONDS * len(VIEWERS)
    assert rows['telltale_rows_total{fate="late or again"}'] == 0
