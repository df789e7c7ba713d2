"""Columns of any table as the arrays of a panel: the grid is found, and what can be none is refused.

A row is a unit in a period. All faults of the columns are told in one line, each with its remedy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.design_columns import Missing, as_table, read_columns
from telltale.effects.design_faults import Line, in_one_line
from telltale.effects.variance import Bools, Floats, Ints

Holes = Literal["refuse", "allow"]


@dataclass(frozen=True, slots=True, eq=False)
class PanelColumns:
    """What was read; shapes as in `DidPanel`."""

    unit: Ints
    period: Ints
    outcome: Floats
    start: Floats
    moment: Floats
    covariates: Floats
    names: tuple[str, ...]
    cluster: Ints
    origin: float
    step: float
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Rows in the order of unit and period."""

    table: pa.Table
    unit: Ints
    period: Ints
    origin: int
    step: int

    @property
    def first(self) -> Ints:
        return np.flatnonzero(np.r_[True, np.diff(self.unit) > 0])


def read_panel(
    frame: Any,
    unit: str,
    time: str,
    outcome: str,
    treated_from: str | None,
    treatment: str | None,
    moment: str | None,
    covariates: tuple[str, ...],
    cluster: str | None,
    holes: Holes,
    missing: Missing,
) -> PanelColumns:
    """All columns of a panel, or one error that lists everything that is wrong with them."""
    if (treated_from is None) == (treatment is None):
        raise ConfigError(
            "name either treated_from or treatment", hint="a time of its start, or a column of 0 and 1"
        )
    if holes not in ("refuse", "allow"):
        raise ConfigError(f"holes is {holes!r}", hint="choose 'refuse' or 'allow'")
    table = as_table(frame)
    asked = [unit, time, outcome, treated_from, treatment, moment, *covariates, cluster]
    table = _settled(table.select(_there(table, [name for name in asked if name is not None])))
    wrong: list[Line] = []
    grid = _grid(table, unit, time, outcome, holes, wrong)
    if grid is None:
        raise _told(wrong)
    wrong += _holes(grid, unit, holes)
    start = _starts(grid, treated_from, treatment, wrong)
    at = _moments(grid, moment, wrong)
    wrong += _changes(grid, [*covariates, *([] if cluster is None else [cluster])])
    known = _known(grid, np.isfinite(start), covariates, cluster, missing, wrong)
    everybody = bool(len(start)) and bool((start <= grid.period[grid.first]).all())
    if everybody:
        wrong.append((
            f"every unit is treated by {treated_from or treatment!r} from its first period on",
            "give periods before the treatment, and units without it",
        ))  # fmt: skip
    if wrong:
        raise _told(wrong)
    return _put_together(grid, outcome, start, at, known)


def _told(wrong: list[Line]) -> FormatError:
    message, hint = in_one_line(wrong)
    return FormatError(message, hint=hint)


def _there(table: pa.Table, asked: list[str]) -> list[str]:
    absent = [name for name in dict.fromkeys(asked) if name not in table.column_names]
    if absent:
        raise FormatError(
            f"no column {', '.join(map(repr, absent))}", hint=f"there are {', '.join(table.column_names)}"
        )
    return list(dict.fromkeys(asked))


