"""The garbage collector of a process that must answer within milliseconds.

A full collection looks at every object there is: with libraries loaded and a thousand viewers it holds up all
of them for a quarter of a second. What is there at the start stays to the end, so it is looked at no more;
and what comes later mostly goes by its count of references, so it is looked at less often.
"""

from __future__ import annotations

import gc
from typing import Final

_SELDOM: Final = (2_000, 10, 10)
"""Containers made and not gone before the youngest are looked at, and how often these before older ones."""


class Collector:
    """Spares a process collections from `start` to `stop`."""

    def __init__(self) -> None:
        self._before = gc.get_threshold()

    def start(self) -> None:
        """All that is there now stays."""
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_SELDOM)

    def stop(self) -> None:
        """As it was before."""
        gc.set_threshold(*self._before)
        gc.unfreeze()
