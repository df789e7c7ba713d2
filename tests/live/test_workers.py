"""Two workers behind a proxy, with PostgreSQL and Redis, and one of them killed while viewers are read.

How rows are counted across a worker that can no longer be asked: a row sent to it on a connection that broke
is sent again to the other, so the other must have counted, as new or as again, exactly what was sent on
connections that held; and the ledger, where these viewers' rows are kept, must hold each row that a device
made, once.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from tests.live.agreed import agree_all
from tests.live.load_devices import face
from tests.live.processes import ROOT, Serving, token_of
from tests.live.proxy import Proxy
from tests.live.serving import PASSWORD, STUDIO, bearer
from tests.real_servers import RedisServer
from websockets.sync.client import connect

from telltale.core import clock
from telltale.gate.accounts import Accounts
from telltale.gate.doors import COOKIE
from telltale.gate.roles import Role
from telltale.records.database import AbstractDatabase, open_database
from telltale.strategy.keys import key_of, session_alias

pytestmark = pytest.mark.slow
VIEWERS = [f"viewer-{k}" for k in range(40)]
SESSIONS = {f"session-{viewer}" for viewer in VIEWERS}
SECONDS, KILLED_AFTER_S = 12, 6.5
AGAIN = 'telltale_rows_total{fate="late or again"}'
RISES = """
[[interventions]]
name = "ready_checkout"
kind = "preloaded_checkout"
text = { en = "Your checkout is ready", "zh-Hans" = "结算页已为你准备好" }
threshold = 0.3
release = 0.01
hold_s = 0.0
cool_down_s = 0.0
most_per_session = 5
share = 0.75
priority = 1

[[interventions]]
name = "soon_after"
kind = "preloaded_checkout"
text = { en = "Still ready", "zh-Hans" = "依然为你准备好" }
threshold = 0.95
release = 0.01
hold_s = 0.0
cool_down_s = 0.0
most_per_session = 5
share = 1.0
"""
"""The first rises at another second for each viewer; the second soon after, and is refused as too soon."""


@dataclass(slots=True)
class Setting:
    """What a test has before it."""

    workers: list[Serving]
    proxy: Proxy
    database: AbstractDatabase


@pytest.fixture
def setting(tmp_path: Path, postgres_url: str, redis_server: RedisServer) -> Iterator[Setting]:
    agree_all(postgres_url, VIEWERS, "read_face", "personalise", "research")
    workers = [
        Serving(
            tmp_path / str(k),
            catalogue=RISES,
            TELLTALE_DATABASE_URL=postgres_url,
            TELLTALE_REDIS_URL=redis_server.url,
        )
        for k in range(2)
    ]
    proxy = Proxy(tmp_path, [worker.port for worker in workers])
    database = open_database(postgres_url)
    try:
        for worker in workers:
            worker.wait_until_ready()
        proxy.wait_until_up(2)
        yield Setting(workers, proxy, database)
    finally:
        database.close()
        proxy.close()
        for worker in workers:
            worker.close()


class Devices:
    """Devices that play in another process."""

    def __init__(self, url: str) -> None:
        asked = {"url": url, "viewers": VIEWERS, "seconds": SECONDS}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.load_devices", orjson.dumps(asked).decode()],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def heard(self) -> dict[str, Any]:
        """The next line."""
        assert self._process.stdout is not None
        told: dict[str, Any] = orjson.loads(self._process.stdout.readline())
        return told

    def end(self) -> dict[str, dict[str, Any]]:
        """What each saw, by viewer."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        told: dict[str, dict[str, Any]] = self.heard()["devices"]
        assert self._process.wait(10) == 0
        return told

    def close(self) -> None:
        """End them without a word."""
        with self._process as process:
            process.kill()


@pytest.fixture
def devices(setting: Setting) -> Iterator[Devices]:
    playing = Devices(f"ws://127.0.0.1:{setting.proxy.port}/v1/watch")
    try:
        yield playing
    finally:
        playing.close()


def cookie_of(setting: Setting, worker: Serving) -> str:
    """Of an operator who has logged in."""
    Accounts(setting.database).add("an.operator", {Role.OPERATOR}, PASSWORD, clock.now())
    asked = {"name": "an.operator", "password": PASSWORD}
    answer = httpx.post(f"{worker.url}/v1/operator/login", json=asked, headers=STUDIO, timeout=10)
    assert answer.status_code == 200, answer.text
    return f"{COOKIE}={answer.cookies[COOKIE]}"


def seen_on_the_wall(worker: Serving, cookie: str) -> dict[str, dict[str, Any]]:
    """Everybody whom a worker's wall shows once it has heard of all viewers; by session."""
    seen: dict[str, dict[str, Any]] = {}
    until_s = time.monotonic() + 5
    with connect(f"ws://127.0.0.1:{worker.port}/v1/wall", additional_headers={"cookie": cookie}) as wall:
        while len(seen) < len(VIEWERS) and time.monotonic() < until_s:
            told = orjson.loads(wall.recv(5))
            seen |= {viewer["session"]: viewer for viewer in told["viewers"]}
    return seen


def viewers_of(worker: Serving) -> int:
    return int(worker.metrics()["telltale_viewers"])


def eventually(holds: Callable[[], bool], within_s: float = 10.0) -> bool:
    until_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True, slots=True)
