"""Deleting what is older than the policy of its place lets it be kept. Run it once a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from telltale.records.database import AbstractTransaction
from telltale.records.tables import Table
from telltale.records.utc import milliseconds
from telltale.strategy.keys import viewer_alias
from telltale.strategy.ledger_tables import CONSENTS, OPT_OUTS
from telltale.strategy.policy import Policies
from telltale.strategy.withdrawal import Receipt, write_receipt


def purge(
    transaction: AbstractTransaction,
    policies: Policies,
    *,
    receipt_id: str,
    now: datetime,
    words: Sequence[Table] = (CONSENTS, OPT_OUTS),
) -> Receipt:
    """Delete what is too old; the receipt counts it.

    Rows and visits go after `rows_days`, decisions with their exposures after `audit_days`, each by the
    policy of where the viewer was. A viewer with no visit left whose key is older than any decision may be
    loses it, and what is still kept under the alias is unlinked. Facts that expired so long ago go too.

    Parameters
    ----------
    words
        Tables of what viewers said, by alias. All words of a viewer go once the last is as old as no decision
        may be, no decision is left and nobody has the key: somebody who still comes keeps what was agreed.
    """
    counts = {"recorded_rows": 0, "visits": 0, "decisions": 0}
    for (place,) in transaction.rows("SELECT DISTINCT jurisdiction FROM visits"):
        before = _before(now, policies.for_place(place).rows_days.value)
        old = "SELECT session FROM visits WHERE jurisdiction = ? AND started_at < ?"
        rows = f"DELETE FROM recorded_rows WHERE session IN ({old})"
        counts["recorded_rows"] += transaction.run(rows, (place, before))
        visits = "DELETE FROM visits WHERE jurisdiction = ? AND started_at < ?"
        counts["visits"] += transaction.run(visits, (place, before))
    for (place,) in transaction.rows("SELECT DISTINCT jurisdiction FROM decisions"):
        before = _before(now, policies.for_place(place).audit_days.value)
        decisions = "DELETE FROM decisions WHERE jurisdiction = ? AND decided_at < ?"
        counts["decisions"] += transaction.run(decisions, (place, before))
    longest = max(policy.audit_days.value for policy in policies.by_name.values())
    old_keys = "DELETE FROM viewer_keys WHERE made_at < ? AND viewer NOT IN (SELECT viewer FROM visits)"
    counts["viewer_keys"] = transaction.run(old_keys, (_before(now, longest),))
    facts = "DELETE FROM facts WHERE valid_until < ?"
    counts["facts"] = transaction.run(facts, (_before(now, longest),))
    for table in words:
        counts[table.name] = _purge_words(transaction, table, _before(now, longest))
    return write_receipt(transaction, Receipt(receipt_id, "purge", now, counts))


def _purge_words(transaction: AbstractTransaction, table: Table, before: int) -> int:
    old = (
        f"SELECT viewer FROM {table.name} GROUP BY viewer HAVING MAX(at) < ?"
        f" AND NOT EXISTS (SELECT 1 FROM decisions WHERE decisions.viewer = {table.name}.viewer)"
    )
    aliases = {alias for (alias,) in transaction.rows(old, (before,))}
    if aliases:
        # A younger key belongs to younger words.
        keys = transaction.rows("SELECT secret, viewer FROM viewer_keys WHERE made_at < ?", (before,))
        aliases -= {viewer_alias(bytes(secret), viewer) for secret, viewer in keys}
    return transaction.run_many(f"DELETE FROM {table.name} WHERE viewer = ?", [(one,) for one in aliases])


def _before(now: datetime, days: float) -> int:
    return milliseconds(now - timedelta(days=days))
