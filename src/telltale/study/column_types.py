"""Which Arrow types a column of the format may have, and what is told when it has another one.

The format asks for kinds, not for one writer's types: pandas, polars, DuckDB and Arrow each have their
own string, and a whole number with gaps comes out of pandas as a float.
"""

from __future__ import annotations

import difflib
from collections import Counter

import pyarrow as pa

from telltale.core.checks import Fault
from telltale.study import schema

WANTED = {
    "id": "a string",
    "text": "a string",
    "whole": "a whole number",
    "number": "a number",
    "flag": "a boolean",
    "utc": "a timestamp with a time zone",
}


def fits(kind: schema.Kind, found: pa.DataType) -> bool:
    """Whether a column of Arrow type `found` can hold values of `kind`.

    >>> fits("id", pa.large_string()), fits("id", pa.int64()), fits("utc", pa.timestamp("us"))
    (True, False, False)
    """
    types = pa.types
    if types.is_dictionary(found):
        found = found.value_type
    if types.is_null(found):  # a column of nothing but nulls; `empty` says so where that is not allowed
        return True
    if kind in ("id", "text"):
        return bool(types.is_string(found) or types.is_large_string(found) or types.is_string_view(found))
    if kind in ("whole", "number"):
        return bool(types.is_integer(found) or types.is_floating(found) or types.is_decimal(found))
    if kind == "flag":
        return bool(types.is_boolean(found))
    return bool(types.is_timestamp(found)) and found.tz is not None


def sort_columns(table: schema.Table, fields: pa.Schema) -> tuple[list[str], list[Fault]]:
    """The columns that can be used, and a fault for each that is missing or of another type."""
    counts = Counter(fields.names)
    faults = [_repeated(table, name) for name, count in counts.items() if count > 1]
    sound = []
    for column in table.columns:
        if counts[column.name] == 1 and fits(column.kind, fields.field(column.name).type):
            sound.append(column.name)
        elif counts[column.name] == 1:
            faults.append(_wrong_type(table, column.name, column.kind, fields))
        elif not counts[column.name] and column.required:
            faults.append(_missing(table, column, fields.names))
    factors, wrong = _sort_factors(table, fields, counts)
    return sound + factors, faults + wrong


def _sort_factors(
    table: schema.Table, fields: pa.Schema, counts: Counter[str]
) -> tuple[list[str], list[Fault]]:
    if not table.factors:
        return [], []
    known = {column.name for column in table.columns}
    factors = [name for name in fields.names if name not in known and counts[name] == 1]
    wrong = [name for name in factors if not fits("number", fields.field(name).type)]
    sound = [name for name in factors if name not in wrong]
    return sound, [_wrong_type(table, name, "number", fields) for name in wrong]


def _wrong_type(table: schema.Table, name: str, kind: schema.Kind, fields: pa.Schema) -> Fault:
    found = fields.field(name).type
    hint = "write it as such"
    if kind == "utc" and pa.types.is_timestamp(found):
        hint = "say in which zone the times are, and convert them to UTC"
    elif kind in ("id", "text") and pa.types.is_integer(found):
        hint = "write the numbers as text"
    return Fault("wrong-type", table.name, name, f"wanted {WANTED[kind]}, found {found}", hint)


def _missing(table: schema.Table, column: schema.Column, names: list[str]) -> Fault:
    known = {c.name for c in table.columns}
    close = difflib.get_close_matches(column.name, [n for n in names if n not in known], n=1, cutoff=0.75)
    hint = f"rename '{close[0]}'?" if close else f"add it: {column.meaning}"
    return Fault("missing-column", table.name, column.name, "the column is not there", hint)


def _repeated(table: schema.Table, name: str) -> Fault:
    return Fault("repeated-column", table.name, name, "two columns have this name", "keep one")
