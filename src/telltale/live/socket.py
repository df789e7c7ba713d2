"""The viewers' WebSocket: a hello, then rows in and answers out, until one side ends it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from fastapi import APIRouter, HTTPException, WebSocket
from starlette.websockets import WebSocketDisconnect

from telltale.core.errors import TelltaleError
from telltale.gate.doors import gate_of, limited, read_token, same_origin
from telltale.gate.tokens import ViewerToken
from telltale.live import messages
from telltale.live.frames import MOST_BYTES
from telltale.live.hub import ClosedError
from telltale.live.logs import LOGGER
from telltale.live.outbox import Outbox
from telltale.live.service import Service
from telltale.live.visitor import Visitor
from telltale.records.errors import RecordsError

router: Final = APIRouter()
HELLO_S: Final = 10.0
"""So long a connection may say nothing."""
SILENT_S: Final = 30.0
"""So long it may send nothing afterwards: a device that reads sends every second, one that is paused a word
now and then."""
MOST_REFUSED: Final = 50
"""Messages that break a rule before the connection is closed."""
_CODES: Final = {"policy": 1008, "too big": 1009, "fault": 1011, "busy": 1013}


@router.websocket("/v1/watch")
async def watch(socket: WebSocket) -> None:
    """One device's connection. The token comes as a sub-protocol: a URL ends up in logs."""
    service: Service = socket.app.state.service
    try:
        token = _token(socket, service)
    except HTTPException as error:
        # Closed before it was accepted: the browser sees 403.
        await socket.close(1008, str(error.detail)[:100])
        return
    await socket.accept(messages.PROTOCOL)
    service.metrics.connections.inc()
    outbox = Outbox()
    sending = asyncio.create_task(_send(socket, outbox))
    visitor: Visitor | None = None
    code, why = 1000, ""
    try:
        visitor = await service.hub.join(token, await _hello(socket), outbox)
        await _receive(socket, service, visitor, outbox)
    except ClosedError as error:
        code, why = error.code, error.message
    except RecordsError:
        code, why = _CODES["busy"], "the service is busy: connect again"
    except TelltaleError as error:
        code, why = _CODES["policy"], error.message
    except TimeoutError:
        code, why = _CODES["policy"], "nothing came for too long"
    except WebSocketDisconnect:
        pass
    except Exception:
        LOGGER.exception("a connection failed")
        code, why = _CODES["fault"], "a fault of the service"
    finally:
        service.metrics.connections.dec()
        outbox.close(code, why)
        if visitor is not None:
            service.hub.away(visitor, outbox)
        with contextlib.suppress(TimeoutError, asyncio.CancelledError, Exception):
            await asyncio.wait_for(sending, 2.0)


def _token(socket: WebSocket, service: Service) -> ViewerToken:
    origin = (socket.headers.get("origin") or "").rstrip("/")
    if not same_origin(socket) and origin not in service.settings.origins:
        limited(socket, gate_of(socket).requests)
        raise HTTPException(403, "this page is not one of the shop's")
    offered = socket.scope.get("subprotocols", [])
    texts = [name.removeprefix("token.") for name in offered if name.startswith("token.")]
    if messages.PROTOCOL not in offered or len(texts) != 1:
        limited(socket, gate_of(socket).requests)
        raise HTTPException(401, f"offer {messages.PROTOCOL} and token.TOKEN as sub-protocols")
    return read_token(socket, texts[0])


async def _hello(socket: WebSocket) -> messages.Hello:
    async with asyncio.timeout(HELLO_S):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None or len(text) > messages.MOST_TEXT:
        raise ClosedError(_CODES["policy"], "say hello first")
    said = messages.parse(text)
    if not isinstance(said, messages.Hello):
        raise ClosedError(_CODES["policy"], "say hello first")
    return said


async def _receive(socket: WebSocket, service: Service, visitor: Visitor, outbox: Outbox) -> None:
    """Take what comes until the connection ends, or somebody else ends it."""
    hub, refused = service.hub, 0
    while True:
        if outbox.overfull:
            raise ClosedError(_CODES["busy"], "answers are not taken: connect again when there is time")
        async with asyncio.timeout(SILENT_S):
            message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        if outbox.closed:
            return
        content, text = message.get("bytes"), message.get("text")
        try:
            if content is not None:
                if len(content) > MOST_BYTES:
                    raise ClosedError(_CODES["too big"], "a message is too big")
                hub.take_rows(visitor, content)
            elif text is not None:
                if len(text) > messages.MOST_TEXT:
                    raise ClosedError(_CODES["too big"], "a message is too big")
                hub.take_text(visitor, text)
        except ClosedError:
            raise
        except TelltaleError as error:
            refused += 1
            service.metrics.refused.labels("broke a rule").inc()
            if refused > MOST_REFUSED:
                raise ClosedError(_CODES["policy"], "too many messages broke a rule") from error
            outbox.put(messages.Refused(why=str(error)[:200]), may_drop=True)


async def _send(socket: WebSocket, outbox: Outbox) -> None:
    """Send what waits. When the outbox is closed, by whomever, so is the connection."""
    while (text := await outbox.next()) is not None:
        await socket.send_text(text)
    with contextlib.suppress(Exception):
        await socket.close(outbox.code, outbox.why)
