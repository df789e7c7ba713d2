"""A consented stream read here, not on the viewer's device: through `perceive`, and into the same engine.

    rtsp, camera, file > perceive (a thread) > rows of one face > Device > the service, as from any device

The first face that is seen is the viewer's, who has agreed; any other in the picture is never read. Pictures
are let go frame by frame. Nothing is read of those that come before the service says that it may be, while
it says that it may not, and after it said stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final

import jwt
import numpy as np

from telltale.core import channels
from telltale.core.signal import Values, unread_rows
from telltale.live.device import Device, Log
from telltale.live.logs import log
from telltale.live.shop import Shop, ShopError, http_of
from telltale.media.frame import Frame, Source
from telltale.media.replay import Replay
from telltale.perceive.perceiver import Perceiver, new_perceiver

_ROWS: Final = round(channels.RATE_HZ)
_LOOK_S: Final = 0.2
_RENEW_AFTER: Final = 0.6
"""Share of a token's life after which it is renewed."""
_RENEW_AGAIN_S: Final = 10.0


class OnlyTheFirst:
    """May a face be read? The first that is asked for may, while it is known; no other ever."""

    def __init__(self) -> None:
        self._first: str | None = None

    def __call__(self, face: str) -> bool:
        """
        >>> may = OnlyTheFirst()
        >>> may("a"), may("b"), may("a")
        (True, False, True)
        """
        self._first = self._first or face
        return face == self._first


async def relay(source: Source, device: Device) -> Log:
    """Read a source to its end or the service's last word, and send its rows as a device does."""
    queue: asyncio.Queue[Values | Exception | None] = asyncio.Queue(maxsize=8)
    loop, stopped = asyncio.get_running_loop(), threading.Event()

    def hand_on(item: Values | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()

    def read() -> None:
        try:
            perceiver = new_perceiver(may=OnlyTheFirst())
            while not (device.begun.wait(_LOOK_S) or stopped.is_set()):
                pass
            frames = _until(stopped, source if source.info.live else Replay(source))
            for second in _seconds(frames, perceiver, may=lambda: device.allowed):
                hand_on(second)
            hand_on(None)
        except Exception as error:
            hand_on(error)

    async def seconds() -> AsyncIterator[Values]:
        while (item := await queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    thread = threading.Thread(target=read, name="telltale-relay", daemon=True)
    thread.start()
    renewing = asyncio.create_task(_keep_token(device))
    try:
        return await device.run(seconds())
    finally:
        stopped.set()
        renewing.cancel()


async def _keep_token(device: Device) -> None:
    """Renew a device's token well before it ends; without end."""
    shop = Shop(http_of(device.url), "")
    while True:
        says = jwt.decode(device.token, options={"verify_signature": False})
        await asyncio.sleep(max(1.0, _RENEW_AFTER * (says["exp"] - says["iat"])))
        renewed = None
        while renewed is None:
            try:
                renewed = await asyncio.to_thread(shop.renew, device.token)
            except ShopError as error:
                # Where it has run out, the next connection is refused, and that ends the device.
                log("token not renewed", why=type(error).__name__)
                await asyncio.sleep(_RENEW_AGAIN_S)
        device.token = renewed


def _until(stopped: threading.Event, source: Iterable[Frame]) -> Iterator[Frame]:
    for frame in source:
        if stopped.is_set():
            return
        yield frame


def _seconds(frames: Iterable[Frame], perceiver: Perceiver, *, may: Callable[[], bool]) -> Iterator[Values]:
    """Ten rows after ten rows, from the first tenth on; unread where no face was or none may be read."""
    rows: dict[int, Values] = {}
    first: int | None = None
    for frame in frames:
        tenth = int(np.ceil(frame.time_s * _ROWS - 1e-6))
        first = tenth if first is None else first
        for step in perceiver.step(frame) if may() else ():
            rows |= {round(time_s * _ROWS): values for time_s, values in step.rows}
        # A row is told when a frame of a later tenth has come.
        while tenth > first + _ROWS:
            second = unread_rows(_ROWS)
            for place in range(_ROWS):
                values = rows.pop(first + place, None)
                if values is not None:
                    second[place] = values
            first += _ROWS
            yield second
