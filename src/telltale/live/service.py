"""One process of the service, put together: what it reads at its start, what runs in it, how it ends."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from telltale import __version__
from telltale.core import clock
from telltale.core.errors import TelltaleError
from telltale.gate.accounts import Accounts
from telltale.gate.doors import Gate
from telltale.gate.environment import Environment
from telltale.intent.default_model import model_folder
from telltale.intent.stream import open_stream
from telltale.live.board import Board
from telltale.live.book import Book
from telltale.live.collector import Collector
from telltale.live.fanout import AbstractFanout, LocalFanout, RedisFanout, Topic
from telltale.live.here import Here
from telltale.live.hub import Hub
from telltale.live.logs import LOGGER, log
from telltale.live.metrics import Metrics
from telltale.live.rolling import Rolling
from telltale.live.settings import ServiceSettings
from telltale.live.strategist import Strategist
from telltale.live.tables import drawn_once, prepare_live
from telltale.live.telling import Teller
from telltale.live.wall import Wall
from telltale.records.errors import RecordsError
from telltale.records.writer import GroupWriter
from telltale.strategy.assignment import Experiments, Holdout, load_experiments
from telltale.strategy.catalogue import load_catalogue, shipped_catalogue
from telltale.strategy.ledger_tables import open_ledger
from telltale.strategy.policy import load_policy, shipped_policies
from telltale.strategy.switches import Switch
from telltale.weights.cache import cache_folder
from telltale.weights.edge_models import MANIFEST, write_edge_models

_PURGE_EVERY: Final = timedelta(hours=24)
_SPARE: Final = 16
"""Places beyond the most viewers, for those who left and whose place is not clean yet."""


class Service:
    """All that one process holds. `start` it in an event loop, and `stop` it there."""

    def __init__(self, settings: ServiceSettings, environment: Environment) -> None:
        self.settings, self.environment = settings, environment
        self.worker = secrets.token_hex(4)
        self.started_at = clock.now()
        self.metrics = Metrics()
        stream = open_stream(model_folder(settings.model), settings.viewers + _SPARE)
        self.about = stream.about
        self.database = open_ledger(environment.database_url or _sqlite(settings))
        prepare_live(self.database)
        self.writer = GroupWriter(self.database)
        self.gate = Gate(environment, Accounts(self.database))
        self.strategist = self._strategist()
        self.here = Here(
            Rolling(stream, share_with_cart=settings.share_with_cart),
            self.strategist,
            Book(self.database, self.writer),
            Board(),
            self.metrics,
        )
        self.fanout: AbstractFanout = (
            RedisFanout(environment.redis_url) if environment.redis_url else LocalFanout()
        )
        self.wall = Wall(
            self.worker, self.here.board, self.fanout, counts=self._counts, switch=self.switch_as_json
        )
        self.teller = Teller(self.here, looked_at=lambda: self.wall.looks(time.monotonic()))
        self.hub = Hub(self.here, self.teller, tell_others=self._tell_others)
        self._tasks: list[asyncio.Task[None]] = []
        self._collector = Collector()

    def _strategist(self) -> Strategist:
        settings = self.settings
        catalogue = load_catalogue(Path(settings.catalogue)) if settings.catalogue else shipped_catalogue()
        policies = shipped_policies().with_own(load_policy(Path(path)) for path in settings.policies)
        if settings.experiments:
            experiments = load_experiments(Path(settings.experiments))
        else:
            salts = [drawn_once(self.database, name) for name in ("experiments salt", "holdout salt")]
            experiments = Experiments(salts[0], Holdout(salts[1], settings.holdout_share))
        return Strategist(catalogue, policies, experiments, f"{self.about.kind}/{__version__}")

    async def start(self) -> None:
        """Listen to the others, read the switches, begin to tell."""
        await self.fanout.start(self._heard)
        await self.hub.read_switches()
        self._tasks = [
            asyncio.create_task(self.teller.run()),
            asyncio.create_task(self._every_second()),
            asyncio.create_task(self._every_day()),
        ]
        self._collector.start()
        log("started", version=__version__, model=self.about.kind, worker=self.worker)

    async def stop(self) -> None:
        """Drain: finish what is under way, tell devices to come back elsewhere, close all."""
        log("draining", viewers=len(self.here.visitors))
        self.hub.draining = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.hub.drain()
        await self.fanout.stop()
        self._collector.stop()
        await asyncio.to_thread(self.writer.close)
        self.database.close()
        log("stopped")

    @property
    def unready(self) -> str:
        """Why no device should come; empty where they may."""
        if self.hub.draining:
            return "draining"
        # Not Redis: without it news come by the database, and to turn all devices away would help nobody.
        if len(self.here.visitors) >= self.settings.viewers:
            return "full"
        return ""

    def edge_models(self) -> Path:
        """The networks that devices run, written once in the user's cache."""
        folder = cache_folder() / f"edge-{__version__}"
        if not (folder / MANIFEST).is_file():
            write_edge_models(folder)
        return folder

    # News.

    async def tell_all(self, news: dict[str, Any]) -> None:
        """Control news for every process; this one acts on it at once, whether Redis is there or not."""
        self.hub.hear(news)
        await self._tell_others(news)

    async def agreed(self, viewer: str) -> None:
        """What a viewer agrees to has changed: it holds here when this returns, elsewhere with the news."""
        await self.hub.agreed(viewer)
        await self._tell_others({"kind": "agreed", "viewer": viewer})

    async def _tell_others(self, news: dict[str, Any]) -> None:
        await self.fanout.tell("control", {**news, "worker": self.worker})

    def _heard(self, topic: Topic, news: dict[str, Any]) -> None:
        if topic == "control":
            if news.get("worker") != self.worker:
                self.hub.hear(news)
        else:
            self.wall.heard(topic, news, time.monotonic())
            if self.wall.whole_asked:
                # Who begins to look need not wait for the next second.
                self._telling = asyncio.create_task(self.wall.tell())

    # What goes on beside.

    async def _every_second(self) -> None:
        while True:
            began_s = time.monotonic()
            try:
                self.hub.let_go()
                await self._read_again()
                await self.wall.every_second(began_s)
            except Exception:
                LOGGER.exception("the second's round failed")
            await asyncio.sleep(max(0.05, 1.0 - (time.monotonic() - began_s)))

    async def _read_again(self) -> None:
        """News of a switch may be lost, and others while Redis is; the database is what counts."""
        try:
            await self.hub.read_switches()
            if not self.fanout.well:
                await self.hub.forget_withdrawn()
                self.hub.agree_anew()
        except RecordsError as error:
            log("switches not read", why=type(error).__name__)

    async def _every_day(self) -> None:
        """What is past its keeping goes; every process tries, and one finds nothing left to do."""
        while True:
            try:
                await self.here.book.purge(self.strategist.policies, clock.now())
            except TelltaleError as error:
                log("purge failed", why=type(error).__name__)
            await asyncio.sleep(_PURGE_EVERY.total_seconds())

    # What is told of it.

    def switch_as_json(self) -> dict[str, Any]:
        """The switch of everything as it stands."""
        return switch_json(self.here.switches.get("all"))

    def _counts(self) -> dict[str, Any]:
        here = self.here
        told = here.pace.a_minute(time.monotonic())
        return {**told, "viewers": len(here.visitors), "reading": here.board.reading()}


def switch_json(switch: Switch | None) -> dict[str, Any]:
    """A turn of the switch; `on` means that all runs."""
    if switch is None:
        return {"on": True, "by": "", "why": "", "at": None}
    return {"on": not switch.is_off, "by": switch.who, "why": switch.why, "at": clock.iso(switch.at)}


def _sqlite(settings: ServiceSettings) -> str:
    Path(settings.folder).mkdir(parents=True, exist_ok=True)
    return settings.database_url
