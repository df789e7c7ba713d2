"""The one reader of the wall clock, and the one way in which a moment is written as text.

Everything else takes time as an argument, so that a whole study can be tested without waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with milliseconds; it must know its time zone.

    >>> iso(datetime(2026, 3, 1, 20, 0, 0, 250_000, tzinfo=UTC))
    '2026-03-01T20:00:00.250Z'
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone, so it is no moment")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
