"""Moments as the database holds them: whole milliseconds since 1970, in UTC.

A number sorts, compares and comes back the same from both databases; text and time stamps do not.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """A moment as a column of kind `utc` holds it; it must know its time zone.

    >>> milliseconds(datetime(2026, 3, 1, 20, 0, 0, 250_000, tzinfo=UTC))
    1772395200250
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone, so it is no moment")
    return (moment - _START) // _MS


def moment(ms: int) -> datetime:
    """What `milliseconds` took.

    >>> moment(1772395200250).isoformat()
    '2026-03-01T20:00:00.250000+00:00'
    """
    return _START + ms * _MS
