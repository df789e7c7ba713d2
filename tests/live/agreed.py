"""Viewers who have agreed before a service is asked: more of them than one address may ask for."""

from __future__ import annotations

from collections.abc import Iterable

from telltale.core.clock import now
from telltale.live.tables import Statements, prepare_live, state
from telltale.records.database import AbstractDatabase
from telltale.strategy.consents import grant
from telltale.strategy.ledger_tables import open_ledger


def agree_all(url: str, viewers: Iterable[str], *purposes: str) -> None:
    """Write down for each what `PUT /v1/consent` does."""
    with open_ledger(url) as database:
        prepare_live(database)
        _write(database, viewers, purposes)


def _write(database: AbstractDatabase, viewers: Iterable[str], purposes: Iterable[str]) -> None:
    said, at, wanted = Statements(disclosed=True, age_at_least=18), now(), tuple(purposes)
    with database.transaction() as t:
        for viewer in viewers:
            state(t, viewer, said, text_version="1", now=at)
            for purpose in wanted:
                grant(t, viewer, purpose, text_version="1", now=at)
