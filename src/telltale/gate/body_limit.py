"""A request's body is read no further than its limit, however long it says it is."""

from __future__ import annotations

import contextlib
from collections.abc import MutableMapping
from typing import Any, Final

from telltale.gate.headers import App, Receive, Scope, Send

MOST_BYTES: Final = 64 * 1024
_TOO_LARGE: Final = b'{"detail":"the body is too large: send at most 64 KiB"}'


class _TooLargeError(Exception):
    """The body went on past the limit."""


class BodyLimit:
    """Answers 413 to a longer body."""

    def __init__(self, app: App, most_bytes: int = MOST_BYTES) -> None:
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise _TooLargeError
            return message

        async def watched(message: MutableMapping[str, Any]) -> None:
            # A framework may take the error above for a body that it cannot parse.
            if read <= self._most:
                await send(message)

        with contextlib.suppress(_TooLargeError):
            await self._app(scope, counted, watched)
        if read > self._most:
            head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_TOO_LARGE))]
            await send({"type": "http.response.start", "status": 413, "headers": head})
            await send({"type": "http.response.body", "body": _TOO_LARGE})
