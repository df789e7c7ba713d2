"""The ledger as the service uses it: events, what goes with a consent, and what a file still holds."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.strategy.builder import NOW

from telltale.live.book import Book
from telltale.live.tables import Statements, prepare_live, state, statements_of
from telltale.records.database import AbstractDatabase
from telltale.records.writer import GroupWriter
from telltale.strategy.keys import key_of
from telltale.strategy.ledger_tables import open_ledger
from telltale.strategy.policy import shipped_policies
from telltale.strategy.visits import Visit

ALL = ("read_face", "personalise", "research")
SAID = Statements(disclosed=True, released=True, age_at_least=18)
VISIT = Visit("s1", "viewer-in-clear", "r1", NOW)
VIEWER = VISIT.viewer


@pytest.fixture
def book(ledger: AbstractDatabase) -> Iterator[Book]:
    """A book whose viewer agrees to all and has begun a visit."""
    prepare_live(ledger)
    with GroupWriter(ledger) as writer:
        book = Book(ledger, writer)
        asyncio.run(begin(book))
        yield book


async def begin(book: Book) -> None:
    await book.agree(VIEWER, ALL, SAID, text_version="a", now=NOW)
    assert await book.start_visit(VISIT, NOW)


def events(book: Book) -> list[str]:
    return [name for (name,) in book.database.rows("SELECT product FROM shop_events ORDER BY number")]


def test_events_of_one_millisecond_are_all_kept_and_go_with_the_consent(book: Book) -> None:
    async def go() -> None:
        wanted = [f"p{k:02}" for k in range(20)]
        for product in wanted:
            await book.keep_event("s1", "add_to_cart", product, NOW)
        assert events(book) == wanted
        await book.agree(VIEWER, ALL[:2], SAID, text_version="a", now=NOW + timedelta(seconds=1))
        assert events(book) == []
        # One that was under way when the consent went is not kept either.
        await book.keep_event("s1", "add_to_cart", "late", NOW + timedelta(seconds=2))
        assert events(book) == []

    asyncio.run(go())


def test_the_last_statement_counts_whatever_the_clock_shows(book: Book) -> None:
    with book.database.transaction() as transaction:
        state(transaction, VIEWER, Statements(), text_version="a", now=NOW - timedelta(seconds=5))
    assert statements_of(book.database, VIEWER) == Statements()


def test_what_viewers_said_goes_with_the_audit_and_not_before(book: Book) -> None:
    policies, year = shipped_policies(), timedelta(days=366)

    def left() -> list[int]:
        names = ("consents", "opt_outs", "statements")
        return [len(book.database.rows(f"SELECT * FROM {name}")) for name in names]

    async def go() -> None:
        await book.opt_out(VIEWER, opted_out=True, now=NOW)
        await book.start_visit(Visit("s2", VIEWER, "r1", NOW + year - timedelta(days=1)), NOW + year)
        # Who agreed long ago and still comes has agreed.
        counts = (await book.purge(policies, NOW + year)).counts
        assert [counts[name] for name in ("consents", "opt_outs", "statements")] == [0, 0, 0]
        assert left() == [3, 1, 3]
        assert "read_face" in (await book.agreement_of(VIEWER, NOW + year)).purposes
        counts = (await book.purge(policies, NOW + 2 * year)).counts
        assert [counts[name] for name in ("consents", "opt_outs", "statements")] == [3, 1, 3]
        assert left() == [0, 0, 0]

    asyncio.run(go())


def test_what_a_withdrawal_unlinked_is_purged_once_the_audit_is_over(book: Book) -> None:
    async def go() -> None:
        await book.withdraw(VIEWER, NOW)
        for days, kept in ((364, 6), (366, 0)):
            await book.purge(shipped_policies(), NOW + timedelta(days=days))
            assert len(book.database.rows("SELECT * FROM consents")) == kept

    asyncio.run(go())


def test_a_withdrawal_is_gone_from_the_files_while_others_read(tmp_path: Path) -> None:
    path = tmp_path / "live.db"

    def still_there(*secrets: bytes) -> int:
        return sum(file.read_bytes().count(secret) for file in tmp_path.iterdir() for secret in secrets)

    async def go(book: Book, other: sqlite3.Connection) -> None:
        await begin(book)
        row = bytes(range(7, 207))
        assert await asyncio.wrap_future(book.keep_rows([("s1", 1, row)], NOW)) == 1
        key = key_of(book.database, VIEWER)
        assert key is not None
        assert still_there(key, VIEWER.encode(), row) > 0
        other.execute("BEGIN")
        other.execute("SELECT * FROM visits").fetchall()
        began = time.monotonic()
        await book.withdraw(VIEWER, NOW)
        # Who reads for long keeps neither the receipt nor anybody's writing waiting.
        await book.agree("somebody else", ALL, SAID, text_version="a", now=NOW)
        assert time.monotonic() - began < 5.0
        assert still_there(key) > 0
        other.execute("COMMIT")
        deadline = time.monotonic() + 5.0
        while still_there(key, VIEWER.encode(), row) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert still_there(key, VIEWER.encode(), row) == 0
        assert key_of(book.database, "somebody else") is not None

    with open_ledger(f"sqlite:///{path}") as ledger, GroupWriter(ledger) as writer:
        prepare_live(ledger)
        other = sqlite3.connect(path, isolation_level=None)
        asyncio.run(go(Book(ledger, writer), other))
        other.close()
