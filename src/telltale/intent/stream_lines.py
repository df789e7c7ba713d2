"""A stream of lines: rows of many viewers in, probabilities out, each line one JSON object.

    in   {"viewer": "a", "times_s": [0.1, 0.2], "rows": [[128 numbers], ...]}     null where unread
         {"viewer": "a", "gone": true}
    out  {"viewer": "a", "second": 1, "probability": 0.03, "read_share": 1.0}

Time is that of the rows: a viewer's second is over when a row half a second later has come, or when the
viewer is gone.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.intent.arrivals import LATE_S, Arrivals
from telltale.intent.calibration import prior_corrected
from telltale.intent.evidence import WINDOW_S, Array
from telltale.intent.stream import IntentStream

LONGEST_GAP_S: Final = 3600.0
"""After a longer silence a viewer begins anew."""
_FORM: Final = 'write {"viewer": ..., "times_s": [...], "rows": [[128 numbers], ...]}'


@dataclass(slots=True)
class _Viewer:
    """One who is watching."""

    place: int
    arrivals: Arrivals
    latest_s: float = 0.0
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
    """Takes lines and answers them."""

    def __init__(self, stream: IntentStream, *, share_with_cart: float | None = None) -> None:
        self._stream = stream
        self._share = share_with_cart
        self._viewers: dict[str, _Viewer] = {}

    def take(self, line: str) -> Iterator[Answer]:
        """Answers that a line makes possible; a line that cannot be read is refused whole."""
        message = _message(line)
        name = str(message["viewer"])
        if message.get("gone"):
            yield from self._leave(name)
            return
        times_s, rows = _rows(message)
        viewer = self._viewers.get(name)
        if viewer is None:
            first_s = float(times_s.min())
            arrivals = Arrivals(first_second=int(max(first_s - 0.05, 0)))
            viewer = _Viewer(self._stream.enter(), arrivals, first_s)
            self._viewers[name] = viewer
        if times_s.max() > viewer.latest_s + LONGEST_GAP_S:
            raise FormatError(
                f"viewer {name} jumps from {viewer.latest_s:g} to {times_s.max():g} s",
                hint="say that the viewer is gone, then begin anew",
            )
        viewer.arrivals.add(times_s, rows)
        viewer.latest_s = max(viewer.latest_s, float(times_s.max()))
        yield from self._answers(name, viewer, viewer.latest_s)

    def finish(self) -> Iterator[Answer]:
        """The last answers of all who are still there."""
        for name in list(self._viewers):
            yield from self._leave(name)

    def _leave(self, name: str) -> Iterator[Answer]:
        viewer = self._viewers.pop(name, None)
        if viewer is not None:
            # Nothing more comes: the seconds that are whole need not wait.
            yield from self._answers(name, viewer, np.floor(viewer.latest_s + 1e-6) + LATE_S)
            self._stream.leave(viewer.place)

    def _answers(self, name: str, viewer: _Viewer, now_s: float) -> Iterator[Answer]:
        for second, block in viewer.arrivals.take(now_s):
            viewer.read.append(int((block[:, channels.VALID] == 1).sum()))
            told: float | None = float(self._stream.step([viewer.place], block[None])[0])
            read_share = sum(viewer.read) / (WINDOW_S * channels.RATE_HZ)
            if self._share is not None and told is not None:
                told = float(prior_corrected(told, self._stream.about.share_with_cart, self._share))
            yield Answer(name, second, told if read_share else None, read_share)


def run_lines(stream: LineStream, lines: Iterable[str]) -> Iterator[Answer | FormatError]:
    """Every line's answers, or why it was refused; what comes after a refused line is read all the same."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield from stream.take(line)
        except FormatError as error:
            yield FormatError(f"line {number}: {error.message}", hint=error.hint)
    yield from stream.finish()


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise FormatError("not JSON", hint=_FORM) from error
    if not isinstance(message, dict) or not isinstance(message.get("viewer"), str | int):
        raise FormatError("names no viewer", hint=_FORM)
    return message


def _rows(message: dict[str, Any]) -> tuple[np.ndarray, Array]:
    try:
        times_s = np.array(message["times_s"], dtype=np.float64)
        rows = np.array(message["rows"], dtype=np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError("its times or rows are missing or are no numbers", hint=_FORM) from error
    if rows.shape != (len(times_s), channels.COUNT) or times_s.ndim != 1 or not len(times_s):
        raise FormatError(
            f"{times_s.shape} times and rows of shape {rows.shape}",
            hint=f"give each row its time, and each {channels.COUNT} channels of layout {channels.LAYOUT}",
        )
    if not np.isfinite(times_s).all() or (times_s < 0).any():
        raise FormatError("a time is below nothing or no number", hint="seconds from the session's start")
    rows[:, channels.VALID] = np.nan_to_num(rows[:, channels.VALID])
    unread = rows[:, channels.VALID] == 0
    told = np.delete(rows, channels.VALID, axis=1)
    if not np.isin(rows[:, channels.VALID], (0, 1)).all() or np.isfinite(told[unread]).any():
        raise FormatError("valid is 0 or 1, and a row that was not read holds numbers", hint="write null")
    if np.isinf(told).any():
        raise FormatError("a channel is without end", hint="write null where nothing was read")
    return times_s, rows
