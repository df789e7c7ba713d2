"""A stream of lines: rows of many viewers in, probabilities out, each line one JSON object.

    in   {"viewer": "a", "times_s": [0.1, 0.2], "rows": [[128 numbers], ...]}     null where unread
         {"viewer": "a", "gone": true}
    out  {"viewer": "a", "second": 1, "probability": 0.03, "read_share": 1.0}

Lines come in batches: one call steps a second of every viewer who has one whole, the next call the next.
Time is that of the rows: a viewer's second is over when its ten rows have come, or a row half a second after
it, or when the viewer is gone. Whose times go back, or pause for longer than the model looks back, is gone
and begins anew. Only silence is told by another clock, which is an argument.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

import numpy as np

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.intent.arrivals import LATE_S, Arrivals
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import WINDOW_S, Array
from telltale.intent.evidence_build import CONTEXT_S
from telltale.intent.stream_places import IntentStream

REST_S: Final = float(math.ceil(WINDOW_S + CONTEXT_S))
"""After a longer gap no row from before it counts: a viewer begins anew, and no line may span more."""
STALL_S: Final = 1.0
"""A batch that takes longer was held up: by whoever should read the answers, or by this machine."""
BACK_S: Final = 5.0
"""A line that ends longer before its viewer's latest row begins another session."""
_MOST_IN_VAIN: Final = 50
"""More rows in a row that are of no use are told."""
_LATEST_S: Final = 1e12
"""Beyond it a float cannot count seconds."""
_GREATEST: Final = 1e6
"""Beyond every channel's range, and still small enough for a network to square."""
_MOST_DUE: Final = 2000
"""Seconds that wait for their step, 5 KB each; one line may bring twice `REST_S`."""
_FORM: Final = 'write {"viewer": ..., "times_s": [...], "rows": [[128 numbers], ...]}'


@dataclass(slots=True)
class _Viewer:
    """One who is watching."""

    name: str
    place: int
    arrivals: Arrivals
    latest_s: float
    heard_s: float
    """When a line came last, by the clock that tells silence."""
    due: deque[tuple[int, Array]] = field(default_factory=deque)
    """Whole seconds that wait for their step: the end of each, and its rows."""
    read: deque[int] = field(default_factory=lambda: deque(maxlen=round(WINDOW_S)))
    """Rows read in each of the last thirty seconds."""
    in_vain: int = 0
    """Rows of the last lines that brought nothing in time and new."""
    told: bool = False
    """Whether that was said."""


class InVainError(FormatError):
    """A viewer's rows come too late or again; the line was read, and the viewer stays."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that could be read."""

    viewer: str
    times_s: np.ndarray
    """Of each row; none where the viewer is gone."""
    rows: Array

    @property
    def gone(self) -> bool:
        return not len(self.times_s)


@dataclass(frozen=True, slots=True)
class Answer:
    """A probability."""

    viewer: str
    second: int
    """Its end, seconds."""
    probability: float | None
    """None where no row of the half minute was read."""
    read_share: float

    def line(self) -> str:
        """As JSON."""
        told = None if self.probability is None else round(self.probability, 6)
        return json.dumps(
            {
                "viewer": self.viewer,
                "second": self.second,
                "probability": told,
                "read_share": round(self.read_share, 3),
            }
        )


