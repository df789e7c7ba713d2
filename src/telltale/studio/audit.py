"""What the privacy officer reads: who agreed to what, and what was taken back."""

from __future__ import annotations

from typing import Any

from telltale.core.clock import iso
from telltale.records.database import AbstractDatabase
from telltale.records.utc import moment
from telltale.strategy.keys import key_of, viewer_alias
from telltale.strategy.withdrawal import receipts


def consents(database: AbstractDatabase, *, viewer: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """Each consent with when it was given and when it was taken back, the latest first.

    Viewers are named by their alias, which says nothing of who they are; one who asks may be looked up by the
    shop's own name as long as nothing was withdrawn.
    """
    conditions, values = "", list[str | int]()
    if viewer:
        conditions = "WHERE viewer = ?"
        values.append(alias_named(database, viewer))
    rows = database.rows(
        f"SELECT viewer, purpose, at, granted, text_version FROM consents {conditions}"
        " ORDER BY at DESC, granted LIMIT ?",
        (*values, limit * 4),
    )
    open_ones: dict[tuple[str, str], dict[str, Any]] = {}
    told: list[dict[str, Any]] = []
    for alias, purpose, at, granted, text_version in reversed(rows):
        if granted:
            row = {
                "viewer": alias,
                "purpose": purpose,
                "granted_at": iso(moment(at)),
                "withdrawn_at": None,
                "text_version": text_version,
            }
            open_ones[alias, purpose] = row
            told.append(row)
        elif (alias, purpose) in open_ones:
            open_ones.pop((alias, purpose))["withdrawn_at"] = iso(moment(at))
    return told[::-1][:limit]


def alias_named(database: AbstractDatabase, viewer: str) -> str:
    """By what name the audit knows a viewer; the name itself where no key is left: it may be an alias."""
    key = key_of(database, viewer)
    return viewer if key is None else viewer_alias(key, viewer)


def all_receipts(database: AbstractDatabase, *, limit: int = 200) -> list[dict[str, Any]]:
    """Withdrawals and purges, the latest first."""
    return [
        {"id": one.id, "kind": one.kind, "at": iso(one.at), "deleted": one.counts}
        for one in reversed(receipts(database))
    ][:limit]
