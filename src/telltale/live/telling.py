"""What is told each second: a turn of the model, what follows from it, the commit, and then the sending.

    Rolling > turn (in the model's thread) > told > decided > committed > sent, and only if it was new

So a decision is sent once, whatever was killed in between; one that was committed and never sent is sent when
the device comes back (`hub.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from telltale.core import clock
from telltale.live.here import Here, outcome
from telltale.live.logs import LOGGER, log
from telltale.live.rolling import Told
from telltale.live.strategist import Risen
from telltale.live.visitor import UNSEEN_S, Visitor
from telltale.strategy.consents import ROWS_NEED
from telltale.strategy.decision import Decision
from telltale.strategy.decisions import Written
from telltale.strategy.facts import Fact

_TICK_S: Final = 0.1
"""How often time passes for those who send nothing."""
_GATHER_S: Final = 0.02
"""From one turn to the next: what comes in between shares the next one's fixed costs."""


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
        passed_s = heard_s = -math.inf
        while True:
            began_s = time.monotonic()
            if began_s - passed_s >= _TICK_S:
                passed_s = began_s
                # What had come when the last round began has been taken by now; what came since may not.
                self._here.rolling.pass_time_for_all(heard_s)
            heard_s = began_s
            self._due.clear()
            try:
                behind = await self._take_turn()
            except Exception:
                # One bad turn must not end the service; whoever was in it is told nothing for a second.
                LOGGER.exception("a turn failed")
                behind = False
            if not behind:
                await asyncio.sleep(max(0.0, began_s + _GATHER_S - time.monotonic()))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), _TICK_S)

    async def _take_turn(self) -> bool:
        """Tell a second of everybody who has one; whether somebody had more of them."""
        rolling = self._here.rolling
        async with self._turning:
            turn = rolling.take_turn()
            if turn is None:
                return False
            behind, began_s = rolling.behind, time.monotonic()
            told = asyncio.get_running_loop().run_in_executor(self._model, rolling.run, turn)
            probabilities, now_s = await told, time.monotonic()
            self._here.metrics.turn_s.observe(now_s - began_s)
            await self._tell(rolling.tell(turn, probabilities, now_s), clock.now(), now_s)
        return behind

    async def stop(self) -> None:
        """Finish what is under way."""
        while self._here.rolling.behind:
            await self._take_turn()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        self._model.shutdown(wait=True)

    async def _tell(self, told: list[Told], now: datetime, now_s: float) -> None:
        here = self._here
        here.metrics.seconds.inc(len(told))
        here.pace.count("told", len(told), now_s)
        kept: list[tuple[str, int, bytes]] = []
        risen: list[Risen] = []
        for one in told:
            visitor = here.visitors.get(one.viewer.session)
            if visitor is None:
                continue
            visitor.digest.add(one.block)
            if visitor.agreement.purposes.issuperset(ROWS_NEED):
                kept.append((visitor.session, one.second, one.block.tobytes()))
            self._show(visitor, one)
            self._acknowledge(visitor, one)
            if (found := here.strategist.risen(visitor, one)) is not None:
                risen.append(found)
            else:
                self._decided(one)
        if self._looked_at():
            self._show_why(told)
        if kept:
            self.spawn(self._keep(kept, now))
        if risen:
            # Beside: a database that is slow must not hold up the next turn.
            self.spawn(self._decide(risen, now, now_s))

    async def _keep(self, rows: list[tuple[str, int, bytes]], now: datetime) -> None:
        await asyncio.wrap_future(self._here.book.keep_rows(rows, now))

    async def _decide(self, risen: list[Risen], now: datetime, now_s: float) -> None:
        """What follows for those of a turn for whom something rose: decided, committed, sent."""
        here = self._here
        places = [one.visitor.place for one in risen]
        known = await here.facts_of_all(set(places), now, now_s)
        off = {scope: switch.why for scope, switch in here.switches.items()}
        made: dict[Decision, tuple[Told, dict[str, Fact]]] = {}
        for one, place in zip(risen, places, strict=True):
            decision = here.strategist.decide(one, now, facts=known[place], switched_off=off)
            if decision is not None:
                here.remember(decision)
                made[decision] = one.told, known[place]
        if made:
            await self._write_and_send(made)

    def _acknowledge(self, visitor: Visitor, told: Told) -> None:
        read = round(visitor.rolled.read[-1], 3)
        visitor.outbox.put({"type": "second", "second": told.second, "read": read}, may_drop=True)
        if not math.isnan(told.closed_at_s):
            self._here.metrics.answer_s.observe(time.monotonic() - told.closed_at_s)

    def _decided(self, told: Told) -> float:
        """A second is done with, committed where something rose: how long after what closed it."""
        now_s = time.monotonic()
        waited_s = now_s - told.closed_at_s
        if not math.isnan(waited_s):
            self._here.pace.waited(waited_s, now_s)
        return waited_s

    async def _write(self, made: Collection[Decision]) -> list[Written]:
        """Commit decisions: those that are new. What is not does not count for how often either."""
        written: list[Written] = []
        try:
            written = await asyncio.wrap_future(self._here.book.write_decisions(list(made)))
        finally:
            for decision in set(made) - {one.decision for one in written}:
                self._here.forget_decision(decision)
        return written

    async def _write_and_send(self, made: dict[Decision, tuple[Told, dict[str, Fact]]]) -> None:
        """Commit decisions; then send those that are new and are to be shown, in words of their facts."""
        here = self._here
        for one in await self._write(made):
            decision, now_s = one.decision, time.monotonic()
            told, facts = made[decision]
            if not math.isnan(waited_s := self._decided(told)):
                here.metrics.decision_s.observe(waited_s)
            here.metrics.decisions.labels(decision.intervention, outcome(decision)).inc()
            here.pace.count("decisions", 1, now_s)
            if outcome(decision) in ("shown", "refused"):
                here.pace.count(outcome(decision), 1, now_s)
            visitor = here.visitors.get(decision.session)
            if visitor is None:
                continue
            here.show_decision(decision)
            # Between a decision and its commit a viewer may have withdrawn, or somebody stopped everything.
            age_s = (clock.now() - decision.decided_at).total_seconds()
            if decision.shown and age_s <= UNSEEN_S and here.may_show(visitor, decision.intervention):
                show = here.strategist.show(one.id, decision.intervention, visitor.language, facts)
                visitor.send_show(show, now_s - age_s)

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

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do this beside; that it failed is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_tell_failure)
        return task


def _tell_failure(done: asyncio.Future[Any]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log("work failed", logging.ERROR, why=type(error).__name__)
