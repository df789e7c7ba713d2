"""Writes a small study from rows, so that a test states only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from telltale.core.signal import Signal
from telltale.study import schema
from telltale.study.manifest import Manifest
from telltale.study.store import ARROW_TYPES, Study, new_study

EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""A moment after every consent was given."""

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]


def visit(name: str, person: str, room: str = "r1", *, since_s: float = 0.0, lasts_s: float = 100.0) -> Row:
    """A session that begins `since_s` after its room, all of which begin at the same moment."""
    return {
        "session_id": name,
        "participant_id": person,
        "room_id": room,
        "category": "fashion",
        "started_at": EVENING + timedelta(seconds=since_s),
        "duration_s": lasts_s,
    }


def room(name: str, **more: Any) -> Row:
    """A broadcast of 200 s."""
    return {
        "room_id": name,
        "host_id": "h1",
        "category": "fashion",
        "platform": "test",
        "started_at": EVENING,
        "duration_s": 200.0,
    } | more


def event(session: str, time_s: float, kind: str, product: str | None = None) -> Row:
    return {"session_id": session, "time_s": time_s, "type": kind, "product_id": product}


def granted(who: str, key: str = "participant_id", *, withdrawn_at: datetime | None = None) -> Row:
    return {
        key: who,
        "purpose": "research",
        "granted_at": EVENING - timedelta(days=1),
        "withdrawn_at": withdrawn_at,
        "text_version": "1",
    }


def write(
    folder: Path,
    visits: Sequence[Row],
    tables: Tables | None = None,
    signals: Mapping[str, Signal] | None = None,
    host_signals: Mapping[str, Signal] | None = None,
) -> Study:
    """Write a study in which all agreed, with these tables in place of what would stand there."""
    people = sorted({row["participant_id"] for row in visits})
    rows: dict[str, Sequence[Row]] = {
        "participants": [{"participant_id": name, "category": "fashion"} for name in people],
        "consents": [granted(name) for name in people],
        "hosts": [{"host_id": "h1"}],
        "products": [{"product_id": "p1", "category": "fashion", "price": 10.0, "currency": "CNY"}],
        "rooms": [room(name) for name in sorted({row["room_id"] for row in visits})],
        "sessions": visits,
        "events": [],
        **(tables or {}),
    }
    with new_study(folder, Manifest.new("test")) as writer:
        for name, some in rows.items():
            writer.write_table(name, table_of(name, some))
        for session_id, signal in (signals or {}).items():
            writer.write_signal(session_id, signal)
        for room_id, signal in (host_signals or {}).items():
            writer.write_host_signal(room_id, signal)
    return Study.open(folder)


def table_of(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of the format; further columns are numbers."""
    kinds = {column.name: ARROW_TYPES[column.kind] for column in schema.BY_NAME[name].columns}
    there = set(kinds) if not rows else {key for row in rows for key in row}
    needed = [column.name for column in schema.BY_NAME[name].columns if column.required]
    fields = [(key, kinds[key]) for key in kinds if key in there or key in needed]
    fields += [(key, pa.float64()) for key in sorted(there - set(kinds))]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(fields))
