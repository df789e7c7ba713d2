"""What time it is in a viewer's session, from the rows that come: devices' clocks run on their own.

The newest row's time tells the session's time as it was when the row was sent. What lies between that and
now is the way here and whatever held it up, so the least of late is the best guess of the way alone.
"""

from __future__ import annotations

import math
from typing import Final

_KEPT_S: Final = 30.0
"""A least is remembered for one to two such stretches: longer ones would not follow clocks that drift."""


class DeviceClock:
    """Of one viewer.

    >>> clock = DeviceClock()
    >>> clock.hear(row_s=1.0, now_s=100.2), clock.hear(row_s=2.0, now_s=101.9)
    (None, None)
    >>> round(clock.session_s(102.2), 1)
    3.0
    """

    __slots__ = ("_before", "_behind", "_since_s")

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as after a break."""
        self._before = self._behind = math.inf
        self._since_s = -math.inf

    def hear(self, row_s: float, now_s: float) -> None:
        """The newest row of a message that came now."""
        if now_s - self._since_s > _KEPT_S:
            self._before, self._behind, self._since_s = self._behind, math.inf, now_s
        self._behind = min(self._behind, now_s - row_s)

    def session_s(self, now_s: float) -> float:
        """The session's time as rows that come now should show it; -inf before the first."""
        return now_s - min(self._behind, self._before)
