"""Which form the tables in a database have, and the way from an old form to the new one.

Several parts of Telltale may keep their tables in one database; each has a name and a version of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from telltale.core.errors import FormatError
from telltale.records.database import AbstractDatabase, AbstractTransaction
from telltale.records.tables import Column, Table

Migration = Callable[[AbstractTransaction], None]

VERSIONS: Final = Table(
    "schema_versions",
    "which form each part's tables have",
    (Column("part", "text", "whose tables"), Column("version", "whole", "their form")),
    ("part",),
)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one part in their newest form."""

    part: str
    version: int
    tables: tuple[Table, ...]
    """A table stands after those it refers to."""
    migrations: Mapping[int, Migration] = field(default_factory=dict)
    """By the version they lead to; each starts from the one before."""

    def __post_init__(self) -> None:
        wanted = set(range(2, self.version + 1))
        if set(self.migrations) != wanted:
            raise ValueError(f"{self.part} wants migrations to {sorted(wanted)}, no more and no fewer")


def prepare(database: AbstractDatabase, schema: Schema) -> None:
    """Make the part's tables, or bring those of an older version forward, all or nothing.

    Raises
    ------
    FormatError
        When a newer Telltale made them: its rows could be read wrongly.
    """
    with database.transaction() as transaction:
        # Two services that start at once would both make the tables.
        transaction.lock("telltale schema")
        for statement in VERSIONS.create(database.dialect):
            transaction.run(statement)
        found = transaction.rows("SELECT version FROM schema_versions WHERE part = ?", (schema.part,))
        if not found:
            _make(transaction, database, schema)
            return
        there = int(found[0][0])
        if there > schema.version:
            raise FormatError(
                f"{database.name} holds {schema.part} in version {there}, newer than {schema.version}",
                hint="update Telltale",
            )
        for version in range(there + 1, schema.version + 1):
            schema.migrations[version](transaction)
        update = "UPDATE schema_versions SET version = ? WHERE part = ?"
        transaction.run(update, (schema.version, schema.part))


def _make(transaction: AbstractTransaction, database: AbstractDatabase, schema: Schema) -> None:
    for table in schema.tables:
        for statement in table.create(database.dialect):
            transaction.run(statement)
    transaction.run(VERSIONS.insert(), (schema.part, schema.version))
