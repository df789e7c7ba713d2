"""Tables and arrays without somebody's rows, written beside the old ones, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.study.personal_files import ID_COLUMNS, belongs

_ROWS_A_PIECE = 256


def count_rows(path: Path, ids: Iterable[str]) -> int:
    """How many rows of a table are theirs."""
    with pq.ParquetFile(path) as file:
        columns = _id_columns(file)
        return sum(belongs(batch, columns, ids).true_count for batch in file.iter_batches(columns=columns))


def write_table_without(path: Path, beside: Path, ids: Iterable[str]) -> None:
    """The table without their rows; schema and order stay."""
    with pq.ParquetFile(path) as file, pq.ParquetWriter(beside, file.schema_arrow, compression="zstd") as out:
        columns = _id_columns(file)
        for batch in file.iter_batches():
            kept = batch.filter(pc.invert(belongs(batch, columns, ids)))
            if kept.num_rows:
                out.write_batch(kept.cast(file.schema_arrow))


def array_beside(path: Path) -> Path | None:
    """The NumPy file whose rows are those of a table, such as `windows.npy` for `windows.parquet`.

    Raises
    ------
    FormatError
        When it is there and its rows are others: nobody could say whose they are.
    """
    array = path.with_suffix(".npy")
    if not array.is_file():
        return None
    try:
        rows = np.load(array, mmap_mode="r").shape[0]
    except (ValueError, OSError, EOFError, IndexError) as error:
        raise FormatError(
            f"{array} is not a readable NumPy file", hint="delete it, or write it again"
        ) from error
    if rows != pq.read_metadata(path).num_rows:
        raise FormatError(f"{array} has not the rows of {path.name}", hint="delete it, or write it again")
    return array


def write_array_without(path: Path, array: Path, beside: Path, ids: Iterable[str]) -> None:
    """The array without the rows that are theirs in the table `path`."""
    table = pq.read_table(path, columns=_id_columns_of(path)).combine_chunks()
    theirs = [belongs(batch, table.column_names, ids).to_numpy(False) for batch in table.to_batches()]
    kept = np.flatnonzero(~np.concatenate(theirs).astype(bool))
    values = np.load(array, mmap_mode="r")
    head = {"descr": np.lib.format.dtype_to_descr(values.dtype), "fortran_order": False}
    with beside.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head | {"shape": (len(kept), *values.shape[1:])})
        for start in range(0, len(kept), _ROWS_A_PIECE):
            file.write(values[kept[start : start + _ROWS_A_PIECE]].tobytes())


def _id_columns(file: pq.ParquetFile) -> list[str]:
    return [name for name in ID_COLUMNS if name in file.schema_arrow.names]


def _id_columns_of(path: Path) -> list[str]:
    with pq.ParquetFile(path) as file:
        return _id_columns(file)
