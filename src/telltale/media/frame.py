"""A frame: one upright picture and when it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""Shape (H, W, 3), RGB, upright: the recording's rotation flag has been applied."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a recording."""

    index: int
    """Counted from 0 in the order of reading."""
    time_s: float
    """Presentation time, seconds from the start of the recording, strictly increasing."""
    rgb: Picture


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source before its first frame; None where the container does not say."""

    name: str
    """Path, address or camera, as the user gave it."""
    width_px: int
    """Of the upright picture."""
    height_px: int
    rate_hz: float | None
    duration_s: float | None
    frames: int | None
    live: bool
    """Whether frames come by a clock that does not wait for the reader."""


@dataclass(slots=True)
class SourceCounts:
    """What happened while reading; the reader adds to it, the summary tells it."""

    frames: int = 0
    """Frames handed out."""
    corrupt: int = 0
    """Packets or frames that could not be decoded and were left out."""
    repeated: int = 0
    """Frames left out because their time did not increase."""
    dropped: int = 0
    """Live frames left out because the reader was busy."""
    stalls: int = 0
    """Times a stream stood still and came back."""
    notes: list[str] = field(default_factory=list)
    """What else a user should know, one line each."""


class Source(Protocol):
    """Anything that gives frames. Iterate once; close it, or use it in a `with` block."""

    info: SourceInfo
    counts: SourceCounts

    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
