"""Taking everything back: what names a viewer is deleted, and what is left cannot be linked to one any more.

The decisions stay: an audit that somebody can empty proves nothing. They know the viewer by an alias alone,
and the key to it is destroyed. Room, second and moment of a decision stay too: whoever holds the shop's own
log of visits beside them could still guess. What is deleted from a SQLite file is overwritten when its log is
next written back, and who withdraws a viewer sees to that (`AbstractDatabase.clear_log`); backups, and what
PostgreSQL has not vacuumed or keeps in its log, are for whoever runs them to clear.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from telltale.records.database import AbstractTransaction
from telltale.records.utc import milliseconds, moment
from telltale.strategy.consents import add_word, consents_held, delete_rows
from telltale.strategy.keys import Readable, held_key, viewer_alias
from telltale.strategy.ledger_tables import CONSENTS, RECEIPTS


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was deleted, how much of it and when; of whom, it does not say."""

    id: str
    """Chosen by who asks, at random; the same id is done once."""
    kind: str
    """withdrawal or purge."""
    at: datetime
    counts: dict[str, int]
    """Rows by table; `..._unlinked` are those that stay without a link to anybody."""


def withdraw(transaction: AbstractTransaction, viewer: str, *, receipt_id: str, now: datetime) -> Receipt:
    """Delete all that names a viewer and destroy the key, in the one transaction given.

    Done again with the same `receipt_id` it changes nothing and gives the same receipt, so it may be a job of
    `GroupWriter`. A viewer of whom nothing is known gets a receipt with no counts.
    """
    if done := _receipt(transaction, receipt_id):
        return done
    counts: dict[str, int] = {}
    key = held_key(transaction, viewer)
    if key is not None:
        alias = viewer_alias(key, viewer)
        for purpose in consents_held(transaction, viewer, now):
            add_word(transaction, CONSENTS, (alias, purpose), (False, ""), now=now)
        counts = {
            "recorded_rows": delete_rows(transaction, viewer),
            "visits": transaction.run("DELETE FROM visits WHERE viewer = ?", (viewer,)),
            "opt_outs": transaction.run("DELETE FROM opt_outs WHERE viewer = ?", (alias,)),
            "viewer_keys": transaction.run("DELETE FROM viewer_keys WHERE viewer = ?", (viewer,)),
            "consents_unlinked": _count(transaction, "consents", alias),
            "decisions_unlinked": _count(transaction, "decisions", alias),
        }
    return write_receipt(transaction, Receipt(receipt_id, "withdrawal", now, counts))


def write_receipt(transaction: AbstractTransaction, receipt: Receipt) -> Receipt:
    """Keep a receipt."""
    counts = json.dumps(receipt.counts, sort_keys=True, separators=(",", ":"))
    row = (receipt.id, receipt.kind, milliseconds(receipt.at), counts)
    transaction.run(RECEIPTS.insert(once=True), row)
    return receipt


def receipts(readable: Readable) -> list[Receipt]:
    """All receipts, oldest first."""
    found = readable.rows("SELECT id, kind, at, counts FROM receipts ORDER BY at, id")
    return [Receipt(name, kind, moment(at), json.loads(counts)) for name, kind, at, counts in found]


def _receipt(readable: Readable, name: str) -> Receipt | None:
    found = readable.rows("SELECT id, kind, at, counts FROM receipts WHERE id = ?", (name,))
    return Receipt(found[0][0], found[0][1], moment(found[0][2]), json.loads(found[0][3])) if found else None


def _count(transaction: AbstractTransaction, table: str, alias: str) -> int:
    return int(transaction.rows(f"SELECT COUNT(*) FROM {table} WHERE viewer = ?", (alias,))[0][0])
