"""A study in one table: sessions, people, conversion and length by category, as in the paper's Table 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from telltale.core.errors import FormatError
from telltale.study import schema
from telltale.study.store import Study

PAPER_ORDER = ("fashion", "electronics", "beauty")
"""The rows of the paper's Table 1, in its order."""


@dataclass(frozen=True, slots=True)
class Row:
    """One category, or all of them."""

    category: str
    sessions: int
    participants: int
    converted: int
    """Sessions with a purchase."""
    mean_minutes: float
    median_minutes: float

    @property
    def conversion_rate(self) -> float:
        """Share of sessions with a purchase; 0 for no sessions."""
        return self.converted / self.sessions if self.sessions else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON can hold it."""
        return asdict(self) | {"conversion_rate": self.conversion_rate}


@dataclass(frozen=True, slots=True)
class Description:
    """What a study holds."""

    name: str
    simulated: bool
    rows: tuple[Row, ...]
    total: Row
    """What follows from the rows; its median alone is taken over all sessions."""
    events: int
    cart_events: int
    """`add_to_cart` events in sessions with a purchase: each may end a positive window."""
    signals: int
    """Sessions with a signal file."""

    def to_dict(self) -> dict[str, Any]:
        """The description as JSON can hold it, numbers unrounded."""
        return {
            "name": self.name,
            "simulated": self.simulated,
            "rows": [row.to_dict() for row in self.rows],
            "total": self.total.to_dict(),
            "events": self.events,
            "cart_events": self.cart_events,
            "signals": self.signals,
        }


def describe_study(study: Study) -> Description:
    """Count a study's sessions by category.

    Raises
    ------
    FormatError
        When a table that is needed cannot be read; the checker says more.
    """
    try:
        with study.query() as connection:
            rows = _rows(connection)
            median = _one(connection, "SELECT coalesce(median(duration_s), 0) / 60 FROM sessions")
            events = _one(connection, "SELECT count(*) FROM events")
            carts = _one(connection, _CARTS)
            sessions = {
                str(name) for (name,) in connection.execute("SELECT session_id FROM sessions").fetchall()
            }
    except duckdb.Error as error:
        raise FormatError(
            f"{study.folder} cannot be described", hint=f"run 'telltale study check {study.folder}'"
        ) from error
    there = {path.stem for path in (study.folder / schema.SIGNALS).glob("*.parquet")}
    return Description(
        study.manifest.name,
        study.manifest.simulated,
        rows,
        total(rows, median),
        int(events),
        int(carts),
        len(sessions & there),
    )


_ROWS = """
    WITH bought AS (SELECT DISTINCT session_id FROM events WHERE type = 'purchase')
    SELECT s.category, count(*), count(DISTINCT s.participant_id), count(b.session_id),
           avg(s.duration_s) / 60, median(s.duration_s) / 60
    FROM sessions s LEFT JOIN bought b USING (session_id) GROUP BY s.category
"""
_CARTS = """
    SELECT count(*) FROM events WHERE type = 'add_to_cart'
    AND session_id IN (SELECT session_id FROM events WHERE type = 'purchase')
"""


def _rows(connection: duckdb.DuckDBPyConnection) -> tuple[Row, ...]:
    found = [Row(str(category), *rest) for category, *rest in connection.execute(_ROWS).fetchall()]
    if {row.category for row in found} == set(PAPER_ORDER):
        return tuple(sorted(found, key=lambda row: PAPER_ORDER.index(row.category)))
    return tuple(sorted(found, key=lambda row: (-row.sessions, row.category)))


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    (value,) = connection.execute(query).fetchone() or (0,)
    return float(value)


def total(rows: Sequence[Row], median_minutes: float) -> Row:
    """The row of all categories, from theirs: each person belongs to one, so people add up too.

    >>> a = Row("fashion", 30, 10, 12, 20.0, 19.0)
    >>> b = Row("beauty", 10, 5, 2, 24.0, 25.0)
    >>> both = total([a, b], 20.5)
    >>> both.sessions, both.participants, both.conversion_rate, both.mean_minutes
    (40, 15, 0.35, 21.0)
    """
    sessions = sum(row.sessions for row in rows)
    minutes = sum(row.sessions * row.mean_minutes for row in rows)
    return Row(
        "all",
        sessions,
        sum(row.participants for row in rows),
        sum(row.converted for row in rows),
        minutes / sessions if sessions else 0.0,
        median_minutes,
    )
