"""A database of each kind, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.records.database import AbstractDatabase, open_database
from telltale.records.tables import Column, Table
from telltale.records.versions import Schema, prepare

SALES = Table(
    "sales",
    "one row a sale",
    (
        Column("sale", "text", "which"),
        Column("amount", "whole", "how many"),
        Column("weight", "number", "how heavy", empty_allowed=True),
        Column("gift", "flag", "whether it is wrapped"),
        Column("label", "bytes", "what is printed on it"),
        Column("sold_at", "utc", "when"),
    ),
    ("sale",),
    (("sold_at",),),
)
PARTS = Table(
    "sale_parts",
    "what a sale is of",
    (
        Column("sale", "text", "which", refers_to="sales.sale", on_delete="delete"),
        Column("part", "whole", "its number"),
    ),
    ("sale", "part"),
)
SCHEMA = Schema("shop", 1, (SALES, PARTS))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of SQLite and of PostgreSQL in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def empty(url: str) -> Iterator[AbstractDatabase]:
    """An open database with no tables."""
    with open_database(url) as database:
        yield database


@pytest.fixture
def database(empty: AbstractDatabase) -> AbstractDatabase:
    """An open database with the tables `sales` and `sale_parts`."""
    prepare(empty, SCHEMA)
    return empty
