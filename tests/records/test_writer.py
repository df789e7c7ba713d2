"""Jobs that wait are committed together; none takes another with it, and none is told before it lasts."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest
from tests.real_servers import PostgresServer
from tests.records.conftest import SALES, SCHEMA

from telltale.records.database import AbstractDatabase, AbstractTransaction, open_database
from telltale.records.errors import ConstraintError, LostDatabaseError, QueueFullError, RecordsError
from telltale.records.versions import prepare
from telltale.records.writer import GroupWriter

CHILD = "tests.records.killed_writer"
ROOT = Path(__file__).parents[2]


def sale(name: str) -> tuple[Any, ...]:
    return (name, 1, None, False, b"", 0)


def insert(name: str) -> Any:
    return lambda transaction: transaction.rows(SALES.insert(once=True, returning="sale"), sale(name))


class Gate:
    """A job that holds the writer until it is opened."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, transaction: AbstractTransaction) -> None:
        del transaction
        self.entered.set()
        assert self.opened.wait(30)


def names(database: AbstractDatabase) -> set[str]:
    return {name for (name,) in database.rows("SELECT sale FROM sales")}


def test_what_waits_is_committed_together(database: AbstractDatabase) -> None:
    with GroupWriter(database) as writer:
        gate = Gate()
        writer.submit(gate)
        assert gate.entered.wait(30)
        futures = [writer.submit(insert(f"s{number}")) for number in range(50)]
        assert not any(future.done() for future in futures)
        assert writer.waiting == 50
        gate.opened.set()
        assert [future.result(30) for future in futures] == [[(f"s{number}",)] for number in range(50)]
        counts = writer.counts
    assert (counts.commits, counts.jobs, counts.failed) == (2, 51, 0)
    assert counts.jobs_a_commit == 25.5
    assert 0 < counts.longest_s <= counts.commit_s
    assert len(names(database)) == 50


def test_a_job_is_told_only_when_another_reader_can_see_it(database: AbstractDatabase) -> None:
    with GroupWriter(database) as writer:
        for number in range(20):
            writer.submit(insert(f"s{number}")).result(30)
            assert f"s{number}" in names(database)


def test_a_job_that_fails_takes_no_other_with_it(database: AbstractDatabase) -> None:
    def careless(transaction: AbstractTransaction) -> None:
        transaction.run(SALES.insert(), sale("careless"))
        with pytest.raises(ConstraintError):
            transaction.run(SALES.insert(), sale("careless"))

    def half(transaction: AbstractTransaction) -> None:
        transaction.run(SALES.insert(), sale("half"))
        raise ZeroDivisionError

    with GroupWriter(database) as writer:
        gate = Gate()
        writer.submit(gate)
        gate.entered.wait(30)
        before = writer.submit(insert("before"))
        twice = writer.submit_rows(SALES.insert(), [sale("twice"), sale("twice")])
        failing, passing_over = writer.submit(half), writer.submit(careless)
        after = writer.submit_rows(SALES.insert(), [sale("after 1"), sale("after 2")])
        gate.opened.set()
        assert before.result(30) == [("before",)]
        assert after.result(30) == 2
        with pytest.raises(ConstraintError):
            twice.result(30)
        with pytest.raises(ZeroDivisionError):
            failing.result(30)
        with pytest.raises(RecordsError, match="undone"):
            passing_over.result(30)
        assert (writer.counts.jobs, writer.counts.failed) == (3, 3)
    assert names(database) == {"before", "after 1", "after 2"}


def test_closing_does_what_waits_and_takes_no_more(database: AbstractDatabase) -> None:
    writer = GroupWriter(database)
    futures = [writer.submit(insert(f"s{number}")) for number in range(200)]
    writer.close()
    writer.close()
    assert all(future.done() for future in futures)
    assert len(names(database)) == 200
    with pytest.raises(RecordsError, match="writer is closed"):
        writer.submit(insert("late"))


