"""What waits to be sent to one device: never more than it can be expected to take."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

import orjson
from pydantic import BaseModel

MOST: Final = 64
"""Messages; a device that leaves so many unread is too slow."""


class Outbox:
    """Acknowledgements are dropped when a device is slow, what was decided is not."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[bool, dict[str, Any]]] = deque()
        self._filled = asyncio.Event()
        self.closed, self.code, self.why = False, 1000, ""
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def overfull(self) -> bool:
        """Whether the device takes less than is said to it."""
        return len(self._waiting) > MOST

    def put(self, message: BaseModel | dict[str, Any], *, may_drop: bool = False) -> None:
        """Send this when its turn comes."""
        if self.closed or (may_drop and len(self._waiting) >= MOST // 2):
            self.dropped += may_drop
            return
        told = message if isinstance(message, dict) else message.model_dump()
        self._waiting.append((may_drop, told))
        self._filled.set()

    def close(self, code: int = 1000, why: str = "") -> None:
        """Nothing more comes; what waits is still sent, then the connection is closed with the first code."""
        if not self.closed:
            self.closed, self.code, self.why = True, code, why[:100]
            self._filled.set()

    async def next(self) -> str | None:
        """The next message as text, once there is one; None when it is closed and empty."""
        while not self._waiting:
            if self.closed:
                return None
            self._filled.clear()
            await self._filled.wait()
        return orjson.dumps(self._waiting.popleft()[1]).decode()
