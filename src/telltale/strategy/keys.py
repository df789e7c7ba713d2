"""Aliases: by what name the audit knows a viewer and a session, as long as the viewer's key exists.

    alias = first 16 bytes of HMAC-SHA-256(key of the viewer, kind, name)

The key is random, so an alias says nothing without it, however short the names are.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

from telltale.records.database import AbstractDatabase, AbstractTransaction
from telltale.records.utc import milliseconds
from telltale.strategy.ledger_tables import VIEWER_KEYS

Readable = AbstractDatabase | AbstractTransaction
KEY_BYTES: Final = 32
_ALIAS_BYTES: Final = 16


def key_of(readable: Readable, viewer: str) -> bytes | None:
    """A viewer's key; `None` where there never was one or it was destroyed."""
    found = readable.rows("SELECT secret FROM viewer_keys WHERE viewer = ?", (viewer,))
    return bytes(found[0][0]) if found else None


def held_key(transaction: AbstractTransaction, viewer: str) -> bytes | None:
    """A viewer's key, held: until this transaction ends no other holds it, or withdraws it."""
    sql = f"SELECT secret FROM viewer_keys WHERE viewer = ?{transaction.holding}"
    found = transaction.rows(sql, (viewer,))
    return bytes(found[0][0]) if found else None


def made_key(transaction: AbstractTransaction, viewer: str, now: datetime) -> bytes:
    """A viewer's key, made when there is none, and held."""
    key = held_key(transaction, viewer)
    if key is None:
        row = (viewer, secrets.token_bytes(KEY_BYTES), milliseconds(now))
        transaction.run(VIEWER_KEYS.insert(once=True), row)
        # Another process may have made it in the same moment: the one that is there counts.
        key = held_key(transaction, viewer)
    assert key is not None
    return key


def viewer_alias(key: bytes, viewer: str) -> str:
    """By what name the audit knows a viewer.

    >>> viewer_alias(bytes(32), "v1") == viewer_alias(bytes(32), "v1") != viewer_alias(b"1" * 32, "v1")
    True
    """
    return _alias(key, "viewer", viewer)


def session_alias(key: bytes, session: str) -> str:
    """By what name the audit knows a session."""
    return _alias(key, "session", session)


def decision_id(key: bytes, session: str, second: int) -> str:
    """The id of the decision of a session at a second; there is one at most."""
    return f"{session_alias(key, session)}-{second}"


def _alias(key: bytes, kind: str, name: str) -> str:
    return hmac.digest(key, f"{kind}\x1f{name}".encode(), "sha256")[:_ALIAS_BYTES].hex()
