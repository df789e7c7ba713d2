"""What the disk alone takes in the same seconds: no commit that lasts can be faster."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_BYTES: Final = 16_384
"""About what a commit of some decisions writes."""
_EVERY_S: Final = 0.1


class DiskProbe:
    """Writes a little and waits until it lasts, now and then, until the block ends."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._probe)
        self.waits_s: list[float] = []

    def _probe(self) -> None:
        content = bytes(_BYTES)
        while not self._over.wait(_EVERY_S):
            began_s = time.perf_counter()
            os.write(self._file, content)
            os.fdatasync(self._file)
            self.waits_s.append(time.perf_counter() - began_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._file)
