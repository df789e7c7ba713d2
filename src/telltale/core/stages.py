"""Where the time goes: seconds by stage."""

from __future__ import annotations

import contextlib
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol


class Timer(Protocol):
    """What times a stage: `with timer("mesh"): ...`."""

    def __call__(self, stage: str, /) -> AbstractContextManager[object]: ...


class StageTimer:
    """Adds up the seconds spent in each stage; stages do not lie within each other.

    >>> timer = StageTimer()
    >>> for _ in range(2):
    ...     with timer("sum"):
    ...         _ = sum(range(10))
    >>> timer.calls, timer.seconds["sum"] > 0
    ({'sum': 2}, True)
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def __call__(self, stage: str, /) -> AbstractContextManager[object]:
        return _Stage(self, stage)

    def add(self, stage: str, seconds: float) -> None:
        """Count one visit of a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
        self.calls[stage] = self.calls.get(stage, 0) + 1


class _Stage:
    __slots__ = ("_began", "_stage", "_timer")

    def __init__(self, timer: StageTimer, stage: str) -> None:
        self._timer = timer
        self._stage = stage

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.add(self._stage, time.perf_counter() - self._began)


_NOTHING: Final = contextlib.nullcontext()


def untimed(stage: str, /) -> AbstractContextManager[object]:
    """The timer that is off."""
    del stage
    return _NOTHING
