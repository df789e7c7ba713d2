"""News between the processes of one service: in one process a call, over several Redis.

Control news must reach everybody (a withdrawal, the switch, a consent, a session that another process took
over). The wall's are sent only while somebody looks. Redis keeps nothing: what must last is in the database,
and every process reads the switch there again each second.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, Literal

import orjson

from telltale.live.logs import log

Topic = Literal["control", "wall", "looking"]
Heard = Callable[[Topic, dict[str, Any]], None]

_PREFIX: Final = "telltale:"
_AGAIN_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


class AbstractFanout(ABC):
    """Tells everybody, oneself too."""

    @abstractmethod
    async def start(self, heard: Heard) -> None:
        """Listen from now on."""

    @abstractmethod
    async def tell(self, topic: Topic, news: dict[str, Any]) -> None:
        """Tell all processes; what cannot be delivered is logged, never raised."""

    @abstractmethod
    async def stop(self) -> None:
        """Listen no more."""

    @property
    @abstractmethod
    def well(self) -> bool:
        """Whether news get through."""


class LocalFanout(AbstractFanout):
    """One process."""

    _heard: Heard

    async def start(self, heard: Heard) -> None:
        self._heard = heard

    async def tell(self, topic: Topic, news: dict[str, Any]) -> None:
        self._heard(topic, news)

    async def stop(self) -> None:
        return

    @property
    def well(self) -> bool:
        return True


class RedisFanout(AbstractFanout):
    """Several processes that share a Redis."""

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis

        self._redis = Redis.from_url(url, socket_connect_timeout=2.0, health_check_interval=10)
        self._task: asyncio.Task[None] | None = None
        self._well = False

    async def start(self, heard: Heard) -> None:
        listening = asyncio.Event()
        self._task = asyncio.create_task(self._listen(heard, listening))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listening.wait(), 5.0)

    async def tell(self, topic: Topic, news: dict[str, Any]) -> None:
        from redis.exceptions import RedisError

        try:
            await self._redis.publish(_PREFIX + topic, orjson.dumps(news))
        except (RedisError, OSError):
            self._well = False
            log("news not sent", why=topic)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._redis.aclose()

    @property
    def well(self) -> bool:
        return self._well

    async def _listen(self, heard: Heard, listening: asyncio.Event) -> None:
        from redis.exceptions import RedisError

        tried = 0
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as listener:
                    await listener.subscribe(*(_PREFIX + topic for topic in ("control", "wall", "looking")))
                    self._well, tried = True, 0
                    listening.set()
                    async for message in listener.listen():
                        topic = message["channel"].decode().removeprefix(_PREFIX)
                        heard(topic, orjson.loads(message["data"]))
            except (RedisError, OSError):
                self._well = False
                log("redis lost", count=tried)
                await asyncio.sleep(_AGAIN_S[min(tried, len(_AGAIN_S) - 1)])
                tried += 1