class LineStream:
    """Takes lines and answers them.

    Parameters
    ----------
    stream
        Where the viewers get their places.
    share_with_cart
        Share of such moments that precede a cart; as in training where not given.
    silent_s
        Who sent nothing for so long is let go as if gone.
    """

    def __init__(
        self, stream: IntentStream, *, share_with_cart: float | None = None, silent_s: float = math.inf
    ) -> None:
        self._stream = stream
        self._share = share_with_cart
        self._silent_s = silent_s
        self._lines = 0
        self._viewers: OrderedDict[str, _Viewer] = OrderedDict()
        """Who has been silent longest comes first."""
        self._gone: dict[str, _Viewer] = {}
        """Who keeps a place until the last seconds are answered."""
        self._due: dict[int, _Viewer] = {}
        """By place, who has a second that waits for its step."""
        self._seconds_due = 0

    def take(self, lines: Iterable[str | bytes], now_s: float) -> Iterator[Answer | FormatError]:
        """Answers that lines make possible, those of one viewer in order, and why lines were refused.

        A line that cannot be read is refused whole, named by its number since the first; the others count.
        An `InVainError` refuses no line.

        Parameters
        ----------
        lines
            What has come; none at all where only time has passed.
        now_s
            When they came, by any clock that runs on.
        """
        came = list(self._read(lines))
        # Whose line waits is not silent, however long it has waited.
        heard = {line.viewer for _, line in came if isinstance(line, _Line) and not line.gone}
        self._let_go(now_s, heard)
        for number, line in came:
            try:
                yield from self._take(line, now_s)
            except FormatError as error:
                yield FormatError(f"line {number}: {error.message}", hint=error.hint)
            if self._seconds_due >= _MOST_DUE:
                yield from self._answers()
        yield from self._answers()

    def finish(self) -> Iterator[Answer]:
        """The last answers of all who are still there."""
        for name in list(self._viewers):
            self._leave(name)
        yield from self._answers()

    def _read(self, lines: Iterable[str | bytes]) -> Iterator[tuple[int, _Line | FormatError]]:
        """The number of each line that is not empty, and what it says or why it cannot be read."""
        for line in lines:
            self._lines += 1
            if line.strip():
                try:
                    yield self._lines, _parsed(line)
                except FormatError as error:
                    yield self._lines, error

    def _take(self, line: _Line | FormatError, now_s: float) -> Iterator[Answer | FormatError]:
        """Give out the seconds that a line makes whole; answers only where its viewer needs a place first."""
        if isinstance(line, FormatError):
            raise line
        viewer = self._viewers.get(line.viewer)
        if line.gone or (viewer is not None and _is_another_session(viewer, line)):
            self._leave(line.viewer)
            viewer = None
        if line.gone:
            return
        if viewer is None:
            # Whoever left in this batch is answered before the name or the place is somebody else's.
            if line.viewer in self._gone or (self._gone and self._stream.viewers == self._stream.capacity):
                yield from self._answers()
            viewer = self._enter(line.viewer, float(line.times_s.min()), now_s)
        in_vain = self._add(viewer, line, now_s)
        if in_vain is not None:
            yield in_vain

    def _add(self, viewer: _Viewer, line: _Line, now_s: float) -> InVainError | None:
        """Hear a viewer's rows; tells once when they have long been of no use."""
        new = viewer.arrivals.add(line.times_s, line.rows)
        viewer.latest_s = max(viewer.latest_s, float(line.times_s.max()))
        viewer.heard_s = now_s
        self._viewers.move_to_end(viewer.name)
        # At once: which rows are too late must not depend on the lines that share a batch.
        self._give_out(viewer, viewer.latest_s)
        viewer.in_vain = 0 if new else viewer.in_vain + len(line.rows)
        if viewer.told or viewer.in_vain <= _MOST_IN_VAIN:
            return None
        viewer.told = True
        return _in_vain(viewer)

    def _enter(self, name: str, first_s: float, now_s: float) -> _Viewer:
        arrivals = Arrivals(first_second=int(max(first_s - 0.05, 0)))
        viewer = _Viewer(name, self._stream.enter(), arrivals, first_s, now_s)
        self._viewers[name] = viewer
        return viewer

    def _let_go(self, now_s: float, heard: Set[str]) -> None:
        """Those who have been silent for too long leave, but for those who are heard now."""
        silent = takewhile(lambda viewer: now_s - viewer.heard_s >= self._silent_s, self._viewers.values())
        for name in [viewer.name for viewer in silent if viewer.name not in heard]:
            self._leave(name)

    def _leave(self, name: str) -> None:
        viewer = self._viewers.pop(name, None)
        if viewer is not None:
            # Nothing more comes: the seconds that are whole need not wait.
            self._give_out(viewer, np.floor(viewer.latest_s + 1e-6) + LATE_S)
            self._gone[name] = viewer

    def _give_out(self, viewer: _Viewer, until_s: float) -> None:
        seconds = viewer.arrivals.take(until_s)
        if seconds:
            viewer.due.extend(seconds)
            self._due[viewer.place] = viewer
            self._seconds_due += len(seconds)

    def _answers(self) -> Iterator[Answer]:
        """What is due, one second of each viewer a round; then the places of those who are gone are free."""
        while self._due:
            # In order, so that neighbouring places are a slice.
            turn = [self._due[place] for place in sorted(self._due)]
            seconds = [viewer.due.popleft() for viewer in turn]
            self._due = {viewer.place: viewer for viewer in turn if viewer.due}
            self._seconds_due -= len(turn)
            blocks = np.stack([block for _, block in seconds])
            told = self._corrected(self._stream.step([viewer.place for viewer in turn], blocks))
            for viewer, (second, block), probability in zip(turn, seconds, told.tolist(), strict=True):
                yield _answer(viewer, second, block, probability)
        for viewer in self._gone.values():
            self._stream.leave(viewer.place)
        self._gone.clear()

    def _corrected(self, told: Array) -> np.ndarray:
        if self._share is None:
            return told
        return prior_corrected(told, self._stream.about.share_with_cart, self._share)


