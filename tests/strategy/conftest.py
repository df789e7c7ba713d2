"""A ledger in each kind of database, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.records.database import AbstractDatabase
from telltale.strategy.ledger_tables import open_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractDatabase]:
    """An empty ledger, in SQLite and in PostgreSQL in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = str(request.getfixturevalue("postgres_url"))
    with open_ledger(url) as database:
        yield database
