"""Columns of any table as the arrays of a design: categories become columns, gaps are refused or marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from telltale.core.errors import FormatError
from telltale.effects.design_faults import in_one_line
from telltale.effects.variance import Bools, Floats, Ints
from telltale.factors.panel import there_are

Missing = Literal["refuse", "indicator"]

_MOST_LEVELS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What was read; shapes as in `Design`."""

    treated: Bools
    outcome: Floats
    covariates: Floats
    names: tuple[str, ...]
    cluster: Ints | None
    lot: Ints | None
    propensity: Floats | None
    facts: tuple[str, ...]


def read_columns(
    frame: Any,
    treatment: str,
    outcome: str,
    covariates: tuple[str, ...],
    cluster: str | None,
    propensity: str | None,
    missing: Missing,
    lot: str | None = None,
) -> Columns:
    """All columns of a design, or one error that lists everything that is wrong with them."""
    if missing not in ("refuse", "indicator"):
        raise FormatError(f"missing is {missing!r}", hint="choose 'refuse' or 'indicator'")
    table = as_table(frame)
    _refuse_names(table, treatment, outcome, covariates, cluster, lot, propensity)
    wrong: list[tuple[str, str]] = []

    def tried(read: Callable[..., Any], *asked: Any) -> Any:
        try:
            return read(table, *asked)
        except FormatError as error:
            wrong.append((error.message, error.hint))
            return None

    treated = tried(_zero_one, treatment)
    known = {name: tried(_full_numbers, name) for name in (outcome, propensity) if name is not None}
    code = None if cluster is None else tried(_codes, cluster)
    lots = None if lot is None else tried(_codes, lot)
    gaps = {name: _gaps(table, name) for name in covariates}
    told = [f"{name!r} {int(gap.sum()):,}" for name, gap in gaps.items() if gap.any()]
    if told and missing == "refuse":
        wrong.append((f"missing values in {', '.join(told)}", 'fill them, or say missing="indicator"'))
    read = [tried(_covariate, name, gaps[name]) for name in covariates]
    if wrong:
        message, hint = in_one_line(wrong)
        raise FormatError(message, hint=hint)
    parts = [column for columns in read for column in columns]
    return Columns(
        treated,
        known[outcome],
        np.column_stack([values for _, values in parts]) if parts else np.empty((table.num_rows, 0)),
        tuple(name for name, _ in parts),
        code,
        lots,
        None if propensity is None else known[propensity],
        (f"gaps filled by means and marked: {', '.join(told)}",) if told else (),
    )


def as_table(frame: Any) -> pa.Table:
    """Any table as Arrow's: pandas, polars, pyarrow, or a dict of columns.

    >>> as_table({"a": [1, 2]}).num_rows
    2
    """
    try:
        return frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise FormatError(
            f"this {type(frame).__name__} cannot be read as a table ({str(error).splitlines()[0]})",
            hint="give a table of pandas, polars or pyarrow, or a dict of columns of one length",
        ) from error


def _refuse_names(table: pa.Table, treatment: str, outcome: str, covariates: tuple[str, ...],
                  cluster: str | None, lot: str | None, propensity: str | None) -> None:  # fmt: skip
    optional = [name for name in (cluster, lot, propensity) if name is not None]
    asked = [treatment, outcome, *covariates, *optional]
    doubled = [name for name in dict.fromkeys(asked) if table.column_names.count(name) > 1]
    if doubled:
        raise FormatError(
            f"columns that the table holds twice: {', '.join(map(repr, doubled))}",
            hint="give each column a name of its own",
        )
    absent = [name for name in dict.fromkeys(asked) if name not in table.column_names]
    if absent:
        raise FormatError(
            f"no column {', '.join(map(repr, absent))}", hint=there_are(table.column_names, absent)
        )
    roles = [treatment, outcome, *covariates, *([] if propensity is None else [propensity])]
    twice = sorted({name for name in roles if roles.count(name) > 1})
    if twice:
        raise FormatError(f"{', '.join(map(repr, twice))} named twice", hint="give each column one role")


def _plain(table: pa.Table, name: str) -> pa.Array:
    column = table[name].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _is_number(column: pa.Array) -> bool:
    kind = column.type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    )


def _numbers(column: pa.Array) -> Floats:
    """Shape (n,), NaN where there is none."""
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    found: Floats = (
        pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    )
    return found


def _gaps(table: pa.Table, name: str) -> Bools:
    column = _plain(table, name)
    found: Bools = pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False)
    return found


def _full(table: pa.Table, name: str) -> pa.Array:
    """A column without gaps."""
    gaps = int(_gaps(table, name).sum())
    if gaps:
        raise FormatError(f"missing values in {name!r} {gaps:,}", hint="leave out rows without it")
    return _plain(table, name)


def _full_numbers(table: pa.Table, name: str) -> Floats:
    column = _full(table, name)
    if not _is_number(column):
        raise FormatError(f"{name!r} is {column.type} and no number", hint="give numbers")
    return _numbers(column)


def _zero_one(table: pa.Table, name: str) -> Bools:
    values = _full_numbers(table, name)
    if not np.isin(values, (0, 1)).all():
        odd = values[~np.isin(values, (0, 1))][0]
        raise FormatError(f"the treatment {name!r} holds {odd:g}", hint="1 is treated and 0 is not")
    found: Bools = values == 1
    return found


def _codes(table: pa.Table, name: str) -> Ints:
    """Numbers of the clusters in the order of their names, whatever the order of the rows."""
    column = _full(table, name)
    if pa.types.is_nested(column.type):
        raise FormatError(f"{name!r} is {column.type} and names no cluster", hint="give numbers or text")
    _, code = np.unique(column.to_numpy(zero_copy_only=False), return_inverse=True)
    return code.astype(np.int64)


def _covariate(table: pa.Table, name: str, gap: Bools) -> list[tuple[str, Floats]]:
    """One column for a number, one a level less one for anything else, and one more for its gaps."""
    column = _plain(table, name)
    if gap.all():
        raise FormatError(f"{name!r} is missing in every row", hint="leave it out")
    mark = [(f"{name} missing", gap.astype(np.float64))] if gap.any() else []
    if _is_number(column):
        values = _numbers(column)
        return [(name, np.where(gap, values[~gap].mean(), values)), *mark]
    try:
        texts = pc.cast(column, pa.string())
    except pa.ArrowException as error:
        raise FormatError(f"{name!r} is {column.type}", hint="give numbers or text") from error
    words = np.array(texts.to_pylist(), dtype=object)
    words[gap] = ""
    levels, count = np.unique(words[~gap].astype(str), return_counts=True)
    if len(levels) > _MOST_LEVELS:
        raise FormatError(
            f"{name!r} has {len(levels):,} levels", hint=f"group them: {_MOST_LEVELS} are the most"
        )
    if len(levels) == 1 and not mark:
        return [(name, np.zeros(len(words)))]
    # With the rarest left out the others would be nearly collinear.
    base = levels[np.argmax(count)]
    return [
        *((f"{name}={level}", (words == level).astype(np.float64)) for level in levels if level != base),
        *mark,
    ]
