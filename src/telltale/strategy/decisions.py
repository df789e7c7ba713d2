"""Decisions on their way into the ledger, and what pages say they have shown.

Nothing may be sent to a page before it stands here. `write_decisions` gives back those that are new and
committed with its transaction: only these may be sent, so that a decision that was made twice is shown once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telltale.records.database import AbstractTransaction, Value
from telltale.records.utc import milliseconds, moment
from telltale.strategy.decision import Decision
from telltale.strategy.keys import Readable, decision_id, held_key, key_of, session_alias, viewer_alias
from telltale.strategy.ledger_tables import DECISIONS, EXPOSURES
from telltale.strategy.moment import Past


@dataclass(frozen=True, slots=True)
class Written:
    """A decision that now stands in the ledger."""

    id: str
    decision: Decision


def decision_row(decision: Decision, key: bytes) -> tuple[Value, ...]:
    """A decision as its table holds it, in the order of `ledger_tables.DECISIONS`."""
    viewer, session = viewer_alias(key, decision.viewer), session_alias(key, decision.session)
    verdicts = [
        {"guard": verdict.guard, "allowed": verdict.allowed, "reason": verdict.reason}
        for verdict in decision.verdicts
    ]
    return (
        f"{session}-{decision.second}",
        viewer,
        session,
        decision.room,
        decision.second,
        milliseconds(decision.decided_at),
        decision.intervention,
        decision.kind,
        decision.experiment,
        decision.unit_kind,
        viewer if decision.unit_kind == "viewer" else decision.unit,
        decision.arm,
        decision.propensity,
        decision.held_out,
        decision.counts,
        decision.shown,
        json.dumps(verdicts, ensure_ascii=False, separators=(",", ":")),
        decision.probability,
        decision.model,
        decision.policy,
        decision.policy_version,
        decision.jurisdiction,
        decision.catalogue,
        decision.inputs,
    )


def write_decisions(transaction: AbstractTransaction, decisions: Iterable[Decision]) -> list[Written]:
    """Write decisions down; returns those that are new. Only these may be sent, once this is committed.

    Who decided did not know what others decide for the same viewer: in another visit, or another process. So
    limits are asked again of the ledger, the viewer's key held; what finds no room is written down as
    refused, and not returned. A decision for a viewer who has no key is neither: the viewer withdrew while it
    was made, and nothing may follow any more.
    """
    sql = DECISIONS.insert(once=True, returning="id")
    written = []
    # In one order: two transactions that hold each the key the other wants would wait for ever.
    for decision in sorted(decisions, key=lambda one: one.viewer):
        key = held_key(transaction, decision.viewer)
        if key is None:
            continue
        fitting = _fitted(transaction, decision)
        new = transaction.rows(sql, decision_row(fitting, key))
        written += [Written(str(name), decision) for (name,) in new if fitting is decision]
    return written


def _fitted(readable: Readable, decision: Decision) -> Decision:
    if not decision.counts:
        return decision
    return decision.against(past_of(readable, decision.viewer, decision.session, decision.decided_at))


def expose(transaction: AbstractTransaction, *, viewer: str, session: str, second: int, at: datetime) -> bool:
    """Write down that a page has shown a decision; returns whether that is news.

    False for one that was told before, that was never to be shown, or that is not this viewer's.
    """
    key = key_of(transaction, viewer)
    if key is None:
        return False
    name = decision_id(key, session, second)
    if not transaction.rows("SELECT id FROM decisions WHERE id = ? AND shown", (name,)):
        return False
    insert = EXPOSURES.insert(once=True, returning="decision")
    return bool(transaction.rows(insert, (name, milliseconds(at))))


def past_of(readable: Readable, viewer: str, session: str, now: datetime) -> tuple[Past, ...]:
    """A viewer's decisions of the last day and of this session that count, oldest first.

    A service that starts again asks this once for each viewer, and adds what it decides from then on.
    """
    key = key_of(readable, viewer)
    if key is None:
        return ()
    here = session_alias(key, session)
    sql = (
        "SELECT intervention, decided_at, session FROM decisions"
        " WHERE viewer = ? AND counts AND (decided_at > ? OR session = ?) ORDER BY decided_at"
    )
    since = milliseconds(now - timedelta(days=1))
    found = readable.rows(sql, (viewer_alias(key, viewer), since, here))
    return tuple(Past(name, moment(at), session if where == here else where) for name, at, where in found)
