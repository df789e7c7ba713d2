"""When an event came in each session, to the millisecond: what whole steps of a panel do not hold.

    moment < time of the event <= until    it came after the moment
    time of the event <= moment            it came before

A viewer who left has done by then all that they will do: where nothing came, that is a 0, and no hole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.effects.variance import Bools, Floats, Ints
from telltale.factors.panel import FactorPanel
from telltale.factors.reading import codes_of, milliseconds, numbers, texts_of, times_ms
from telltale.study.store import Study


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """One event in S sessions; it came E times."""

    session: Ints
    """Shape (E,): places of the sessions."""
    time_ms: Ints
    """Shape (E,): from the session's start."""
    end_ms: Ints
    """Shape (S,): when each session ended."""

    def between(self, place: Ints, after: Floats, until: Floats) -> Floats:
        """Whether it came after one time and by another, of seconds; all of shape (n,), places each once.

        >>> came = Came(np.array([0, 1]), np.array([4000, 9000]), np.array([60000, 9000]))
        >>> came.between(np.array([1, 0]), np.array([4.0, 4.0]), np.array([np.inf, np.inf])).tolist()
        [1.0, 0.0]
        """
        first, last = (np.full(len(self.end_ms), np.nan) for _ in range(2))
        first[place], last[place] = np.round(after * 1000), np.round(until * 1000)
        inside = (self.time_ms > first[self.session]) & (self.time_ms <= last[self.session])
        found: Floats = (np.bincount(self.session[inside], minlength=len(first)) > 0)[place].astype(
            np.float64
        )
        return found

    def often(self, place: Ints, moment: Floats, every_s: float, periods: Ints) -> Floats:
        """How often it came in each period from or before a moment: whole numbers of shape (n, W).

        Parameters
        ----------
        moment
            Shape (n,), seconds; of sessions at places, each once.
        periods
            Shape (W,), one after the other; r is what came after `moment + r every_s` and by its end.

        >>> came = Came(np.array([0, 0, 1]), np.array([4000, 4001, 9000]), np.array([60000, 9000]))
        >>> came.often(np.array([0, 1]), np.array([4.0, 4.0]), 5.0, np.arange(-1, 2)).tolist()
        [[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
        """
        row, start = np.full(len(self.end_ms), -1), np.zeros(len(self.end_ms), dtype=np.int64)
        row[place], start[place] = np.arange(len(place)), milliseconds(moment)
        # A millisecond less, for what comes at the end of a period belongs to it.
        length = round(every_s * 1000)
        column = (self.time_ms - start[self.session] - 1) // length - int(periods[0])
        mine = (row[self.session] >= 0) & (column >= 0) & (column < len(periods))
        key = row[self.session[mine]] * len(periods) + column[mine]
        found = np.bincount(key, minlength=len(place) * len(periods))
        return found.reshape(len(place), len(periods)).astype(np.float64)

    def there(self, place: Ints, moment: Floats) -> Bools:
        """Shape (n,): sessions that had not ended before a moment, seconds."""
        found: Bools = milliseconds(moment) <= self.end_ms[place]
        return found


def came_of(study: Study, panel: FactorPanel, name: str) -> Came | None:
    """When an event came in the sessions of a panel; None of a factor that is no event of the log."""
    if panel.factor(name).source != "events":
        return None
    table = study.table("events", ["session_id", "time_s", "type"])
    kind, names = texts_of(table, "events", "type")
    # A name that another source has too carries its own in front; the log may lack one of another study.
    own = name if name in names else name.removeprefix("events_")
    code = names.index(own) if own in names else len(names)
    session = codes_of(table, "events", "session_id", panel.session_ids)
    mine = (kind == code) & (session >= 0)
    visits = study.table("sessions", ["session_id", "duration_s"])
    place = codes_of(visits, "sessions", "session_id", panel.session_ids)
    end_ms = np.zeros(len(panel.session_ids), dtype=np.int64)
    end_ms[place[place >= 0]] = milliseconds(numbers(visits, "sessions", "duration_s")[place >= 0])
    return Came(session[mine], times_ms(table, "events")[mine], end_ms)
