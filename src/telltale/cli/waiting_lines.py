"""Lines of a pipe in batches of what waits already, so that no line waits for a later one.

    a thread that reads > queue > one line, and all that have come meanwhile

An empty batch after a second in which nothing came lets time pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread
from typing import Final

_MOST: Final = 256
"""Lines in a batch: enough to make stepping cheap, few enough to be answered within the second."""
_WAKE_S: Final = 1.0
_BUFFER_BYTES: Final = 1 << 20

_Lines = Queue[bytes | OSError | None]
"""Lines, then why there is no more: an error, or None at the end."""


def waiting_lines(descriptor: int) -> Iterator[list[bytes]]:
    """Batches of the lines that come over a file descriptor, until its end."""
    lines: _Lines = Queue(_MOST)
    Thread(target=_fill, args=(descriptor, lines), daemon=True).start()
    while True:
        came = _taken(lines)
        yield [line for line in came if isinstance(line, bytes)]
        if came and came[-1] is None:
            return
        if came and isinstance(came[-1], OSError):
            raise came[-1]


def _taken(lines: _Lines) -> list[bytes | OSError | None]:
    """The next of a queue and what waits behind it; nothing where nothing comes for a while."""
    came: list[bytes | OSError | None] = []
    try:
        came.append(lines.get(timeout=_WAKE_S))
        while len(came) < _MOST:
            came.append(lines.get_nowait())
    except Empty:
        pass
    return came


def _fill(descriptor: int, lines: _Lines) -> None:
    """Put each line on the queue, then why there is no more."""
    try:
        # A file of the thread's own: waiting in `sys.stdin` it would hold a lock that Python's end needs.
        with open(descriptor, "rb", buffering=_BUFFER_BYTES, closefd=False) as source:
            for line in source:
                lines.put(line)
    except OSError as error:
        lines.put(error)
    else:
        lines.put(None)
