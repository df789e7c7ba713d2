"""What viewers of a room did, by stretch: counted from the shop events that the service keeps.

Only viewers who agreed to research are kept there, so these are counts of them; they go when they withdraw.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.records.database import AbstractDatabase
from telltale.records.utc import milliseconds

_NAMED: Final = {
    "purchase": "purchases",
    "chat": "comments",
    "like": "likes",
    "share": "shares",
    "gift": "gifts",
}
"""Names of events in the study format, and what is counted by them; all but purchases are engagement."""
_LATE: Final = timedelta(seconds=2)
"""An event is committed so long after it came, at most."""
_SQL: Final = (
    "SELECT name, count(*) FROM shop_events JOIN visits ON visits.session = shop_events.session"
    " WHERE visits.room = ? AND shop_events.at > ? AND shop_events.at <= ? GROUP BY name"
)


class LedgerCounter:
    """Counts of one room from a service's database."""

    outcomes = (*_NAMED.values(), "engagement")

    def __init__(self, database: AbstractDatabase, room: str) -> None:
        self._database, self._room = database, room

    def known_until(self, now: datetime) -> datetime:
        """All but the last two seconds."""
        return now - _LATE

    def known_room(self) -> bool:
        """Whether anybody is known to have been there."""
        return bool(self._database.rows("SELECT 1 FROM visits WHERE room = ? LIMIT 1", (self._room,)))

    def between(self, start: datetime, end: datetime) -> npt.NDArray[np.float64]:
        """What came in (start, end], shape (outcomes,)."""
        within = (self._room, milliseconds(start), milliseconds(end))
        found: dict[str, int] = dict(self._database.rows(_SQL, within))
        counts = [float(found.get(name, 0)) for name in _NAMED]
        return np.array([*counts, sum(counts[1:])])
