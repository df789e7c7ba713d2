"""When a live frame was shown: the sender's times, held against the reader's clock."""

from __future__ import annotations

from dataclasses import dataclass

AHEAD_S = 30.0
"""A frame further ahead of its time than this comes from a sender whose clock jumped."""


@dataclass(slots=True)
class Pace:
    """Turns the sender's times into times on the reader's clock.

    Within a connection the sender's own spacing is kept, free of the network's jitter. After a silence of
    more than `late_s` that made a frame late by as much, the clock is set anew: the gap is seen in the times.

    >>> pace = Pace(late_s=1.0)
    >>> pace.connect(now_s=100.0)
    >>> pace.place(pts_s=7.0, now_s=100.2)       # the first frame: its time is that of connecting
    100.0
    >>> pace.place(pts_s=7.1, now_s=100.25)      # what piled up keeps its spacing
    100.1
    >>> pace.place(pts_s=7.2, now_s=105.0)       # the sender paused
    105.0
    """

    late_s: float
    _shift_s: float | None = None
    _connected_s: float = 0.0
    _opening_s: float = 0.0
    _last_s: float = 0.0

    def connect(self, now_s: float) -> None:
        """A connection was asked for; what piles up while it is made will already be due."""
        self._shift_s, self._connected_s = None, now_s

    def place(self, pts_s: float, now_s: float) -> float:
        """The time at which a frame is due; one that lies ahead of now should be waited for."""
        if self._shift_s is None:
            self._shift_s = self._connected_s - pts_s
            self._opening_s, self._last_s = now_s - self._connected_s, now_s
        due_s = pts_s + self._shift_s
        late_s, silent_s = now_s - due_s, now_s - self._last_s
        stood_still = late_s > self.late_s and silent_s > self.late_s
        if stood_still or late_s > self.late_s + self._opening_s or late_s < -AHEAD_S:
            self._shift_s = now_s - pts_s
            due_s = now_s
        self._last_s = max(now_s, due_s)
        return due_s
