"""What every source has in common: it closes, and it is used in a `with` block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from telltale.media.frame import Frame, SourceCounts, SourceInfo


class AbstractSource(ABC):
    """A `Source` without its frames: a kind of source sets `info` and gives `__iter__` and `close`."""

    info: SourceInfo
    counts: SourceCounts

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]: ...

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def note_once(counts: SourceCounts, line: str) -> None:
    """Add a line to the notes unless it is there.

    >>> counts = SourceCounts()
    >>> note_once(counts, "ends early"), note_once(counts, "ends early"), counts.notes
    (None, None, ['ends early'])
    """
    if line not in counts.notes:
        counts.notes.append(line)
