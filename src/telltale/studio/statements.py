"""What the privacy officer reads beside the consents: what each viewer was told and said, as it holds now."""

from __future__ import annotations

from typing import Any, Final

from telltale.core.clock import iso
from telltale.records.database import AbstractDatabase
from telltale.records.utc import moment
from telltale.studio.audit import alias_named

# Statements and opt-outs as words of one kind: (viewer, what, at, value, text_version).
_WORDS: Final = (
    "(SELECT viewer, what, at, value, text_version FROM statements UNION ALL"
    " SELECT viewer, 'opted_out', at, CASE WHEN opted_out THEN 1 ELSE 0 END, '' FROM opt_outs) AS words"
)
_FLAGS: Final = ("disclosed", "released", "opted_out")


def statements(database: AbstractDatabase, *, viewer: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """Of each viewer the latest word on disclosure, release, age and opt-out, who spoke last first.

    Each word is {value, at}, None where the viewer never gave it: a release that was not asked for is not one
    that was refused.
    """
    if viewer:
        spoke = [alias_named(database, viewer)]
    else:
        rows = database.rows(
            f"SELECT viewer FROM {_WORDS} GROUP BY viewer ORDER BY MAX(at) DESC, viewer LIMIT ?", (limit,)
        )
        spoke = [alias for (alias,) in rows]
    found = {alias: _nothing(alias) for alias in spoke}
    marks = ", ".join("?" * len(spoke))
    sql = f"SELECT viewer, what, at, value, text_version FROM {_WORDS} WHERE viewer IN ({marks}) ORDER BY at"
    for alias, what, at, value, text_version in database.rows(sql, spoke) if spoke else ():
        word = bool(value) if what in _FLAGS else int(value)
        found[alias][what] = {"value": word, "at": iso(moment(at))}
        found[alias]["text_version"] = text_version or found[alias]["text_version"]
    return [one for one in found.values() if any(one[what] for what in (*_FLAGS, "age_at_least"))]


def _nothing(alias: str) -> dict[str, Any]:
    words = dict.fromkeys((*_FLAGS, "age_at_least"))
    return {"viewer": alias, **words, "text_version": ""}
