"""Who is here: the sessions of one process and what is shown of them. What acts on them is in other files."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from telltale.live.board import Board
from telltale.live.book import Book
from telltale.live.logs import log
from telltale.live.messages import Stop
from telltale.live.metrics import Metrics
from telltale.live.pace import Pace
from telltale.live.rolling import Rolling
from telltale.live.strategist import Strategist
from telltale.live.visitor import Visitor
from telltale.records.errors import RecordsError
from telltale.strategy.decision import Decision
from telltale.strategy.facts import Fact
from telltale.strategy.moment import Past
from telltale.strategy.switches import Switch

_FACTS_FOR_S: Final = 2.0
"""So long a fact is taken from memory."""
_FACTS_WAIT_S: Final = 0.5


@dataclass(slots=True, eq=False)
class Here:
    """What all that runs in one process shares. Only the event loop's thread touches it."""

    rolling: Rolling
    strategist: Strategist
    book: Book
    board: Board
    metrics: Metrics
    pace: Pace = field(default_factory=Pace)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    switches: dict[str, Switch] = field(default_factory=dict)
    """Those that are off, by scope."""
    _facts: dict[tuple[str, str], tuple[float, dict[str, Fact]]] = field(default_factory=dict)

    def add(self, visitor: Visitor, now_s: float) -> None:
        """A session that begins here."""
        self.visitors[visitor.session] = visitor
        self.metrics.viewers.set(len(self.visitors))
        held_out = self.strategist.experiments.holdout.holds_out(visitor.token.viewer)
        self.board.enter(visitor.session, visitor.token.room, now_s, held_out=held_out)

    def forget(self, visitor: Visitor, stop: Stop) -> None:
        """A session ends here, and nothing of it stays in memory."""
        self.drop(visitor)
        visitor.outbox.put(stop)
        visitor.outbox.close()

    def drop(self, visitor: Visitor) -> None:
        """The same without a word."""
        if self.visitors.get(visitor.session) is visitor:
            del self.visitors[visitor.session]
            self.rolling.leave(visitor.session)
            self.board.leave(visitor.session)
            self.metrics.viewers.set(len(self.visitors))

    def of_viewer(self, viewer: str) -> list[Visitor]:
        """The sessions of one viewer."""
        return [visitor for visitor in self.visitors.values() if visitor.token.viewer == viewer]

    def why_not(self, visitor: Visitor) -> str:
        """Why this viewer may not be read now; empty where they may."""
        if self.switches and ("all" in self.switches or f"room:{visitor.token.room}" in self.switches):
            return "everything is switched off"
        return self.strategist.why_unread(visitor.token.jurisdiction, visitor.agreement)

    def may_show(self, visitor: Visitor, intervention: str) -> bool:
        """Whether this may be put on the viewer's screen now: much may have changed since it was decided."""
        if f"intervention:{intervention}" in self.switches or self.why_not(visitor):
            return False
        return not visitor.opted_out and self.strategist.agrees_to_be_shown(visitor)

    def remember(self, decision: Decision) -> None:
        """It counts for how often, in every session of its viewer."""
        if decision.counts:
            for visitor in self.of_viewer(decision.viewer):
                visitor.past.append(past_of(decision))

    def forget_decision(self, decision: Decision) -> None:
        """It found no place in the ledger, so it never was."""
        for visitor in self.of_viewer(decision.viewer):
            if past_of(decision) in visitor.past:
                visitor.past.remove(past_of(decision))

    async def facts_of_all(
        self, places: Collection[tuple[str, str]], now: datetime, now_s: float
    ) -> dict[tuple[str, str], dict[str, Fact]]:
        """The same of several at once."""
        found = await asyncio.gather(*(self.facts_of(place, now, now_s) for place in places))
        return dict(zip(places, found, strict=True))

    async def facts_of(self, place: tuple[str, str], now: datetime, now_s: float) -> dict[str, Fact]:
        """What the shop says of a room and the product on show there."""
        found = self._facts.get(place)
        if found is None or now_s - found[0] > _FACTS_FOR_S:
            if len(self._facts) > 1000:
                self._facts.clear()
            found = self._facts[place] = (now_s, await self._read_facts(*place, now))
        return found[1]

    async def _read_facts(self, room: str, product: str, now: datetime) -> dict[str, Fact]:
        """None where they cannot be had: what rests on a fact is then refused, and nobody waits."""
        try:
            return await asyncio.wait_for(self.book.facts_for(room, product, now), _FACTS_WAIT_S)
        except (RecordsError, TimeoutError) as error:
            log("facts not read", why=type(error).__name__)
            return {}

    def show_state(self, visitor: Visitor) -> None:
        """Put on the wall whether a viewer is read, paused or away."""
        shown = self.board.get(visitor.session)
        if shown is not None:
            away = visitor.away_since_s is not None
            shown.state = "away" if away else "paused" if visitor.paused else "reading"
            self.board.touch(visitor.session)

    def show_decision(self, decision: Decision) -> None:
        """Put on the wall what was decided."""
        shown = self.board.get(decision.session)
        if shown is not None:
            shown.last = {
                "second": decision.second,
                "intervention": decision.intervention,
                "outcome": outcome(decision),
                "refusals": [{"guard": v.guard, "reason": v.reason} for v in decision.refusals],
                "exposed": False,
            }
            self.board.touch(decision.session)

    def show_exposed(self, visitor: Visitor, second: int) -> None:
        """Put on the wall that it was on the viewer's screen."""
        shown = self.board.get(visitor.session)
        if shown is not None and shown.last is not None and shown.last["second"] == second:
            shown.last = {**shown.last, "exposed": True}
            self.board.touch(visitor.session)


def past_of(decision: Decision) -> Past:
    """What counts of a decision for those to come."""
    return Past(decision.intervention, decision.decided_at, decision.session)


def outcome(decision: Decision) -> str:
    """What became of a decision, in a word."""
    if decision.shown:
        return "shown"
    refused = any(verdict.guard != "holdout" for verdict in decision.refusals)
    return "refused" if refused else "control"
