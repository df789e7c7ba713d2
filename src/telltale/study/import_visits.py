"""Sessions and broadcasts as stretches of time: whose moment is it, and how long after the start?"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from telltale.study.import_values import UnmappableError

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast as a stretch of time."""

    name: str
    start: datetime
    stop: datetime


class Visits:
    """The sessions and broadcasts that are known so far."""

    def __init__(self) -> None:
        self._starts: dict[tuple[str, str], datetime] = {}
        self._of_person: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
        self._rooms: dict[str, Broadcast] = {}
        self._of_host: dict[str, list[Broadcast]] = defaultdict(list)

    def learn(self, table: str, rows: Iterable[Row]) -> None:
        """Take in rows of `sessions`, `rooms` or `room_hosts`; rows of other tables say nothing here."""
        if table == "room_hosts":
            for row in rows:
                if (room := self._rooms.get(row["room_id"])) and room not in self._of_host[row["host_id"]]:
                    self._of_host[row["host_id"]].append(room)
        if table not in ("sessions", "rooms"):
            return
        for row in rows:
            start = row["started_at"]
            if start is None or row["duration_s"] is None:
                continue
            name = row["session_id"] if table == "sessions" else row["room_id"]
            self._starts[table, name] = start
            stop = start + timedelta(seconds=row["duration_s"])
            if table == "sessions":
                self._of_person[row["participant_id"]].append((start, stop, name))
            else:
                self._rooms[name] = Broadcast(name, start, stop)
                self._of_host[row["host_id"]].append(self._rooms[name])

    def session_of(self, person: str, moment: datetime, coarse_s: float) -> str:
        """The one session of a person in which the moment lies."""
        latest = moment + timedelta(seconds=coarse_s)
        stretches = self._of_person.get(person, [])
        found = [name for start, stop, name in stretches if start <= latest and moment <= stop]
        if len(found) == 1:
            return found[0]
        where = f"of {person} at {moment:%Y-%m-%d %H:%M:%S} UTC"
        if found:
            raise UnmappableError(f"{len(found)} sessions {where}: {', '.join(sorted(found))}")
        raise UnmappableError(f"no session {where}")

    def room(self, name: str) -> Broadcast:
        """A broadcast by name."""
        if name not in self._rooms:
            raise UnmappableError(f"no broadcast {name!r}")
        return self._rooms[name]

    def rooms_of(self, host: str) -> tuple[Broadcast, ...]:
        """Every broadcast of a host."""
        return tuple(self._of_host.get(host, ()))

    def room_of(self, host: str, begin: datetime, end: datetime) -> str:
        """The one broadcast of a host that runs at some time between two moments, or at the one they are."""
        touch = operator.lt if begin < end else operator.le
        found = [r.name for r in self.rooms_of(host) if touch(r.start, end) and touch(begin, r.stop)]
        if len(found) == 1:
            return found[0]
        where = f"of {host} at {begin:%Y-%m-%d %H:%M:%S} UTC"
        if found:
            raise UnmappableError(f"{len(found)} broadcasts {where}: {', '.join(sorted(found))}")
        raise UnmappableError(f"no broadcast {where}")

    def seconds_into(self, table: str, name: str, moment: datetime, coarse_s: float) -> float:
        """Seconds from the start of a session or broadcast; a coarse stamp just before it counts as 0."""
        start = self._starts.get((table, name))
        if start is None:
            raise UnmappableError(f"no {'session' if table == 'sessions' else 'broadcast'} {name!r}")
        seconds = round((moment - start).total_seconds(), 3)
        if seconds < -coarse_s:
            raise UnmappableError(f"{-seconds} s before {name} began")
        return max(seconds, 0.0)
