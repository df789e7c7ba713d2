"""One room or one intervention is stopped by hand, and goes on, while the service runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.live.serving import running

from telltale.core.clock import now
from telltale.gate.roles import Role

WITHIN_S = 5.0
"""Each second the switches are read; a busy machine may take longer."""


def until(reached: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WITHIN_S
    while not reached():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_a_room_and_an_intervention_are_stopped_and_go_on(tmp_path: Path) -> None:
    with running(tmp_path / "live", studio=True) as live:
        client = live.log_in(Role.OPERATOR)
        scopes = ("room:r1", "intervention:ready_checkout")
        for scope in scopes:
            asked = {"scope": scope, "on": False, "why": " stock is wrong "}
            told = client.post("/v1/switch/part", json=asked).json()
            assert {**told, "at": ""} == {
                "scope": scope,
                "on": False,
                "by": "an.operator",
                "why": "stock is wrong",
                "at": "",
            }
        until(lambda: set(live.service.here.switches) == set(scopes))
        assert client.get("/v1/overview").json()["switch"]["on"] is True
        for scope in scopes:
            again = {"scope": scope, "on": True, "why": "it is right"}
            assert client.post("/v1/switch/part", json=again).status_code == 200
        until(lambda: not live.service.here.switches)
        turns = client.get("/v1/switches/parts").json()
        assert [(turn["scope"], turn["on"]) for turn in turns] == [
            *((scope, True) for scope in reversed(scopes)),
            *((scope, False) for scope in reversed(scopes)),
        ]
        assert turns[0]["at"] <= now().isoformat()
        # That of everything is listed apart.
        assert client.get("/v1/switches").json() == []


def test_what_is_no_part_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "live", studio=True) as live:
        client = live.log_in(Role.OPERATOR)
        for scope, status in (("all", 422), ("room:", 422), ("room:a b", 422), ("intervention:none", 404)):
            asked = {"scope": scope, "on": False, "why": "a test"}
            assert client.post("/v1/switch/part", json=asked).status_code == status, scope
        asked = {"scope": "room:r1", "on": False, "why": "    "}
        assert client.post("/v1/switch/part", json=asked).status_code == 422
        assert client.get("/v1/switches/parts").json() == []
