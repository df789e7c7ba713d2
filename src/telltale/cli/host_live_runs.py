"""What `telltale host live` follows: a stream that is read as it comes, or a study that is played."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telltale.cli import console
from telltale.cli.host_live_screen import STOPPED
from telltale.core import clock
from telltale.core.errors import ConfigError, FormatError
from telltale.study.store import Study, texts

if TYPE_CHECKING:
    from telltale.cli.host_coder import HostCoder
    from telltale.cli.host_live_screen import LiveScreen
    from telltale.host.live_board import LiveBoard
    from telltale.host.live_counts import FileCounter, RoomCounter
    from telltale.host.points import HostPoints
    from telltale.host.shown import Array
    from telltale.host.watch import HostWatch
    from telltale.media.frame import Frame
    from telltale.perceive.perceiver import FaceStep

    Stretch = tuple[float, float, Array, float]

_RESEARCH: Final = "viewers who agreed to research alone"
_COUNTED: Final = {"room_counts": "whoever the study's platform counted", "events": "the study's own viewers"}


class _Watcher:
    """A sink of the reading: rows to the watch, stretches to the board, news to the screen."""

    def __init__(self, watch: HostWatch, board: LiveBoard, screen: LiveScreen, faces: Sequence[str]) -> None:
        self._watch, self._board, self._screen, self._faces = watch, board, screen, faces

    def frame(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        self._rows(steps)
        for stretch in self._watch.ended(frame.time_s):
            self._board.ended(stretch)
            self._screen.tell_faces(self._watch.several(), self._faces, self._watch.never_read())
        if self._board.look(clock.now()):
            self._screen.tell(self._board.state)

    def finish(self, steps: Sequence[FaceStep]) -> None:
        self._rows(steps)
        for stretch in self._watch.ended():
            self._board.ended(stretch)
        self._board.look(clock.now(), last=True)

    def _rows(self, steps: Sequence[FaceStep]) -> None:
        for step in steps:
            self._watch.add(step.face, step.rows)


@dataclass(frozen=True, slots=True)
class Followed:
    """A stream that is followed, and how."""

    what: str
    room: str | None
    every_s: float
    half_life_s: float | None
    faces: tuple[str, ...]
    """The hosts'; whoever is read longest where there are none."""
    delay_s: float
    """By how much a picture is older than the moment in which it is read; counts have their own times."""


def watch_stream(
    asked: Followed,
    by: HostCoder,
    screen: LiveScreen,
    *,
    counts: Path | None,
    mapping: Path | None,
    service: Path | None,
) -> None:
    """Read a camera, a stream or a video as it comes, until it ends or Ctrl-C."""
    from telltale.cli.host_live_source import FollowedSource
    from telltale.host.live_board import LiveBoard
    from telltale.host.watch import HostWatch
    from telltale.media.open import open_source
    from telltale.perceive.perceiver import new_perceiver
    from telltale.perceive.session import run

    with ExitStack() as stack:
        file = None if counts is None else _file(counts, mapping, asked.room)
        counter: RoomCounter = file or _ledger(stack, service, asked.room or "")
        perceiver = new_perceiver()
        source = FollowedSource(stack.enter_context(open_source(asked.what)))
        began = clock.now() - timedelta(seconds=asked.delay_s)
        board = LiveBoard(
            by.coder.names,
            counter,
            began,
            asked.every_s,
            half_life_s=asked.half_life_s,
            viewers=file.viewers if file is not None and file.knows_viewers else None,
            left_out=str if file is None else file.left_out,
            who=_RESEARCH if file is None else file.who,
            evidence=by.coder.evidence,
        )
        watch = HostWatch(by.coder, asked.every_s, asked.faces)
        with screen.following(board):
            run(source, perceiver, [_Watcher(watch, board, screen, asked.faces)])
        screen.end(board.state, source.ended or STOPPED, broken=source.broken)


def _file(counts: Path, mapping: Path | None, room: str | None) -> FileCounter:
    from telltale.host.live_counts import FileCounter
    from telltale.host.live_rows import MappedRows

    return FileCounter(counts, None if mapping is None else MappedRows(counts, mapping, room))


def _ledger(stack: ExitStack, service: Path | None, room: str) -> RoomCounter:
    from telltale.live.room_counter import LedgerCounter
    from telltale.live.settings import ServiceSettings
    from telltale.live.tables import prepare_live
    from telltale.strategy.ledger_tables import open_ledger

    url = os.environ.get("TELLTALE_DATABASE_URL")
    if not url:
        url = ServiceSettings(folder=str(service)).database_url
        if not Path(url.removeprefix("sqlite:///")).is_file():
            raise ConfigError(
                f"no service keeps its events in {service}", hint="give the folder it runs with"
            )
    database = stack.enter_context(open_ledger(url))
    prepare_live(database)
    counter = LedgerCounter(database, room)
    if not counter.known_room():
        console.err.print(f"nobody is known to have visited room {console.escape(room)} yet", soft_wrap=True)
    return counter


