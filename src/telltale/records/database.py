"""What a database does for the rest of Telltale, and how one is opened by its URL.

One SQL text serves both: `?` stands for each value, and no value ever becomes part of the text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from telltale.core.errors import ConfigError
from telltale.records.tables import Dialect

Value = str | int | float | bytes | bool | None
"""What may be put in for a `?`. Write `None` and not NaN: SQLite takes NaN for null, PostgreSQL does not."""
Row = tuple[Any, ...]


class AbstractTransaction(ABC):
    """Statements that all hold or none do. Get one from `AbstractDatabase.transaction`."""

    holding: str
    """What a SELECT ends in, so that no other transaction changes its rows until this one ends.

    SQLite has one writer at a time anyway, so there it is empty.
    """

    @abstractmethod
    def run(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Do one statement; returns how many rows it touched."""

    @abstractmethod
    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        """Do one statement for each row of values; returns how many rows they touched together."""

    @abstractmethod
    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """The rows that a statement gives back: a SELECT, or anything that ends in RETURNING."""

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[None]:
        """A block that is undone by itself when it raises; what came before it stays."""

    @abstractmethod
    def lock(self, name: str) -> None:
        """Wait until no other transaction holds `name`; hold it to the end of this one.

        SQLite has one writer at a time anyway, so there it does nothing.
        """


class AbstractDatabase(ABC):
    """A database that is open. May be used from many threads."""

    dialect: Dialect
    name: str
    """The URL without its password, for messages."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[AbstractTransaction]:
        """A transaction: committed when the block ends, undone when it raises. They do not nest."""

    @abstractmethod
    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        """The rows of a SELECT, outside any transaction. It cannot write, and it waits for no writer."""

    @abstractmethod
    def clear_log(self) -> bool:
        """Take what was deleted out of the database's log as well; whether that is done.

        False while somebody still reads what was there before: try again. PostgreSQL's log belongs to whoever
        runs the server, so there is nothing to do.
        """

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""

    def __enter__(self) -> AbstractDatabase:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(url: str) -> AbstractDatabase:
    """Open `sqlite:///records.db` (relative), `sqlite:////var/records.db` (absolute) or `postgresql://...`.

    A SQLite file is made when it is not there, for its owner alone to read.

    >>> open_database("sqlite://")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: 'sqlite://' is in memory and would be lost: write sqlite:///records.db
    """
    if url.startswith("sqlite:"):
        from telltale.records.sqlite import SqliteDatabase

        return SqliteDatabase(_sqlite_path(url))
    if url.startswith(("postgresql://", "postgres://")):
        from telltale.records.postgres import PostgresDatabase

        return PostgresDatabase(url)
    kind = url.split(":", 1)[0] if ":" in url else url
    hint = "write sqlite:///records.db or postgresql://user@host/name"
    raise ConfigError(f"no database of kind {kind!r} is known", hint=hint)


def _sqlite_path(url: str) -> str:
    path = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
    if path == ":memory:" or url in ("sqlite:", "sqlite://", "sqlite:///", "sqlite://:memory:"):
        hint = "write sqlite:///records.db"
        raise ConfigError(f"{url!r} is in memory and would be lost", hint=hint)
    if not path or "?" in path:
        hint = "three strokes and a path, as in sqlite:///records.db"
        raise ConfigError(f"{url!r} names no file", hint=hint)
    return path
