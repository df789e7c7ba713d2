"""The service end to end: consent, rows, decisions, withdrawal, the switch, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
from tests.live.serving import SHOP, Running, bearer, moving_face, paced, running
from tests.live.sockets import hello, socket_of, until
from websockets.exceptions import ConnectionClosed, InvalidStatus

from telltale.core.signal import Values
from telltale.gate.roles import Role
from telltale.live.device import Device, Log
from telltale.live.frames import encode_rows


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live")) as service:
        yield service


def play(device: Device, values: Values) -> Log:
    """A device that plays rows in real time."""
    return asyncio.run(device.run(paced(values)))


def test_a_viewer_who_agrees_is_read_decided_upon_and_shown(live: Running) -> None:
    told = live.session("anna")
    assert live.agree(told["token"])["may_read"]
    log = play(live.device(told["token"]), moving_face(5))
    assert [one["second"] for one in log.seconds] == [1, 2, 3, 4, 5]
    assert all(one["read"] == 1.0 for one in log.seconds)
    # The page is told what to show, and never a probability.
    (shown,) = log.shown
    assert shown["text"] == "Your checkout is ready"
    assert "probability" not in str(log)
    database = live.service.database
    ((arm, propensity, model),) = database.rows("SELECT arm, propensity, model FROM decisions")
    assert (arm, propensity) == ("treated", 1.0)
    assert model.startswith("acts/")
    assert database.rows("SELECT decision FROM exposures") == [(shown["decision"],)]
    # Neither the viewer nor the session is in what the audit keeps.
    assert not [
        row for row in database.rows("SELECT * FROM decisions") if "anna" in row or told["session"] in row
    ]


@pytest.mark.parametrize(
    ("purposes", "said", "why"),
    [
        ((), {}, "no consent"),
        (("personalise",), {}, "no consent"),
        (("read_face", "personalise"), {"age_at_least": 17}, "no age"),
        (("read_face", "personalise"), {"disclosed": False}, "was not told"),
    ],
    ids=str,
)
def test_without_consent_nothing_is_read(
    live: Running, purposes: tuple[str, ...], said: dict[str, Any], why: str
) -> None:
    token = live.session("ben")["token"]
    if purposes:
        assert why in live.agree(token, *purposes, **said)["why"]

    async def refused() -> str:
        async with socket_of(live, token) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await hello(socket)
            return closed.value.rcvd.reason if closed.value.rcvd else ""

    assert why in asyncio.run(refused())
    assert not live.service.database.rows("SELECT session FROM visits WHERE viewer = 'ben'")


def test_where_a_release_is_wanted_it_must_be_signed(live: Running) -> None:
    token = live.session("cy", place="US-IL")["token"]
    assert "release" in live.agree(token)["why"]
    assert live.agree(token, released=True)["may_read"]


def test_a_broken_connection_goes_on_where_it_was(live: Running) -> None:
    token = live.session("dora")["token"]
    live.agree(token)
    device, values = live.device(token), moving_face(8)

    async def broken() -> AsyncIterator[Values]:
        async for rows in paced(values):
            yield rows
            if device._made == 40:
                await device.break_off()

    log = asyncio.run(device.run(broken()))
    assert log.connections == 2
    assert [one["second"] for one in log.seconds if one["second"] <= 8] == sorted(
        {one["second"] for one in log.seconds}
    )
    assert log.ready[1]["send_from"] in (31, 41)
    assert len({one["decision"] for one in log.shown}) == len(log.shown) == 1


def test_withdrawal_reaches_the_service_while_it_runs(live: Running) -> None:
    token = live.session("eve")["token"]
    live.agree(token, "read_face", "personalise", "research")
    database = live.service.database

    async def withdrawn() -> tuple[float, dict[str, Any]]:
        async with socket_of(live, token) as socket:
            await hello(socket)
            for second in range(3):
                rows = moving_face(3)[second * 10 : second * 10 + 10]
                await socket.send(encode_rows(second * 10 + 1, rows, second + 1.0))
                await until(socket, "second")
                await asyncio.sleep(0.9)
            assert database.rows("SELECT COUNT(*) FROM recorded_rows")[0][0] >= 2
            began_s = time.monotonic()
            answer = await asyncio.to_thread(live.http.delete, "/v1/consent", headers=bearer(token))
            stop = await until(socket, "stop")
            assert stop == {"type": "stop", "why": "withdrawn", "final": True}
            return time.monotonic() - began_s, answer.json()

    took_s, receipt = asyncio.run(withdrawn())
    assert took_s < 1.0
    assert receipt["deleted"]["recorded_rows"] >= 2
    assert receipt["deleted"]["visits"] == 1
    assert "eve" not in str(receipt)
    for table in ("visits", "recorded_rows", "shop_events"):
        assert not database.rows(f"SELECT * FROM {table} WHERE session = ?", (live_session(token),))
    assert not database.rows("SELECT * FROM viewer_keys WHERE viewer = 'eve'")
    assert not [v for v in live.service.here.visitors.values() if v.token.viewer == "eve"]
    # The old token opens nothing until the viewer agrees anew.
    assert not play(live.device(token), moving_face(1)).ready


def test_after_a_withdrawal_only_a_new_consent_opens_the_session(live: Running) -> None:
    token = live.session("una")["token"]
    live.agree(token)

    async def withdrawn() -> None:
        async with socket_of(live, token) as socket:
            await hello(socket)
            await asyncio.to_thread(live.http.delete, "/v1/consent", headers=bearer(token))
            await until(socket, "stop")
            # The service knows nobody any more who could be shut out, and no socket goes on because of that.
            renewed = await asyncio.to_thread(live.http.post, "/v1/sessions/renew", headers=bearer(token))
            assert renewed.status_code == 200
            with contextlib.suppress(ConnectionClosed):
                await socket.send(encode_rows(1, moving_face(1), 1.0))
            with pytest.raises(ConnectionClosed):
                await until(socket, "second", 1.0)
        async with socket_of(live, token) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await hello(socket)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403
        await asyncio.to_thread(live.agree, token)
        async with socket_of(live, token) as socket:
            assert (await hello(socket))["reading"]

    asyncio.run(withdrawn())


def live_session(token: str) -> str:
    import jwt

    claims: dict[str, str] = jwt.decode(token, options={"verify_signature": False})
    return claims["session"]


def test_the_switch_stops_all_at_once_and_lets_it_go_on(live: Running) -> None:
    token = live.session("finn")["token"]
    live.agree(token)
    operator = live.log_in(Role.OPERATOR)

    def turn(on: bool) -> dict[str, Any]:
        answer = operator.post("/v1/switch", json={"on": on, "why": "a test of the switch"})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def switched() -> None:
        async with socket_of(live, token) as socket:
            assert (await hello(socket))["reading"]
            told = await asyncio.to_thread(turn, False)
            assert not told["on"]
            assert told["by"] == "an.operator"
            assert (await until(socket, "stop", 1.0))["why"] == "switched_off"
            # What is sent all the same is not taken in.
            await socket.send(encode_rows(1, moving_face(1), 1.0))
            with pytest.raises(TimeoutError):
                await until(socket, "second", 1.0)
            await asyncio.to_thread(turn, True)
            await until(socket, "go", 1.0)

    asyncio.run(switched())
    turns = operator.get("/v1/switches").json()
    assert [one["on"] for one in turns[:2]] == [True, False]


def test_a_second_connection_takes_the_session_over(live: Running) -> None:
    token = live.session("gus")["token"]
    live.agree(token)

    async def both() -> None:
        async with socket_of(live, token) as first, socket_of(live, token) as second:
            await hello(first)
            await hello(second)
            assert (await until(first, "stop"))["why"] == "elsewhere"
            await second.send(encode_rows(1, moving_face(1), 1.0))
            assert (await until(second, "second"))["second"] == 1

    asyncio.run(both())


def test_who_sends_too_much_is_told_to_slow_down_and_then_shut_out(live: Running) -> None:
    token = live.session("hal")["token"]
    live.agree(token)

    async def flood() -> tuple[dict[str, Any], int]:
        async with socket_of(live, token) as socket:
            await hello(socket)
            rows = encode_rows(1, np.repeat(moving_face(1), 56, axis=0), 56.0)
            with contextlib.suppress(ConnectionClosed):
                for _ in range(60):
                    await socket.send(rows)
            told = await until(socket, "slow_down")
            with pytest.raises(ConnectionClosed) as closed:
                await until(socket, "never")
            return told, closed.value.rcvd.code if closed.value.rcvd else 0

    slow_down, code = asyncio.run(flood())
    assert slow_down["wait_s"] >= 1
    assert code == 1008


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_pages_of_others_get_no_socket(live: Running, origin: str) -> None:
    async def asked() -> int:
        with pytest.raises(InvalidStatus) as refused:
            async with socket_of(live, live.session("ida")["token"], origin=origin):
                pass
        return refused.value.response.status_code

    assert asyncio.run(asked()) == 403


def test_a_token_is_for_one_session_and_renewed_for_it(live: Running) -> None:
    first = live.session("jo")
    renewed = live.http.post("/v1/sessions/renew", headers=bearer(first["token"])).json()
    assert renewed["session"] == first["session"]
    assert live.http.post("/v1/sessions/renew", headers=bearer("x" + first["token"])).status_code == 401
    assert live.http.post("/v1/sessions", json={}, headers=SHOP).status_code == 422
    assert live.http.post("/v1/sessions", json={}, headers={"x-telltale-shop": "no"}).status_code == 401


def test_facts_that_speak_of_money_are_refused(live: Running) -> None:
    fact = {
        "name": "product_sentence",
        "about": "r1",
        "value": "Now 20 % cheaper",
        "valid_until": "2099-01-01T00:00:00Z",
        "true_for_everyone": True,
        "source": "shop",
    }
    answer = live.http.put("/v1/facts", json=fact, headers=SHOP)
    assert answer.status_code == 422
    assert "money" in answer.json()["detail"]
    assert live.http.put("/v1/facts", json={**fact, "value": "Made of oak"}, headers=SHOP).status_code == 204
    assert live.http.put("/v1/facts", json={**fact, "price": 9}, headers=SHOP).status_code == 422


def test_health_and_metrics(live: Running) -> None:
    assert live.http.get("/healthz").json()["status"] == "ok"
    assert live.http.get("/readyz").json() == {"ready": True, "why": ""}
    text = live.http.get("/metrics").text
    assert "telltale_seconds_total" in text
    assert "anna" not in text
    answer = live.http.get("/healthz")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert live.http.post("/v1/sessions", content=b"x" * 100_000, headers=SHOP).status_code == 413
