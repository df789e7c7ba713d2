"""Who agrees to what, now: a list to which is only ever added, the latest word of each purpose counts."""

from __future__ import annotations

from datetime import datetime

from telltale.core.errors import FormatError
from telltale.records.database import AbstractTransaction
from telltale.records.utc import milliseconds
from telltale.strategy.keys import Readable, key_of, made_key, viewer_alias
from telltale.strategy.ledger_tables import CONSENTS, OPT_OUTS
from telltale.study.schema import PURPOSES

ROWS_NEED = ("read_face", "research")
"""Purposes that the keeping of rows stands on: without one of them they are deleted."""


def grant(
    transaction: AbstractTransaction, viewer: str, purpose: str, *, text_version: str, now: datetime
) -> None:
    """Write down that a viewer agrees to something."""
    _refuse_unknown(purpose)
    alias = viewer_alias(made_key(transaction, viewer, now), viewer)
    transaction.run(CONSENTS.insert(once=True), (alias, purpose, milliseconds(now), True, text_version))


def take_back(transaction: AbstractTransaction, viewer: str, purpose: str, *, now: datetime) -> int:
    """Write down that a viewer takes one consent back; returns how many recorded rows went with it.

    Withdrawal reaches back: rows that were kept under the consent are deleted. To take back everything, and
    to be forgotten, is `withdrawal.withdraw`.
    """
    _refuse_unknown(purpose)
    key = key_of(transaction, viewer)
    if key is None:
        return 0
    row = (viewer_alias(key, viewer), purpose, milliseconds(now), False, "")
    transaction.run(CONSENTS.insert(once=True), row)
    return delete_rows(transaction, viewer) if purpose in ROWS_NEED else 0


def consents_held(readable: Readable, viewer: str, now: datetime) -> frozenset[str]:
    """The purposes that a viewer agrees to at a moment. Of two words in one millisecond the no counts."""
    key = key_of(readable, viewer)
    if key is None:
        return frozenset()
    sql = "SELECT purpose, at, granted FROM consents WHERE viewer = ? AND at <= ?"
    latest: dict[str, tuple[int, bool]] = {}
    for purpose, at, granted in readable.rows(sql, (viewer_alias(key, viewer), milliseconds(now))):
        # not granted sorts after granted, so that it is the greater of two at once.
        word = (int(at), not granted)
        latest[purpose] = max(latest.get(purpose, word), word)
    return frozenset(purpose for purpose, (_, taken_back) in latest.items() if not taken_back)


def opt_out(transaction: AbstractTransaction, viewer: str, *, opted_out: bool = True, now: datetime) -> None:
    """Write down that a viewer wants nothing shown because of the face, or wants it again."""
    alias = viewer_alias(made_key(transaction, viewer, now), viewer)
    transaction.run(OPT_OUTS.insert(once=True), (alias, milliseconds(now), opted_out))


def has_opted_out(readable: Readable, viewer: str) -> bool:
    """Whether a viewer has opted out and not in again."""
    key = key_of(readable, viewer)
    if key is None:
        return False
    sql = "SELECT opted_out FROM opt_outs WHERE viewer = ? ORDER BY at DESC LIMIT 1"
    found = readable.rows(sql, (viewer_alias(key, viewer),))
    return bool(found and found[0][0])


def delete_rows(transaction: AbstractTransaction, viewer: str) -> int:
    """Delete all recorded rows of a viewer; returns how many there were."""
    sessions = "SELECT session FROM visits WHERE viewer = ?"
    return transaction.run(f"DELETE FROM recorded_rows WHERE session IN ({sessions})", (viewer,))


def _refuse_unknown(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise FormatError(f"unknown purpose {purpose!r}", hint=f"choose one of {', '.join(PURPOSES)}")
