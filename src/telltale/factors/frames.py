"""From any table to the arrays of a panel: kinds and levels are guessed, all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from telltale.core.errors import FormatError
from telltale.factors.factor import BEFORE, KINDS, LEVELS, VIEWER, Factor, Kind, Level
from telltale.factors.facts import is_constant

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

FEWEST_ROWS: Final = 13
"""Twelve rows or fewer say nothing of what causes what."""
_MOST_COUNTS: Final = 50
_OFF_GRID: Final = 1e-6
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make of a table's columns; as in `FactorPanel.from_frame`."""

    unit: str
    time: str
    group: str | None
    person: str | None
    factors: Sequence[str] | None
    kinds: Mapping[str, Kind]
    tiers: Mapping[str, int]
    levels: Mapping[str, Level]
    grid_s: float

    @property
    def ids(self) -> list[str]:
        """The columns that say whose a row is, and when."""
        return [name for name in (self.unit, self.time, self.group, self.person) if name is not None]


@dataclass(frozen=True, slots=True, eq=False)
class FrameRead:
    """A table as arrays, its rows sorted by unit and time."""

    factors: tuple[Factor, ...]
    values: Array
    unit: Codes
    group: Codes
    person: Codes
    step: Codes
    unit_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    person_ids: tuple[str, ...]


def read_frame(frame: Any, asked: Asked) -> FrameRead:
    """Read a table; a `FormatError` names everything that is wrong with it.

    Parameters
    ----------
    frame
        Of pandas, polars or pyarrow, or whatever speaks Arrow.
    """
    table = as_arrow(frame)
    _refuse(_name_problems(table, asked))
    names = _factor_names(table, asked)
    problems = [] if table.num_rows >= FEWEST_ROWS else [_too_few(table.num_rows)]
    problems += [] if names else ["no column is left to be a factor"]
    columns = {name: _numbers(table, name, problems) for name in names}
    problems += _column_problems(columns, asked)
    codes = {name: _coded(table, name, problems) for name in asked.ids if name != asked.time}
    step = _steps(table, asked, problems)
    unit, unit_ids = codes[asked.unit]
    order = np.lexsort((step, unit))
    unit, step = unit[order], step[order]
    problems += _repeated(unit, step, unit_ids, asked)
    _refuse(problems)
    group, group_ids = codes[asked.group or asked.unit]
    person, person_ids = codes[asked.person or asked.unit]
    group, person = group[order], person[order]
    together = _together(group, step) if asked.group else None
    values = np.empty((table.num_rows, len(names)), order="F")
    for i, name in enumerate(names):
        column = columns[name]
        assert column is not None  # or it would have been refused
        values[:, i] = column[order]
    factors = tuple(
        _factor(name, column, asked, unit, together) for name, column in zip(names, values.T, strict=True)
    )
    return FrameRead(factors, values, unit, group, person, step, unit_ids, group_ids, person_ids)


def as_arrow(frame: Any) -> pa.Table:
    """A table of pandas, polars or pyarrow as an Arrow table; pandas' index is left behind."""
    if isinstance(frame, pa.Table):
        return frame
    try:
        if type(frame).__module__.split(".")[0] == "pandas":
            return pa.Table.from_pandas(frame, preserve_index=False)
        return pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise FormatError(
            f"a {type(frame).__name__} is no table that can be read ({str(error).splitlines()[0]})",
            hint="give one of pandas, polars or pyarrow, with one kind of value a column",
        ) from error


def guess_level(values: Array, unit: Codes, together: Codes | None) -> Level:
    """What a column, shape (N,), shares: with its unit's rows, with its group at each moment, or nothing.

    Parameters
    ----------
    unit, together
        Shape (N,): codes of the units, and of the rows of one group at one moment; None without groups.

    >>> guess_level(np.array([1.0, 1, 2, 2]), np.array([0, 0, 1, 1]), None)
    'session'
    """
    if _repeats(unit) and _same_within(unit, values):
        return "session"
    return (
        "room" if together is not None and _repeats(together) and _same_within(together, values) else "viewer"
    )


