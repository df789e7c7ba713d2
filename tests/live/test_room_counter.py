"""What viewers of a room did, counted from a real service's database of either kind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.strategy.builder import NOW

from telltale.core.rng import stream
from telltale.live.book import Book
from telltale.live.room_counter import LedgerCounter
from telltale.live.tables import Statements, prepare_live
from telltale.records.database import AbstractDatabase
from telltale.records.writer import GroupWriter
from telltale.strategy.ledger_tables import open_ledger
from telltale.strategy.visits import Visit

ALL = ("read_face", "personalise", "research")
SAID = Statements(disclosed=True, released=True, age_at_least=18)
WORDS = ("purchase", "chat", "like", "share", "gift", "add_to_cart", "view_item")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AbstractDatabase]:
    """A service's database, in SQLite and in PostgreSQL in turn."""
    url = f"sqlite:///{tmp_path / 'live.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    with open_ledger(url) as opened:
        prepare_live(opened)
        yield opened


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def visit(book: Book, viewer: str, room: str, purposes: tuple[str, ...] = ALL) -> str:
    await book.agree(viewer, purposes, SAID, text_version="a", now=NOW)
    session = f"{viewer}-{room}"
    assert await book.start_visit(Visit(session, viewer, room, NOW), NOW)
    return session


def test_counts_are_those_of_the_room_and_the_stretch(database: AbstractDatabase) -> None:
    rng = stream(3, "shop events")
    told = []

    async def go(book: Book) -> None:
        sessions = [await visit(book, f"v{k}", room) for k in range(3) for room in ("r1", "r2")]
        for k in range(120):
            at = 10.0 * (k // 2 % 4) if k > 90 else float(rng.integers(0, 601)) / 10
            one = (sessions[k % 6], WORDS[int(rng.integers(7))], at)
            told.append(one)
            await book.keep_event(one[0], one[1], "p", after(one[2]))

    with GroupWriter(database) as writer:
        asyncio.run(go(Book(database, writer)))
    counter = LedgerCounter(database, "r1")
    assert counter.outcomes == ("purchases", "comments", "likes", "shares", "gifts", "engagement")
    assert counter.known_room()
    total = np.zeros(6)
    for first, last in ((-1, 10), (10, 30), (30, 30.1), (30.1, 60), (60, 90)):
        inside = [word for name, word, at in told if name.endswith("r1") and first < at <= last]
        five = [inside.count(word) for word in WORDS[:5]]
        found = counter.between(after(first), after(last))
        assert found.tolist() == [*five, sum(five[1:])]
        total += found
    assert total[:5].sum() == sum(name.endswith("r1") and word in WORDS[:5] for name, word, _ in told) > 20
    assert total[:5].min() > 0


def test_what_came_just_now_may_not_be_written_yet(database: AbstractDatabase) -> None:
    assert LedgerCounter(database, "r1").known_until(NOW) == after(-2)


def test_a_room_that_nobody_visited_is_known_as_such(database: AbstractDatabase) -> None:
    counter = LedgerCounter(database, "r'1")
    assert not counter.known_room()
    assert counter.between(NOW, after(60)).tolist() == [0] * 6


def test_counts_go_with_the_consent_to_research(database: AbstractDatabase) -> None:
    counter = LedgerCounter(database, "r1")

    async def go(book: Book) -> list[float]:
        told = []
        mine, other = await visit(book, "ann", "r1"), await visit(book, "ben", "r1", ALL[:2])
        for session in (mine, other):
            await book.keep_event(session, "like", "", after(1))
            await book.keep_event(session, "purchase", "p", after(1))
        told.append(counter.between(NOW, after(2)).sum())
        await book.agree("ann", ALL[:2], SAID, text_version="a", now=after(3))
        return [*told, counter.between(NOW, after(2)).sum()]

    with GroupWriter(database) as writer:
        # One purchase, one like and the engagement that the like is.
        assert asyncio.run(go(Book(database, writer))) == [3.0, 0.0]
