"""Columns of a study's tables as arrays: text as codes, times as whole milliseconds, what is empty as NaN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.study.store import Study

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def column_names(study: Study, table: str) -> list[str]:
    """The columns of a table that is there, in their order."""
    try:
        return list(pq.read_schema(study.table_path(table)).names)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{table} is not a readable Parquet file", hint="write it again") from error


def numbers(table: pa.Table, name: str, column: str) -> Array:
    """A column of numbers or of true and false, shape (rows,); NaN where it is empty."""
    found = _read(table, name, column, lambda values: values.cast(pa.float64()))
    values: Array = pc.fill_null(found, float("nan")).to_numpy()
    return values


def ids_of(table: pa.Table, name: str, column: str) -> npt.NDArray[np.object_]:
    """A column of ids, shape (rows,); an empty one is refused."""
    found = _read(table, name, column, lambda values: values.cast(pa.string()))
    if found.null_count:
        raise FormatError(
            f"{name}.{column} is empty in {found.null_count} rows", hint="every row needs its own"
        )
    return np.array(found.to_pylist(), dtype=object)


def codes_of(table: pa.Table, name: str, column: str, ids: Sequence[str]) -> Codes:
    """Places of a column's values in `ids`, shape (rows,); -1 where a value is not among them."""
    known = pa.array(list(ids), pa.string())
    found = _read(table, name, column, lambda values: pc.index_in(values.cast(pa.string()), value_set=known))
    codes: Codes = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return codes


def texts_of(table: pa.Table, name: str, column: str) -> tuple[Codes, list[str]]:
    """A column of words as codes, shape (rows,), -1 where it is empty, and the words in their order."""
    words = _read(table, name, column, lambda values: values.cast(pa.string()))
    different = sorted(word for word in pc.unique(words).to_pylist() if word is not None)
    return codes_of(table, name, column, different), different


def moments_ms(table: pa.Table, name: str, column: str) -> Codes:
    """A column of UTC times as milliseconds since 1970, shape (rows,)."""
    stamp = pa.timestamp("ms", tz="UTC")
    found = _read(table, name, column, lambda values: values.cast(stamp, safe=False).cast(pa.int64()))
    if found.null_count:
        raise FormatError(
            f"{name}.{column} is empty in {found.null_count} rows", hint="every row needs its own"
        )
    moments: Codes = found.to_numpy()
    return moments


def times_ms(table: pa.Table, name: str, column: str = "time_s") -> Codes:
    """A column of seconds as whole milliseconds, shape (rows,)."""
    seconds = numbers(table, name, column)
    if not np.isfinite(seconds).all():
        raise FormatError(f"{name}.{column} is empty or infinite", hint="every row needs its time")
    return milliseconds(seconds)


def milliseconds(seconds: Array) -> Codes:
    """
    >>> milliseconds(np.array([0.1 + 0.2, 5.0])).tolist()
    [300, 5000]
    """
    return np.round(seconds * 1000).astype(np.int64)


def _read(table: pa.Table, name: str, column: str, turn: Callable[[Any], Any]) -> Any:
    if column not in table.column_names:
        raise FormatError(f"{name} has no column '{column}'", hint="see docs/study-format.md")
    values = table.column(column)
    try:
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        return turn(values)
    except pa.ArrowException as error:
        raise FormatError(
            f"{name}.{column} holds {values.type}, which cannot be read so", hint="see docs/study-format.md"
        ) from error