def guess_kind(values: Array) -> Kind:
    """Two values are binary; whole numbers from 0 with at most 50 values are counts; else continuous.

    >>> [guess_kind(np.array(values)) for values in ([0.0, 1, 1], [0.0, 3, 1], [0.5, 3, 1])]
    ['binary', 'count', 'continuous']
    """
    different = np.unique(values[np.isfinite(values)])
    if len(different) == 2:
        return "binary"
    return "count" if 0 < len(different) <= _MOST_COUNTS and _whole(different) else "continuous"


def _same_within(codes: Codes, values: Array) -> bool:
    seen = np.isfinite(values)
    low = np.full(codes.max() + 1, np.inf)
    high = np.full(codes.max() + 1, -np.inf)
    np.minimum.at(low, codes[seen], values[seen])
    np.maximum.at(high, codes[seen], values[seen])
    return bool((low >= high).all())


def _whole(values: Array) -> bool:
    return bool((values >= 0).all() and (values == np.round(values)).all())


def _repeats(codes: Codes) -> bool:
    return bool(codes.max() + 1 < len(codes))


def _together(group: Codes, step: Codes) -> Codes:
    """Codes of the rows of one group at one moment, shape (N,)."""
    _, codes = np.unique(group * (np.ptp(step) + 1) + (step - step.min()), return_inverse=True)
    return codes.astype(np.int64)


def _factor(name: str, values: Array, asked: Asked, unit: Codes, together: Codes | None) -> Factor:
    level = asked.levels.get(name) or guess_level(values, unit, together)
    tier = asked.tiers.get(name, BEFORE if level == "session" else VIEWER)
    # What was given a later tier is not taken for a fact that was there before.
    if level == "session" and tier != BEFORE and name not in asked.levels:
        level = "viewer"
    kind = asked.kinds.get(name) or guess_kind(values)
    shared = level == "session" and together is not None and _same_within(together, values)
    return Factor(name, "frame", level, kind, tier, shared=shared)


def _name_problems(table: pa.Table, asked: Asked) -> list[str]:
    known = set(table.column_names)
    problems = [f"several columns are named '{n}'" for n in sorted(known) if table.column_names.count(n) > 1]
    problems += [f"no column '{name}'" for name in [*asked.ids, *(asked.factors or ())] if name not in known]
    factors = set(asked.factors if asked.factors is not None else known) - set(asked.ids)
    for word, given in (("kinds", asked.kinds), ("tiers", asked.tiers), ("levels", asked.levels)):
        problems += [f"'{word}' names '{name}', which is no factor" for name in given if name not in factors]
    problems += [f"'{name}' names a column twice" for name in asked.ids if asked.ids.count(name) > 1][:1]
    problems += [
        f"'{n}' is of kind '{k}', not {', '.join(KINDS)}" for n, k in asked.kinds.items() if k not in KINDS
    ]
    problems += [
        f"'{n}' is of level '{v}', not {', '.join(LEVELS)}"
        for n, v in asked.levels.items()
        if v not in LEVELS
    ]
    problems += [f"'{name}' is in tier {tier}, below 0" for name, tier in asked.tiers.items() if tier < 0]
    return problems if asked.grid_s > 0 else [*problems, f"a grid of {asked.grid_s} s is none"]


def _factor_names(table: pa.Table, asked: Asked) -> list[str]:
    if asked.factors is not None:
        return list(dict.fromkeys(name for name in asked.factors if name not in asked.ids))
    return [name for name in table.column_names if name not in asked.ids]


def _numbers(table: pa.Table, name: str, problems: list[str]) -> Array | None:
    """A column as numbers; None, and a problem more, where it holds something else."""
    column = table.column(name)
    kind = column.type
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or _fractional(kind)):
        problems.append(f"'{name}' holds {kind}, no numbers")
        return None
    values: Array = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    if np.isinf(values).any():
        problems.append(f"'{name}' holds infinite values")
    return values


