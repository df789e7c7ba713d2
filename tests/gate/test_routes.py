"""Logging in and out while the database is held: who waits for it is the caller alone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.live.serving import Running, running

from telltale.core.clock import now
from telltale.gate.roles import Role

AT_ONCE_S = 2.0
"""Far under the seconds that a held database is waited for."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The database's one place to write, taken."""
    with sqlite3.connect(folder / "live.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("held")


@pytest.fixture(scope="module")
def live(folder: Path) -> Iterator[Running]:
    with running(folder) as service:
        yield service


@pytest.mark.parametrize("what", ["enter", "logout"])
def test_a_held_database_stalls_nobody_else(live: Running, folder: Path, what: str) -> None:
    client = live.log_in(Role.ANALYST)
    code = live.service.gate.accounts.invite("an.analyst", now())

    def ask() -> httpx.Response:
        if what == "enter":
            return client.get(f"/v1/operator/enter?code={code}")
        return client.post("/v1/operator/logout")

    with ThreadPoolExecutor(1) as beside:
        with held(folder):
            asked = beside.submit(ask)
            # So long that it has come to the database.
            time.sleep(0.3)
            assert httpx.get(f"{live.url}/healthz", timeout=AT_ONCE_S).status_code == 200
            assert not asked.done()
        assert asked.result().status_code == (303 if what == "enter" else 204)


def test_a_guessed_invitation_waits_for_no_writer(live: Running, folder: Path) -> None:
    with held(folder):
        answer = httpx.get(f"{live.url}/v1/operator/enter?code=guessed", timeout=AT_ONCE_S)
    assert answer.status_code == 401