def test_a_full_queue_refuses_or_lets_wait(database: AbstractDatabase) -> None:
    with GroupWriter(database, most_waiting=2) as writer:
        gate = Gate()
        writer.submit(gate)
        gate.entered.wait(30)
        writer.submit(insert("s1"))
        writer.submit(insert("s2"))
        with pytest.raises(QueueFullError, match="2 jobs wait"):
            writer.submit(insert("refused"))
        with pytest.raises(QueueFullError):
            writer.submit(insert("refused"), wait_s=0.05)
        threading.Timer(0.1, gate.opened.set).start()
        writer.submit(insert("waited"), wait_s=None).result(30)
    assert names(database) == {"s1", "s2", "waited"}


def test_a_job_that_is_cancelled_in_time_is_not_done(database: AbstractDatabase) -> None:
    with GroupWriter(database) as writer:
        gate = Gate()
        writer.submit(gate)
        gate.entered.wait(30)
        cancelled, kept = writer.submit(insert("cancelled")), writer.submit(insert("kept"))
        assert cancelled.cancel()
        gate.opened.set()
        kept.result(30)
    assert names(database) == {"kept"}


def test_no_commit_is_larger_than_told(database: AbstractDatabase) -> None:
    with GroupWriter(database, most_in_commit=10) as writer:
        gate = Gate()
        writer.submit(gate)
        gate.entered.wait(30)
        wait_for = [writer.submit(insert(f"s{number}")) for number in range(25)]
        gate.opened.set()
        wait(wait_for, 30)
    assert writer.counts.commits == 4


def test_writers_of_many_threads_lose_nothing(database: AbstractDatabase) -> None:
    with GroupWriter(database) as writer:

        def work(number: int) -> None:
            for place in range(20):
                writer.submit(insert(f"{number}-{place}"), wait_s=None).result(30)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(names(database)) == 160


def test_a_lost_connection_is_made_again_and_the_jobs_repeated(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    tried = []

    def cut(transaction: AbstractTransaction) -> list[Any]:
        found = transaction.rows(SALES.insert(once=True, returning="sale"), sale("cut"))
        tried.append(found)
        if len(tried) == 1:
            postgres_server.hang_up()
        return found

    with open_database(postgres_url) as database:
        prepare(database, SCHEMA)
        with GroupWriter(database) as writer:
            assert writer.submit(cut).result(30) == [("cut",)]
            assert writer.counts.repeats == 1
    assert tried == [[("cut",)], [("cut",)]]


def test_a_server_that_restarts_loses_no_job(postgres_server: PostgresServer, postgres_url: str) -> None:
    with open_database(postgres_url) as database:
        prepare(database, SCHEMA)
        with GroupWriter(database) as writer:
            writer.submit(insert("before")).result(30)
            postgres_server.stop()
            future = writer.submit(insert("meanwhile"))
            time.sleep(0.2)
            assert not future.done()
            postgres_server.start()
            assert future.result(30) == [("meanwhile",)]
        assert names(database) == {"before", "meanwhile"}


def test_a_server_that_stays_away_fails_the_jobs(postgres_server: PostgresServer, postgres_url: str) -> None:
    with open_database(postgres_url) as database:
        prepare(database, SCHEMA)
        with GroupWriter(database, waits_s=(0.01, 0.01)) as writer:
            postgres_server.stop()
            try:
                with pytest.raises(LostDatabaseError):
                    writer.submit(insert("lost")).result(60)
            finally:
                postgres_server.start()
            assert writer.submit(insert("found")).result(30) == [("found",)]
            assert (writer.counts.failed, writer.counts.jobs) == (1, 1)


def test_a_sudden_death_keeps_all_that_was_confirmed_and_nothing_half(tmp_path: Path) -> None:
    for turn in range(3):
        path = tmp_path / f"killed{turn}.db"
        child = subprocess.Popen(
            [sys.executable, "-m", CHILD, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert child.stdout is not None
        confirmed = [child.stdout.readline().strip() for _ in range(40 + 17 * turn)]
        child.send_signal(signal.SIGKILL)
        confirmed += [
            line.strip() for line in child.stdout.read().splitlines(keepends=True) if line[-1:] == "\n"
        ]
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        with open_database(f"sqlite:///{path}") as database:
            there = names(database)
            assert set(confirmed) <= there
            parts = "SELECT COUNT(*) FROM sale_parts WHERE sale_parts.sale = sales.sale"
            assert database.rows(f"SELECT sale FROM sales WHERE 3 <> ({parts})") == []
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