def _fractional(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _coded(table: pa.Table, name: str, problems: list[str]) -> tuple[Codes, tuple[str, ...]]:
    """Codes by the order of the ids as text, and the ids."""
    column = table.column(name)
    if column.null_count:
        problems.append(f"'{name}' is empty in {column.null_count} rows")
    texts = pc.fill_null(as_texts(column), "").combine_chunks()
    encoded = texts.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    ids = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(ids.astype(str), kind="stable") if len(ids) else np.zeros(0, dtype=np.intp)
    rank = np.empty(len(ids), dtype=np.int64)
    rank[order] = np.arange(len(ids))
    return rank[encoded.indices.to_numpy(zero_copy_only=False)], tuple(str(name) for name in ids[order])


def as_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as plain strings; a dictionary of words (pandas' and polars' categories) is looked up."""
    if not pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    # Arrow cannot cast every kind of dictionary that polars writes.
    chunks = [chunk.dictionary.cast(pa.string()).take(chunk.indices) for chunk in column.chunks]
    return pa.chunked_array(chunks, pa.string())


def _steps(table: pa.Table, asked: Asked, problems: list[str]) -> Codes:
    column = table.column(asked.time)
    nothing = np.zeros(table.num_rows, dtype=np.int64)
    if column.null_count:
        problems.append(f"'{asked.time}' is empty in {column.null_count} rows")
        return nothing
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        unit = column.cast(pa.timestamp("us", tz=getattr(column.type, "tz", None)), safe=False)
        micro = unit.cast(pa.int64()).to_numpy()
        seconds = (micro - (micro.min() if len(micro) else 0)) / 1e6
    elif pa.types.is_integer(column.type) or _fractional(column.type):
        seconds = column.cast(pa.float64()).to_numpy()
    else:
        problems.append(f"'{asked.time}' holds {column.type}, no time")
        return nothing
    if not np.isfinite(seconds).all():
        problems.append(f"'{asked.time}' holds times that are no number")
        return nothing
    steps = np.round(seconds / asked.grid_s)
    off = int((np.abs(seconds / asked.grid_s - steps) > _OFF_GRID).sum())
    if off:
        problems.append(f"'{asked.time}' is off a grid of {asked.grid_s:g} in {off} rows (give `grid_s`)")
    whole: Codes = steps.astype(np.int64)
    return whole


def _repeated(unit: Codes, step: Codes, ids: tuple[str, ...], asked: Asked) -> list[str]:
    again = np.flatnonzero((np.diff(unit) == 0) & (np.diff(step) == 0))
    if not len(again):
        return []
    first = f"'{ids[unit[again[0]]]}' at {asked.time} {step[again[0]] * asked.grid_s:g}"
    return [f"{len(again)} rows repeat a unit and time (first {first})"]


def _column_problems(columns: Mapping[str, Array | None], asked: Asked) -> list[str]:
    seen = {name: values[np.isfinite(values)] for name, values in columns.items() if values is not None}
    problems = [
        f"'{name}' {'never changes' if len(values) else 'was never seen'}"
        for name, values in seen.items()
        if is_constant(values)
    ]
    for name, kind in asked.kinds.items():
        if name not in seen:
            continue
        if kind == "binary" and len(np.unique(seen[name])) > 2:
            problems.append(f"'{name}' is called binary and has {len(np.unique(seen[name]))} values")
        if kind == "count" and not _whole(seen[name]):
            problems.append(f"'{name}' is called a count and holds fractions or negative numbers")
    return problems


def _too_few(rows: int) -> str:
    return f"{rows} rows are too few: {FEWEST_ROWS} at the least"


def _refuse(problems: list[str]) -> None:
    if problems:
        raise FormatError("; ".join(problems), hint="mend the table or name other columns")
