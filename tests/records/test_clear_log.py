"""What was deleted is taken out of SQLite's log too, and nobody waits long for it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from telltale.records.database import AbstractDatabase, open_database

SECRET = b"a secret of some length"


def test_what_was_deleted_leaves_the_files_once_nobody_reads_it_any_more(tmp_path: Path) -> None:
    path, log = tmp_path / "records.db", tmp_path / "records.db-wal"
    with open_database(f"sqlite:///{path}") as database:
        with database.transaction() as transaction:
            transaction.run("CREATE TABLE secrets (secret BLOB)")
            transaction.run("INSERT INTO secrets VALUES (?)", (SECRET,))
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT * FROM secrets").fetchall() == [(SECRET,)]
        with database.transaction() as transaction:
            transaction.run("DELETE FROM secrets")
        assert SECRET in log.read_bytes()
        began = time.monotonic()
        assert not database.clear_log()
        # Far from the ten seconds that a writer waits.
        assert time.monotonic() - began < 5.0
        with database.transaction() as transaction:
            transaction.run("INSERT INTO secrets VALUES (?)", (b"another",))
        reader.execute("COMMIT")
        assert database.clear_log()
        assert log.stat().st_size == 0
        assert SECRET not in path.read_bytes()
        assert database.rows("SELECT * FROM secrets") == [(b"another",)]
        reader.close()


def test_there_is_nothing_to_do_where_nothing_was_deleted(empty: AbstractDatabase) -> None:
    assert empty.clear_log()
    assert empty.clear_log()
