"""Who is in a study by now and whose sessions may be read: what somebody looks at who follows a study.

Sessions are told by what the tables say of them and of their broadcast, so that one that was changed, taken
back or taken out is seen to be. No signal is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from telltale.factors.source_product import log_prices
from telltale.study import schema
from telltale.study.store import Study

Marks = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that may be read."""

    room: str
    person: str
    says: str
    """All that the tables `sessions` and `rooms` say of it; which hosts agree, and whose face may be seen."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """A study's sessions at one moment."""

    visits: dict[str, Visit]
    """By id: those whose people agree, whose broadcast is known and whose signals are there."""
    awaited: frozenset[str]
    """Ids of the others whose people agree."""
    prices: dict[str, float]
    """By product, as `price_on_show` tells them, where anybody wants them: other products may shift them."""


def agreed(study: Study, now: datetime) -> frozenset[tuple[str, str]]:
    """Viewers and hosts whose consent to research holds."""
    viewers, hosts = study.consents.holding("research", now), study.host_consents.holding("research", now)
    return frozenset([*(("viewer", name) for name in viewers), *(("host", name) for name in hosts)])


def attendance(study: Study, sources: frozenset[str], now: datetime) -> Attendance:
    """Who is there.

    Parameters
    ----------
    sources
        What factors are read from: a session waits for the signals that these want.
    """
    rooms = {str(row["room_id"]): row for row in study.table("rooms").to_pylist()}
    visits, awaited = {}, set()
    for row in study.table("sessions").to_pylist():
        name, person, room = (str(row[key]) for key in ("session_id", "participant_id", "room_id"))
        if not study.consents.may(person, "research", now):
            continue
        if room not in rooms or _lost_signals(study, sources, name, room):
            awaited.add(name)
            continue
        may = {host: study.host_consents.may(host, "research", now) for host in study.teams[room]}
        faces = study.hosts_with_signal(room) if "host_face" in sources else ()
        visits[name] = Visit(room, person, repr((_texts(row), _texts(rooms[room]), may, faces)))
    return Attendance(visits, frozenset(awaited), log_prices(study) if "product" in sources else {})


def marks_of(folder: Path) -> Marks:
    """Signs by which a change of a study is seen without reading it: of each table, and of the folders of
    signals, when it was written, its size and its place on the disk."""
    names = [f"{table.name}.parquet" for table in schema.TABLES]
    hosts = folder / schema.HOST_SIGNALS
    further = sorted(path for path in hosts.glob("*") if path.is_dir())
    return marks([*(folder / name for name in (*names, schema.MANIFEST, schema.SIGNALS)), hosts, *further])


def marks(paths: list[Path]) -> Marks:
    """The same of some files; those that are not there have none."""
    found = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


def _lost_signals(study: Study, sources: frozenset[str], session: str, room: str) -> bool:
    """Whether a signal that is wanted is not there: of several hosts one is enough."""
    viewer = "face" in sources and not study.signal_path(session).is_file()
    return viewer or ("host_face" in sources and not study.hosts_with_signal(room))


def _texts(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in row.items()]
