"""Tables as data, and the statements that make them in either database.

SQLite's tables are strict: without that it takes any text for a number, which PostgreSQL does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "whole", "number", "flag", "bytes", "utc"]
"""text; whole: 64-bit integer; number: double; flag: true or false; bytes; utc: see `utc.py`.

SQLite gives a flag back as 0 or 1, PostgreSQL as a boolean: take `bool()` of it.
"""

Dialect = Literal["sqlite", "postgresql"]

_TYPES: Final[dict[Dialect, dict[Kind, str]]] = {
    "sqlite": {
        "text": "TEXT",
        "whole": "INTEGER",
        "number": "REAL",
        "flag": "INTEGER",
        "bytes": "BLOB",
        "utc": "INTEGER",
    },
    "postgresql": {
        "text": "TEXT",
        "whole": "BIGINT",
        "number": "DOUBLE PRECISION",
        "flag": "BOOLEAN",
        "bytes": "BYTEA",
        "utc": "BIGINT",
    },
}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `meaning` says in words what it holds."""

    name: str
    kind: Kind
    meaning: str
    empty_allowed: bool = False
    refers_to: str = ""
    """`table.column`, a key by itself, that must hold the value."""
    on_delete: Literal["refuse", "delete"] = "refuse"
    """What happens to the row when what it refers to is deleted."""

    def __post_init__(self) -> None:
        _refuse_unless_name(self.name)
        for part in self.refers_to.split(".") if self.refers_to else ():
            _refuse_unless_name(part)


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Its key is one column or several together."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    """Columns that are searched by, beside the key."""

    def __post_init__(self) -> None:
        _refuse_unless_name(self.name)
        known = {column.name for column in self.columns}
        if not self.key:
            raise ValueError(f"table {self.name} has no key: jobs that may be done again need one")
        if unknown := {name for group in (self.key, *self.indexes) for name in group} - known:
            raise ValueError(f"table {self.name} has no column {', '.join(sorted(unknown))}")

    def create(self, dialect: Dialect) -> tuple[str, ...]:
        """The statements that make the table and its indexes where they are not there.

        >>> Table("seats", "who sits where", (Column("seat", "whole", "which"),), ("seat",)).create("sqlite")
        ('CREATE TABLE IF NOT EXISTS seats (seat INTEGER NOT NULL, PRIMARY KEY (seat)) STRICT',)
        """
        parts = [_column(column, dialect) for column in self.columns]
        parts.append(f"PRIMARY KEY ({', '.join(self.key)})")
        strict = " STRICT" if dialect == "sqlite" else ""
        table = f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(parts)}){strict}"
        return (table, *(self._index(names) for names in self.indexes))

    def _index(self, names: Iterable[str]) -> str:
        columns = tuple(names)
        title = "_".join((self.name, *columns, "index"))[:63]
        return f"CREATE INDEX IF NOT EXISTS {title} ON {self.name} ({', '.join(columns)})"

    def insert(self, *, once: bool = False, returning: str = "") -> str:
        """The statement that puts one row in, a `?` for each column in the table's order.

        Parameters
        ----------
        once
            A row whose key is there already is left out and is no error, so that the job may be done again.
        returning
            The column that is given back for each row that was really put in.

        >>> seats = Table("seats", "who sits where", (Column("seat", "whole", "which"),), ("seat",))
        >>> seats.insert(once=True, returning="seat")
        'INSERT INTO seats (seat) VALUES (?) ON CONFLICT DO NOTHING RETURNING seat'
        """
        names = ", ".join(column.name for column in self.columns)
        marks = ", ".join("?" for _ in self.columns)
        conflict = " ON CONFLICT DO NOTHING" if once else ""
        back = f" RETURNING {returning}" if returning else ""
        return f"INSERT INTO {self.name} ({names}) VALUES ({marks}){conflict}{back}"


def _column(column: Column, dialect: Dialect) -> str:
    text = f"{column.name} {_TYPES[dialect][column.kind]}"
    if not column.empty_allowed:
        text += " NOT NULL"
    if dialect == "sqlite" and column.kind == "flag":
        text += f" CHECK ({column.name} IN (0, 1))"
    if column.refers_to:
        table, _, name = column.refers_to.partition(".")
        text += f" REFERENCES {table} ({name})"
        text += " ON DELETE CASCADE" if column.on_delete == "delete" else ""
    return text


def _refuse_unless_name(name: str) -> None:
    # Names go into statements as they are, so none may hold anything but letters, figures and _.
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a table or column: use a-z, 0-9 and _")
