"""How often at most: the catalogue's caps and cool-down of one intervention, and the policy's over all.

Asked twice: by the guards, of what a process knows, and by the ledger as it writes, of what all have written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Final

from telltale.strategy.moment import Past

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for one intervention under one policy."""

    intervention: str
    own_per_session: int
    own_gap_s: float
    """So long after one, no second of this intervention."""
    per_session: float
    """Of all interventions together; so are the next three."""
    per_hour: float
    per_day: float
    gap_s: float
    """Between any two."""

    def cap_reached(self, past: Sequence[Past], session: str, now: datetime) -> str:
        """Which cap is reached; empty where none is.

        >>> from datetime import UTC
        >>> now = datetime(2026, 3, 1, tzinfo=UTC)
        >>> Limits("note", 1, 60.0, 3, 4, 6, 30.0).cap_reached([Past("note", now, "s1")], "s1", now)
        '1 a session of note is its most'
        """
        here = [one for one in past if one.session == session]
        if sum(one.intervention == self.intervention for one in here) >= self.own_per_session:
            return f"{self.own_per_session} a session of {self.intervention} is its most"
        if len(here) >= self.per_session:
            return f"{self.per_session:g} a session is the policy's most"
        if sum(now - one.at < _HOUR for one in past) >= self.per_hour:
            return f"{self.per_hour:g} an hour is the policy's most"
        if sum(now - one.at < _DAY for one in past) >= self.per_day:
            return f"{self.per_day:g} a day is the policy's most"
        return ""

    def too_soon(self, past: Sequence[Past], now: datetime) -> str:
        """What was too recent; empty where nothing was. What another clock puts later than now was."""
        ages_s = [(one.intervention, (now - one.at).total_seconds()) for one in past]
        own_s = min((age_s for name, age_s in ages_s if name == self.intervention), default=inf)
        if own_s < self.own_gap_s:
            return f"{self.intervention} was {own_s:.0f} s ago, and cools down {self.own_gap_s:g} s"
        any_s = min((age_s for _, age_s in ages_s), default=inf)
        if any_s < self.gap_s:
            return f"the last of any was {any_s:.0f} s ago, of {self.gap_s:g} s"
        return ""
