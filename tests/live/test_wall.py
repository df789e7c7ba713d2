"""The studio's live wall: what it shows first and then, over one process and over several, and to whom."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import orjson
import pytest
from tests.live.serving import Running, moving_face, paced, running
from tests.real_servers import RedisServer
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from telltale.gate.doors import COOKIE
from telltale.gate.roles import Role
from telltale.live.board import Board
from telltale.live.fanout import AbstractFanout, LocalFanout, RedisFanout, Topic
from telltale.live.outbox import MOST, Outbox
from telltale.live.pace import Pace
from telltale.live.wall import Wall


def test_a_gap_is_shown_as_a_gap() -> None:
    shown = Board().enter("s1", "r1", 0.0)
    shown.told(1, 0.25, 1.0, 0.9)
    shown.told(4, math.nan, 0.0, 0.0)
    assert list(shown.history) == [0.25, None, None, None]


def test_what_changed_is_told_once_and_who_left_is_gone() -> None:
    board = Board()
    board.enter("s1", "r1", 0.0)
    board.enter("s2", "r1", 0.0)
    assert {viewer["session"] for viewer in board.changes()["viewers"]} == {"s1", "s2"}
    board.touch("s1")
    board.leave("s2")
    changes = board.changes()
    assert [viewer["session"] for viewer in changes["viewers"]] == ["s1"]
    assert changes["gone"] == ["s2"]
    assert [viewer["session"] for viewer in board.whole()] == ["s1"]


def test_a_slow_reader_loses_acknowledgements_and_nothing_that_was_decided() -> None:
    outbox = Outbox()
    for k in range(MOST):
        outbox.put({"type": "second", "second": k}, may_drop=True)
    outbox.put({"type": "show"})
    assert len(outbox) == MOST // 2 + 1
    assert outbox.dropped == MOST // 2
    outbox.close()

    async def rest() -> list[str]:
        told: list[str] = []
        while (text := await outbox.next()) is not None:
            told.append(orjson.loads(text)["type"])
        return told

    assert asyncio.run(rest())[-1] == "show"


def test_the_slowest_answers_are_told() -> None:
    pace = Pace()
    for k in range(100):
        pace.waited(0.001 * k, now_s=1.0)
    assert pace.a_minute(now_s=2.0)["p99_ms"] == pytest.approx(98.0)
    assert pace.a_minute(now_s=70.0)["p99_ms"] is None


def wall_of(worker: str, board: Board, fanout: AbstractFanout) -> Wall:
    def counts() -> dict[str, Any]:
        return {"viewers": len(board), "p99_ms": 1.0}

    return Wall(worker, board, fanout, counts=counts, switch=lambda: {"on": True})


async def messages(outbox: Outbox, kinds: int) -> list[dict[str, Any]]:
    """Messages until there were so many."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(5):
        while len(told) < kinds:
            told.append(orjson.loads(str(await outbox.next())))
    return told


def test_over_redis_a_wall_joins_what_all_processes_tell(redis_server: RedisServer) -> None:
    async def two() -> list[dict[str, Any]]:
        fanouts = [RedisFanout(redis_server.url) for _ in range(2)]
        boards = [Board(), Board()]
        walls = [wall_of(str(k), boards[k], fanouts[k]) for k in range(2)]
        for k in range(2):

            def heard(topic: Topic, news: dict[str, Any], wall: Wall = walls[k]) -> None:
                wall.heard(topic, news, now_s=1.0)

            await fanouts[k].start(heard)
        assert all(fanout.well for fanout in fanouts)
        boards[0].enter("here", "r1", 0.0).told(1, 0.5, 1.0, 1.0)
        boards[1].enter("there", "r1", 0.0).told(1, 0.7, 1.0, 1.0)
        outbox = Outbox()
        await walls[0].open(outbox)
        async with asyncio.timeout(5):
            while not all(wall.looks(1.0) for wall in walls):
                await asyncio.sleep(0.01)
        for wall in walls:
            await wall.every_second(1.0)
        told = await messages(outbox, 3)
        # A session that moved is not taken down by the process that it left.
        boards[1].enter("here", "r1", 0.0).told(2, 0.6, 1.0, 1.0)
        await walls[1].every_second(2.0)
        told += await messages(outbox, 1)
        boards[0].leave("here")
        await walls[0].every_second(2.0)
        told += await messages(outbox, 1)
        for fanout in fanouts:
            await fanout.stop()
        return told

    first, *whole, moved, left = asyncio.run(two())
    assert first["type"] == "wall"
    assert not first["viewers"]
    assert {viewer["session"] for viewer in whole[-1]["viewers"]} == {"here", "there"}
    assert whole[-1]["counts"]["viewers"] == 2
    assert [viewer["session"] for viewer in moved["viewers"]] == ["here"]
    assert left["gone"] == []


