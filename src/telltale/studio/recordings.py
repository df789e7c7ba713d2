"""Recordings that may be played: rows the service kept, and sessions of a study; each only by consent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from telltale.core import channels
from telltale.core.clock import iso, now
from telltale.core.errors import FormatError
from telltale.core.signal import Signal, unread_rows
from telltale.records.database import AbstractDatabase
from telltale.records.utc import moment
from telltale.signs.affect import NAMES, compute_affect
from telltale.strategy.visits import rows_of
from telltale.studio.acts import acts_of
from telltale.studio.decisions import of_session
from telltale.studio.shelf import Shelf
from telltale.study.store import Study

Source = Literal["live", "study"]
MOST: Final = 500
_ROWS: Final = round(channels.RATE_HZ)


@dataclass(frozen=True, slots=True)
class Recording:
    """One that may be played."""

    source: Source
    session: str
    room: str
    started_at: str
    duration_s: float
    video: bool

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def all_recordings(shelf: Shelf) -> list[Recording]:
    """The service's, the latest first, then the study's."""
    return [*_live(shelf.database), *([] if shelf.study is None else _of_study(shelf.study))][:MOST]


def signal_of(shelf: Shelf, source: Source, session: str) -> Signal:
    """The rows of a recording."""
    if source == "study":
        if shelf.study is None:
            raise FormatError("no study is open", hint="serve with --study FOLDER")
        return shelf.study.signal(session)
    seconds = rows_of(shelf.database, session)
    if not seconds:
        raise FormatError(f"no rows of {session!r} are kept", hint="they are with consent to research alone")
    values = unread_rows(max(second for second, _ in seconds) * _ROWS)
    for second, content in seconds:
        block = np.frombuffer(content, "<f4").reshape(_ROWS, channels.COUNT)
        values[(second - 1) * _ROWS : second * _ROWS] = block
    return Signal(np.arange(1, len(values) + 1) / channels.RATE_HZ, values)


def on_grid(signal: Signal) -> np.ndarray:
    """Rows at k / 10 s from k = 1 on, NaN where there is none. Shape (n, 128)."""
    last = int(np.ceil(signal.times_s[-1] * _ROWS - 1e-6)) if len(signal) else 0
    rows = unread_rows(max(last, 0))
    places = np.rint(signal.times_s * _ROWS).astype(int) - 1
    inside = (places >= 0) & (places < len(rows))
    rows[places[inside]] = signal.values[inside]
    return rows


def track_of(shelf: Shelf, source: Source, session: str) -> dict[str, Any]:
    """What goes along with the rows: affect, probability, acts, events, decisions."""
    signal = signal_of(shelf, source, session)
    duration_s = float(signal.times_s[-1]) if len(signal) else 0.0
    return {
        "duration_s": duration_s,
        "affect": {"names": list(NAMES), "every_s": 1, "values": _affect(signal, int(duration_s))},
        "probability": list(shelf.score(signal)),
        "events": _events(shelf, source, session),
        "acts": acts_of(signal),
        "decisions": of_session(shelf.database, session) if source == "live" else [],
        "video_offset_s": _video_offset_s(shelf, source, session),
    }


def video_of(shelf: Shelf, source: Source, session: str) -> Path:
    """The video of a session whose viewer agreed to be recorded."""
    if source == "study" and shelf.study is not None and session in _videos(shelf.study):
        return _video_path(shelf.study, session)
    raise FormatError(f"no video of {session!r}", hint="pictures are kept with consent to recording alone")


def _video_offset_s(shelf: Shelf, source: Source, session: str) -> float:
    """Time on the video's clock minus time on the axis, which is the log's."""
    if source != "study" or shelf.study is None:
        return 0.0
    table = shelf.study.table("sessions")
    if "clock_offset_s" not in table.column_names:
        return 0.0
    offsets = zip(*(table.column(name).to_pylist() for name in ("session_id", "clock_offset_s")), strict=True)
    return float(dict(offsets)[session] or 0.0)


def _affect(signal: Signal, seconds: int) -> list[list[float | None]]:
    told = compute_affect(signal)
    places = np.minimum((np.floor(told.times_s - 1e-6)).astype(int), seconds - 1)
    columns = []
    for values in told.values.T:
        known = np.isfinite(values) & (places >= 0)
        sums = np.bincount(places[known], values[known], seconds)
        counts = np.bincount(places[known], minlength=seconds)
        columns.append([round(s / n, 4) if n else None for s, n in zip(sums, counts.tolist(), strict=True)])
    return columns


def _live(database: AbstractDatabase) -> list[Recording]:
    rows = database.rows(
        "SELECT visits.session, room, started_at, MAX(second) FROM visits JOIN recorded_rows"
        " ON recorded_rows.session = visits.session GROUP BY visits.session, room, started_at"
        " ORDER BY started_at DESC LIMIT ?",
        (MOST,),
    )
    return [
        Recording("live", session, room, iso(moment(at)), float(last), False)
        for session, room, at, last in rows
    ]


def _of_study(study: Study) -> list[Recording]:
    table = study.table("sessions", ["session_id", "room_id", "started_at", "duration_s"])
    videos = _videos(study)
    rows = zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
    return [
        Recording("study", session, room, iso(at), float(duration_s), session in videos)
        for session, room, at, duration_s in rows
        if study.signal_path(session).is_file()
    ][:MOST]


def _videos(study: Study) -> frozenset[str]:
    """Sessions with a video whose viewer has agreed to be recorded, and has not taken it back."""
    found = {path.stem for path in (study.folder / "videos").glob("*.mp4")}
    people = study.table("sessions", ["session_id", "participant_id"])
    owners = dict(zip(*(people.column(n).to_pylist() for n in people.column_names), strict=True))
    may = study.consents.may
    return frozenset(s for s in found if s in owners and may(owners[s], "record_video", now()))


def _video_path(study: Study, session: str) -> Path:
    return study.folder / "videos" / f"{session}.mp4"


def _events(shelf: Shelf, source: Source, session: str) -> list[dict[str, Any]]:
    if source == "study" and shelf.study is not None:
        asked = "SELECT time_s, type, product_id FROM events WHERE session_id = ? ORDER BY time_s"
        with shelf.study.query() as connection:
            found = connection.execute(asked, [session]).fetchall()
        return [{"time_s": time_s, "type": kind, "product": product} for time_s, kind, product in found]
    rows = shelf.database.rows(
        "SELECT at - started_at, name, product FROM shop_events JOIN visits"
        " ON visits.session = shop_events.session WHERE shop_events.session = ? ORDER BY at",
        (session,),
    )
    return [{"time_s": ms / 1000, "type": name, "product": product or None} for ms, name, product in rows]
