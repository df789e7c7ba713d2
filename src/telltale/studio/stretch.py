"""The stretch of a recording that is told: from the first second that is kept, for some hours at most.

What a device claimed as its place in time must not make an array: two seconds that are a week apart are two
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, Values, unread_rows
from telltale.records.database import AbstractDatabase

MOST_S: Final = 3 * 3600
"""The longest stretch, seconds: 55 MB of rows."""
_ROWS: Final = round(channels.RATE_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Rows of a face, and where in their session they lie."""

    signal: Signal
    """Its times count from `from_s`."""
    from_s: int
    """Where the stretch begins, seconds from the session's start."""
    kept_until_s: float
    """The end of all that is kept; later than the stretch's own where some is left out."""

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return float(self.signal.times_s[-1]) if len(self.signal) else 0.0

    def told(self) -> dict[str, float]:
        """Where it lies, and how much is kept."""
        return {"from_s": self.from_s, "kept_until_s": self.kept_until_s}


def kept_stretch(database: AbstractDatabase, session: str) -> Stretch:
    """Of the rows that the service keeps of a session."""
    sql = "SELECT MIN(second), MAX(second) FROM recorded_rows WHERE session = ?"
    first, last = database.rows(sql, (session,))[0]
    if first is None:
        raise FormatError(f"no rows of {session!r} are kept", hint="they are with consent to research alone")
    from_s = int(first) - 1
    seconds = database.rows(
        "SELECT second, content FROM recorded_rows WHERE session = ? AND second <= ? ORDER BY second",
        (session, from_s + MOST_S),
    )
    values = unread_rows((int(seconds[-1][0]) - from_s) * _ROWS)
    for second, content in seconds:
        place = (int(second) - 1 - from_s) * _ROWS
        values[place : place + _ROWS] = np.frombuffer(content, "<f4").reshape(_ROWS, channels.COUNT)
    times_s = np.arange(1, len(values) + 1) / channels.RATE_HZ
    return Stretch(Signal(times_s, values), from_s, float(last))


def stretch_of(signal: Signal) -> Stretch:
    """Of a study's signal."""
    times_s = signal.times_s
    if not len(signal):
        return Stretch(signal, 0, 0.0)
    # A row stands at the end of its tenth of a second.
    from_s = max(0, int(np.floor(times_s[0] - 1 / channels.RATE_HZ + 1e-6)))
    inside = times_s <= from_s + MOST_S
    return Stretch(Signal(times_s[inside] - from_s, signal.values[inside]), from_s, float(times_s[-1]))


def on_grid(signal: Signal) -> Values:
    """Rows at k / 10 s from k = 1 on, NaN where there is none. Shape (n, 128)."""
    last = int(np.ceil(signal.times_s[-1] * _ROWS - 1e-6)) if len(signal) else 0
    rows = unread_rows(max(last, 0))
    places = np.rint(signal.times_s * _ROWS).astype(int) - 1
    inside = (places >= 0) & (places < len(rows))
    rows[places[inside]] = signal.values[inside]
    return rows
