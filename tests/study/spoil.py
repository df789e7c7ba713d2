"""Ways to spoil a study: change a table, cut a file, and say what the checker must then tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

Frame = Any
Change = Callable[[Frame], Frame]


def change(folder: Path, name: str, how: Change) -> None:
    """Rewrite one table or signal with pandas."""
    path = folder / f"{name}.parquet"
    how(pd.read_parquet(path)).to_parquet(path, index=False)


def put(column: str, row: int, value: object) -> Change:
    """Set one value."""

    def how(table: Frame) -> Frame:
        if table[column].dtype == "str" or not isinstance(value, str):
            table[column] = table[column].astype(object if value is None else table[column].dtype)
        table.loc[row, column] = value
        return table

    return how


def swap(one: str, other: str) -> Change:
    """Exchange two columns' names."""
    return lambda table: table.rename(columns={one: other, other: one})


@dataclass(frozen=True)
class Break:
    """One way to spoil the study and what must be said of it."""

    name: str
    spoil: Callable[[Path], object]
    code: str
    table: str
    column: str
    place: str
    """A pattern for the first place."""
    severity: str = "error"


def of_table(
    name: str,
    table: str,
    how: Change,
    code: str,
    column: str,
    place: str,
    severity: str = "error",
    told_of: str = "",
) -> Break:
    return Break(
        name, lambda folder: change(folder, table, how), code, told_of or table, column, place, severity
    )


def of_signal(name: str, how: Change, code: str, column: str, place: str, severity: str = "error") -> Break:
    return Break(
        name, lambda folder: change(folder, "signals/s03", how), code, "signals", column, place, severity
    )


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage(path: Path) -> None:
    """Break the pages and leave beginning and end sound."""
    content = bytearray(path.read_bytes())
    content[8 : len(content) // 2] = bytes(len(content) // 2 - 8)
    path.write_bytes(content)
