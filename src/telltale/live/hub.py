"""What devices do: they join, send rows and messages, break off, come back; and what others tell of them.

device > `join`, `take_rows`, `take_text`, `away`          other processes, the studio > `hear`
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from telltale.core import channels, clock
from telltale.core.errors import FormatError, TelltaleError
from telltale.gate.limits import Bucket
from telltale.gate.tokens import ViewerToken
from telltale.live import messages
from telltale.live.frames import decode_rows
from telltale.live.here import Here
from telltale.live.outbox import Outbox
from telltale.live.rolling import KEPT_S
from telltale.live.telling import Teller
from telltale.live.visitor import AWAY_S, MOST_OVERRUNS, ROW_RATE, TEXT_RATE, UNSEEN_S, Visitor
from telltale.records.utc import milliseconds
from telltale.strategy.consents import ROWS_NEED
from telltale.strategy.keys import decision_id, key_of
from telltale.strategy.moment import Past
from telltale.strategy.visits import Visit, visits_of

_ROWS: Final = round(channels.RATE_HZ)
_JOIN_AT_ONCE: Final = 64
"""Sessions that are opened at one time: after a fall all devices come back together."""


_CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""So much older than its visit a session may say it is: devices' clocks run fast or slow."""
_LEFT_OPEN: Final = timedelta(hours=12)
"""A page may be open for so long before its viewer agrees."""


