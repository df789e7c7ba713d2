"""A study's tables as the checker sees them: whatever could be read, in one form, open to SQL.

A table that cannot be read, or a column of the wrong type, is a fault of its own and is left out here,
so that it cannot stop the search for the others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.checks import Fault, Severity
from telltale.study import column_types, schema

_NUMBER = "CASE WHEN isnan(CAST({0} AS DOUBLE)) THEN NULL ELSE CAST({0} AS DOUBLE) END"
_FORMS = {
    "id": "CAST({0} AS VARCHAR)",
    "text": "CAST({0} AS VARCHAR)",
    # pandas writes NaN as null, polars as NaN: both are an empty place.
    "whole": _NUMBER,
    "number": _NUMBER,
    "flag": "{0}",
    # Seconds since 1970, so that every comparison of times is one of plain numbers.
    "utc": "epoch_us(CAST({0} AS TIMESTAMPTZ)) / 1e6",
}


KEPT_ROWS = 1_000_000
"""Tables up to this size are kept in memory; larger ones are read anew by each question."""


@dataclass
class CheckedTables:
    """One SQL table for each that is readable: its sound columns, and `row`, which counts from 0."""

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, frozenset[str]] = field(default_factory=dict)
    """Sound columns of each table that could be read."""
    rows: dict[str, int] = field(default_factory=dict)

    def sound(self, table: str, *columns: str) -> bool:
        """Whether the table could be read and these columns have the right type."""
        return self.columns.get(table, frozenset()).issuperset(columns) and table in self.columns

    def find(
        self,
        query: str,
        *,
        code: str,
        table: str,
        column: str,
        message: str,
        hint: str,
        severity: Severity = "error",
    ) -> list[Fault]:
        """The fault whose places `query` lists, or nothing when it lists none.

        Parameters
        ----------
        query
            SQL with two columns: `place`, a text, and `nr`, which says what comes first.
        """
        found = self.connection.execute(f"SELECT count(*), min_by(place, nr, 5) FROM ({query})").fetchone()
        count, first = found or (0, None)
        if not count:
            return []
        return [Fault(code, table, column, message, hint, count, tuple(first or ()), severity)]

    def column_values(self, table: str, column: str) -> list[str]:
        """The distinct values of one id column."""
        rows = self.connection.execute(
            f'SELECT DISTINCT "{column}" FROM {table} WHERE "{column}" IS NOT NULL ORDER BY ALL'
        )
        return [str(value) for (value,) in rows.fetchall()]


def open_tables(folder: Path) -> tuple[CheckedTables, list[Fault]]:
    """Open every table that can be read; what cannot comes back as faults."""
    # What does not fit goes to the system's own place for such things, never to where the user stands.
    places = tempfile.gettempdir()
    tables = CheckedTables(
        duckdb.connect(config={"memory_limit": "512MB", "threads": 2, "temp_directory": places})
    )
    faults = [fault for table in schema.TABLES for fault in _open(tables, folder, table)]
    return tables, faults


def _open(tables: CheckedTables, folder: Path, table: schema.Table) -> list[Fault]:
    path = folder / f"{table.name}.parquet"
    if not path.is_file():
        return [_missing(path, table)] if table.required else []
    try:
        with pq.ParquetFile(path) as file:
            fields, count = file.schema_arrow, file.metadata.num_rows
        sound, faults = column_types.sort_columns(table, fields)
        _create(tables.connection, path, table, sound, fields, kept=count <= KEPT_ROWS)
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        return [_unreadable(path, error)]
    tables.columns[table.name] = frozenset(sound)
    tables.rows[table.name] = count
    return faults + _no_rows(table, count)


def _create(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    table: schema.Table,
    sound: Iterable[str],
    fields: pa.Schema,
    *,
    kept: bool,
) -> None:
    """Make the table known to SQL, reading every byte once: its middle may be broken between sound ends."""
    kinds = {column.name: column.kind for column in table.columns}
    forms = [f"{_form(name, kinds.get(name, 'number'), fields)} AS {_quoted(name)}" for name in sound]
    source = str(path).replace("'", "''")
    listed = ", ".join(["file_row_number AS row", *forms])
    rows = f"SELECT {listed} FROM read_parquet('{source}', file_row_number = true)"
    if kept:
        connection.execute(f"CREATE TABLE {table.name} AS {rows}")
    else:
        connection.execute(f"SELECT max(hash(t)) FROM ({rows}) t").fetchall()
        connection.execute(f"CREATE VIEW {table.name} AS {rows}")


def _form(name: str, kind: str, fields: pa.Schema) -> str:
    if pa.types.is_null(fields.field(name).type) and kind in ("utc", "flag"):
        return "NULL"
    return _FORMS[kind].format(_quoted(name))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _missing(path: Path, table: schema.Table) -> Fault:
    return Fault("missing-table", path.name, "", "the file is not there", f"write it: {table.meaning}")


def _unreadable(path: Path, error: Exception) -> Fault:
    reason = str(error).split("\n", 1)[0].split(". ", 1)[0][:120]
    return Fault("unreadable", path.name, "", f"not a readable Parquet file ({reason})", "write it again")


def _no_rows(table: schema.Table, count: int) -> list[Fault]:
    if count or not table.required:
        return []
    return [Fault("no-rows", table.name, "", "holds no row", "is that so?", severity="warning")]
