"""What the service itself keeps beside the ledger: what viewers have said, and what they did in the shop."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from telltale.records.database import AbstractDatabase, AbstractTransaction
from telltale.records.tables import Column, Table
from telltale.records.versions import Schema, prepare
from telltale.strategy.consents import add_word
from telltale.strategy.keys import Readable, key_of, made_key, viewer_alias

STATEMENTS: Final = Table(
    "statements",
    "one row each time a viewer was told or said something beside a consent; nothing is ever changed",
    (
        Column("viewer", "text", "the viewer's alias, as in consents"),
        Column("what", "text", "disclosed, released or age_at_least"),
        Column("at", "utc", "when"),
        Column("value", "whole", "1 or 0; years for an age"),
        Column("text_version", "text", "which wording the viewer saw"),
    ),
    ("viewer", "what", "at"),
)
SHOP_EVENTS: Final = Table(
    "shop_events",
    "what a viewer who agrees to research did in the shop; deleted by withdrawal",
    (
        Column("session", "text", "whose", refers_to="visits.session", on_delete="delete"),
        Column("number", "whole", "their order: when they came, in milliseconds, and which of these"),
        Column("at", "utc", "when it came"),
        Column("name", "text", "as the study format names it"),
        Column("product", "text", "which; empty where none"),
    ),
    ("session", "number"),
)
SETTINGS: Final = Table(
    "service_settings",
    "what was drawn once and must stay: all processes of a service share it",
    (Column("name", "text", "which"), Column("value", "text", "its value")),
    ("name",),
)
SCHEMA: Final = Schema("live", 1, (STATEMENTS, SHOP_EVENTS, SETTINGS))

What = Literal["disclosed", "released", "age_at_least"]


@dataclass(frozen=True, slots=True)
class Statements:
    """What holds of a viewer now."""

    disclosed: bool = False
    released: bool = False
    age_at_least: int = 0


def prepare_live(database: AbstractDatabase) -> None:
    """Make the tables, or bring them forward; the ledger's must be there."""
    prepare(database, SCHEMA)


def state(
    transaction: AbstractTransaction, viewer: str, said: Statements, *, text_version: str, now: datetime
) -> None:
    """Write down what a viewer was told and said."""
    alias = viewer_alias(made_key(transaction, viewer, now), viewer)
    for what in ("disclosed", "released", "age_at_least"):
        add_word(transaction, STATEMENTS, (alias, what), (int(getattr(said, what)), text_version), now=now)


def statements_of(readable: Readable, viewer: str) -> Statements:
    """The latest word of each."""
    key = key_of(readable, viewer)
    if key is None:
        return Statements()
    sql = "SELECT what, value FROM statements WHERE viewer = ? ORDER BY at"
    latest: dict[str, int] = dict(readable.rows(sql, (viewer_alias(key, viewer),)))
    return Statements(
        bool(latest.get("disclosed")), bool(latest.get("released")), int(latest.get("age_at_least", 0))
    )


def delete_events(transaction: AbstractTransaction, viewer: str) -> int:
    """Delete what is kept of what a viewer did in the shop; returns how much there was."""
    sessions = "SELECT session FROM visits WHERE viewer = ?"
    return transaction.run(f"DELETE FROM shop_events WHERE session IN ({sessions})", (viewer,))


def drawn_once(database: AbstractDatabase, name: str) -> str:
    """A random word that every process of this database finds the same: a salt."""
    with database.transaction() as t:
        t.run(SETTINGS.insert(once=True), (name, secrets.token_urlsafe(24)))
        found: str = t.rows("SELECT value FROM service_settings WHERE name = ?", (name,))[0][0]
    return found