class ClosedError(TelltaleError):
    """The connection is to be closed, with a code and a reason."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Hub:
    """Of one process.

    Parameters
    ----------
    tell_others
        Tells the other processes; this one does not hear it.
    """

    def __init__(
        self, here: Here, teller: Teller, *, tell_others: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        self._here, self._teller, self._tell_others = here, teller, tell_others
        self._joining = tuple(asyncio.Lock() for _ in range(_JOIN_AT_ONCE))
        """One session has always the same, so it is opened once."""
        self._switching = asyncio.Lock()
        self._agreeing: asyncio.Task[None] | None = None
        self.draining = False

    async def join(self, token: ViewerToken, hello: messages.Hello, outbox: Outbox) -> Visitor:
        """A device says hello: a new session, or one that goes on. The answer is in the outbox."""
        heard_s = time.monotonic()
        async with self._joining[hash(token.session) % _JOIN_AT_ONCE]:
            visitor = self._here.visitors.get(token.session)
            if visitor is None:
                return await self._open(token, hello, outbox, heard_s)
            self._take_over(visitor, hello, outbox)
            await self._tell_joined(visitor)
            return visitor

    async def _tell_joined(self, visitor: Visitor) -> None:
        """Another process that had this session lets go of it."""
        visitor.joined_ms = milliseconds(clock.now())
        await self._tell_others({"kind": "joined", "session": visitor.session, "at": visitor.joined_ms})

    async def _open(self, token: ViewerToken, hello: messages.Hello, outbox: Outbox, now_s: float) -> Visitor:
        here, now = self._here, clock.now()
        if self.draining:
            raise ClosedError(1012, "this service is closing: connect again")
        agreement = await here.book.agreement_of(token.viewer, now)
        why = here.strategist.why_unread(token.jurisdiction, agreement)
        if why:
            raise ClosedError(4403, why)
        said_s = (hello.next_row - 1) / channels.RATE_HZ
        began = now - timedelta(seconds=said_s)
        await self._refuse_too_old(token, began, now)
        visit = Visit(token.session, token.viewer, token.room, began, token.jurisdiction, token.device)
        if not await here.book.start_visit(visit, now):
            raise ClosedError(4403, "no consent to read_face")
        try:
            rolled = here.rolling.enter(token.session, _first_second(hello), began_s=now_s - said_s)
        except FormatError as error:
            raise ClosedError(1013, "this service is full: try again later") from error
        visitor = Visitor(
            token,
            rolled,
            outbox,
            here.strategist.rises(),
            Bucket(ROW_RATE, now_s),
            Bucket(TEXT_RATE, now_s),
            agreement,
            hello.language,
            timedelta(minutes=hello.utc_offset_min),
            product=hello.product,
        )
        here.add(visitor, now_s)
        try:
            await self._catch_up(visitor, now)
            self._answer(visitor)
            if hello.next_row > 1:
                await self._send_unshown(visitor, hello)
        except BaseException:
            # No connection would ever be away from it.
            here.drop(visitor)
            raise
        return visitor

    async def _refuse_too_old(self, token: ViewerToken, began: datetime, now: datetime) -> None:
        """A session is as old as its visit; one that has none, at most as a page that was left open."""
        if now - began <= _CLOCKS_DIFFER:
            return
        known = await self._here.book.read(lambda database: visits_of(database, token.viewer))
        starts = [visit.started_at for visit in known if visit.session == token.session]
        if began < min(starts, default=now - _LEFT_OPEN) - _CLOCKS_DIFFER:
            raise ClosedError(4403, "the rows are numbered as of an older session: open one anew")

    async def _catch_up(self, visitor: Visitor, now: datetime) -> None:
        """What the ledger knows of a session that has just been opened here."""
        book, viewer, session = self._here.book, visitor.token.viewer, visitor.session
        # Before any second is told here.
        await self._tell_joined(visitor)
        written = await book.past_of(viewer, session, now)
        # What other sessions of this viewer made here may not be committed yet.
        seen = {_moment_of(past) for past in written}
        lately = {past: None for other in self._here.of_viewer(viewer) for past in other.past}
        visitor.past = written + [past for past in lately if _moment_of(past) not in seen]
        visitor.decided_until = await book.last_decided(viewer, session)
        # What was taken back while the session was opened was told to nobody here.
        await self.agreed(viewer)

    def _take_over(self, visitor: Visitor, hello: messages.Hello, outbox: Outbox) -> None:
        """The device is back; an older connection of it ends."""
        if not visitor.outbox.closed:
            visitor.outbox.put(messages.Stop(why="elsewhere", final=False))
            visitor.outbox.close()
        visitor.outbox, visitor.away_since_s = outbox, None
        visitor.rolled.present = True
        visitor.rolled.clock.forget()
        now_s, here = time.monotonic(), self._here
        unseen = [
            show for show in visitor.unseen(hello.seen, now_s) if here.may_show(visitor, show.intervention)
        ]
        # Reading may have gone on while nobody could be told; a device that rests says so again.
        visitor.paused = False
        visitor.language, visitor.product = hello.language, hello.product or visitor.product
        self._answer(visitor)
        for show in unseen:
            outbox.put(show)
        here.show_state(visitor)

    def _answer(self, visitor: Visitor) -> None:
        why = self._here.why_not(visitor)
        send_from = visitor.rolled.next_second * _ROWS + 1
        visitor.outbox.put(
            messages.Ready(session=visitor.session, send_from=send_from, reading=not why, why=why)
        )

    async def _send_unshown(self, visitor: Visitor, hello: messages.Hello) -> None:
        """What another process committed a moment ago and could not send any more."""
        here, now = self._here, clock.now()
        since = now - timedelta(seconds=UNSEEN_S)
        for name, intervention in await here.book.unshown(visitor.token.viewer, visitor.session, since):
            if name not in hello.seen and intervention in here.strategist.catalogue.by_name:
                facts = await here.facts_of(visitor.place, now, time.monotonic())
                # Facts were waited for.
                if here.may_show(visitor, intervention):
                    show = here.strategist.show(name, intervention, visitor.language, facts)
                    visitor.send_show(show, time.monotonic())

    def away(self, visitor: Visitor, outbox: Outbox) -> None:
        """A connection ended; unless another took over, the session waits for a while."""
        outbox.close()
        if visitor.outbox is outbox and self._here.visitors.get(visitor.session) is visitor:
            visitor.away_since_s, visitor.rolled.present = time.monotonic(), False
            self._here.show_state(visitor)

    def take_rows(self, visitor: Visitor, message: bytes) -> None:
        """Rows of a session; `FormatError` where they break a rule, and the connection goes on."""
        here, now_s = self._here, time.monotonic()
        rows = decode_rows(message)
        if not visitor.row_rate.take(now_s, len(rows.values)):
            self._overrun(visitor, "more rows than ten a second")
            return
        visitor.overruns = 0
        if here.why_not(visitor):
            here.metrics.rows_not_allowed.inc(len(rows.values))
            return
        due = len(visitor.rolled.due)
        new = here.rolling.add(visitor.rolled, rows, now_s)
        here.metrics.rows_new.inc(new)
        here.metrics.rows_again.inc(len(rows.values) - new)
        if len(visitor.rolled.due) > due:
            self._teller.wake()

    def take_text(self, visitor: Visitor, text: str) -> None:
        """Any other message of a session."""
        if not visitor.text_rate.take(time.monotonic()):
            self._overrun(visitor, "more messages than five a second")
            return
        said = messages.parse(text)
        if isinstance(said, messages.Exposed):
            self._exposed(visitor, said.decision)
        elif isinstance(said, messages.Pause | messages.Resume):
            visitor.paused = isinstance(said, messages.Pause)
            self._here.show_state(visitor)
        elif isinstance(said, messages.ShopEvent):
            visitor.product = said.product or visitor.product
            if visitor.agreement.purposes.issuperset(ROWS_NEED):
                kept = self._here.book.keep_event(visitor.session, said.name, said.product, clock.now())
                self._teller.spawn(kept)
        elif isinstance(said, messages.Device):
            shown = self._here.board.get(visitor.session)
            if shown is not None:
                shown.frames_per_s, shown.dropped = said.frames_per_s, shown.dropped + said.dropped
        else:
            raise FormatError("hello was said already", hint="say it once, first, on each connection")

    def _exposed(self, visitor: Visitor, decision: str) -> None:
        second = decision.rpartition("-")[2]
        if not (second.isascii() and second.isdigit()):
            raise FormatError("no decision is called that", hint="name the one that was to be shown")
        # Beside: rows that come while a database is away must not wait behind this. Whether there is such a
        # decision the ledger knows: it may have been sent by a process that is no more.
        self._teller.spawn(self._write_exposed(visitor, decision, int(second)))

    async def _write_exposed(self, visitor: Visitor, decision: str, second: int) -> None:
        key = await self._here.book.read(lambda database: key_of(database, visitor.token.viewer))
        if key is None or decision != decision_id(key, visitor.session, second):
            visitor.outbox.put(
                messages.Refused(why="no decision of this session is called that"), may_drop=True
            )
        elif await self._here.book.expose(visitor.token.viewer, visitor.session, second, clock.now()):
            self._here.metrics.exposures.inc()
            self._here.show_exposed(visitor, second)

    def _overrun(self, visitor: Visitor, why: str) -> None:
        visitor.overruns += 1
        self._here.metrics.refused.labels("too fast").inc()
        if visitor.overruns > MOST_OVERRUNS:
            raise ClosedError(1008, why)
        wait_s = max(1.0, visitor.row_rate.wait_s)
        visitor.outbox.put(messages.SlowDown(wait_s=wait_s, why=why), may_drop=True)

    def hear(self, news: dict[str, Any]) -> None:
        """Control news, of other processes and of this one."""
        kind = news["kind"]
        if kind == "withdrawn":
            for visitor in self._here.of_viewer(news["viewer"]):
                self._here.forget(visitor, messages.Stop(why="withdrawn", final=True))
        elif kind == "agreed":
            self._teller.spawn(self.agreed(news["viewer"]))
        elif kind == "joined":
            visitor_here = self._here.visitors.get(news["session"])
            # News may be late: who joined here after it is here.
            if visitor_here is not None and visitor_here.joined_ms <= news["at"]:
                self._here.forget(visitor_here, messages.Stop(why="elsewhere", final=False))
        elif kind == "switched":
            self._teller.spawn(self.read_switches())
        elif kind == "missed":
            self._teller.spawn(self._agreed_all())

    def agree_anew(self) -> None:
        """Opt-outs and consents told to another process, likewise; beside, for it asks once a viewer."""
        if self._agreeing is None or self._agreeing.done():
            self._agreeing = self._teller.spawn(self._agreed_all())

    async def _agreed_all(self) -> None:
        """News were lost: what each viewer agrees to is read anew."""
        for viewer in {visitor.token.viewer for visitor in self._here.visitors.values()}:
            await self.agreed(viewer)

    async def forget_withdrawn(self) -> None:
        """Who withdrew at another process, where its news do not get through; call it each second then."""
        viewers = {visitor.token.viewer for visitor in self._here.visitors.values()}
        for viewer in await self._here.book.withdrawn_of(viewers):
            self.hear({"kind": "withdrawn", "viewer": viewer})

    async def agreed(self, viewer: str) -> None:
        """What a viewer agrees to has changed."""
        for visitor in self._here.of_viewer(viewer):
            visitor.agreement = await self._here.book.agreement_of(viewer, clock.now())
            if self._here.strategist.why_unread(visitor.token.jurisdiction, visitor.agreement):
                self._here.forget(visitor, messages.Stop(why="no_consent", final=False))

    async def read_switches(self) -> None:
        """The switches as they stand; devices are told when theirs turned."""
        here = self._here
        # One reading after another: an older one that ends later would turn a switch back.
        async with self._switching:
            switches = await here.book.switched_off()
            before = {visitor.session: here.why_not(visitor) for visitor in here.visitors.values()}
            here.switches = switches
        here.metrics.stopped.set("all" in here.switches)
        for visitor in here.visitors.values():
            off, was_off = here.why_not(visitor), before.get(visitor.session, "")
            if off and not was_off:
                visitor.outbox.put(messages.Stop(why="switched_off", final=False))
            elif was_off and not off:
                visitor.outbox.put(messages.Go())

    def let_go(self) -> None:
        """Sessions that did not come back in time are forgotten; call it now and then."""
        now_s = time.monotonic()
        for visitor in list(self._here.visitors.values()):
            if visitor.away_since_s is not None and now_s - visitor.away_since_s > AWAY_S:
                self._here.forget(visitor, messages.Stop(why="closing", final=False))

    async def drain(self) -> None:
        """Finish what is under way, then tell every device to go elsewhere."""
        self.draining = True
        await self._teller.stop()
        for visitor in list(self._here.visitors.values()):
            self._here.forget(visitor, messages.Stop(why="closing", final=False))


def _moment_of(past: Past) -> tuple[str, int]:
    """By what a past decision of one viewer is known again: the ledger has another name for its session."""
    return past.intervention, milliseconds(past.at)


def _first_second(hello: messages.Hello) -> int:
    """From where a window is filled: all that any model looks back on, as far as the device has it."""
    first_row = max(hello.kept_from, hello.next_row - round(KEPT_S * channels.RATE_HZ))
    return -(-(first_row - 1) // _ROWS)
