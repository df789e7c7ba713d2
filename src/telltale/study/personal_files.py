"""Where people stand in a study's folder: tables with their ids, and files named after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.study import schema

ID_COLUMNS = ("participant_id", "session_id")
"""The columns that say whose a row is."""


def id_tables(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Every Parquet file with a person's or session's id in it, and the columns that hold one.

    Signals are left out: they hold channels alone, and their names say whose they are.
    """
    for path in _files(folder):
        place = path.relative_to(folder).parts[0]
        if path.suffix != ".parquet" or place in (schema.SIGNALS, schema.HOST_SIGNALS):
            continue
        try:
            names = pq.read_schema(path).names
        except (pa.ArrowException, OSError) as error:
            raise FormatError(
                f"{path} cannot be searched: not a readable Parquet file", hint="mend or delete it first"
            ) from error
        if columns := [name for name in ID_COLUMNS if name in names]:
            yield path, columns


def files_of(folder: Path, ids: Iterable[str]) -> list[Path]:
    """Files that bear one of the ids as their name, or lie in a folder that does.

    Both `aligned/s01.parquet` and `windows/session_id=s01/0.parquet` are session s01's. The tables
    themselves and what belongs to a room are nobody's.
    """
    wanted = set(ids)
    wanted |= {f"{column}={name}" for column in ID_COLUMNS for name in wanted}
    found = []
    for path in _files(folder):
        parts = path.relative_to(folder).with_suffix("").parts
        everybodys = len(parts) == 1 or parts[0] in (schema.HOST_SIGNALS, schema.RECEIPTS)
        if not everybodys and wanted.intersection((*parts[1:], path.name)):
            found.append(path)
    return found


def left_overs(folder: Path) -> list[Path]:
    """Half-written files and folders of runs that were stopped; they may hold anybody's rows."""
    return sorted(folder.rglob(".*.part"))


def unsearched(folder: Path) -> list[Path]:
    """Files of `derived/` in which nobody can be found: neither a table nor the array of a table's rows."""
    return [path for path in _files(folder / schema.DERIVED) if not _is_searched(path)]


def _is_searched(path: Path) -> bool:
    return path.suffix == ".parquet" or (path.suffix == ".npy" and path.with_suffix(".parquet").is_file())


def belongs(batch: pa.RecordBatch, columns: Iterable[str], ids: Iterable[str]) -> pa.BooleanArray:
    """For each row, whether one of the id columns names one of `ids`."""
    wanted = pa.array(sorted(ids), pa.string())
    masks = [pc.is_in(batch.column(name).cast(pa.string()), value_set=wanted) for name in columns]
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.or_(mask, other)
    return mask


def names_in_study(folder: Path) -> dict[str, str]:
    """Every person's and session's id that stands in a table or names a file, and where it was seen first."""
    names: dict[str, str] = {}
    for path, columns in id_tables(folder):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=columns):
                for column in columns:
                    for name in batch.column(column).cast(pa.string()).unique().to_pylist():
                        names.setdefault(str(name), f"{path.relative_to(folder)}, {column}")
    for path in _files(folder):
        for part in path.relative_to(folder).parts[1:]:
            names.setdefault(Path(part).stem.split("=")[-1], f"{path.relative_to(folder).parts[0]}/")
    return names


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