@pytest.mark.parametrize("back", [False, True])
def test_who_leaves_twice_in_a_second_is_gone_once_and_who_is_back_is_not(back: bool) -> None:
    board, outbox = Board(), Outbox()
    fanout = LocalFanout()
    wall = wall_of("w", board, fanout)

    async def seen() -> list[dict[str, Any]]:
        await fanout.start(lambda topic, news: wall.heard(topic, news, now_s=1.0))
        await wall.open(outbox)
        board.enter("s1", "r1", 0.0)
        await wall.every_second(1.0)
        for _ in range(2):
            board.leave("s1")
            board.enter("s1", "r1", 0.0)
        if not back:
            board.leave("s1")
        await wall.every_second(2.0)
        return await messages(outbox, 3)

    *_, tick = asyncio.run(seen())
    assert tick["gone"] == ([] if back else ["s1"])
    assert [viewer["session"] for viewer in tick["viewers"]] == (["s1"] if back else [])


def test_news_that_fail_make_nobody_deaf(redis_server: RedisServer) -> None:
    async def told() -> list[dict[str, Any]]:
        fanout, heard, last = RedisFanout(redis_server.url), list[dict[str, Any]](), asyncio.Event()

        def hear(_: Topic, news: dict[str, Any]) -> None:
            if news["kind"] == "broken":
                raise KeyError("s1")
            heard.append(news)
            last.set()

        await fanout.start(hear)
        await fanout.tell("wall", {"kind": "broken"})
        await fanout.tell("control", {"kind": "withdrawn"})
        async with asyncio.timeout(5):
            await last.wait()
        await fanout.stop()
        return heard

    assert asyncio.run(told()) == [{"kind": "withdrawn"}]


def test_redis_that_is_not_there_is_said_and_waited_for(redis_server: RedisServer) -> None:
    async def lost() -> None:
        fanout, heard = RedisFanout(redis_server.url), asyncio.Event()

        async def until_well(wanted: bool) -> None:
            async with asyncio.timeout(25):
                while fanout.well != wanted:
                    await asyncio.sleep(0.02)

        await fanout.start(lambda _topic, _news: heard.set())
        await until_well(True)
        redis_server.stop()
        await until_well(False)
        await fanout.tell("control", {})  # tells nobody, and raises nothing
        redis_server.start()
        await until_well(True)
        await fanout.tell("control", {"kind": "switched"})
        async with asyncio.timeout(5):
            await heard.wait()
        await fanout.stop()

    asyncio.run(lost())


def test_the_wall_is_for_those_who_may_see_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("wall")) as live:
        told = asyncio.run(watched(live))
    kinds = [one["type"] for one in told]
    assert kinds[0] == "wall"
    assert "tick" in kinds
    seen = [viewer for one in told for viewer in one["viewers"] if viewer["probability"] is not None]
    assert seen[0]["label"] == seen[0]["session"][-8:]
    assert all(0 < viewer["probability"] < 1 for viewer in seen)
    assert seen[0]["state"] == "reading"
    assert seen[-1]["read"] == 1.0
    assert "kim" not in orjson.dumps(told).decode()


async def watched(live: Running) -> list[dict[str, Any]]:
    """What an operator sees while a viewer is read for some seconds."""
    token = live.session("kim")["token"]
    live.agree(token)
    url = f"ws://127.0.0.1:{live.port}/v1/wall"
    for role in (None, Role.PRIVACY):
        cookie = "" if role is None else live.log_in(role).cookies[COOKIE]
        with pytest.raises(InvalidStatus):
            await connect(url, additional_headers={"cookie": f"{COOKIE}={cookie}"})
    cookie = live.log_in(Role.OPERATOR).cookies[COOKIE]
    told: list[dict[str, Any]] = []
    playing = asyncio.create_task(live.device(token).run(paced(moving_face(4))))
    async with connect(url, additional_headers={"cookie": f"{COOKIE}={cookie}"}) as socket:
        while not playing.done():
            with_timeout = asyncio.wait_for(socket.recv(), 3)
            told.append(orjson.loads(await with_timeout))
    await playing
    return told
