"""Many viewers' rolling windows: rows in as they come, a probability for each second out.

    rows > Arrivals (event time) > whole seconds > Turn: one step of the model for all who have one > Told

Nothing here reads a clock, waits or writes: time is an argument, and what comes out is a list.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Values
from telltale.intent.arrivals import LATE_S, Arrivals
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import WINDOW_S
from telltale.intent.stream_places import IntentStream
from telltale.intent.summaries import second_maxima
from telltale.live.device_clock import DeviceClock
from telltale.live.frames import MOST_ROWS, Rows
from telltale.live.why import Flashes, Reason

Probabilities = npt.NDArray[np.float64]

KEPT_S: Final = MOST_ROWS / channels.RATE_HZ
"""What a device keeps and sends again: all that any model looks back on."""
AHEAD_S: Final = 2.0
"""Rows further ahead of the session's clock come from a clock that lies."""
HELD_UP_S: Final = 60.0
"""So much further than its hello said a device may be with its first rows: this process was held up."""
_ROWS: Final = round(channels.RATE_HZ)
_CONFIDENCE: Final = channels.unit_channels("confidence")
_LATELY: Final = 5
"""Seconds over which the reading's quality is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A second of a viewer, told."""

    viewer: Rolled
    second: int
    """Its end, in the session's time."""
    probability: float
    """NaN where no row of the half minute was read."""
    block: Values
    """Shape (10, 128): the rows it closed with."""
    session_s: float
    """The session's time when it was told."""
    closed_at_s: float
    """When the message came that closed it; NaN where none did, and where it closed a later one too."""

    @property
    def fresh(self) -> bool:
        """Whether it is news: what is caught up with after a break is not acted upon."""
        return self.session_s - self.second <= LATE_S + 2.0


