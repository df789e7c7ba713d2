"""Faults of single values, found from the schema alone: empty, out of range, repeated, pointing nowhere."""

from __future__ import annotations

from telltale.core.checks import Fault
from telltale.study import schema
from telltale.study.checked_tables import CheckedTables

FILE_NAME = '^[^/\\\\\\\\:*?"<>|\\x00-\\x1f. ][^/\\\\\\\\:*?"<>|\\x00-\\x1f]{0,99}$'
"""What a file may be called on every system: no slash, no control character, no leading dot."""

_NAMES_FILES = (("sessions", "session_id"), ("rooms", "room_id"), ("room_hosts", "host_id"))
_EARLIEST_S, _LATEST_S = 946_684_800, 4_102_444_800  # 2000 and 2100: outside, a unit was mixed up


def value_faults(tables: CheckedTables) -> list[Fault]:
    """Every fault of a value that the schema can tell, column by column."""
    faults = []
    for table in schema.TABLES:
        for column in table.columns:
            if tables.sound(table.name, column.name):
                faults += _empty(tables, table, column)
                faults += _out_of_range(tables, table, column)
                faults += _not_allowed(tables, table, column)
                faults += _dangling(tables, table, column)
        faults += _not_finite(tables, table) + _duplicate(tables, table)
    for name, column_name in _NAMES_FILES:
        faults += _unfit_id(tables, name, column_name)
    return faults


def _empty(tables: CheckedTables, table: schema.Table, column: schema.Column) -> list[Fault]:
    empty = f'"{column.name}" IS NULL'
    if column.empty_allowed:
        if column.kind != "id":
            return []
        empty = "false"
    if column.kind == "id":
        empty += f" OR trim(\"{column.name}\") = ''"
    return tables.find(
        f"SELECT 'row ' || row AS place, row AS nr FROM {table.name} WHERE {empty}",
        code="empty",
        table=table.name,
        column=column.name,
        message="no value",
        hint=f"every row needs it: {column.meaning}",
    )


def _out_of_range(tables: CheckedTables, table: schema.Table, column: schema.Column) -> list[Fault]:
    low, high = column.low, column.high
    if column.kind == "utc":
        low, high = _EARLIEST_S, _LATEST_S
    outside = [f'"{column.name}" < {low}'] if low is not None else []
    outside += [f'"{column.name}" > {high}'] if high is not None else []
    if column.kind == "whole":
        outside.append(f'"{column.name}" <> round("{column.name}")')
    if not outside:
        return []
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || "{column.name}" AS place, row AS nr
            FROM {table.name} WHERE isfinite("{column.name}") AND ({" OR ".join(outside)})""",
        code="out-of-range",
        table=table.name,
        column=column.name,
        message=_range_in_words(column),
        hint=f"mend the values, or is it another column? ({column.meaning})",
    )


def _range_in_words(column: schema.Column) -> str:
    if column.kind == "utc":
        return "not between the years 2000 and 2100"
    if column.low is None or column.high is None:
        return f"below {column.low:g}" if column.low is not None else "not a whole number"
    whole = "not a whole number or " if column.kind == "whole" else ""
    return f"{whole}outside {column.low:g} to {column.high:g}"


def _not_finite(tables: CheckedTables, table: schema.Table) -> list[Fault]:
    kinds = {column.name: column.kind for column in table.columns}
    names = sorted(tables.columns.get(table.name, frozenset()))
    numbers = [name for name in names if kinds.get(name, "number") in ("whole", "number")]
    found = []
    for name in numbers:
        found += tables.find(
            f"SELECT 'row ' || row AS place, row AS nr FROM {table.name} WHERE isinf(\"{name}\")",
            code="infinite",
            table=table.name,
            column=name,
            message="an infinite value",
            hint="leave the place empty where nothing was measured",
        )
    return found


def _not_allowed(tables: CheckedTables, table: schema.Table, column: schema.Column) -> list[Fault]:
    if not column.allowed:
        return []
    allowed = ", ".join(f"'{word}'" for word in column.allowed)
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || left("{column.name}", 40) AS place, row AS nr
            FROM {table.name} WHERE "{column.name}" NOT IN ({allowed})""",
        code="not-allowed",
        table=table.name,
        column=column.name,
        message="not one of the format's words",
        hint=f"use {', '.join(column.allowed)}",
    )


def _dangling(tables: CheckedTables, table: schema.Table, column: schema.Column) -> list[Fault]:
    if not column.refers_to:
        return []
    other, key = column.refers_to.split(".")
    if not tables.sound(other, key):
        return []
    return tables.find(
        f"""SELECT 'row ' || t.row || ': ' || left(t."{column.name}", 40) AS place, t.row AS nr
            FROM {table.name} t WHERE t."{column.name}" IS NOT NULL AND trim(t."{column.name}") <> ''
            AND NOT EXISTS (SELECT 1 FROM {other} o WHERE o."{key}" = t."{column.name}")""",
        code="dangling",
        table=table.name,
        column=column.name,
        message=f"not in {column.refers_to}",
        hint=f"add it to {other}.parquet, or mend the name",
    )


def _duplicate(tables: CheckedTables, table: schema.Table) -> list[Fault]:
    if not table.key or not tables.sound(table.name, table.key):
        return []
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || left("{table.key}", 40) AS place, row AS nr FROM
            (SELECT row, "{table.key}", row_number() OVER (PARTITION BY "{table.key}" ORDER BY row) AS nth
             FROM {table.name} WHERE "{table.key}" IS NOT NULL) WHERE nth > 1""",
        code="duplicate",
        table=table.name,
        column=table.key,
        message="the same name again",
        hint="each row of this table needs a name of its own",
    )


def _unfit_id(tables: CheckedTables, table: str, column: str) -> list[Fault]:
    if not tables.sound(table, column):
        return []
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || left("{column}", 40) AS place, row AS nr FROM {table}
            WHERE trim("{column}") <> '' AND NOT regexp_matches("{column}", '{FILE_NAME}')""",
        code="unfit-id",
        table=table,
        column=column,
        message="cannot be the name of a file",
        hint='no / \\ : * ? " < > |, no dot or space in front, at most 100 characters',
    )
