"""From the ledger to numbers: the ratio of the arms, the export, and what is purged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from scipy.stats import chisquare
from tests.strategy.builder import CATALOGUE, NOW, decided, fact

from telltale.records.database import AbstractDatabase
from telltale.strategy.assignment import Experiment, Experiments, Holdout
from telltale.strategy.consents import consents_held, grant
from telltale.strategy.decision import Decision
from telltale.strategy.decisions import expose, write_decisions
from telltale.strategy.export import export_exposures
from telltale.strategy.fact_store import state_fact
from telltale.strategy.keys import key_of
from telltale.strategy.policy import shipped_policies
from telltale.strategy.ratio import HELD_OUT, Unit, mismatch, ratio_of, sample_ratio
from telltale.strategy.retention import purge
from telltale.strategy.visits import Visit, record_rows, rows_of, start_visit
from telltale.strategy.withdrawal import withdraw
from telltale.study import schema
from telltale.study.store import ARROW_TYPES

HALF = {"treated": 0.5, "control": 0.5}
MIXED = Experiments("salt of the rest", Holdout("salt of holdout", 0.1))


def visit(
    ledger: AbstractDatabase, viewer: str, *, at: datetime = NOW, place: str = "DE", **more: str
) -> None:
    with ledger.transaction() as transaction:
        room, purposes = more.get("room", "r1"), more.get("purposes", "read_face personalise research")
        start_visit(transaction, Visit(f"s-{viewer}", viewer, room, at, place))
        for purpose in purposes.split():
            grant(transaction, viewer, purpose, text_version="a", now=at)


def write(ledger: AbstractDatabase, decisions: Iterable[Decision]) -> None:
    with ledger.transaction() as transaction:
        write_decisions(transaction, decisions)


def test_the_test_is_pearsons() -> None:
    observed = {"treated": 480, "control": 520}
    assert mismatch(observed, HALF).p == pytest.approx(chisquare([480, 520]).pvalue)
    three = {"a": 100, "b": 130, "c": 90}
    shares = {"a": 0.3, "b": 0.4, "c": 0.3}
    assert mismatch(three, shares).p == pytest.approx(chisquare([100, 130, 90], [96, 128, 96]).pvalue)


def test_it_alarms_when_units_are_lost_and_not_before() -> None:
    assert not mismatch({"treated": 5000, "control": 5100}, HALF).alarm
    lost = mismatch({"treated": 4700, "control": 5100}, HALF)
    assert lost.alarm
    assert "believe no result" in lost.means
    assert mismatch({"treated": 3, "control": 0}, HALF).p is None
    assert "too few units" in mismatch({"treated": 3, "control": 0}, HALF).means
    assert mismatch({"treated": 5, "control": 90}, {"treated": 0.0, "control": 1.0}).alarm
    assert not mismatch({"control": 90}, {"treated": 0.0, "control": 1.0}).alarm
    assert not mismatch({}, HALF).alarm


def test_rooms_are_tested_one_by_one_and_units_are_counted_once() -> None:
    units = [Unit(f"u{k}", "treated" if k % 2 else "control", f"r{k % 10 // 2}") for k in range(2000)]
    fine = sample_ratio(units * 3, HALF)
    assert sum(fine.overall.observed.values()) == 2000
    assert [room.where for room in fine.rooms] == ["r0", "r1", "r2", "r3", "r4"]
    assert not fine.alarm
    lost = [one for one in units if one.room != "r3" or one.arm == "control" or int(one.unit[1:]) % 3 == 0]
    report = sample_ratio(lost, HALF)
    assert [room.where for room in report.rooms if room.alarm] == ["r3"]
    assert report.alarm


def test_a_unit_in_two_arms_is_amiss() -> None:
    report = sample_ratio([Unit("u", "treated", "r"), Unit("u", "control", "r")], HALF)
    assert (report.in_two_arms, report.alarm) == (1, True)


def test_the_ledger_gives_the_units_and_who_is_held_out_is_an_arm(ledger: AbstractDatabase) -> None:
    viewers = [f"v{k}" for k in range(400)]
    with ledger.transaction() as transaction:
        for viewer in viewers:
            start_visit(transaction, Visit(f"s-{viewer}", viewer, "r1", NOW, "DE"))
    decisions = [
        decided(viewer=viewer, session=f"s-{viewer}", second=second, experiments=MIXED)
        for viewer in viewers
        for second in (5, 500)
    ]
    write(ledger, decisions)
    note = CATALOGUE.by_name["ready_checkout"]
    report = ratio_of(ledger, note, MIXED, since=NOW - timedelta(days=1))
    assert sum(report.overall.observed.values()) == 400
    assert report.overall.expected == pytest.approx({"treated": 180, "control": 180, HELD_OUT: 40})
    assert not report.alarm
    wrong = replace(MIXED, running=(Experiment("ready_checkout", note.name, "other salt", share=0.7),))
    assert ratio_of(ledger, note, wrong, since=NOW - timedelta(days=1)).alarm
    assert ratio_of(ledger, note, MIXED, since=NOW + timedelta(seconds=1)).overall.observed == {}


def test_rooms_as_units_leave_the_held_out_aside(ledger: AbstractDatabase) -> None:
    running = (Experiment("by room", "ready_checkout", "a salt of rooms", unit="room"),)
    experiments = replace(MIXED, running=running)
    with ledger.transaction() as transaction:
        for k in range(60):
            start_visit(transaction, Visit(f"s{k}", f"v{k}", f"r{k // 2}", NOW, "DE"))
    write(
        ledger,
        (
            decided(viewer=f"v{k}", session=f"s{k}", room=f"r{k // 2}", experiments=experiments)
            for k in range(60)
        ),
    )
    report = ratio_of(ledger, CATALOGUE.by_name["ready_checkout"], experiments, since=NOW)
    assert report.in_two_arms == 0
    assert set(report.overall.observed) == {"treated", "control"}
    assert 20 < sum(report.overall.observed.values()) <= 30


def test_the_export_is_the_study_formats_table_and_tells_what_it_left_out(ledger: AbstractDatabase) -> None:
    control = Experiments(
        "salt of the rest",
        Holdout("salt of holdout", 0.0),
        (Experiment("e", "ready_checkout", "long salt", share=0.0),),
    )
    held_out = Experiments("salt of the rest", Holdout("salt of holdout", 0.999_999))
    for viewer in ("shown", "unseen", "control", "held", "refused", "quiet", "gone"):
        visit(ledger, viewer)
    visit(ledger, "shy", purposes="read_face personalise")

    def one(viewer: str, **changes: object) -> Decision:
        return decided(viewer=viewer, session=f"s-{viewer}", **changes)  # type: ignore[arg-type]

    write(
        ledger,
        [
            one("shown"),
            one("unseen"),
            one("control", experiments=control),
            one("held", experiments=held_out),
            one("refused", confidence=0.1, opted_out=True),
            one("quiet", switched_off={"all": "x"}),
            one("gone"),
            one("shy"),
        ],
    )
    with ledger.transaction() as transaction:
        expose(transaction, viewer="shown", session="s-shown", second=61, at=NOW + timedelta(seconds=62.5))
        withdraw(transaction, "gone", receipt_id="a", now=NOW)
    assigned = export_exposures(ledger, now=NOW)
    assert isinstance(assigned.table, pa.Table)
    wanted = {column.name: ARROW_TYPES[column.kind] for column in schema.BY_NAME["exposures"].columns}
    assert dict(zip(assigned.table.column_names, assigned.table.schema.types, strict=True)) == wanted
    rows = {row["session_id"]: row for row in assigned.table.to_pylist()}
    assert {name: row["arm"] for name, row in rows.items()} == {
        "s-shown": "treated",
        "s-unseen": "treated",
        "s-control": "control",
        "s-held": "control",
    }
    assert {row["time_s"] for row in rows.values()} == {61.0}
    assert {row["strategy"] for row in rows.values()} == {"ready_checkout"}
    assert rows["s-held"]["propensity"] == pytest.approx(0.999_999 + 0.000_001 * 0.5)
    assert {row["exposure_id"] for row in rows.values()} == {f"{name}-61" for name in rows}
    ids = {row[0] for row in ledger.rows("SELECT id FROM decisions")}
    assert not ids & {row["exposure_id"] for row in rows.values()}
    left_out = {
        "unlinked: the viewer withdrew, or the visit is past its keeping": 1,
        "no consent to research": 1,
        "refused: opt_out": 1,
        "refused: kill_switch": 1,
    }
    assert assigned.left_out == left_out
    exposed = export_exposures(ledger, which="exposed", now=NOW)
    assert exposed.left_out == left_out | {"not shown by the page": 1}
    times = {row["session_id"]: row["time_s"] for row in exposed.table.to_pylist()}
    assert times == {"s-shown": 62.5, "s-control": 61.0, "s-held": 61.0}


def test_an_empty_ledger_gives_an_empty_table(ledger: AbstractDatabase) -> None:
    found = export_exposures(ledger, now=NOW)
    assert (found.table.num_rows, found.left_out) == (0, {})
    assert found.table.column_names == [column.name for column in schema.BY_NAME["exposures"].columns]


def test_what_is_older_than_the_policy_allows_is_purged(ledger: AbstractDatabase) -> None:
    policies = shipped_policies()
    for viewer, days, place in (
        ("new", 29, "DE"),
        ("old", 31, "DE"),
        ("older", 184, "XX"),
        ("oldest", 366, "DE"),
    ):
        at = NOW - timedelta(days=days)
        visit(ledger, viewer, at=at, place=place)
        with ledger.transaction() as transaction:
            record_rows(transaction, [(f"s-{viewer}", 1, b"x")], now=at)
            state_fact(transaction, fact(valid_until=at), now=at)
        write(ledger, [decided(viewer=viewer, session=f"s-{viewer}", now=at, jurisdiction=place)])
        with ledger.transaction() as transaction:
            expose(transaction, viewer=viewer, session=f"s-{viewer}", second=61, at=at)
    with ledger.transaction() as transaction:
        receipt = purge(transaction, policies, receipt_id="p", now=NOW)
    assert receipt.counts == {
        "recorded_rows": 3,
        "visits": 3,
        "decisions": 2,
        "viewer_keys": 1,
        "facts": 1,
        "consents": 3,
        "opt_outs": 0,
    }
    assert rows_of(ledger, "s-new") == [(1, b"x")]
    assert ledger.rows("SELECT viewer FROM visits") == [("new",)]
    assert len(ledger.rows("SELECT * FROM decisions")) == 2
    assert key_of(ledger, "old") is not None
    assert key_of(ledger, "oldest") is None
    assert "read_face" in consents_held(ledger, "old", NOW)