@dataclass(slots=True, eq=False)
class Rolled:
    """One viewer's window."""

    session: str
    place: int
    arrivals: Arrivals
    next_second: int
    """The second that is told next is (next_second, next_second + 1]."""
    clock: DeviceClock = field(default_factory=DeviceClock)
    due: deque[tuple[int, Values, float]] = field(default_factory=deque)
    """Whole seconds that wait for their step, each with when the message came that closed it."""
    read: deque[float] = field(default_factory=lambda: deque(maxlen=round(WINDOW_S)))
    """Share of rows read in each of the last thirty seconds."""
    sure: deque[float] = field(default_factory=lambda: deque(maxlen=_LATELY))
    """Mean confidence of the units in each of the last seconds."""
    flashes: Flashes = field(default_factory=Flashes)
    began_s: float = math.nan
    """The service's clock minus the session's when the device was first heard; NaN until then."""
    said_began_s: float = -math.inf
    """The same as its device's hello said; its first rows cannot be far beyond."""
    present: bool = True
    """Whether the device is connected; time does not pass for one that may still send what it kept."""
    gone: bool = False
    life: int = 0
    """How often the window began anew."""
    rows_new: int = 0
    rows_again: int = 0
    """Rows that came again or too late."""

    @property
    def confidence(self) -> float:
        """How well the face has been read in the last seconds, 0 to 1."""
        seconds = [read * sure for read, sure in zip(list(self.read)[-_LATELY:], self.sure, strict=True)]
        return sum(seconds) / max(1, len(seconds))


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One second of some viewers, for one call of the model."""

    viewers: list[Rolled]
    places: list[int]
    lives: list[int]
    seconds: list[int]
    blocks: Values
    """Shape (B, 10, 128)."""
    closed_at_s: list[float]


class Rolling:
    """All viewers of one process.

    `take_turn`, `run` and `tell` follow one another until there is no turn; rows may come in between.

    Parameters
    ----------
    stream
        The model, row by row.
    share_with_cart
        Share of such moments that precede a cart; as in training where not given.
    """

    def __init__(self, stream: IntentStream, *, share_with_cart: float | None = None) -> None:
        self._stream = stream
        self._share = share_with_cart
        self._here: dict[str, Rolled] = {}
        self._due: dict[str, Rolled] = {}
        self._left: list[int] = []
        """Places that are free once the turn that runs has ended."""
        self._anew: list[Rolled] = []
        """Who gets a clean place then."""

    @property
    def viewers(self) -> int:
        """Viewers who have a place."""
        return self._stream.viewers

    @property
    def capacity(self) -> int:
        """Viewers at most."""
        return self._stream.capacity

    @property
    def seconds_due(self) -> int:
        """Seconds that wait for their step."""
        return sum(len(viewer.due) for viewer in self._due.values())

    def get(self, session: str) -> Rolled | None:
        """A session's window, where it has one."""
        return self._here.get(session)

    def enter(self, session: str, first_second: int = 0, *, began_s: float = -math.inf) -> Rolled:
        """A window for a session that began then, as it says; no rows before `first_second` are asked for."""
        if session in self._here:
            raise FormatError(f"session {session} is here already", hint="go on with the window it has")
        viewer = Rolled(session, self._stream.enter(), Arrivals(first_second), first_second)
        viewer.said_began_s = began_s
        self._here[session] = viewer
        return viewer

    def leave(self, session: str) -> None:
        """Forget a session; its place is free once no step runs."""
        viewer = self._here.pop(session, None)
        if viewer is not None:
            viewer.gone = True
            viewer.due.clear()
            self._due.pop(session, None)
            self._left.append(viewer.place)

    def add(self, viewer: Rolled, rows: Rows, now_s: float) -> int:
        """Take rows; how many of them were new and in time."""
        end_s = rows.end / channels.RATE_HZ
        if math.isnan(viewer.began_s):
            if end_s > now_s - viewer.said_began_s + HELD_UP_S:
                raise FormatError(
                    f"row {rows.end} comes long before its time", hint="say in hello which row comes next"
                )
            viewer.began_s = now_s - end_s
        if end_s > now_s - viewer.began_s + AHEAD_S:
            raise FormatError(
                f"row {rows.end} comes {end_s - now_s + viewer.began_s:.1f} s before its time",
                hint="number rows by a clock that runs like any other, ten a second",
            )
        # A device's clock that runs fast is followed, by no more than it is ahead.
        viewer.began_s = min(viewer.began_s, now_s - end_s)
        viewer.clock.hear(end_s, now_s)
        if end_s > viewer.next_second + KEPT_S:
            self._begin_anew(viewer, rows)
        times_s = np.arange(rows.first, rows.end + 1) / channels.RATE_HZ
        new = viewer.arrivals.add(times_s, rows.values)
        viewer.rows_new += new
        viewer.rows_again += len(rows.values) - new
        # Only what is whole: where this process was held up, the rows that are missing wait behind these.
        self._give_out(viewer, -math.inf, now_s)
        return new

    def pass_time_for_all(self, heard_s: float) -> None:
        """Give out the seconds that nothing more can come for.

        Parameters
        ----------
        heard_s
            A time up to which all that has come was taken.
        """
        for viewer in self._here.values():
            session_s = viewer.clock.session_s(heard_s)
            # Most have sent all of their latest second, and it is not over that much longer.
            if viewer.present and session_s > viewer.next_second + len(viewer.due) + 1:
                self._give_out(viewer, session_s)

    def _give_out(self, viewer: Rolled, session_s: float, closed_at_s: float = math.nan) -> None:
        """Seconds that are whole, or over for so long at this time of the session.

        A message is timed once, by the last second that it closes: what it catches up with was late before.
        """
        seconds = viewer.arrivals.take(min(session_s, viewer.next_second + len(viewer.due) + KEPT_S))
        if seconds:
            viewer.due.extend((second, block, math.nan) for second, block in seconds[:-1])
            viewer.due.append((*seconds[-1], closed_at_s))
            self._due[viewer.session] = viewer

    @property
    def behind(self) -> bool:
        """Whether somebody has a second that waits."""
        return bool(self._due)

    def take_turn(self) -> Turn | None:
        """One second of every viewer who has one; None when nobody has."""
        self._clean()
        if not self._due:
            return None
        # In order, so that neighbouring places are a slice.
        viewers = sorted(self._due.values(), key=lambda viewer: viewer.place)
        seconds = [viewer.due.popleft() for viewer in viewers]
        self._due = {viewer.session: viewer for viewer in viewers if viewer.due}
        return Turn(
            viewers,
            places=[viewer.place for viewer in viewers],
            lives=[viewer.life for viewer in viewers],
            seconds=[end for end, _, _ in seconds],
            blocks=np.stack([block for _, block, _ in seconds]),
            closed_at_s=[closed_at_s for _, _, closed_at_s in seconds],
        )

    def run(self, turn: Turn) -> Probabilities:
        """The model's part of a turn, shape (B,): it touches nothing else and may run in another thread."""
        told: Probabilities = self._stream.step(turn.places, turn.blocks).astype(np.float64)
        if self._share is not None:
            told = prior_corrected(told, self._stream.about.share_with_cart, self._share)
        return told

    def tell(self, turn: Turn, probabilities: Probabilities, now_s: float) -> list[Told]:
        """What a turn told of those who are still there."""
        read, sure = _how_read(turn.blocks)
        maxima = second_maxima(turn.blocks)
        told = []
        for k, viewer in enumerate(turn.viewers):
            # Who left or began anew meanwhile is not told of the window that was.
            if not viewer.gone and viewer.life == turn.lives[k]:
                viewer.read.append(read[k])
                viewer.sure.append(sure[k])
                viewer.flashes.add(maxima[k])
                viewer.next_second = second = turn.seconds[k]
                probability = float(probabilities[k]) if any(viewer.read) else math.nan
                session_s = viewer.clock.session_s(now_s)
                told.append(Told(viewer, second, probability, turn.blocks[k], session_s, turn.closed_at_s[k]))
        return told

    def reasons(self, viewers: Sequence[Rolled]) -> list[tuple[Reason, ...]]:
        """Why each one's last probability is what it is; not while a turn runs."""
        odds = self._stream.unit_log_odds([viewer.place for viewer in viewers])
        if odds is None:
            return [viewer.flashes.reasons() for viewer in viewers]
        return [viewer.flashes.reasons(own) for viewer, own in zip(viewers, odds, strict=True)]

    def _begin_anew(self, viewer: Rolled, rows: Rows) -> None:
        """After a gap longer than any model looks back, nothing from before it counts."""
        first_second = (rows.first - 1) // _ROWS
        viewer.life += 1
        self._anew.append(viewer)
        self._due.pop(viewer.session, None)
        viewer.due.clear()
        viewer.read.clear()
        viewer.sure.clear()
        viewer.flashes = Flashes()
        viewer.arrivals, viewer.next_second = Arrivals(first_second), first_second

    def _clean(self) -> None:
        """Free the places of those who left; those who began anew have theirs cleared."""
        for place in self._left:
            self._stream.leave(place)
        for viewer in self._anew:
            if not viewer.gone:
                self._stream.leave(viewer.place)
                viewer.place = self._stream.enter()
        self._left, self._anew = [], []


def _how_read(blocks: Values) -> tuple[list[float], list[float]]:
    """Of seconds, shape (B, 10, 128): the share of rows read, and over these the units' mean confidence."""
    read = blocks[:, :, channels.VALID] == 1
    confidence = np.where(read[:, :, None], blocks[:, :, _CONFIDENCE], 0.0).mean(axis=2, dtype=np.float64)
    count = read.sum(axis=1)
    sure = confidence.sum(axis=1) / np.maximum(count, 1)
    return (count / blocks.shape[1]).tolist(), sure.tolist()
