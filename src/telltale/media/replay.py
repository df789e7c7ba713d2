"""A recording played as if it were live: its frames at their own speed, none left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from telltale.media.frame import Frame, Source
from telltale.media.source import AbstractSource


class Replay(AbstractSource):
    """Waits before each frame until its time has come, counted from the first one.

    A reader that is slow gets its frames late and still gets all of them. `now` and `sleep` are the clock,
    in seconds: a test gives its own and waits for nothing.
    """

    def __init__(
        self,
        source: Source,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source, self._now, self._sleep = source, now, sleep
        self.info = replace(source.info, live=True)
        self.counts = source.counts

    def __iter__(self) -> Iterator[Frame]:
        started_s: float | None = None
        for frame in self._source:
            if started_s is None:
                started_s = self._now() - frame.time_s
            early_s = started_s + frame.time_s - self._now()
            if early_s > 0:
                self._sleep(early_s)
            yield frame

    def close(self) -> None:
        self._source.close()
