"""What is told each second: a turn of the model, what follows from it, the commit, and then the sending.

    Rolling > turn (in the model's thread) > told > decided > committed > sent, and only if it was new

So a decision is sent once, whatever was killed in between; one that was committed and never sent is sent when
the device comes back (`hub.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from telltale.core import clock
from telltale.live.here import Here, outcome
from telltale.live.logs import LOGGER, log
from telltale.live.rolling import Told
from telltale.live.visitor import Visitor
from telltale.strategy.consents import ROWS_NEED
from telltale.strategy.decision import Decision

_TICK_S: Final = 0.1


class Teller:
    """Of one process.

    Parameters
    ----------
    looked_at
        Whether anybody looks at the wall, so that reasons are worth working out.
    """

    def __init__(self, here: Here, *, looked_at: Callable[[], bool]) -> None:
        self._here, self._looked_at = here, looked_at
        self._due = asyncio.Event()
        self._model = ThreadPoolExecutor(1, "telltale-model")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._turning = asyncio.Lock()

    def wake(self) -> None:
        """A second is due."""
        self._due.set()

    async def run(self) -> None:
        """Tell what is due, until cancelled."""
        while True:
            self._due.clear()
            try:
                await self.tell_all_due()
            except Exception:
                # One bad turn must not end the service; whoever was in it is told nothing for a second.
                LOGGER.exception("a turn failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), _TICK_S)
            self._here.rolling.pass_time_for_all(time.monotonic())

    async def tell_all_due(self) -> None:
        """Turns until nobody has a second that waits."""
        loop, rolling = asyncio.get_running_loop(), self._here.rolling
        async with self._turning:
            while (turn := rolling.take_turn()) is not None:
                began_s = time.monotonic()
                probabilities = await loop.run_in_executor(self._model, rolling.run, turn)
                now_s = time.monotonic()
                self._here.metrics.turn_s.observe(now_s - began_s)
                await self._tell(rolling.tell(turn, probabilities, now_s), clock.now(), now_s)

    async def stop(self) -> None:
        """Finish what is under way."""
        await self.tell_all_due()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        self._model.shutdown(wait=True)

    async def _tell(self, told: list[Told], now: datetime, now_s: float) -> None:
        here = self._here
        here.metrics.seconds.inc(len(told))
        here.pace.count("told", len(told), now_s)
        made: list[Decision] = []
        kept: list[tuple[str, int, bytes]] = []
        for one in told:
            visitor = here.visitors.get(one.viewer.session)
            if visitor is None:
                continue
            visitor.digest.add(one.block)
            if visitor.agreement.purposes.issuperset(ROWS_NEED):
                kept.append((visitor.session, one.second, one.block.tobytes()))
            self._show(visitor, one)
            risen = here.strategist.risen(visitor, one)
            decision = await self._decide(visitor, one, risen, now, now_s) if risen else None
            if decision is not None:
                made.append(decision)
            self._acknowledge(visitor, one, now_s)
        if self._looked_at():
            self._show_why(told)
        if kept:
            self.spawn(self._keep(kept, now))
        if made:
            self.spawn(self._write_and_send(made))

    async def _keep(self, rows: list[tuple[str, int, bytes]], now: datetime) -> None:
        await asyncio.wrap_future(self._here.book.keep_rows(rows, now))

    async def _decide(
        self, visitor: Visitor, told: Told, risen: tuple[str, ...], now: datetime, now_s: float
    ) -> Decision | None:
        here = self._here
        facts = await here.facts_of(visitor, now, now_s)
        off = {scope: switch.why for scope, switch in here.switches.items()}
        return here.strategist.decide(visitor, told, risen, now, facts=facts, switched_off=off)

    def _acknowledge(self, visitor: Visitor, told: Told, now_s: float) -> None:
        read = round(visitor.rolled.read[-1], 3)
        visitor.outbox.put({"type": "second", "second": told.second, "read": read}, may_drop=True)
        closed_at_s = self._here.closed_at_s.pop(visitor.session, None)
        if closed_at_s is not None:
            self._here.metrics.answer_s.observe(now_s - closed_at_s)
            self._here.pace.waited(now_s - closed_at_s, now_s)

    async def _write_and_send(self, made: list[Decision]) -> None:
        """Commit decisions; then send those that are new and are to be shown."""
        here = self._here
        for one in await asyncio.wrap_future(here.book.write_decisions(made)):
            decision, now_s = one.decision, time.monotonic()
            here.metrics.decisions.labels(decision.intervention, outcome(decision)).inc()
            here.pace.count("decisions", 1, now_s)
            if outcome(decision) in ("shown", "refused"):
                here.pace.count(outcome(decision), 1, now_s)
            visitor = here.visitors.get(decision.session)
            if visitor is None:
                continue
            here.show_decision(decision)
            # Between a decision and its commit a viewer may have withdrawn, or somebody stopped everything.
            if decision.shown and not here.why_not(visitor):
                facts = await here.facts_of(visitor, clock.now(), now_s)
                show = here.strategist.show(one.id, decision.intervention, visitor.language, facts)
                visitor.send_show(show, now_s)

    def _show(self, visitor: Visitor, told: Told) -> None:
        shown = self._here.board.get(visitor.session)
        if shown is not None:
            lately = list(visitor.rolled.read)[-5:]
            read = sum(lately) / len(lately)
            shown.told(told.second, told.probability, read, visitor.rolled.confidence)
            self._here.board.touch(visitor.session)

    def _show_why(self, told: list[Told]) -> None:
        viewers = [one.viewer for one in told if not one.viewer.gone]
        for viewer, reasons in zip(viewers, self._here.rolling.reasons(viewers), strict=True):
            shown = self._here.board.get(viewer.session)
            if shown is not None:
                shown.reasons = reasons

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do this beside; that it failed is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_tell_failure)


def _tell_failure(done: asyncio.Future[Any]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log("work failed", logging.ERROR, why=type(error).__name__)
