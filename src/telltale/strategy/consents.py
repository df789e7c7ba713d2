"""Who agrees to what, now: a list to which is only ever added, the latest word of each purpose counts.

The latest word is the one said last, whatever the clock showed: a clock that was set back, or two words in
one millisecond, must not bring a consent back that was taken back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from telltale.core.errors import FormatError
from telltale.records.database import AbstractTransaction, Value
from telltale.records.tables import Table
from telltale.records.utc import milliseconds
from telltale.strategy.keys import Readable, held_key, key_of, made_key, viewer_alias
from telltale.strategy.ledger_tables import CONSENTS, OPT_OUTS
from telltale.study.schema import PURPOSES

ROWS_NEED: Final = ("read_face", "research")
"""Purposes that the keeping of rows stands on: without one of them they are deleted."""


def grant(
    transaction: AbstractTransaction, viewer: str, purpose: str, *, text_version: str, now: datetime
) -> None:
    """Write down that a viewer agrees to something."""
    _refuse_unknown(purpose)
    alias = viewer_alias(made_key(transaction, viewer, now), viewer)
    add_word(transaction, CONSENTS, (alias, purpose), (True, text_version), now=now)


def take_back(transaction: AbstractTransaction, viewer: str, purpose: str, *, now: datetime) -> int:
    """Write down that a viewer takes one consent back; returns how many recorded rows went with it.

    Withdrawal reaches back: rows that were kept under the consent are deleted. To take back everything, and
    to be forgotten, is `withdrawal.withdraw`.
    """
    _refuse_unknown(purpose)
    key = held_key(transaction, viewer)
    if key is None:
        return 0
    add_word(transaction, CONSENTS, (viewer_alias(key, viewer), purpose), (False, ""), now=now)
    return delete_rows(transaction, viewer) if purpose in ROWS_NEED else 0


def consents_held(readable: Readable, viewer: str, now: datetime) -> frozenset[str]:
    """The purposes that a viewer agrees to now, by the last word on each.

    A no counts at once, whatever the clock shows; a yes from its moment on. Of two at once the no counts.
    """
    key = key_of(readable, viewer)
    if key is None:
        return frozenset()
    sql = "SELECT purpose, at, granted FROM consents WHERE viewer = ?"
    latest: dict[str, tuple[int, bool]] = {}
    for purpose, at, granted in readable.rows(sql, (viewer_alias(key, viewer),)):
        # not granted sorts after granted, so that it is the greater of two at once.
        word = (int(at), not granted)
        latest[purpose] = max(latest.get(purpose, word), word)
    until = milliseconds(now)
    return frozenset(
        purpose for purpose, (at, taken_back) in latest.items() if not taken_back and at <= until
    )


def opt_out(transaction: AbstractTransaction, viewer: str, *, opted_out: bool = True, now: datetime) -> None:
    """Write down that a viewer wants nothing shown because of the face, or wants it again."""
    alias = viewer_alias(made_key(transaction, viewer, now), viewer)
    add_word(transaction, OPT_OUTS, (alias,), (opted_out,), now=now)


def has_opted_out(readable: Readable, viewer: str) -> bool:
    """Whether a viewer has opted out and not in again."""
    key = key_of(readable, viewer)
    if key is None:
        return False
    sql = "SELECT opted_out FROM opt_outs WHERE viewer = ? ORDER BY at DESC LIMIT 1"
    found = readable.rows(sql, (viewer_alias(key, viewer),))
    return bool(found and found[0][0])


def add_word(
    transaction: AbstractTransaction,
    table: Table,
    about: tuple[Value, ...],
    word: tuple[Value, ...],
    *,
    now: datetime,
) -> None:
    """Add what was said to a table of words, after all that was said about the same before.

    The table's columns are those of `about`, then `at`, then those of `word`. A word that stands there as the
    last already is not added again: the job may be done twice. The viewer's key must be held (`keys.py`).
    """
    names = [column.name for column in table.columns]
    same = " AND ".join(f"{name} = ?" for name in names[: len(about)])
    said = ", ".join(names[len(about) :])
    sql = f"SELECT {said} FROM {table.name} WHERE {same} ORDER BY at DESC LIMIT 1"
    at = milliseconds(now)
    for before, *last in transaction.rows(sql, about):
        if before >= at and tuple(last) == word:
            return
        at = max(at, before + 1)
    transaction.run(table.insert(), (*about, at, *word))


def delete_rows(transaction: AbstractTransaction, viewer: str) -> int:
    """Delete all recorded rows of a viewer; returns how many there were."""
    sessions = "SELECT session FROM visits WHERE viewer = ?"
    return transaction.run(f"DELETE FROM recorded_rows WHERE session IN ({sessions})", (viewer,))


def _refuse_unknown(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise FormatError(f"unknown purpose {purpose!r}", hint=f"choose one of {', '.join(PURPOSES)}")
