"""Facts in the ledger: each statement is kept, the latest of a name and what it is about counts."""

from __future__ import annotations

import json
from datetime import datetime

from telltale.records.database import AbstractTransaction
from telltale.records.utc import milliseconds, moment
from telltale.strategy.facts import Fact
from telltale.strategy.keys import Readable
from telltale.strategy.ledger_tables import FACTS


def state_fact(transaction: AbstractTransaction, fact: Fact, *, now: datetime) -> None:
    """Write a statement of the shop down. To take one back, state it again with `valid_until` of now."""
    row = (
        fact.name,
        fact.about,
        milliseconds(now),
        json.dumps(fact.value, ensure_ascii=False),
        milliseconds(fact.valid_until),
        fact.true_for_everyone,
        fact.shown_without_inference,
        fact.source,
    )
    # Of two words in one millisecond the later counts.
    transaction.run(
        "DELETE FROM facts WHERE name = ? AND about = ? AND stated_at = ?",
        (fact.name, fact.about, milliseconds(now)),
    )
    transaction.run(FACTS.insert(), row)


def facts_for(readable: Readable, room: str, product: str, now: datetime) -> dict[str, Fact]:
    """What the shop says of a room and the product on show, by the fact's name: `Moment.facts`.

    Where both have the same fact the product's counts, unless only the room's still holds. One that has
    expired is given too, so that the guard can say so.
    """
    sql = (
        "SELECT name, about, value, valid_until, true_for_everyone, source, shown_without_inference"
        " FROM facts WHERE about IN (?, ?) AND stated_at <= ? ORDER BY stated_at"
    )
    latest: dict[tuple[str, str], Fact] = {}
    for row in readable.rows(sql, (room, product or room, milliseconds(now))):
        fact = _fact(row)
        if fact is None:
            latest.pop((row[0], row[1]), None)
        else:
            latest[fact.name, fact.about] = fact
    ordered = sorted(latest.values(), key=lambda fact: (fact.holds(now), fact.about == product))
    return {fact.name: fact for fact in ordered}


def _fact(row: tuple[object, ...]) -> Fact | None:
    name, about, value, until, everyone, source, anyway = row
    try:
        return Fact(
            str(name),
            str(about),
            json.loads(str(value)),
            moment(int(str(until))),
            bool(everyone),
            str(source),
            bool(anyway),
        )
    except ValueError:
        # Stated under older rules; by those of today it may not be said.
        return None
