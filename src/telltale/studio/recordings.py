"""Recordings that may be played: rows the service kept, and sessions of a study; each only by consent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from telltale.core.clock import iso, now
from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.records.database import AbstractDatabase
from telltale.records.utc import moment
from telltale.signs.affect import NAMES, compute_affect
from telltale.studio.acts import acts_of
from telltale.studio.decisions import of_session
from telltale.studio.shelf import Shelf
from telltale.studio.stretch import Stretch, kept_stretch, stretch_of
from telltale.study.store import Study

Source = Literal["live", "study"]
MOST: Final = 500


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


def stretch(shelf: Shelf, source: Source, session: str) -> Stretch:
    """The rows of a recording that are told."""
    if source == "live":
        return kept_stretch(shelf.database, session)
    if shelf.study is None:
        raise FormatError("no study is open", hint="serve with --study FOLDER")
    return stretch_of(shelf.study.signal(session))


def track_of(shelf: Shelf, source: Source, session: str) -> dict[str, Any]:
    """What goes along with the rows: affect, probability, acts, events, decisions; times from `from_s` on."""
    part = stretch(shelf, source, session)
    signal, duration_s = part.signal, part.duration_s
    decided = of_session(shelf.database, session) if source == "live" else []
    return {
        **part.told(),
        "duration_s": duration_s,
        "affect": {"names": list(NAMES), "every_s": 1, "values": _affect(signal, int(duration_s))},
        "probability": list(shelf.score(signal)),
        "events": _moved(part, _events(shelf, source, session), "time_s"),
        "acts": acts_of(signal),
        "decisions": _moved(part, decided, "second"),
        "video_offset_s": part.from_s + _clock_offset_s(shelf, source, session),
    }


def _moved(part: Stretch, found: list[dict[str, Any]], time: str) -> list[dict[str, Any]]:
    """What happened, in the stretch's own time; what was before it is below 0."""
    return [{**one, time: one[time] - part.from_s} for one in found]


def video_of(shelf: Shelf, source: Source, session: str) -> Path:
    """The video of a session whose viewer agreed to be recorded."""
    if source == "study" and shelf.study is not None and session in _videos(shelf.study):
        return _video_path(shelf.study, session)
    raise FormatError(f"no video of {session!r}", hint="pictures are kept with consent to recording alone")


def _clock_offset_s(shelf: Shelf, source: Source, session: str) -> float:
    """Time on the video's clock minus time on the log's."""
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
        "SELECT visits.session, room, started_at, MAX(second) - MIN(second) + 1"
        " FROM visits JOIN recorded_rows ON recorded_rows.session = visits.session"
        " GROUP BY visits.session, room, started_at ORDER BY started_at DESC LIMIT ?",
        (MOST,),
    )
    return [
        Recording("live", session, room, iso(moment(at)), float(lasts_s), False)
        for session, room, at, lasts_s in rows
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
