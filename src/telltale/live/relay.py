"""A consented stream read here, not on the viewer's device: through `perceive`, and into the same engine.

    rtsp, camera, file > perceive (a thread) > rows of one face > Device > the service, as from any device

The first face that is seen is the viewer's, who has agreed; any other in the picture is never read. Pictures
are let go frame by frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Final

import numpy as np

from telltale.core import channels
from telltale.core.signal import Values, unread_rows
from telltale.live.device import Device, Log
from telltale.media.frame import Source
from telltale.media.replay import Replay
from telltale.perceive.perceiver import Perceiver, new_perceiver

_ROWS: Final = round(channels.RATE_HZ)


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
    """Read a source to its end and send its rows, a second at a time, as a device does."""
    queue: asyncio.Queue[Values | Exception | None] = asyncio.Queue(maxsize=8)
    loop, stopped = asyncio.get_running_loop(), threading.Event()

    def hand_on(item: Values | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()

    def read() -> None:
        try:
            perceiver = new_perceiver(may=OnlyTheFirst())
            for second in _seconds(source if source.info.live else Replay(source), perceiver, stopped):
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
    try:
        return await device.run(seconds())
    finally:
        stopped.set()


def _seconds(source: Source, perceiver: Perceiver, stopped: threading.Event) -> Iterator[Values]:
    """Ten rows after ten rows, from the stream's first tenth on; unread where no face was."""
    rows: dict[int, Values] = {}
    first: int | None = None
    for frame in source:
        if stopped.is_set():
            return
        tenth = int(np.ceil(frame.time_s * _ROWS - 1e-6))
        first = tenth if first is None else first
        for step in perceiver.step(frame):
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
