"""Ctrl-C, or a polite kill, as the end of a live reading: a camera has no end of its own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, Self, TypeVar

Item = TypeVar("Item")


class GentleStop:
    """Ends the items of a live source when the user asks for it; use it in a `with` block.

    While an item is awaited Ctrl-C ends the waiting; while one is worked on, that one is still finished. A
    second Ctrl-C stops at once, as the first does where nothing is live.

    >>> with GentleStop(live=True) as stop:
    ...     for number in stop.until_asked(range(10)):
    ...         if number == 2:
    ...             signal.raise_signal(signal.SIGINT)
    >>> number
    2
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._before: dict[signal.Signals, Any] = {}
        self._times = 0
        self._waits = False

    def __enter__(self) -> Self:
        # Only the main thread may say what a signal does, and only there is one raised.
        self._live = self._live and threading.current_thread() is threading.main_thread()
        if self._live:
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(self, *error: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)

    def until_asked(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass items on until there are no more or the user has had enough."""
        coming = iter(items)
        try:
            while not self._times:
                self._waits = True
                try:
                    item = next(coming)
                except StopIteration:
                    return
                finally:
                    self._waits = False
                yield item
        except KeyboardInterrupt:
            if self._times != 1:
                raise

    def _asked(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._times += 1
        if self._waits or self._times > 1:
            raise KeyboardInterrupt
