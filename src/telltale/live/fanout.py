"""News between the processes of one service: in one process a call, over several Redis.

Control news must reach everybody (a withdrawal, the switch, a consent, a session that another process took
over). The wall's are sent only while somebody looks. Redis keeps nothing: what must last is in the database,
and every process reads the switch there again each second. While news do not get through it looks there for
withdrawals too, and when they do again ("missed") for all that viewers agree to.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, Literal

import orjson

from telltale.live.logs import LOGGER, log

Topic = Literal["control", "wall", "looking"]
Heard = Callable[[Topic, dict[str, Any]], None]

_PREFIX: Final = "telltale:"
_TELL_S: Final = 1.0
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
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        # Once more at once, for a connection that died while it lay idle; who waits longer holds up viewers.
        again = Retry(NoBackoff(), 1)
        self._redis = Redis.from_url(url, socket_connect_timeout=2.0, health_check_interval=10, retry=again)
        self._task: asyncio.Task[None] | None = None
        self._listens = False
        self._told = True

    async def start(self, heard: Heard) -> None:
        listening = asyncio.Event()
        self._task = asyncio.create_task(self._listen(heard, listening))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listening.wait(), 5.0)

    async def tell(self, topic: Topic, news: dict[str, Any]) -> None:
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(_TELL_S):
                await self._redis.publish(_PREFIX + topic, orjson.dumps(news))
            self._told = True
        except (RedisError, OSError):
            self._told = False
            log("news not sent", why=topic)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._redis.aclose()

    @property
    def well(self) -> bool:
        return self._listens and self._told

    async def _listen(self, heard: Heard, listening: asyncio.Event) -> None:
        from redis.exceptions import RedisError

        tried, heard_before = 0, False
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as listener:
                    await listener.subscribe(*(_PREFIX + topic for topic in ("control", "wall", "looking")))
                    self._listens, self._told, tried = True, True, 0
                    listening.set()
                    if heard_before:
                        heard("control", {"kind": "missed"})
                    heard_before = True
                    async for message in listener.listen():
                        _hear(heard, message)
            except (RedisError, OSError):
                self._listens = False
                log("redis lost", count=tried)
                await asyncio.sleep(_AGAIN_S[min(tried, len(_AGAIN_S) - 1)])
                tried += 1


def _hear(heard: Heard, message: dict[str, Any]) -> None:
    """One message of Redis; what fails on it must not make this process deaf to those that follow."""
    try:
        topic = message["channel"].decode().removeprefix(_PREFIX)
        heard(topic, orjson.loads(message["data"]))
    except Exception:
        LOGGER.exception("news not understood")
