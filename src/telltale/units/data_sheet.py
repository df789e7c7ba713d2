"""Coding sheets: rows of a workbook by the name of their column, each with the place it stood at."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from telltale.core.errors import FormatError

Cells = tuple[Any, ...]

_HEAD_WITHIN_ROWS = 40
"""A head is looked for in the first rows only: SAMM puts 13 rows before it, SAMM Long Videos 10."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a coding sheet."""

    place: str
    """Such as `codes.xlsx row 15`, as a spreadsheet program numbers rows."""
    cells: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A cell as text without outer spaces, None where it is empty; `6.0` reads as `6`."""
        value = self.cells.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return (" ".join(str(value).split()) or None) if value is not None else None


def find_sheet(folder: Path, pattern: str, example: str) -> Path:
    """The workbook in `folder`, or in a folder inside it, by its name; of several the last one.

    Parameters
    ----------
    pattern
        Of the whole name without its folder, in any case.
    example
        What such a file is called, for the message when there is none.
    """
    return find_sheets(folder, pattern, example)[-1]


def find_sheets(folder: Path, pattern: str, example: str) -> list[Path]:
    """All such workbooks, by name."""
    if not folder.is_dir():
        raise FormatError(
            f"no folder at {folder}", hint="give the folder that the data set was unpacked into"
        )
    found = [
        path
        for depth in ("*.xls*", "*/*.xls*")
        for path in folder.glob(depth)
        if re.fullmatch(pattern, path.name, re.IGNORECASE) and not path.name.startswith(("~$", "."))
    ]
    ready = sorted((p for p in found if p.suffix.lower() == ".xlsx"), key=lambda path: path.name.lower())
    if ready:
        return ready
    if found:
        raise FormatError(
            f"{found[0]} is in the old .xls form", hint="save it as .xlsx in a spreadsheet program"
        )
    raise FormatError(
        f"{folder} holds no coding sheet", hint=f"put the data set's own sheet there, {example}"
    )


def read_sheets(path: Path) -> list[list[Cells]]:
    """The rows of each sheet of a workbook, in order; formulas give the value that was last computed."""
    try:
        import openpyxl
    except ImportError as error:
        raise FormatError(
            f"{path} cannot be read without openpyxl", hint="pip install 'telltale-live[train]'"
        ) from error
    try:
        with warnings.catch_warnings():
            # Openpyxl warns of cell styles and extensions that it leaves out; no code stands in those.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
            finally:
                book.close()
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise FormatError(f"{path} is not a readable workbook", hint="copy or download it again") from error


def rows_under_head(
    path: Path, rows: Sequence[Cells], columns: Mapping[str, Iterable[str]], needed: Iterable[str]
) -> Iterator[SheetRow]:
    """The rows under the row of names.

    Parameters
    ----------
    columns
        Our name of each column, and what it is called in the sheets; case, spaces and signs do not count.
    needed
        Ours that must be there.
    """
    missing: list[str] = list(needed)
    for index, row in enumerate(rows[:_HEAD_WITHIN_ROWS]):
        at = _columns_of(row, columns)
        if len(at) < 3:
            continue
        if not (missing := [name for name in needed if name not in at]):
            yield from _rows(path, rows, index + 1, at)
            return
        break
    wanted = ", ".join(" or ".join(columns[name]) for name in missing)
    raise FormatError(
        f"{path} has no column {wanted}", hint="use the data set's own sheet, its head unchanged"
    )


def rows_without_head(
    path: Path, rows: Sequence[Cells], names: Sequence[str], start: int
) -> Iterator[SheetRow]:
    """The rows from the one at `start`, counted from 0; the columns have the given names in order."""
    yield from _rows(path, rows, start, {name: index for index, name in enumerate(names)})


def _columns_of(row: Cells, columns: Mapping[str, Iterable[str]]) -> dict[str, int]:
    at = {_bare(cell): index for index, cell in reversed(list(enumerate(row))) if isinstance(cell, str)}
    return {
        name: at[_bare(called)] for name, names in columns.items() for called in names if _bare(called) in at
    }


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _rows(path: Path, rows: Sequence[Cells], start: int, at: Mapping[str, int]) -> Iterator[SheetRow]:
    for index, row in enumerate(rows[start:], start=start + 1):
        cells = {name: row[column] for name, column in at.items() if column < len(row)}
        if any(cell not in (None, "") for cell in cells.values()):
            yield SheetRow(f"{path.name} row {index}", cells)