def _settled(table: pa.Table) -> pa.Table:
    """Text in a form whose rows Arrow can take: it has no kernel for the views that polars hands over."""
    fields = [
        pa.field(field.name, pa.large_string()) if pa.types.is_string_view(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _grid(
    table: pa.Table, unit: str, time: str, outcome: str, holes: Holes, wrong: list[Line]
) -> _Grid | None:
    """Rows in order and their periods; None where there is no telling which row is when."""
    gone = {name: _empty(table, name) for name in (unit, time, outcome)}
    if holes == "allow" and gone[outcome].any():
        table = table.filter(pa.array(~gone[outcome]))
        gone = {name: _empty(table, name) for name in (unit, time)}
    told = [f"{name!r} {int(gap.sum()):,}" for name, gap in gone.items() if gap.any()]
    if told:
        other = ", or say holes='allow'" if outcome in gone and gone[outcome].any() else ""
        wrong.append((f"missing values in {', '.join(told)}", f"leave out these rows{other}"))
    wrong += [
        (f"{name!r} is {table[name].type} and no number", "give numbers")
        for name in (time, outcome)
        if not _is_number(table, name)
    ]
    if not table.num_rows:
        wrong.append(("no rows", "give a row for each unit and period"))
    if wrong:
        return None
    at = _numbers(table, time)
    if (at != np.floor(at)).any():
        odd = at[at != np.floor(at)][0]
        wrong.append((f"time {time!r} holds {odd:g}", "give whole steps of a grid, such as second // 5"))
        return None
    seen = np.unique(at).astype(np.int64)
    step = int(np.gcd.reduce(np.diff(seen))) if len(seen) > 1 else 1
    code, period = _codes(table, unit), (at.astype(np.int64) - seen[0]) // step
    key = code * (period.max() + 1) + period
    if (np.diff(key) < 0).any():
        order = np.argsort(key, kind="stable")
        table, code, period, key = table.take(pa.array(order)), code[order], period[order], key[order]
    twice = int((np.diff(key) == 0).sum())
    if twice:
        wrong.append((f"{twice:,} rows repeat a unit and period", "leave one row for each"))
    return _Grid(table, code, period, int(seen[0]), step)


def _holes(grid: _Grid, unit: str, holes: Holes) -> Iterator[Line]:
    if holes == "allow":
        return
    jump = (np.diff(grid.period) > 1) & (np.diff(grid.unit) == 0)
    if jump.any():
        units = len(np.unique(grid.unit[1:][jump]))
        names = grid.table[unit].take([int(np.flatnonzero(jump)[0])]).to_pylist()
        yield (
            f"holes: {units:,} units miss periods between their first and last (first {names[0]!r})",
            "fill them, cut the units there, or say holes='allow'",
        )


def _starts(grid: _Grid, treated_from: str | None, treatment: str | None, wrong: list[Line]) -> Floats:
    """Shape (n,): the first treated period, NaN for never or for later than a unit was seen."""
    if treated_from is not None:
        start = _steps(grid, treated_from, wrong)
        last = grid.period[np.r_[grid.first[1:], len(grid.period)] - 1]
        return np.where(start > last, np.nan, start)
    assert treatment is not None
    never = np.full(len(grid.first), np.nan)
    if not _is_number(grid.table, treatment) or _empty(grid.table, treatment).any():
        wrong.append(
            (f"the treatment {treatment!r} has values that are no number", "give 0 or 1 in every row")
        )
        return never
    on = _numbers(grid.table, treatment)
    if not np.isin(on, (0, 1)).all():
        odd = on[~np.isin(on, (0, 1))][0]
        wrong.append((f"the treatment {treatment!r} holds {odd:g}", "1 is treated and 0 is not"))
        return never
    off = (np.diff(on) < 0) & (np.diff(grid.unit) == 0)
    if off.any():
        units = len(np.unique(grid.unit[1:][off]))
        wrong.append((
            f"the treatment {treatment!r} turns off again in {units:,} units",
            "end these units where it does: what comes after is neither with nor without",
        ))  # fmt: skip
    rows = np.flatnonzero(on == 1)
    who, where = np.unique(grid.unit[rows], return_index=True)
    never[who] = grid.period[rows[where]]
    return never


def _moments(grid: _Grid, moment: str | None, wrong: list[Line]) -> Floats:
    return np.full(len(grid.first), np.nan) if moment is None else _steps(grid, moment, wrong)


def _steps(grid: _Grid, name: str, wrong: list[Line]) -> Floats:
    """Times of shape (n,), one a unit, as the periods in which they fall; NaN where there is none."""
    column = grid.table[name]
    if pa.types.is_null(column.type):
        return np.full(len(grid.first), np.nan)
    if not _is_number(grid.table, name):
        wrong.append((f"{name!r} is {column.type} and no number", "give a time, or nothing for never"))
        return np.full(len(grid.first), np.nan)
    wrong += _changes(grid, [name])
    at = _numbers(grid.table, name)[grid.first]
    return np.floor((np.where(np.isfinite(at), at, np.nan) - grid.origin) / grid.step)


def _changes(grid: _Grid, names: list[str]) -> Iterator[Line]:
    """What should stand once for each unit and does not."""
    for name in names:
        code = (
            _plain(grid.table, name).dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
        )
        other = code != code[grid.first][grid.unit]
        if other.any():
            units = len(np.unique(grid.unit[other]))
            yield (
                f"{name!r} changes within {units:,} units",
                "give one value a unit, known before its treatment",
            )


def _known(
    grid: _Grid,
    treated: Bools,
    covariates: tuple[str, ...],
    cluster: str | None,
    missing: Missing,
    wrong: list[Line],
) -> tuple[Floats, tuple[str, ...], Ints, tuple[str, ...]]:
    """Covariates, their names, clusters and facts of the units."""
    n = len(grid.first)
    one = grid.table.take(pa.array(grid.first)).select(
        [*dict.fromkeys([*covariates, *([cluster] if cluster else [])])]
    )
    # The reader of designs wants both of these columns too; their names stand in nobody's table.
    one = one.append_column("\x00treated", pa.array(treated)).append_column(
        "\x00outcome", pa.array(np.zeros(n))
    )
    try:
        found = read_columns(one, "\x00treated", "\x00outcome", covariates, cluster, None, missing)
    except FormatError as error:
        wrong.append((error.message, error.hint))
        return np.empty((n, 0)), (), np.arange(n), ()
    code = np.arange(n) if found.cluster is None else found.cluster
    return found.covariates, found.names, code, found.facts


def _put_together(
    grid: _Grid,
    outcome: str,
    start: Floats,
    at: Floats,
    known: tuple[Floats, tuple[str, ...], Ints, tuple[str, ...]],
) -> PanelColumns:
    covariates, names, cluster, facts = known
    starts = np.unique(start[np.isfinite(start)])
    if len(starts) == 1:
        at = np.where(np.isfinite(at), at, starts[0])
    at = np.where(np.isfinite(start), start, at)
    unit, period, y = grid.unit, grid.period, _numbers(grid.table, outcome)
    always = start <= period[grid.first]
    if always.any():
        stay = ~always
        rows = stay[unit]
        unit, period, y = (np.cumsum(stay) - 1)[unit[rows]], period[rows], y[rows]
        start, at, covariates, cluster = start[stay], at[stay], covariates[stay], cluster[stay]
        facts = (*facts, f"{int(always.sum()):,} units left out that were never seen before their treatment")
    return PanelColumns(
        unit, period, y, start, at, covariates, names, cluster, grid.origin, grid.step, facts
    )  # fmt: skip


def _plain(table: pa.Table, name: str) -> Any:
    column = table[name].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _empty(table: pa.Table, name: str) -> Bools:
    found: Bools = pc.is_null(_plain(table, name), nan_is_null=True).to_numpy(zero_copy_only=False)
    return found


def _is_number(table: pa.Table, name: str) -> bool:
    kind = table[name].type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _numbers(table: pa.Table, name: str) -> Floats:
    column = _plain(table, name)
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    found: Floats = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _codes(table: pa.Table, name: str) -> Ints:
    """Numbers of the units in the order of their names, whatever the order of the rows."""
    encoded = _plain(table, name).dictionary_encode()
    words = encoded.dictionary.to_numpy(zero_copy_only=False)
    rank = np.empty(len(words), dtype=np.int64)
    rank[np.argsort(words, kind="stable")] = np.arange(len(words))
    found: Ints = rank[encoded.indices.to_numpy(zero_copy_only=False)]
    return found
