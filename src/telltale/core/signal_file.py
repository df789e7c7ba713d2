"""A Signal as a Parquet file: `time_s` and the 128 channels by name, readable by anything.

Values are float32, split into byte planes before compression, so that a value rounded to few bits
costs few bits. The file's own metadata holds the channel layout, which face it is, and the provenance.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.core.provenance import Provenance
from telltale.core.signal import Signal, Times, Values

_SCHEMA = pa.schema(
    [pa.field("time_s", pa.float64(), nullable=False)]
    + [pa.field(name, pa.float32(), nullable=False) for name in channels.NAMES]
)
_ROWS_A_GROUP = 36_000  # an hour


def write_signal(signal: Signal, path: Path) -> None:
    """Write a signal to a Parquet file, whole or not at all."""
    with replacing_file(path) as beside, SignalWriter(beside, signal.face, signal.provenance) as writer:
        writer.add(signal.times_s, signal.values)


class SignalWriter:
    """Writes a signal whose rows come little by little; use it in a `with` block.

    It writes where it is told: whoever needs the whole file or none writes beside and renames.
    """

    def __init__(self, path: Path, face: str, provenance: Provenance) -> None:
        metadata = {
            "telltale.layout": channels.LAYOUT,
            "telltale.face": face,
            "telltale.provenance": provenance.to_json(),
        }
        self._schema = _SCHEMA.with_metadata(metadata)
        self._file = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            use_byte_stream_split=True,
            write_statistics=False,
        )

    def add(self, times_s: Times, values: Values) -> None:
        """Add rows: times (T,), values (T, 128)."""
        # One contiguous array a channel: Arrow takes them without another copy.
        by_channel = np.ascontiguousarray(values.T, dtype=np.float32)
        columns = [pa.array(times_s), *(pa.array(column) for column in by_channel)]
        self._file.write_table(pa.table(columns, schema=self._schema), row_group_size=_ROWS_A_GROUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read_signal(path: Path) -> Signal:
    """Read a signal; a file of another layout, or one that lacks a channel, is refused."""
    table = _read_table(path)
    held = set(table.column_names)
    missing = [name for name in ("time_s", *channels.NAMES) if name not in held]
    if missing:
        some = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise FormatError(f"{path} lacks {len(missing)} channels ({some})", hint="write all 128 by name")
    metadata = table.schema.metadata or {}
    layout = metadata.get(b"telltale.layout", channels.LAYOUT.encode()).decode()
    if layout != channels.LAYOUT:
        raise FormatError(f"{path} has layout {layout}", hint=f"this version reads {channels.LAYOUT}")
    _check_numbers(path, table)
    # A channel is contiguous in the file, so it is in memory too: `values` is a view, (T, 128).
    by_channel = np.empty((channels.COUNT, table.num_rows), dtype=np.float32)
    for i, name in enumerate(channels.NAMES):
        by_channel[i] = table.column(name).to_numpy()
    values: Values = by_channel.T
    return Signal(
        table.column("time_s").to_numpy().astype(np.float64),
        values,
        face=metadata.get(b"telltale.face", b"0").decode(),
        provenance=Provenance.from_json(metadata.get(b"telltale.provenance", b"[]").decode()),
    )


def _check_numbers(path: Path, table: pa.Table) -> None:
    """Refuse text that looks like numbers, and a name that stands twice."""
    kinds: dict[str, list[pa.DataType]] = {}
    for field in table.schema:
        kinds.setdefault(field.name, []).append(field.type)
    for name in ("time_s", *channels.NAMES):
        kind, *more = kinds[name]
        if more:
            raise FormatError(f"{path} has {name} {len(more) + 1} times", hint="write each channel once")
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            raise FormatError(f"{path} holds {kind} in {name}", hint="times and channels are floats")


def _read_table(path: Path) -> pa.Table:
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            return file.read(use_threads=False)
    except FileNotFoundError as error:
        raise FormatError(f"no file at {path}", hint="give the path of a signal file") from error
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="write it again") from error
