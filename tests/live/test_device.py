"""A device in Python does as it is told: it rests, goes on and ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.live.serving import Running, moving_face, paced, running

from telltale.core.signal import Values
from telltale.gate.roles import Role
from telltale.live.device import Device, Log


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live")) as service:
        yield service


def not_allowed(live: Running) -> float:
    text = live.service.metrics.text().decode()
    (line,) = [
        line for line in text.splitlines() if line.startswith('telltale_rows_total{fate="not allowed"')
    ]
    return float(line.split()[-1])


def test_while_everything_is_off_nothing_is_sent(live: Running) -> None:
    token = live.session("abe")["token"]
    live.agree(token)
    operator, device = live.log_in(Role.OPERATOR), live.device(token)

    def turn(on: bool) -> None:
        assert operator.post("/v1/switch", json={"on": on, "why": "a test"}).status_code == 200

    async def switched() -> tuple[Log, float]:
        before = not_allowed(live)
        playing = asyncio.create_task(device.run(paced(moving_face(7))))
        await asyncio.sleep(1.5)
        await asyncio.to_thread(turn, False)
        await asyncio.sleep(2.0)
        assert not device.allowed
        assert not_allowed(live) == before
        await asyncio.to_thread(turn, True)
        return await playing, not_allowed(live) - before

    log, sent_all_the_same = asyncio.run(switched())
    assert (log.connections, log.stopped, sent_all_the_same) == (1, "", 0)
    read = {one["second"]: one["read"] for one in log.seconds if one["second"] <= 7}
    # What came while it was off is unread for good.
    assert read == {1: 1.0, 2: 1.0, 3: 0.0, 4: 0.0, 5: 1.0, 6: 1.0, 7: 1.0}


def test_a_consent_that_is_taken_back_ends_it(live: Running) -> None:
    token = live.session("bea")["token"]
    live.agree(token)

    async def taken_back() -> tuple[Log, float]:
        playing = asyncio.create_task(live.device(token).run(paced(moving_face(20))))
        await asyncio.sleep(1.5)
        began_s = time.monotonic()
        await asyncio.to_thread(live.agree, token, "personalise")
        return await playing, time.monotonic() - began_s

    log, took_s = asyncio.run(taken_back())
    assert (log.connections, log.stopped) == (1, "no_consent")
    assert took_s < 1.0


def test_who_never_agreed_is_not_asked_for_rows(live: Running) -> None:
    token = live.session("cal")["token"]

    async def never() -> AsyncIterator[Values]:
        await asyncio.Event().wait()
        yield moving_face(1)

    async def ended(device: Device) -> Log:
        async with asyncio.timeout(5):
            return await device.run(never())

    log = asyncio.run(ended(live.device(token)))
    assert (log.connections, log.stopped) == (1, "no_consent")
