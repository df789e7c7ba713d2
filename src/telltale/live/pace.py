"""How the service is doing: rates over the last minute, and how long answers took. Time is an argument."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

_WINDOW_S: Final = 60.0
_MOST: Final = 100_000
NAMES: Final = ("told", "decisions", "shown", "refused")


class Pace:
    """Counts of the last minute, by second.

    >>> pace = Pace()
    >>> pace.count("told", 3, now_s=10.2), pace.count("told", 1, now_s=40.0)
    (None, None)
    >>> pace.a_minute(now_s=41.0)["told_a_minute"], pace.a_minute(now_s=71.5)["told_a_minute"]
    (4, 1)
    """

    def __init__(self) -> None:
        self._seconds: dict[str, deque[tuple[int, int]]] = {name: deque() for name in NAMES}
        self._waits: deque[tuple[float, float]] = deque(maxlen=_MOST)

    def count(self, name: str, count: int, now_s: float) -> None:
        """So many more."""
        seconds = self._seconds[name]
        if seconds and seconds[-1][0] == int(now_s):
            seconds[-1] = (int(now_s), seconds[-1][1] + count)
        else:
            seconds.append((int(now_s), count))

    def waited(self, wait_s: float, now_s: float) -> None:
        """An answer that took so long."""
        self._waits.append((now_s, wait_s))

    def a_minute(self, now_s: float) -> dict[str, Any]:
        """All of it, as the wall shows it."""
        for seconds in self._seconds.values():
            while seconds and seconds[0][0] < now_s - _WINDOW_S:
                seconds.popleft()
        while self._waits and self._waits[0][0] < now_s - _WINDOW_S:
            self._waits.popleft()
        told = {f"{name}_a_minute": sum(n for _, n in seconds) for name, seconds in self._seconds.items()}
        return {**told, "p99_ms": self._p99_ms()}

    def _p99_ms(self) -> float | None:
        waits = sorted(wait_s for _, wait_s in self._waits)
        return round(1000 * waits[int(0.99 * (len(waits) - 1))], 1) if waits else None