class Ledger:
    """What stands in the ledger, by viewer."""

    shown: dict[str, set[str]]
    """Decisions that were to be shown."""
    not_shown: dict[str, set[str]]
    exposed: set[str]


def ledger_of(database: AbstractDatabase) -> Ledger:
    shown: dict[str, set[str]] = {}
    not_shown: dict[str, set[str]] = {}
    for viewer in VIEWERS:
        key = key_of(database, viewer)
        assert key is not None
        alias = session_alias(key, f"session-{viewer}")
        found = database.rows("SELECT id, shown FROM decisions WHERE session = ?", (alias,))
        shown[viewer] = {name for name, was_shown in found if was_shown}
        not_shown[viewer] = {name for name, was_shown in found if not was_shown}
        assert len(found) == len(shown[viewer] | not_shown[viewer])
    exposed = {name for (name,) in database.rows("SELECT decision FROM exposures")}
    return Ledger(shown, not_shown, exposed)


def all_exposed(database: AbstractDatabase) -> bool:
    """Whether everything that was to be shown is said to have been on a screen."""
    sql = (
        "SELECT COUNT(*) FROM decisions LEFT JOIN exposures ON decision = id WHERE shown AND decision IS NULL"
    )
    return database.rows(sql) == [(0,)]


def rows_are_kept(database: AbstractDatabase, number: int) -> bool:
    """Whether each second that a device made is in the ledger, once and byte for byte."""
    made = face(SECONDS, number)
    sql = "SELECT second, content FROM recorded_rows WHERE session = ? AND second <= ? ORDER BY second"
    kept = database.rows(sql, (f"session-{VIEWERS[number]}", SECONDS))
    whole = [second for second, _ in kept] == list(range(1, SECONDS + 1))
    return whole and b"".join(bytes(content) for _, content in kept) == made.tobytes()


def test_a_worker_that_is_killed_loses_and_doubles_nothing(setting: Setting, devices: Devices) -> None:
    (killed, other), database = setting.workers, setting.database
    cookie = cookie_of(setting, other)
    assert eventually(lambda: viewers_of(killed) + viewers_of(other) == len(VIEWERS))
    began_s, on_killed = time.monotonic(), viewers_of(killed)
    assert on_killed == viewers_of(other) == len(VIEWERS) / 2
    # What both tell is on the wall of one.
    assert set(seen_on_the_wall(other, cookie)) == SESSIONS
    time.sleep(max(0.0, began_s + KILLED_AFTER_S - time.monotonic()))
    decided = database.rows("SELECT COUNT(*) FROM decisions")[0][0]
    killed.kill()

    told = devices.heard()
    assert len(told["moved"]) == on_killed
    assert viewers_of(other) == len(VIEWERS)
    wall = seen_on_the_wall(other, cookie)
    assert set(wall) == SESSIONS
    assert all(viewer["second"] >= SECONDS and viewer["state"] == "reading" for viewer in wall.values())
    assert eventually(lambda: all_exposed(database))
    rows, ledger = other.metrics(), ledger_of(database)
    assert all(rows_are_kept(database, number) for number in range(len(VIEWERS)))
    withdraws_at(other, devices, database, told["moved"][0])

    seen = devices.end()
    assert {viewer for viewer, one in seen.items() if len(one["sent"]) == 2} == set(told["moved"])
    # Every row that was sent to the one that is left: it has counted them, and refused none.
    held = sum(one["sent"][-1] for one in seen.values())
    assert rows['telltale_rows_total{fate="new"}'] + rows.get(AGAIN, 0.0) == held
    assert held >= 10 * SECONDS * len(VIEWERS)
    assert not any(name.startswith("telltale_refused_total") for name in rows)
    # Some were decided before and some after, shown, left to chance and refused.
    made = {name for found in (ledger.shown, ledger.not_shown) for names in found.values() for name in names}
    assert len(VIEWERS) / 4 < decided < len(made) - len(VIEWERS) / 4
    assert min(sum(map(len, ledger.shown.values())), sum(map(len, ledger.not_shown.values()))) > 5
    for viewer, one in seen.items():
        assert set(one["seconds"]) >= set(range(1, SECONDS + 1))
        assert one["other"] == []
        # What was sent is in the ledger, and what was to be shown has come.
        assert set(one["shown"]) == ledger.shown[viewer]
    # Also what was told to the worker that is no more: devices say it again.
    assert ledger.exposed == {name for names in ledger.shown.values() for name in names}
    assert other.faults() == []


def withdraws_at(worker: Serving, devices: Devices, database: AbstractDatabase, viewer: str) -> None:
    """A viewer takes all back, at a worker to which they came a moment ago."""
    began_s = time.monotonic()
    token = token_of(viewer, f"session-{viewer}")
    answer = httpx.delete(f"{worker.url}/v1/consent", headers=bearer(token), timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.json()["deleted"]["recorded_rows"] >= SECONDS
    assert devices.heard() == {"stopped": "withdrawn"}
    assert time.monotonic() - began_s < 1.0
    assert viewers_of(worker) == len(VIEWERS) - 1
    assert not database.rows("SELECT * FROM visits WHERE viewer = ?", (viewer,))
    assert not database.rows("SELECT * FROM recorded_rows WHERE session = ?", (f"session-{viewer}",))
    assert key_of(database, viewer) is None
