"""A stream of lines: rows of many viewers in, probabilities out, each line one JSON object.

    in   {"viewer": "a", "times_s": [0.1, 0.2], "rows": [[128 numbers], ...]}     null where unread
         {"viewer": "a", "gone": true}
    out  {"viewer": "a", "second": 1, "probability": 0.03, "read_share": 1.0}

Lines come in batches: one call steps a second of every viewer who has one whole, the next call the next.
Time is that of the rows: a viewer's second is over when a row half a second later has come, or when the
viewer is gone. Only silence is told by another clock, which is an argument.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.intent.arrivals import LATE_S, Arrivals
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import WINDOW_S, Array
from telltale.intent.stream_places import IntentStream

LONGEST_GAP_S: Final = 3600.0
"""After a longer silence a viewer begins anew."""
_LATEST_S: Final = 1e12
"""Beyond it a float cannot count seconds."""
_GREATEST: Final = 1e6
"""Beyond every channel's range, and still small enough for a network to square."""
_MOST_DUE: Final = 2000
"""Seconds that wait for their step, 5 KB each; one line may bring a whole `LONGEST_GAP_S`."""
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

        Parameters
        ----------
        lines
            What has come; none at all where only time has passed.
        now_s
            When they came, by any clock that runs on.
        """
        self._let_go(now_s)
        for line in lines:
            self._lines += 1
            if not line.strip():
                continue
            try:
                yield from self._take(line, now_s)
            except FormatError as error:
                yield FormatError(f"line {self._lines}: {error.message}", hint=error.hint)
            if self._seconds_due >= _MOST_DUE:
                yield from self._answers()
        yield from self._answers()

    def finish(self) -> Iterator[Answer]:
        """The last answers of all who are still there."""
        for name in list(self._viewers):
            self._leave(name)
        yield from self._answers()

    def _take(self, line: str | bytes, now_s: float) -> Iterator[Answer]:
        """Give out the seconds that a line makes whole; answers only where its viewer needs a place first."""
        message = _message(line)
        name = str(message["viewer"])
        if message.get("gone"):
            self._leave(name)
            return
        times_s, rows = _rows(message)
        first_s, last_s = float(times_s.min()), float(times_s.max())
        viewer = self._viewers.get(name)
        before_s = first_s if viewer is None else viewer.latest_s
        if last_s > before_s + LONGEST_GAP_S:
            raise FormatError(
                f"viewer {name} jumps from {before_s:g} to {last_s:g} s",
                hint="say that the viewer is gone, then begin anew",
            )
        if viewer is None:
            # Whoever left in this batch is answered before the name or the place is somebody else's.
            if name in self._gone or (self._gone and self._stream.viewers == self._stream.capacity):
                yield from self._answers()
            viewer = self._enter(name, first_s, now_s)
        viewer.arrivals.add(times_s, rows)
        viewer.latest_s = max(viewer.latest_s, last_s)
        viewer.heard_s = now_s
        self._viewers.move_to_end(name)
        # At once: which rows are too late must not depend on the lines that share a batch.
        self._give_out(viewer, viewer.latest_s)

    def _enter(self, name: str, first_s: float, now_s: float) -> _Viewer:
        arrivals = Arrivals(first_second=int(max(first_s - 0.05, 0)))
        viewer = _Viewer(name, self._stream.enter(), arrivals, first_s, now_s)
        self._viewers[name] = viewer
        return viewer

    def _let_go(self, now_s: float) -> None:
        """Those who have been silent for too long leave."""
        while self._viewers:
            first = next(iter(self._viewers.values()))
            if now_s - first.heard_s < self._silent_s:
                return
            self._leave(first.name)

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
    for batch in batches:
        yield from stream.take(batch, clock())
    yield from stream.finish()


def _answer(viewer: _Viewer, second: int, block: Array, probability: float) -> Answer:
    viewer.read.append(int((block[:, channels.VALID] == 1).sum()))
    read_share = sum(viewer.read) / (WINDOW_S * channels.RATE_HZ)
    return Answer(viewer.name, second, probability if read_share else None, read_share)


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
    rows[:, channels.VALID] = np.nan_to_num(rows[:, channels.VALID])
    unread = rows[:, channels.VALID] == 0
    told = np.delete(rows, channels.VALID, axis=1)
    if not np.isin(rows[:, channels.VALID], (0, 1)).all() or np.isfinite(told[unread]).any():
        raise FormatError("valid is 0 or 1, and a row that was not read holds numbers", hint="write null")
    if (np.abs(told) > _GREATEST).any():
        raise FormatError("a channel is beyond all measure", hint="write null where nothing was read")
    return times_s, rows.astype(np.float32)