def play_study(
    study: Study,
    room: str | None,
    by: HostCoder,
    screen: LiveScreen,
    every_s: float,
    half_life_s: float | None,
    speed: float,
    *,
    self_coaching: bool,
) -> None:
    """Play one broadcast of a study as if it ran now, stretch by stretch."""
    from telltale.host.live_board import LiveBoard
    from telltale.host.report_case import refuse_others
    from telltale.host.study_points import PointSettings, study_points
    from telltale.host.study_shown import study_shown
    from telltale.host.watch import WatchedStretch
    from telltale.perceive.stopping import GentleStop

    if self_coaching:
        refuse_others(study)
    _refuse_unknown(room, texts(study.table("rooms", ["room_id"]), "room_id"), "is in this study")
    now = clock.now()
    seen = study_shown(study, by.coder, now, room=room, progress=console.progress)
    room = _refuse_unknown(room, seen.shown.room_ids, "was read here")
    # A platform's own stretches cannot be made shorter.
    own = None if study.has("room_counts") else every_s
    points = study_points(study, seen, now, PointSettings(every_s=own))
    counter = _Played(points, seen.shown.room_ids.index(room))
    if not len(counter):
        raise FormatError(
            f"broadcast {room} has no stretch with counts and a face", hint="choose another --room"
        )
    board = LiveBoard(
        points.names,
        counter,
        counter.began,
        points.step_s,
        half_life_s=half_life_s,
        viewers=counter.viewers if counter.knows_viewers else None,
        who=_COUNTED[points.counted_by],
        evidence=points.shown.evidence,
        simulated=points.simulated,
    )
    played = 0
    with screen.following(board), GentleStop(live=True) as stop:
        for start_s, end_s, shares, read in stop.until_asked(_paced(counter.stretches, speed)):
            board.ended(WatchedStretch(start_s, end_s, shares, read))
            board.look(counter.began + timedelta(seconds=end_s))
            screen.tell(board.state)
            played += 1
    screen.end(board.state, "it was played to its end" if played == len(counter) else STOPPED)


def _refuse_unknown(room: str | None, known: Sequence[str], where: str) -> str:
    if room is None or room not in known:
        what = "no broadcast is named" if room is None else f"no broadcast {room!r} {where}"
        raise ConfigError(
            what, hint=f"--room takes one of {', '.join(known[:5])}{', ...' * (len(known) > 5)}"
        )
    return room


def _paced(stretches: Sequence[Stretch], speed: float) -> Iterator[Stretch]:
    """Each when it has ended, so many times as fast as it was; at once where that is 0."""
    for start_s, end_s, shares, read in stretches:
        if speed:
            time.sleep((end_s - start_s) / speed)
        yield start_s, end_s, shares, read


class _Played:
    """The counts of one broadcast of a study, told as if they came now."""

    def __init__(self, points: HostPoints, room: int) -> None:
        self._points = points
        self._rows = [int(row) for row in range(len(points)) if points.room[row] == room]
        self.began: datetime = clock.now()
        self.outcomes = tuple(points.counts)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def stretches(self) -> list[Stretch]:
        """Start, end, shares and how much was read of each."""
        p = self._points
        return [
            (float(p.start_s[i]), float(p.end_s[i]), p.shares[i].astype(float), float(p.read[i]))
            for i in self._rows
        ]

    def known_until(self, now: datetime) -> datetime:
        """All that has been played."""
        return now

    def between(self, start: datetime, end: datetime) -> Array:
        """What was counted in the stretch that lies there."""
        import numpy as np

        row = self._row(start, end)
        return np.array([values[row] for values in self._points.counts.values()])

    @property
    def knows_viewers(self) -> bool:
        """Whether anybody counted them in this broadcast."""
        import numpy as np

        return bool(np.isfinite(self._points.viewers[self._rows]).any())

    def viewers(self, start: datetime, end: datetime) -> float:
        """How many were there in the stretch that lies there."""
        return float(self._points.viewers[self._row(start, end)])

    def _row(self, start: datetime, end: datetime) -> int:
        middle_s = (start + (end - start) / 2 - self.began).total_seconds()
        p = self._points
        return min(self._rows, key=lambda i: abs(float(p.start_s[i] + p.end_s[i]) / 2 - middle_s))
