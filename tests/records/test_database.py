"""The same SQL does the same in both databases."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.real_servers import PostgresServer, free_port
from tests.records.conftest import PARTS, SALES

from telltale.core.errors import ConfigError, FormatError
from telltale.records import utc
from telltale.records.database import AbstractDatabase, AbstractTransaction, Row, open_database
from telltale.records.errors import ConstraintError, LostDatabaseError, RecordsError
from telltale.records.postgres import placeholders
from telltale.records.tables import Column, Table

ROW: Row = ("s1", 2**62, 0.1, True, b"\x00\xff", 1772395200250)


def put(database: AbstractDatabase, *rows: Row) -> None:
    with database.transaction() as transaction:
        transaction.run_many(SALES.insert(), rows)


def test_each_kind_comes_back_as_it_went_in(database: AbstractDatabase) -> None:
    put(database, ROW, ("100% ? 'é'", -1, None, False, b"", 0))
    found = database.rows("SELECT * FROM sales WHERE gift OR sale LIKE '100%' ORDER BY amount DESC")
    assert found == [ROW, ("100% ? 'é'", -1, None, False, b"", 0)]
    assert [type(value) for value in found[0][:3]] == [str, int, float]
    assert isinstance(found[0][4], bytes)


def test_a_question_mark_in_quotes_is_no_placeholder(database: AbstractDatabase) -> None:
    assert database.rows("SELECT '?%', 7 % 4, ? AS \"a?\"", (1.5,)) == [("?%", 3, 1.5)]


def test_a_transaction_that_raises_leaves_nothing(database: AbstractDatabase) -> None:
    def half() -> None:
        with database.transaction() as transaction:
            transaction.run(SALES.insert(), ROW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert database.rows("SELECT * FROM sales") == []
    put(database, ROW)
    assert len(database.rows("SELECT * FROM sales")) == 1


def test_a_savepoint_undoes_only_its_block(database: AbstractDatabase) -> None:
    def half(transaction: AbstractTransaction) -> None:
        with transaction.savepoint():
            transaction.run(PARTS.insert(), ("s1", 1))
            transaction.run(SALES.insert(), ROW)

    with database.transaction() as transaction:
        transaction.run(SALES.insert(), ROW)
        with pytest.raises(ConstraintError):
            half(transaction)
        with transaction.savepoint():
            transaction.run(PARTS.insert(), ("s1", 2))
    assert database.rows("SELECT * FROM sale_parts") == [("s1", 2)]


def test_a_failure_that_is_passed_over_undoes_the_transaction(database: AbstractDatabase) -> None:
    def careless() -> None:
        with database.transaction() as transaction:
            transaction.run(SALES.insert(), ROW)
            with pytest.raises(ConstraintError):
                transaction.run(SALES.insert(), ROW)

    with pytest.raises(RecordsError, match="its transaction is undone"):
        careless()
    assert database.rows("SELECT * FROM sales") == []


def test_only_new_rows_are_returned(database: AbstractDatabase) -> None:
    sql = SALES.insert(once=True, returning="sale")
    with database.transaction() as transaction:
        assert transaction.rows(sql, ROW) == [("s1",)]
        assert transaction.rows(sql, ROW) == []
        assert transaction.run("DELETE FROM sales") == 1


@pytest.mark.parametrize(
    "row",
    [
        ("s1", 1, None, True, b"", 0),
        ("s2", None, None, True, b"", 0),
        ("s2", "many", None, True, b"", 0),
        ("s2", 2**70, None, True, b"", 0),
    ],
    ids=["the key is there", "no value", "text for a number", "too large"],
)
def test_a_row_that_breaks_a_rule_is_told(database: AbstractDatabase, row: Row) -> None:
    put(database, ROW)
    with pytest.raises(ConstraintError, match="refuses a row"):
        put(database, row)
    assert len(database.rows("SELECT * FROM sales")) == 1


def test_references_hold_and_go_with_what_they_refer_to(database: AbstractDatabase) -> None:
    put(database, ROW)
    with database.transaction() as transaction:
        transaction.run(PARTS.insert(), ("s1", 1))
    with pytest.raises(ConstraintError), database.transaction() as transaction:
        transaction.run(PARTS.insert(), ("nobody", 1))
    with database.transaction() as transaction:
        transaction.run("DELETE FROM sales")
    assert database.rows("SELECT * FROM sale_parts") == []


def test_a_reader_sees_the_last_commit_while_a_writer_works(database: AbstractDatabase) -> None:
    put(database, ROW)
    seen = []
    with database.transaction() as transaction:
        transaction.run("DELETE FROM sales")
        reader = threading.Thread(target=lambda: seen.append(len(database.rows("SELECT * FROM sales"))))
        reader.start()
        reader.join(timeout=10)
    assert seen == [1]
    assert database.rows("SELECT * FROM sales") == []


def test_reading_cannot_write(database: AbstractDatabase) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        database.rows("INSERT INTO sale_parts VALUES ('s1', 1) RETURNING part")


def test_many_threads_write_one_after_the_other(database: AbstractDatabase) -> None:
    def add(number: int) -> None:
        for place in range(5):
            put(database, (f"s{number}-{place}", 1, None, True, b"", 0))
            assert database.rows("SELECT 1") == [(1,)]

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert database.rows("SELECT COUNT(*) FROM sales") == [(60,)]


def test_transactions_do_not_nest(database: AbstractDatabase) -> None:
    with database.transaction(), pytest.raises(RuntimeError, match="savepoint"), database.transaction():
        pass
    put(database, ROW)


def test_a_closed_database_says_so(database: AbstractDatabase) -> None:
    database.close()
    database.close()
    with pytest.raises(RecordsError, match="is closed"):
        database.rows("SELECT 1")
    with pytest.raises(RecordsError, match="is closed"), database.transaction():
        pass


def test_a_sqlite_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "records.db"
    with open_database(f"sqlite:///{path}") as database:
        with database.transaction() as transaction:
            transaction.run("CREATE TABLE t (a INTEGER)")
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
        assert database.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_relative_path_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///here.db").close()
    assert (tmp_path / "here.db").exists()


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("a letter to a friend, long enough to be read as the head of a file " * 20)
    with pytest.raises(RecordsError, match="not a database"):
        open_database(f"sqlite:///{path}")
    with pytest.raises(FormatError, match="cannot write"):
        open_database(f"sqlite:///{path}/records.db")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite://records.db", "names no file"),
        ("sqlite:///a.db?mode=ro", "names no file"),
        ("mysql://host/name", "'mysql'"),
        ("records.db", "'records.db'"),
    ],
)
def test_a_url_that_will_not_do_is_told(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        open_database(url)


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(LostDatabaseError, match="no connection") as told:
        open_database(f"postgresql://me:secret@127.0.0.1:{free_port()}/shop")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:se@cret@host/shop",
        "postgresql://me:secret@[::1/shop",
        "postgresql://me:secret@h:port/shop?a=b",
    ],
)
def test_a_url_that_postgresql_cannot_read_is_told_without_the_password(url: str) -> None:
    with pytest.raises(ConfigError, match="is no URL of PostgreSQL") as told:
        open_database(url)
    assert "cret" not in str(told.value)


def test_a_fault_of_the_caller_stays_what_it_is(database: AbstractDatabase) -> None:
    def overflow() -> None:
        with database.transaction() as transaction:
            transaction.run(SALES.insert(), ROW)
            raise OverflowError("of the caller")

    with pytest.raises(OverflowError, match="of the caller"):
        overflow()
    assert database.rows("SELECT * FROM sales") == []


def test_a_connection_that_died_while_idle_is_not_noticed(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with open_database(postgres_url) as database:
        assert database.rows("SELECT 1") == [(1,)]
        postgres_server.hang_up()
        assert database.rows("SELECT 1") == [(1,)]
        postgres_server.hang_up()
        with database.transaction() as transaction:
            assert transaction.rows("SELECT 1") == [(1,)]


def test_a_connection_that_dies_in_a_transaction_is_told(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    def cut(database: AbstractDatabase) -> None:
        with database.transaction() as transaction:
            postgres_server.hang_up()
            with pytest.raises(LostDatabaseError, match="is lost"):
                transaction.rows("SELECT 1")

    with open_database(postgres_url) as database:
        with pytest.raises(LostDatabaseError):
            cut(database)
        assert database.rows("SELECT 1") == [(1,)]


def test_the_driver_of_postgresql_loads_only_where_it_is_used() -> None:
    code = "import sys, telltale.records.database, telltale.records.writer; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_names_that_could_be_sql_are_refused() -> None:
    with pytest.raises(ValueError, match="no name"):
        Column("a); DROP TABLE sales; --", "text", "bad")
    with pytest.raises(ValueError, match="has no column b"):
        Table("t", "bad", (Column("a", "text", "fine"),), ("b",))
    with pytest.raises(ValueError, match="has no key"):
        Table("t", "bad", (Column("a", "text", "fine"),), ())


@given(st.lists(st.sampled_from(["?", "'?'", "%", '"a?"', "''", " x ", "'it''s ?'"])))
def test_as_many_placeholders_as_question_marks_outside_quotes(parts: list[str]) -> None:
    sql = " ".join(parts)
    told = placeholders(sql)
    assert told.replace("%%", "").count("%s") == parts.count("?")
    assert told.replace("%s", "?").replace("%%", "%") == sql


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-14, 14))
def test_a_moment_survives_to_the_millisecond(naive: datetime, hours: int) -> None:
    there = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    back = utc.moment(utc.milliseconds(there))
    assert back.tzinfo == UTC
    assert timedelta(0) <= there - back < timedelta(milliseconds=1)


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        utc.milliseconds(datetime(2026, 1, 1))
