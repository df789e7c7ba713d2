"""Sessions that are several of one viewer, or not what they say they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.live.serving import ENVIRONMENT, Running, bearer, moving_face, running
from tests.live.sockets import feed, hello, hello_at_noon, rest, say, shows, socket_of, until
from tests.real_servers import RedisServer
from websockets.exceptions import ConnectionClosed

from telltale.core.clock import now
from telltale.live.frames import encode_rows
from telltale.live.visitor import Visitor
from telltale.strategy.switches import Switch, turn

HOUR = 36_000
"""Rows."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live")) as service:
        yield service


def visitors(live: Running, viewer: str) -> list[Visitor]:
    return live.service.here.of_viewer(viewer)


async def shown_to_twins(first: Running, second: Running, viewer: str) -> int:
    """Two tabs of one viewer, each at a service."""
    tokens = [first.session(viewer)["token"], second.session(viewer)["token"]]
    await asyncio.to_thread(first.agree, tokens[0])
    async with socket_of(first, tokens[0]) as one, socket_of(second, tokens[1]) as other:
        await hello_at_noon(one)
        await hello_at_noon(other)
        await asyncio.gather(feed(one, 4), feed(other, 4))
        told = await asyncio.gather(rest(one, 0.5), rest(other, 0.5))
    return sum(len(shows(one)) for one in told)


def test_two_tabs_of_one_viewer_share_what_counts(live: Running) -> None:
    assert asyncio.run(shown_to_twins(live, live, "twin")) == 1
    # This process knew it, and had not to be told by the ledger.
    pasts = [[past.session for past in one.past] for one in visitors(live, "twin")]
    assert len(pasts) == 2
    assert pasts[0] == pasts[1]
    assert len(pasts[0]) == 1
    assert 'outcome="refused"} 1.0' in live.http.get("/metrics").text


def test_what_the_ledger_had_no_room_for_does_not_count(tmp_path: Path) -> None:
    with running(tmp_path) as first, running(tmp_path) as second:
        assert asyncio.run(shown_to_twins(first, second, "twin")) == 1
        pasts = [len(visitors(service, "twin")[0].past) for service in (first, second)]
        assert sorted(pasts) == [0, 1]


def test_an_opt_out_reaches_other_processes_without_redis(tmp_path: Path, redis_server: RedisServer) -> None:
    shared = replace(ENVIRONMENT, redis_url=redis_server.url)
    with (
        running(tmp_path, environment=shared) as here,
        running(tmp_path, environment=shared) as there,
    ):
        token = there.session("ora")["token"]
        there.agree(token)

        async def opted_out() -> list[str]:
            async with socket_of(there, token) as socket:
                await hello_at_noon(socket)
                redis_server.stop()
                answer = await asyncio.to_thread(here.http.put, "/v1/opt-out", headers=bearer(token))
                assert answer.status_code == 204
                await asyncio.sleep(3.0)
                await feed(socket, 3)
                return shows(await rest(socket))

        try:
            assert asyncio.run(opted_out()) == []
        finally:
            # It is everybody's.
            redis_server.start()
        assert there.service.database.rows("SELECT shown FROM decisions") == [(0,)]


async def refused(live: Running, token: str, next_row: int) -> int:
    """The code with which a hello ends; 0 where it does not."""
    async with socket_of(live, token) as socket:
        try:
            assert (await hello(socket, next_row=next_row))["type"] == "ready"
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else -1
    return 0


def test_no_session_is_older_than_its_visit_or_a_page_left_open(tmp_path: Path) -> None:
    with running(tmp_path) as live:
        token = live.session("pam")["token"]
        live.agree(token)
        assert asyncio.run(refused(live, token, 1_200_001)) == 4403
        assert live.service.database.rows("SELECT session FROM visits") == []
        # A page may have been open for some hours.
        assert asyncio.run(refused(live, token, 2 * HOUR)) == 0
    with running(tmp_path) as live:
        assert asyncio.run(refused(live, token, 2 * HOUR + 1000)) == 0
        assert asyncio.run(refused(live, live.session("pam")["token"], 1)) == 0
    with running(tmp_path) as live:
        assert asyncio.run(refused(live, token, 4 * HOUR)) == 4403


def test_rows_far_beyond_the_hello_are_refused(live: Running) -> None:
    token = live.session("quin")["token"]
    live.agree(token, "read_face", "personalise", "research")

    async def far() -> None:
        async with socket_of(live, token) as socket:
            await hello(socket)
            await socket.send(encode_rows(1_200_001, moving_face(1), 120_001.0))
            assert "before its time" in (await until(socket, "refused"))["why"]
            await socket.send(encode_rows(1, moving_face(1), 1.0))
            assert (await until(socket, "second"))["second"] == 1

    asyncio.run(far())


def test_only_a_decision_of_this_session_can_have_been_on_its_screen(live: Running) -> None:
    tokens = {viewer: live.session(viewer)["token"] for viewer in ("rex", "sam")}
    for token in tokens.values():
        live.agree(token)

    async def shown(viewer: str) -> str:
        async with socket_of(live, tokens[viewer]) as socket:
            await hello_at_noon(socket)
            await feed(socket, 3)
            (decision,) = shows(await rest(socket))
            return decision

    async def exposed(viewer: str, decision: str) -> list[str]:
        async with socket_of(live, tokens[viewer]) as socket:
            await hello_at_noon(socket, next_row=31, seen=[decision])
            await say(socket, type="exposed", decision=decision)
            return [one["type"] for one in await rest(socket)]

    async def both() -> list[str]:
        return list(await asyncio.gather(*(shown(viewer) for viewer in tokens)))

    first, second = asyncio.run(both())
    assert first.rpartition("-")[2] == second.rpartition("-")[2]
    sql = "SELECT decision FROM exposures WHERE decision IN (?, ?)"
    for wrong in (second, f"x-{first.rpartition('-')[2]}"):
        assert "refused" in asyncio.run(exposed("rex", wrong))
    assert live.service.database.rows(sql, (first, second)) == []
    assert "refused" not in asyncio.run(exposed("rex", first))
    assert live.service.database.rows(sql, (first, second)) == [(first,)]


def test_a_switch_that_is_read_twice_at_once_stops_once(live: Running) -> None:
    token = live.session("tim")["token"]
    live.agree(token)
    service = live.service

    async def read_twice() -> None:
        await asyncio.gather(service.hub.read_switches(), service.hub.read_switches())

    def turned(off: bool) -> None:
        with service.database.transaction() as t:
            turn(t, Switch("all", off, "an.operator", "a test", now()))
        asyncio.run_coroutine_threadsafe(read_twice(), service._tasks[0].get_loop()).result(5)

    async def stopped() -> list[str]:
        async with socket_of(live, token) as socket:
            await hello(socket)
            await asyncio.to_thread(turned, True)
            await asyncio.to_thread(turned, False)
            return [one["type"] for one in await rest(socket, 1.5)]

    assert asyncio.run(stopped()) == ["stop", "go"]
