"""The ledger, in both databases: what is written once, who may be shown, and what a withdrawal leaves."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.strategy.builder import GOOD, NOW, decided, fact

from telltale.core.errors import FormatError
from telltale.records.database import AbstractDatabase
from telltale.records.errors import ConstraintError
from telltale.records.utc import milliseconds
from telltale.records.writer import GroupWriter
from telltale.strategy.consents import consents_held, grant, has_opted_out, opt_out, take_back
from telltale.strategy.decisions import decision_row, expose, past_of, write_decisions
from telltale.strategy.fact_store import facts_for, state_fact
from telltale.strategy.keys import key_of, made_key, session_alias, viewer_alias
from telltale.strategy.ledger_tables import DECISIONS, SCHEMA, open_ledger
from telltale.strategy.moment import Past
from telltale.strategy.switches import Switch, history, switched_off, turn
from telltale.strategy.visits import Visit, record_rows, rows_of, start_visit, visits_of
from telltale.strategy.withdrawal import receipts, withdraw

LATER = NOW + timedelta(minutes=10)
VISIT = Visit("s1", "v1", "r1", NOW - timedelta(seconds=61), "DE", "phone")


def visit(
    ledger: AbstractDatabase, *visits: Visit, purposes: tuple[str, ...] = ("read_face", "personalise")
) -> None:
    with ledger.transaction() as transaction:
        for one in visits or (VISIT,):
            assert start_visit(transaction, one)
            for purpose in purposes:
                grant(transaction, one.viewer, purpose, text_version="2026-01", now=one.started_at)


def everything(ledger: AbstractDatabase) -> str:
    """All that stands in the ledger, as text."""
    return "\n".join(str(ledger.rows(f"SELECT * FROM {table.name}")) for table in SCHEMA.tables)


def test_a_decision_is_written_once_and_only_then_given_back(ledger: AbstractDatabase) -> None:
    visit(ledger)
    first, held_back = decided(), decided(second=62, confidence=0.0)
    for wanted in (["-61", "-62"], []):
        with ledger.transaction() as transaction:
            written = write_decisions(transaction, [first, held_back])
        assert [one.id[32:] for one in written] == wanted
    found = ledger.rows("SELECT shown, counts, arm, verdicts FROM decisions ORDER BY second")
    assert [(bool(shown), bool(counts), arm) for shown, counts, arm, _ in found] == [
        (True, True, "treated"),
        (False, False, "treated"),
    ]
    verdicts = json.loads(found[1][3])
    assert [one["guard"] for one in verdicts if not one["allowed"]] == ["reading_confidence"]


def test_of_two_that_decide_the_same_second_one_may_send(ledger: AbstractDatabase) -> None:
    visit(ledger)
    with GroupWriter(ledger) as one, GroupWriter(ledger) as other:
        futures = []
        for second in range(60):
            for writer in (one, other):
                decision = decided(second=second, confidence=0.0)
                futures.append(writer.submit(partial(write_decisions, decisions=[decision])))
        sent = [written.decision.second for future in futures for written in future.result(60)]
    assert sorted(sent) == list(range(60))


def test_the_audit_names_nobody(ledger: AbstractDatabase) -> None:
    visit(ledger, replace(VISIT, viewer="viewer-clear", session="session-clear"))
    decision = decided(viewer="viewer-clear", session="session-clear")
    with ledger.transaction() as transaction:
        write_decisions(transaction, [decision])
        expose(transaction, viewer="viewer-clear", session="session-clear", second=61, at=LATER)
        opt_out(transaction, "viewer-clear", now=LATER)
    for table in ("decisions", "exposures", "consents", "opt_outs"):
        assert "clear" not in str(ledger.rows(f"SELECT * FROM {table}"))
    assert "clear" in everything(ledger)


def test_a_row_fits_its_table() -> None:
    row = decision_row(decided(), bytes(32))
    assert len(row) == len(DECISIONS.columns)
    assert row[DECISIONS.columns.index(next(c for c in DECISIONS.columns if c.name == "unit"))] == row[1]


def test_an_exposure_is_written_exactly_once(ledger: AbstractDatabase) -> None:
    visit(ledger)
    visit(ledger, Visit("s2", "v2", "r1", NOW, "DE"))

    def told(viewer: str = "v1", session: str = "s1", second: int = 61) -> bool:
        with ledger.transaction() as transaction:
            return expose(transaction, viewer=viewer, session=session, second=second, at=LATER)

    assert not told()
    with ledger.transaction() as transaction:
        write_decisions(transaction, [decided(), decided(second=62, opted_out=True)])
    assert not told(viewer="v2")
    assert not told(viewer="nobody")
    assert not told(second=62)
    assert told()
    assert not told()
    assert len(ledger.rows("SELECT * FROM exposures")) == 1


def test_what_counts_comes_back_after_a_restart(ledger: AbstractDatabase) -> None:
    visit(ledger)
    visit(ledger, replace(VISIT, session="s0", started_at=NOW - timedelta(days=3)), purposes=())
    yesterday = decided(session="s0", now=NOW - timedelta(hours=23))
    with ledger.transaction() as transaction:
        before = decided(session="s0", second=9, now=NOW - timedelta(hours=25))
        assert len(write_decisions(transaction, [before, yesterday])) == 2
        write_decisions(transaction, [decided(), decided(second=62, opted_out=True)])
    found = past_of(ledger, "v1", "s1", NOW)
    assert found[1] == Past("ready_checkout", NOW, "s1")
    assert [past.at for past in found] == [NOW - timedelta(hours=23), NOW]
    assert found[0].session != "s0"
    assert len(past_of(ledger, "v1", "s0", NOW)) == 3
    assert past_of(ledger, "nobody", "s1", NOW) == ()


def test_the_latest_word_on_each_consent_counts(ledger: AbstractDatabase) -> None:
    assert consents_held(ledger, "v1", NOW) == frozenset()
    with ledger.transaction() as transaction:
        grant(transaction, "v1", "read_face", text_version="a", now=NOW)
        grant(transaction, "v1", "research", text_version="a", now=NOW)
        take_back(transaction, "v1", "research", now=NOW + timedelta(seconds=1))
        grant(transaction, "v1", "personalise", text_version="a", now=LATER)
        take_back(transaction, "v1", "personalise", now=LATER)
        take_back(transaction, "nobody", "personalise", now=LATER)
    assert consents_held(ledger, "v1", NOW - timedelta(seconds=1)) == frozenset()
    assert consents_held(ledger, "v1", NOW) == {"read_face"}
    assert consents_held(ledger, "v1", LATER) == {"read_face"}
    assert len(ledger.rows("SELECT * FROM consents")) == 5
    with pytest.raises(FormatError, match="unknown purpose"), ledger.transaction() as transaction:
        grant(transaction, "v1", "selling", text_version="a", now=NOW)


def test_a_refusal_counts_though_the_clock_was_set_back(ledger: AbstractDatabase) -> None:
    back, later = NOW - timedelta(seconds=5), NOW + timedelta(minutes=1)
    with ledger.transaction() as transaction:
        grant(transaction, "v1", "read_face", text_version="a", now=NOW - timedelta(hours=1))
        take_back(transaction, "v1", "read_face", now=NOW - timedelta(minutes=1))
        grant(transaction, "v1", "read_face", text_version="a", now=NOW)
        opt_out(transaction, "v1", opted_out=False, now=NOW)
        for _ in range(2):
            take_back(transaction, "v1", "read_face", now=back)
            opt_out(transaction, "v1", now=back)
    assert [consents_held(ledger, "v1", at) for at in (back, NOW, later)] == [frozenset()] * 3
    assert has_opted_out(ledger, "v1")
    # Said twice it stands there once: a job may be done again.
    assert len(ledger.rows("SELECT * FROM consents")) == 4
    assert len(ledger.rows("SELECT * FROM opt_outs")) == 2


def test_of_two_words_in_one_millisecond_the_later_counts(ledger: AbstractDatabase) -> None:
    for out in (False, True, False, True):
        with ledger.transaction() as transaction:
            opt_out(transaction, "v1", opted_out=out, now=NOW)
        assert has_opted_out(ledger, "v1") is out


def test_opting_out_and_in_again(ledger: AbstractDatabase) -> None:
    assert not has_opted_out(ledger, "v1")
    for number, out in enumerate((True, False, True)):
        with ledger.transaction() as transaction:
            opt_out(transaction, "v1", opted_out=out, now=NOW + timedelta(seconds=number))
        assert has_opted_out(ledger, "v1") is out


def test_rows_are_kept_only_with_consent_to_research(ledger: AbstractDatabase) -> None:
    visit(ledger)
    rows = [("s1", 1, b"\x00\x01"), ("s1", 2, b"\x02"), ("nobody's", 1, b"")]
    with ledger.transaction() as transaction:
        assert record_rows(transaction, rows, now=NOW) == 0
        grant(transaction, "v1", "research", text_version="a", now=NOW)
        assert record_rows(transaction, rows, now=NOW) == 2
        assert record_rows(transaction, rows, now=NOW) == 0
    assert rows_of(ledger, "s1") == [(1, b"\x00\x01"), (2, b"\x02")]
    with ledger.transaction() as transaction:
        assert take_back(transaction, "v1", "research", now=LATER) == 2
        assert record_rows(transaction, rows, now=LATER) == 0
    assert rows_of(ledger, "s1") == []


def test_a_withdrawal_deletes_what_names_the_viewer_and_unlinks_the_rest(ledger: AbstractDatabase) -> None:
    visit(ledger, purposes=("read_face", "personalise", "research"))
    visit(ledger, Visit("s9", "v9", "r1", NOW), purposes=("read_face", "research"))
    with ledger.transaction() as transaction:
        write_decisions(transaction, [decided(), decided(viewer="v9", session="s9")])
        expose(transaction, viewer="v1", session="s1", second=61, at=LATER)
        record_rows(transaction, [("s1", 1, b"x"), ("s9", 1, b"y")], now=LATER)
        opt_out(transaction, "v1", now=LATER)
    key = key_of(ledger, "v1")
    assert key is not None
    for _ in range(2):
        with ledger.transaction() as transaction:
            receipt = withdraw(transaction, "v1", receipt_id="0123", now=LATER)
    assert receipts(ledger) == [receipt]
    assert receipt.counts == {
        "recorded_rows": 1,
        "visits": 1,
        "opt_outs": 1,
        "viewer_keys": 1,
        "consents_unlinked": 6,
        "decisions_unlinked": 1,
    }
    assert visits_of(ledger, "v1") == []
    assert rows_of(ledger, "s1") == []
    assert key_of(ledger, "v1") is None
    assert consents_held(ledger, "v1", LATER) == frozenset()
    text = everything(ledger)
    assert not any(name in text for name in ("'v1'", "'s1'", key.hex(), str(key)))
    assert len(ledger.rows("SELECT * FROM decisions")) == 2
    assert len(ledger.rows("SELECT * FROM exposures")) == 1
    assert rows_of(ledger, "s9") == [(1, b"y")]
    # Under the alias that only the destroyed key could make, all that was agreed to has been taken back.
    alias = viewer_alias(key, "v1")
    found = ledger.rows("SELECT granted FROM consents WHERE viewer = ? ORDER BY at DESC", (alias,))
    assert [bool(granted) for (granted,) in found] == [False] * 3 + [True] * 3


def test_nothing_is_sent_that_was_decided_while_the_viewer_withdrew(ledger: AbstractDatabase) -> None:
    visit(ledger, purposes=("read_face", "research"))
    with ledger.transaction() as transaction:
        withdraw(transaction, "v1", receipt_id="a", now=NOW)
        assert write_decisions(transaction, [decided()]) == []
        assert record_rows(transaction, [("s1", 1, b"x")], now=NOW) == 0
        assert not expose(transaction, viewer="v1", session="s1", second=61, at=NOW)
        assert withdraw(transaction, "nobody", receipt_id="b", now=NOW).counts == {}
    assert ledger.rows("SELECT * FROM decisions") == []
    assert key_of(ledger, "v1") is None


def test_whatever_is_written_meanwhile_a_withdrawal_leaves_nothing(ledger: AbstractDatabase) -> None:
    stop = threading.Event()
    errors: list[BaseException] = []

    def keep_writing() -> None:
        try:
            for number in range(10_000):
                if stop.is_set():
                    return
                with ledger.transaction() as transaction:
                    start_visit(transaction, replace(VISIT, session=f"s{number}"))
                    grant(transaction, "v1", "research", text_version="a", now=NOW)
                    grant(transaction, "v1", "read_face", text_version="a", now=NOW)
                with suppress(ConstraintError), ledger.transaction() as transaction:
                    record_rows(transaction, [(f"s{number}", 1, b"x")], now=NOW)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=keep_writing)
    thread.start()
    for number in range(30):
        with ledger.transaction() as transaction:
            withdraw(transaction, "v1", receipt_id=str(number), now=NOW)
    stop.set()
    thread.join(30)
    with ledger.transaction() as transaction:
        withdraw(transaction, "v1", receipt_id="last", now=NOW)
    assert all(isinstance(error, ConstraintError) for error in errors)
    for table in ("visits", "recorded_rows", "viewer_keys"):
        assert ledger.rows(f"SELECT * FROM {table}") == []


def test_who_comes_back_gets_another_alias(ledger: AbstractDatabase) -> None:
    visit(ledger)
    with ledger.transaction() as transaction:
        before = made_key(transaction, "v1", NOW)
        withdraw(transaction, "v1", receipt_id="a", now=NOW)
    visit(ledger)
    with ledger.transaction() as transaction:
        after = made_key(transaction, "v1", NOW)
        assert made_key(transaction, "v1", NOW) == after
    assert session_alias(before, "s1") != session_alias(after, "s1")


def test_a_key_that_was_destroyed_is_in_no_byte_of_the_file(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        visit(ledger, replace(VISIT, viewer="viewer-in-clear"))
        key = key_of(ledger, "viewer-in-clear")
        with ledger.transaction() as transaction:
            withdraw(transaction, "viewer-in-clear", receipt_id="a", now=NOW)
    assert key is not None
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert key not in content
        assert b"viewer-in-clear" not in content


def test_keys_are_made_once_by_many_at_once(ledger: AbstractDatabase) -> None:
    found: list[bytes] = []

    def make() -> None:
        with ledger.transaction() as transaction:
            found.append(made_key(transaction, "v1", NOW))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_switch_keeps_its_history(ledger: AbstractDatabase) -> None:
    turns = [
        Switch("all", True, "ana", "complaint", NOW),
        Switch("room:r1", True, "ben", "odd", NOW),
        Switch("all", False, "ana", "answered", NOW),
        Switch("intervention:ends_badge", True, "ana", "false", LATER),
    ]
    with ledger.transaction() as transaction:
        for one in turns:
            turn(transaction, one)
    assert history(ledger) == turns
    assert switched_off(ledger) == {"room:r1": "odd", "intervention:ends_badge": "false"}


@pytest.mark.parametrize(
    ("scope", "who", "why"),
    [("viewer:v1", "a", "b"), ("room:", "a", "b"), ("all", " ", "b"), ("all", "a", "")],
)
def test_a_switch_without_a_hand_or_a_reason_is_none(scope: str, who: str, why: str) -> None:
    with pytest.raises(FormatError):
        Switch(scope, True, who, why, NOW)


def test_the_latest_statement_of_a_fact_counts(ledger: AbstractDatabase) -> None:
    with ledger.transaction() as transaction:
        state_fact(transaction, fact(value=5), now=NOW - timedelta(minutes=1))
        state_fact(transaction, fact(value=4), now=NOW)
        state_fact(transaction, fact(value=3), now=NOW)
        state_fact(transaction, fact(value=99), now=LATER)
        state_fact(transaction, fact(about="p1", value=7), now=NOW)
        state_fact(transaction, fact(about="r2", value=8), now=NOW)
        state_fact(transaction, fact("product_sentence", "蓝色", about="p1"), now=NOW)
    assert facts_for(ledger, "r1", "", NOW) == {"stock_left": fact(value=3)}
    assert facts_for(ledger, "r1", "p1", NOW)["stock_left"].value == 7
    assert facts_for(ledger, "r1", "p1", NOW)["product_sentence"].value == "蓝色"
    # Once the product's has expired, the room's that still holds counts.
    with ledger.transaction() as transaction:
        state_fact(transaction, fact(about="p1", value=7, valid_until=NOW), now=NOW + timedelta(seconds=1))
    soon = NOW + timedelta(seconds=2)
    assert facts_for(ledger, "r1", "p1", soon)["stock_left"].value == 3
    assert facts_for(ledger, "none", "p1", soon)["stock_left"].holds(soon) is False


def test_a_fact_that_may_not_be_said_any_more_is_left_out(ledger: AbstractDatabase) -> None:
    with ledger.transaction() as transaction:
        state_fact(transaction, fact("product_sentence", "Blue"), now=NOW)
        transaction.run("UPDATE facts SET value = ?", ('"20% off"',))
    assert facts_for(ledger, "r1", "", NOW) == {}


def test_visits_come_back_as_they_went_in(ledger: AbstractDatabase) -> None:
    visit(ledger)
    with ledger.transaction() as transaction:
        assert not start_visit(transaction, replace(VISIT, room="r2"))
    assert visits_of(ledger, "v1") == [VISIT]
    assert milliseconds(visits_of(ledger, "v1")[0].started_at) == milliseconds(VISIT.started_at)
    assert GOOD.session == VISIT.session
