"""Visits, and the rows that are kept of them: all that names a viewer by the pseudonym."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from telltale.records.database import AbstractTransaction
from telltale.records.utc import milliseconds, moment
from telltale.strategy.consents import ROWS_NEED, consents_held
from telltale.strategy.keys import Readable, made_key
from telltale.strategy.ledger_tables import RECORDED_ROWS, VISITS


@dataclass(frozen=True, slots=True)
class Visit:
    """One viewer in one room, from `started_at` on."""

    session: str
    viewer: str
    room: str
    started_at: datetime
    jurisdiction: str = ""
    device: str = ""


def start_visit(transaction: AbstractTransaction, visit: Visit) -> bool:
    """Write a visit down; returns whether it is new. Decisions are written only for viewers who have one."""
    made_key(transaction, visit.viewer, visit.started_at)
    row = (
        visit.session,
        visit.viewer,
        visit.room,
        milliseconds(visit.started_at),
        visit.jurisdiction,
        visit.device,
    )
    return bool(transaction.rows(VISITS.insert(once=True, returning="session"), row))


def visits_of(readable: Readable, viewer: str) -> list[Visit]:
    """A viewer's visits, oldest first."""
    sql = (
        "SELECT session, viewer, room, started_at, jurisdiction, device FROM visits"
        " WHERE viewer = ? ORDER BY started_at, session"
    )
    return [
        Visit(session, whose, room, moment(at), jurisdiction, device)
        for session, whose, room, at, jurisdiction, device in readable.rows(sql, (viewer,))
    ]


def may_keep(readable: Readable, session: str, now: datetime) -> bool:
    """Whether what is seen of a session may be kept: the visit is there, and its viewer agrees to it now."""
    found = readable.rows("SELECT viewer FROM visits WHERE session = ?", (session,))
    return bool(found) and consents_held(readable, found[0][0], now).issuperset(ROWS_NEED)


def record_rows(
    transaction: AbstractTransaction, rows: Iterable[tuple[str, int, bytes]], *, now: datetime
) -> int:
    """Keep rows of faces, each (session, second, content); returns how many were new.

    Rows of viewers who do not agree to `read_face` and `research` at this moment, and of sessions that are
    not there, are left out.
    """
    may: dict[str, bool] = {}
    kept = 0
    for session, second, content in rows:
        if session not in may:
            may[session] = may_keep(transaction, session, now)
        if may[session]:
            kept += transaction.run(RECORDED_ROWS.insert(once=True), (session, second, content))
    return kept


def rows_of(readable: Readable, session: str) -> list[tuple[int, bytes]]:
    """The rows that are kept of a session, each (second, content), in order of time."""
    sql = "SELECT second, content FROM recorded_rows WHERE session = ? ORDER BY second"
    return [(int(second), bytes(content)) for second, content in readable.rows(sql, (session,))]
