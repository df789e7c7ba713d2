"""What was decided is not shown once the viewer, the operator or the clock is against it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.serving import Running, bearer, running
from tests.live.sockets import feed, hello_at_noon, rest, say, shows, socket_of

from telltale.gate.roles import Role

HELD_S = 3.0


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live")) as service:
        yield service


def opt_out(live: Running, token: str) -> None:
    assert live.http.put("/v1/opt-out", headers=bearer(token)).status_code == 204


def no_longer_personalised(live: Running, token: str) -> None:
    live.agree(token, "read_face")


def nothing(live: Running, token: str) -> None:
    pass


async def shown_once(live: Running, token: str) -> None:
    async with socket_of(live, token) as socket:
        await hello_at_noon(socket)
        await feed(socket, 3)
        assert len(shows(await rest(socket))) == 1


async def shown_again(live: Running, token: str) -> int:
    """How often to a device that says that nothing has reached it."""
    async with socket_of(live, token) as socket:
        await hello_at_noon(socket, next_row=31)
        return len(shows(await rest(socket, 0.5)))


AGAINST = {nothing: 1, opt_out: 0, no_longer_personalised: 0}


def test_what_did_not_arrive_comes_again_unless_the_viewer_is_against_it(live: Running) -> None:
    async def one(against: Any, often: int) -> None:
        token = live.session(against.__name__)["token"]
        live.agree(token)
        await shown_once(live, token)
        await asyncio.to_thread(against, live, token)
        assert await shown_again(live, token) == often

    async def all_of_them() -> None:
        await asyncio.gather(*(one(against, often) for against, often in AGAINST.items()))

    asyncio.run(all_of_them())


def test_what_did_not_arrive_does_not_come_while_everything_is_off(live: Running) -> None:
    token = live.session("kit")["token"]
    live.agree(token)
    operator = live.log_in(Role.OPERATOR)
    asyncio.run(shown_once(live, token))
    assert operator.post("/v1/switch", json={"on": False, "why": "a test"}).status_code == 200
    try:
        assert asyncio.run(shown_again(live, token)) == 0
    finally:
        operator.post("/v1/switch", json={"on": True, "why": "a test"})


def test_nor_does_what_another_process_could_not_send(tmp_path: Path) -> None:
    tokens: dict[Any, str] = {}
    with running(tmp_path) as first:
        for against in AGAINST:
            tokens[against] = first.session(against.__name__)["token"]
            first.agree(tokens[against])

        async def all_of_them() -> None:
            await asyncio.gather(*(shown_once(first, token) for token in tokens.values()))

        asyncio.run(all_of_them())
    with running(tmp_path) as second:
        for against, often in AGAINST.items():
            against(second, tokens[against])
            assert asyncio.run(shown_again(second, tokens[against])) == often


class Held:
    """A database that another program holds for a while."""

    def __init__(self, folder: Path) -> None:
        self._other = sqlite3.connect(folder / "live.db", isolation_level=None, check_same_thread=False)

    async def hold(self) -> None:
        self._other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(HELD_S)
        self._other.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("unseen_s", "pauses", "often"), [(10.0, False, 1), (1.0, False, 0), (10.0, True, 0)], ids=str
)
def test_a_commit_that_took_long_is_looked_at_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unseen_s: float, pauses: bool, often: int
) -> None:
    monkeypatch.setattr("telltale.live.telling.UNSEEN_S", unseen_s)
    with running(tmp_path) as live:
        token = live.session("lea")["token"]
        live.agree(token)

        async def held() -> int:
            async with socket_of(live, token) as socket:
                await hello_at_noon(socket)
                holding = asyncio.create_task(Held(tmp_path).hold())
                await feed(socket, 2)
                if pauses:
                    await say(socket, type="pause", why="viewer")
                await holding
                return len(shows(await rest(socket)))

        assert asyncio.run(held()) == often
        database = live.service.database
        # It stands there as what was to be shown, and was not.
        assert database.rows("SELECT shown FROM decisions") == [(1,)]
        assert database.rows("SELECT decision FROM exposures") == []
        # How long it took until it stood there is told, not how long until the second was answered.
        told = live.service.metrics.text().decode()
        (took_s,) = [
            float(line.split()[1])
            for line in told.splitlines()
            if line.startswith("telltale_decision_seconds_sum")
        ]
        assert 1.0 < took_s < HELD_S + 2.0
        (at_most,) = [
            float(line.split()[1])
            for line in told.splitlines()
            if line.startswith("telltale_answer_seconds_sum")
        ]
        assert at_most < 1.0


def test_who_rests_while_the_connection_breaks_and_comes_back_is_shown_again(live: Running) -> None:
    token = live.session("mia")["token"]
    live.agree(token)

    async def broken() -> list[str]:
        async with socket_of(live, token) as socket:
            await hello_at_noon(socket)
            await say(socket, type="pause", why="hidden")
            await asyncio.sleep(0.2)
        # It goes on while nobody can be told.
        async with socket_of(live, token) as socket:
            await hello_at_noon(socket)
            await feed(socket, 3)
            return shows(await rest(socket))

    assert len(asyncio.run(broken())) == 1
