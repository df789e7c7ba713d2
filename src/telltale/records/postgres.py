"""PostgreSQL by psycopg 3: a few connections, handed out by turns; a lost one is never handed out again."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, LiteralString

from telltale.core.errors import ConfigError
from telltale.records.database import AbstractDatabase, AbstractTransaction, Row, Value
from telltale.records.errors import ConstraintError, LostDatabaseError, RecordsError

if TYPE_CHECKING:
    import psycopg

MOST_CONNECTIONS: Final = 8
"""That read, and as many again that write."""
CONNECT_S: Final = 5
_PIECES: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[?%]")


@lru_cache(maxsize=1024)
def placeholders(sql: str) -> LiteralString:
    """The statement as psycopg wants it: `%s` for each `?` that stands in no quotes, `%%` for each `%`.

    >>> placeholders("SELECT 'why?', a % 2 FROM t WHERE a = ?")
    "SELECT 'why?', a %% 2 FROM t WHERE a = %s"
    """

    def piece(found: re.Match[str]) -> str:
        text = found[0]
        return "%s" if text == "?" else text.replace("%", "%%")

    # Statements are the program's own; their values never become part of them.
    return _PIECES.sub(piece, sql)


class PostgresDatabase(AbstractDatabase):
    """A database on a PostgreSQL server. Open it with `open_database`."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = re.sub(r"(//[^:/@]*):.*@", r"\1@", url).split("?")[0]
        if url.split("?")[0].count("@") > 1:
            # All after the first @ would be taken for the server's name, and told when it is not found.
            hint = "write the @ of a password as %40"
            raise ConfigError(f"{self.name} is no URL of PostgreSQL", hint=hint)
        self._driver = _driver()
        self._closed = False
        self._hand = threading.Lock()
        self._idle: dict[bool, list[psycopg.Connection[Row]]] = {True: [], False: []}
        """By whether they only read."""
        self._seats = {reads: threading.BoundedSemaphore(MOST_CONNECTIONS) for reads in (True, False)}
        self._mine = threading.local()
        # A wrong address or password is told now and not at the first row.
        self._put_back(False, self._connect(False))

    def _connect(self, reads: bool) -> psycopg.Connection[Row]:
        try:
            connection: psycopg.Connection[Row] = self._driver.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name="telltale",
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )
            if reads:
                connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            return connection
        except self._driver.OperationalError as error:
            text = str(error).strip().splitlines()[-1]
            hint = "see that the server runs and the URL is right"
            raise LostDatabaseError(f"no connection to {self.name}: {text}", hint=hint) from error
        except self._driver.Error as error:
            # What the driver says of a URL may hold the password.
            hint = "write postgresql://user@host/name"
            raise ConfigError(f"{self.name} is no URL of PostgreSQL", hint=hint) from error

    def _started(
        self, reads: bool, sql: str, params: Sequence[Value] = ()
    ) -> tuple[psycopg.Connection[Row], psycopg.Cursor[Row]]:
        """A connection and what its first statement gave, so that it is known to be alive."""
        while True:
            with self._hand:
                if self._closed:
                    raise RecordsError(f"{self.name} is closed", hint="open it again")
                idle = self._idle[reads].pop() if self._idle[reads] else None
            connection = idle or self._connect(reads)
            try:
                return connection, connection.execute(placeholders(sql), params)
            except BaseException:
                lost = connection.closed
                self._put_back(reads, connection)
                # One that lay idle may have died long ago; that says nothing of the server.
                if idle is None or not lost:
                    raise

    def _put_back(self, reads: bool, connection: psycopg.Connection[Row]) -> None:
        idle = self._driver.pq.TransactionStatus.IDLE
        if not connection.closed and connection.info.transaction_status == idle:
            with self._hand:
                if not self._closed:
                    self._idle[reads].append(connection)
                    return
        connection.close()

    @contextmanager
    def transaction(self) -> Iterator[AbstractTransaction]:
        if getattr(self._mine, "writing", False):
            raise RuntimeError("a transaction within a transaction: use its savepoint()")
        with self._seats[False], self._told():
            connection, _ = self._started(False, "BEGIN")
            self._mine.writing = True
            try:
                yield _PostgresTransaction(connection, self._told)
                # A transaction in which a statement failed is undone by COMMIT, without a word.
                if connection.execute("COMMIT").statusmessage != "COMMIT":
                    raise self._driver.errors.InFailedSqlTransaction
            except BaseException:
                _roll_back(connection)
                raise
            finally:
                self._mine.writing = False
                self._put_back(False, connection)

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        with self._seats[True], self._told():
            connection, cursor = self._started(True, sql, params)
            try:
                return cursor.fetchall()
            finally:
                self._put_back(True, connection)

    def clear_log(self) -> bool:
        return True

    def close(self) -> None:
        with self._hand:
            self._closed = True
            for idle in self._idle.values():
                for connection in idle:
                    connection.close()
                idle.clear()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the server refuses into one line; a fault in our SQL passes as it is."""
        driver = self._driver
        try:
            yield
        except (driver.IntegrityError, driver.DataError) as error:
            text = str(error).splitlines()[0]
            hint = "mend or leave out the row"
            raise ConstraintError(f"{self.name} refuses a row: {text}", hint=hint) from error
        except driver.errors.InFailedSqlTransaction as error:
            hint = "let a statement that may fail stand in a savepoint()"
            message = f"{self.name}: a statement failed, so its transaction is undone"
            raise RecordsError(message, hint=hint) from error
        except driver.errors.InsufficientPrivilege as error:
            hint = "connect as a user who may do this"
            raise RecordsError(f"{self.name}: {str(error).splitlines()[0]}", hint=hint) from error
        except (driver.OperationalError, driver.InterfaceError) as error:
            text = (str(error).strip().splitlines() or ["no reason given"])[0]
            if error.sqlstate and error.sqlstate.startswith("53"):
                hint = "free some space or raise the server's limit"
                raise RecordsError(f"{self.name}: {text}", hint=hint) from error
            hint = "see that the server runs"
            raise LostDatabaseError(f"{self.name} is lost: {text}", hint=hint) from error


class _PostgresTransaction(AbstractTransaction):
    # Not FOR UPDATE: rows that refer to those held may be put in meanwhile.
    holding = " FOR NO KEY UPDATE"

    def __init__(
        self, connection: psycopg.Connection[Row], told: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._connection, self._told = connection, told

    def run(self, sql: str, params: Sequence[Value] = ()) -> int:
        return max(0, self._done(sql, params).rowcount)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        with self._told(), self._connection.cursor() as cursor:
            cursor.executemany(placeholders(sql), rows)
            return max(0, cursor.rowcount)

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        return self._done(sql, params).fetchall()

    def _done(self, sql: str, params: Sequence[Value] = ()) -> psycopg.Cursor[Row]:
        with self._told():
            return self._connection.execute(placeholders(sql), params)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._done("SAVEPOINT inner_part")
        try:
            yield
            self._done("RELEASE inner_part")
        except BaseException:
            if not self._connection.closed:
                self._done("ROLLBACK TO inner_part")
                self._done("RELEASE inner_part")
            raise

    def lock(self, name: str) -> None:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self._done("SELECT pg_advisory_xact_lock(?)", (number,))


def _roll_back(connection: psycopg.Connection[Row]) -> None:
    """Undo what was begun. A connection that cannot be told so is closed, and the server undoes it."""
    try:
        if not connection.closed:
            connection.execute("ROLLBACK")
    except Exception:
        connection.close()


def _driver() -> Any:
    try:
        import psycopg
    except ImportError as error:
        hint = "install them: pip install 'telltale-live[live]'"
        raise ConfigError("PostgreSQL needs packages that are not there", hint=hint) from error
    return psycopg
