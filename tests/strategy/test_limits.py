"""How often at most, over all visits and processes: what the ledger allows as it writes."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

from tests.strategy.builder import NOW, decided

from telltale.records.database import AbstractDatabase
from telltale.strategy.decisions import past_of, write_decisions
from telltale.strategy.visits import Visit, start_visit


def visits(ledger: AbstractDatabase) -> None:
    with ledger.transaction() as transaction:
        for session in ("s1", "s2"):
            start_visit(transaction, Visit(session, "v1", "r1", NOW, "DE"))


def test_of_two_visits_of_one_viewer_at_once_one_is_shown(ledger: AbstractDatabase) -> None:
    visits(ledger)
    one, other = decided(session="s1"), decided(session="s2")
    assert one.shown
    assert other.shown
    with ledger.transaction() as transaction:
        assert [written.decision for written in write_decisions(transaction, [one, other])] == [one]
    sql = "SELECT shown, counts, verdicts FROM decisions ORDER BY counts"
    (shown, counts, verdicts), (first, _, _) = ledger.rows(sql)
    assert not shown
    assert not counts
    assert first
    told = {verdict["guard"]: verdict["reason"] for verdict in json.loads(verdicts) if not verdict["allowed"]}
    assert told == {"cool_down": "ready_checkout was 0 s ago, and cools down 120 s"}


def test_it_is_written_again_once_it_has_cooled_down(ledger: AbstractDatabase) -> None:
    visits(ledger)
    sent = []
    for second in (0, 119, 500, 1000):
        decision = decided(session="s2", second=second, now=NOW + timedelta(seconds=second))
        with ledger.transaction() as transaction:
            sent += [one.decision.second for one in write_decisions(transaction, [decision])]
    # Two a visit are the most of this intervention.
    assert sent == [0, 500]
    assert len(past_of(ledger, "v1", "s2", NOW)) == 2


def test_who_writes_second_waits_for_who_wrote_first(ledger: AbstractDatabase) -> None:
    visits(ledger)
    written, sent = threading.Event(), []

    def second() -> None:
        assert written.wait(30)
        with ledger.transaction() as transaction:
            sent.extend(write_decisions(transaction, [decided(session="s2")]))

    thread = threading.Thread(target=second)
    thread.start()
    with ledger.transaction() as transaction:
        assert len(write_decisions(transaction, [decided(session="s1")])) == 1
        written.set()
        # Long enough for the other to have looked, were it not made to wait.
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(30)
    assert not thread.is_alive()
    assert sent == []
