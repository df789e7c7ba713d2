"""The ledger as the service uses it: what must be committed is awaited, what is read is read in a thread."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar

from telltale.live.tables import SHOP_EVENTS, STATEMENTS, Statements, delete_events, state, statements_of
from telltale.live.visitor import Agreement
from telltale.records.database import AbstractDatabase, AbstractTransaction
from telltale.records.errors import RecordsError
from telltale.records.utc import milliseconds
from telltale.records.writer import GroupWriter
from telltale.strategy import consents, decisions, fact_store, retention, switches, visits, withdrawal
from telltale.strategy.decision import Decision
from telltale.strategy.decisions import Written
from telltale.strategy.facts import Fact
from telltale.strategy.keys import key_of, session_alias
from telltale.strategy.ledger_tables import CONSENTS, OPT_OUTS
from telltale.strategy.moment import Past
from telltale.strategy.policy import Policies
from telltale.strategy.switches import Switch
from telltale.strategy.visits import Visit
from telltale.strategy.withdrawal import Receipt

Result = TypeVar("Result")

_A_MILLISECOND: Final = 1_000_000
"""So many events of a millisecond have numbers of their own."""
_CLEARS_EVERY_S: Final = 0.1
_CLEARED_IN_S: Final = 0.5
"""So long a receipt waits for the log."""


class Book:
    """Writes go through one `GroupWriter`: those that come together share a commit."""

    def __init__(self, database: AbstractDatabase, writer: GroupWriter) -> None:
        self.database = database
        self.writer = writer
        self._events = itertools.count(secrets.randbelow(_A_MILLISECOND))
        """From anywhere on, so that two processes do not number alike."""
        self._clearing: set[asyncio.Task[None]] = set()

    async def _write(self, job: Callable[[AbstractTransaction], Result]) -> Result:
        return await asyncio.wrap_future(self.writer.submit(job))

    async def read(self, question: Callable[[AbstractDatabase], Result]) -> Result:
        """Ask the database something."""
        return await asyncio.to_thread(question, self.database)

    # What a viewer says.

    async def agreement_of(self, viewer: str, now: datetime) -> Agreement:
        """What a viewer agrees to now."""

        def ask(database: AbstractDatabase) -> Agreement:
            said = statements_of(database, viewer)
            return Agreement(
                consents.consents_held(database, viewer, now),
                said.disclosed,
                said.released,
                said.age_at_least,
                consents.has_opted_out(database, viewer),
            )

        return await self.read(ask)

    async def agree(
        self, viewer: str, purposes: Iterable[str], said: Statements, *, text_version: str, now: datetime
    ) -> None:
        """What a viewer agrees to from now on, and what they no longer do."""
        wanted = frozenset(purposes)

        def job(t: AbstractTransaction) -> None:
            state(t, viewer, said, text_version=text_version, now=now)
            held = consents.consents_held(t, viewer, now)
            for purpose in sorted(held - wanted):
                consents.take_back(t, viewer, purpose, now=now)
                if purpose in consents.ROWS_NEED:
                    delete_events(t, viewer)
            for purpose in sorted(wanted - held):
                consents.grant(t, viewer, purpose, text_version=text_version, now=now)

        await self._write(job)

    async def withdrawn_of(self, viewers: Collection[str]) -> list[str]:
        """Those of some viewers whose key is gone."""

        def ask(database: AbstractDatabase) -> list[str]:
            return [viewer for viewer in viewers if key_of(database, viewer) is None]

        return await self.read(ask)

    async def opt_out(self, viewer: str, *, opted_out: bool, now: datetime) -> None:
        """Nothing is to be shown because of the face, or may be again."""
        await self._write(lambda t: consents.opt_out(t, viewer, opted_out=opted_out, now=now))

    async def withdraw(self, viewer: str, now: datetime) -> Receipt:
        """Take everything back."""
        name = secrets.token_hex(8)
        receipt = await self._write(lambda t: withdrawal.withdraw(t, viewer, receipt_id=name, now=now))
        await self._clear_log()
        return receipt

    async def purge(self, policies: Policies, now: datetime) -> Receipt:
        """Delete what is past its keeping; a second time on one day does nothing."""
        name = f"purge-{now:%Y-%m-%d}"
        words = (CONSENTS, OPT_OUTS, STATEMENTS)
        receipt = await self._write(
            lambda t: retention.purge(t, policies, receipt_id=name, now=now, words=words)
        )
        await self._clear_log()
        return receipt

    async def _clear_log(self) -> None:
        """Take what was deleted out of the log; beside, where somebody reads for longer than a moment."""
        task = asyncio.create_task(self._clear_until_done())
        self._clearing.add(task)
        task.add_done_callback(self._clearing.discard)
        await asyncio.wait({task}, timeout=_CLEARED_IN_S)

    async def _clear_until_done(self) -> None:
        # A database that is closed clears its log by itself.
        with suppress(RecordsError):
            while not await asyncio.to_thread(self.database.clear_log):
                await asyncio.sleep(_CLEARS_EVERY_S)

    # Visits and decisions.

    async def start_visit(self, visit: Visit, now: datetime) -> bool:
        """A visit that begins, or goes on; whether the viewer agrees to be read, as the commit sees it."""

        def job(t: AbstractTransaction) -> bool:
            if "read_face" not in consents.consents_held(t, visit.viewer, now):
                return False
            visits.start_visit(t, visit)
            return True

        return await self._write(job)

    async def past_of(self, viewer: str, session: str, now: datetime) -> list[Past]:
        """What counts of the last day."""
        return list(await self.read(lambda d: decisions.past_of(d, viewer, session, now)))

    async def last_decided(self, viewer: str, session: str) -> int:
        """The last second of a session that was decided."""

        def ask(database: AbstractDatabase) -> int:
            key = key_of(database, viewer)
            if key is None:
                return 0
            sql = "SELECT COALESCE(MAX(second), 0) FROM decisions WHERE session = ?"
            return int(database.rows(sql, (session_alias(key, session),))[0][0])

        return await self.read(ask)

    def write_decisions(self, made: Sequence[Decision]) -> Future[list[Written]]:
        """Write decisions down; those that come back may be sent. What finds no place is not sent."""
        return self.writer.submit(lambda t: decisions.write_decisions(t, made))

    async def expose(self, viewer: str, session: str, second: int, at: datetime) -> bool:
        """A page has shown a decision."""
        return await self._write(
            lambda t: decisions.expose(t, viewer=viewer, session=session, second=second, at=at)
        )

    async def unshown(self, viewer: str, session: str, since: datetime) -> list[tuple[str, str]]:
        """Decisions that were to be shown and that no page says it has: each name and intervention."""

        def ask(database: AbstractDatabase) -> list[tuple[str, str]]:
            key = key_of(database, viewer)
            if key is None:
                return []
            sql = (
                "SELECT id, intervention FROM decisions LEFT JOIN exposures ON decision = id"
                " WHERE session = ? AND shown AND decided_at >= ? AND decision IS NULL ORDER BY decided_at"
            )
            return [
                (name, intervention)
                for name, intervention in database.rows(
                    sql, (session_alias(key, session), milliseconds(since))
                )
            ]

        return await self.read(ask)

    def keep_rows(self, rows: Sequence[tuple[str, int, bytes]], now: datetime) -> Future[int]:
        """Keep seconds of rows of those who agree to research."""
        return self.writer.submit(lambda t: visits.record_rows(t, rows, now=now))

    async def keep_event(self, session: str, name: str, product: str, now: datetime) -> None:
        """Keep what a viewer did in the shop, as long as they agree to research."""
        at = milliseconds(now)
        # Drawn before the job, which may be done twice; several may come in one millisecond.
        row = (session, at * _A_MILLISECOND + next(self._events) % _A_MILLISECOND, at, name, product)

        def job(t: AbstractTransaction) -> None:
            if visits.may_keep(t, session, now):
                t.run(SHOP_EVENTS.insert(once=True), row)

        await self._write(job)

    # What everybody shares.

    async def turn(self, switch: Switch) -> None:
        """Turn a switch."""
        await self._write(lambda t: switches.turn(t, switch))

    async def switched_off(self) -> dict[str, Switch]:
        """The switches that are off now, by scope."""

        def ask(database: AbstractDatabase) -> dict[str, Switch]:
            latest = {switch.scope: switch for switch in switches.history(database)}
            return {scope: switch for scope, switch in latest.items() if switch.is_off}

        return await self.read(ask)

    async def state_fact(self, fact: Fact, now: datetime) -> None:
        """The shop says something."""
        await self._write(lambda t: fact_store.state_fact(t, fact, now=now))

    async def facts_for(self, room: str, product: str, now: datetime) -> dict[str, Fact]:
        """What the shop says of a room and the product on show."""
        return await self.read(lambda d: fact_store.facts_for(d, room, product, now))