def run_lines(
    stream: LineStream, batches: Iterable[Iterable[str | bytes]], clock: Callable[[], float]
) -> Iterator[Answer | FormatError]:
    """Every line's answers, or why it was refused; what comes after a refused line is read all the same.

    Parameters
    ----------
    batches
        Lines that have come together; an empty batch lets time pass.
    clock
        Seconds that tell how long a viewer has been silent.
    """
    away_s = 0.0
    for batch in batches:
        began_s = clock()
        yield from stream.take(batch, began_s - away_s)
        spent_s = clock() - began_s
        # While this process stood still, its answers unread, nobody could be heard: that is no silence.
        away_s += spent_s if spent_s > STALL_S else 0.0
    yield from stream.finish()


def _answer(viewer: _Viewer, second: int, block: Array, probability: float) -> Answer:
    viewer.read.append(int((block[:, channels.VALID] == 1).sum()))
    read_share = sum(viewer.read) / (WINDOW_S * channels.RATE_HZ)
    return Answer(viewer.name, second, probability if read_share else None, read_share)


def _is_another_session(viewer: _Viewer, line: _Line) -> bool:
    """Whether times went back, as after a page was loaded again, or nothing from before them counts."""
    begins_s, ends_s = float(line.times_s.min()), float(line.times_s.max())
    return ends_s < viewer.latest_s - BACK_S or begins_s > viewer.latest_s + REST_S


def _in_vain(viewer: _Viewer) -> InVainError:
    return InVainError(
        f"viewer {viewer.name}: {viewer.in_vain} rows in a row came too late or again and are left out",
        hint="send each row once, within half a second, with its time from the session's start",
    )


def _parsed(line: str | bytes) -> _Line:
    message = _message(line)
    name = str(message["viewer"])
    if message.get("gone"):
        return _Line(name, np.empty(0), np.empty((0, channels.COUNT), np.float32))
    return _Line(name, *_rows(message))


def _message(line: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError("not JSON", hint=_FORM) from error
    if not isinstance(message, dict) or not isinstance(message.get("viewer"), str | int):
        raise FormatError("names no viewer", hint=_FORM)
    return message


def _rows(message: dict[str, Any]) -> tuple[np.ndarray, Array]:
    try:
        times_s = np.array(message["times_s"], dtype=np.float64)
        rows = np.array(message["rows"], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormatError("its times or rows are missing or are no numbers", hint=_FORM) from error
    if times_s.ndim != 1 or not len(times_s) or rows.shape != (len(times_s), channels.COUNT):
        raise FormatError(
            f"{times_s.shape} times and rows of shape {rows.shape}",
            hint=f"give each row its time, and each {channels.COUNT} channels of layout {channels.LAYOUT}",
        )
    if not ((times_s >= 0) & (times_s <= _LATEST_S)).all():
        raise FormatError(
            "a time is below nothing, beyond counting or no number", hint="seconds from the session's start"
        )
    span_s = np.ptp(times_s)
    if span_s > REST_S:
        raise FormatError(f"its times span {span_s:g} s", hint=f"give {REST_S:g} s in a line at most")
    rows[:, channels.VALID] = np.nan_to_num(rows[:, channels.VALID])
    unread = rows[:, channels.VALID] == 0
    told = np.delete(rows, channels.VALID, axis=1)
    if not np.isin(rows[:, channels.VALID], (0, 1)).all() or np.isfinite(told[unread]).any():
        raise FormatError("valid is 0 or 1, and a row that was not read holds numbers", hint="write null")
    if (np.abs(told) > _GREATEST).any():
        raise FormatError("a channel is beyond all measure", hint="write null where nothing was read")
    return times_s, rows.astype(np.float32)
