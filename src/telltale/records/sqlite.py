"""SQLite: one connection that writes, and as many that read as threads do at once.

The write-ahead log lets readers see the last commit while a writer is at work; with FULL synchronous a commit
that returned is on the disk.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from telltale.core.files import told_plainly
from telltale.records.database import AbstractDatabase, AbstractTransaction, Row, Value
from telltale.records.errors import ConstraintError, RecordsError

BUSY_S: Final = 10.0
"""So long a writer waits for another process's transaction."""
_CLEARING_MS: Final = 20
"""So long clearing the log waits for readers; writers wait for it meanwhile."""
_STATEMENTS: Final = 256
_NEEDS: Final = (3, 37, 0)
"""The first SQLite with strict tables."""

_HINTS: Final = {
    "SQLITE_BUSY": "another process holds it; let that one end its transaction",
    "SQLITE_LOCKED": "another process holds it; let that one end its transaction",
    "SQLITE_FULL": "free some space",
    "SQLITE_IOERR": "look at the disk",
    "SQLITE_CORRUPT": "restore it from a copy",
    "SQLITE_NOTADB": "give the path of a database of Telltale",
    "SQLITE_READONLY": "choose a file that you may write to",
    "SQLITE_CANTOPEN": "choose a file in a folder that can be written",
}


class SqliteDatabase(AbstractDatabase):
    """A SQLite file. Open it with `open_database`."""

    dialect = "sqlite"

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path).absolute()
        self.name = f"sqlite:///{path}"
        if sqlite3.sqlite_version_info < _NEEDS:
            hint = "use a Python with SQLite 3.37 or newer"
            raise RecordsError(f"SQLite {sqlite3.sqlite_version} is too old", hint=hint)
        self._closed = False
        self._turn = threading.Lock()
        """Held by the one thread that writes."""
        self._writing_thread: int | None = None
        self._hand = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        _make_private(self._path)
        self._writer = self._connect(writes=True)

    def _connect(self, *, writes: bool) -> sqlite3.Connection:
        with _told(self.name):
            connection = sqlite3.connect(
                self._path,
                timeout=BUSY_S,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=_STATEMENTS,
            )
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                if writes:
                    _write_ahead(connection)
                    connection.execute("PRAGMA synchronous = FULL")
                    # What is deleted is overwritten: a key that is destroyed must be gone.
                    connection.execute("PRAGMA secure_delete = ON")
                else:
                    connection.execute("PRAGMA query_only = ON")
            except sqlite3.Error:
                connection.close()
                raise
        return connection

    @contextmanager
    def transaction(self) -> Iterator[AbstractTransaction]:
        me = threading.get_ident()
        if self._writing_thread == me:
            raise RuntimeError("a transaction within a transaction: use its savepoint()")
        with self._turn:
            self._refuse_if_closed()
            self._writing_thread = me
            try:
                with _told(self.name):
                    self._writer.execute("BEGIN IMMEDIATE")
                transaction = _SqliteTransaction(self._writer, self.name)
                yield transaction
                transaction.run("COMMIT")
            finally:
                self._writing_thread = None
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        with self._hand:
            self._refuse_if_closed()
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect(writes=False)
        try:
            with _told(self.name):
                return connection.execute(sql, params).fetchall()
        finally:
            self._put_back(connection)

    def clear_log(self) -> bool:
        with self._turn:
            self._refuse_if_closed()
            try:
                self._writer.execute(f"PRAGMA busy_timeout = {_CLEARING_MS}")
                with _told(self.name):
                    busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._writer.execute(f"PRAGMA busy_timeout = {round(1000 * BUSY_S)}")
        return not busy

    def _put_back(self, connection: sqlite3.Connection) -> None:
        with self._hand:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RecordsError(f"{self.name} is closed", hint="open it again")

    def close(self) -> None:
        with self._turn, self._hand:
            if self._closed:
                return
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()


class _SqliteTransaction(AbstractTransaction):
    holding = ""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection, self._name = connection, name
        self._spoilt = False
        """A statement failed in no savepoint: as in PostgreSQL, only undoing helps then."""

    def run(self, sql: str, params: Sequence[Value] = ()) -> int:
        return max(0, self._done(sql, params).rowcount)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        with self._spoiling():
            return max(0, self._connection.executemany(sql, rows).rowcount)

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        return self._done(sql, params).fetchall()

    def _done(self, sql: str, params: Sequence[Value] = ()) -> sqlite3.Cursor:
        with self._spoiling():
            return self._connection.execute(sql, params)

    @contextmanager
    def _spoiling(self) -> Iterator[None]:
        # A full disk undoes the whole transaction by itself; what follows would be committed alone.
        if self._spoilt or not self._connection.in_transaction:
            hint = "let a statement that may fail stand in a savepoint()"
            raise RecordsError(f"{self._name}: a statement failed, so its transaction is undone", hint=hint)
        try:
            with _told(self._name):
                yield
        except BaseException:
            self._spoilt = True
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._done("SAVEPOINT inner_part")
        try:
            yield
            self._done("RELEASE inner_part")
        except BaseException:
            if self._connection.in_transaction:
                self._spoilt = False
                self._done("ROLLBACK TO inner_part")
                self._done("RELEASE inner_part")
            raise

    def lock(self, name: str) -> None:
        del name


def _make_private(path: Path) -> None:
    """Make the file for its owner alone; SQLite gives its log the same rights."""
    with told_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Keep a log beside the file. The first to ask changes the file, and SQLite lets nobody wait for that."""
    until_s = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until_s:
                raise
        time.sleep(0.01)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what SQLite refuses into one line; a fault in our SQL passes as it is."""
    try:
        yield
    except (sqlite3.IntegrityError, OverflowError) as error:
        raise ConstraintError(f"{name} refuses a row: {error}", hint="mend or leave out the row") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorname", "") or ""
        hint = next((text for start, text in _HINTS.items() if code.startswith(start)), "")
        if not hint:
            raise
        raise RecordsError(f"{name}: {error}", hint=hint) from error
