"""The truth beside a clip, in Parquet: each frame, each event, and the table of a folder's clips.

Every file says `rendered = true` in its metadata: no face in it belongs to anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.simulate.acting_events import Event

TRUTH: Final = ".truth.parquet"
EVENTS: Final = ".events.parquet"
VIDEO: Final = ".mp4"
TABLE: Final = "clips.parquet"

_RENDERED: Final = {"telltale.rendered": "true", "rendered": "true"}
_ROWS_AT_ONCE: Final = 512


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """One clip: a row of `clips.parquet`."""

    name: str
    preset: str
    seed: int
    """Of the run."""
    clip: int
    """Number within the run."""
    maker: str
    identity_seed: int
    skin_tone: int
    """On the Monk scale, 1 light to 10 dark."""
    light: str
    rate_hz: int
    bitrate_kbps: int
    width: int
    height: int
    face_width_px: float
    noise: float
    """Of the sensor, standard deviation at middle grey, levels of 255."""
    defocus_px: float
    speaks: bool
    duration_s: float


UNIT_COLUMNS: Final = tuple(f"au{unit:02d}_{side}" for unit in ACTION_UNITS for side in ("left", "right"))
POSE_COLUMNS: Final = ("speaking", "yaw", "pitch", "roll", "gaze_x", "gaze_y")
POINT_COLUMNS: Final = (*(f"x{i:02d}" for i in range(68)), *(f"y{i:02d}" for i in range(68)))
HIDDEN_COLUMNS: Final = tuple(f"hidden_au{unit:02d}" for unit in ACTION_UNITS)
VALUE_COLUMNS: Final = (*UNIT_COLUMNS, *POSE_COLUMNS, *POINT_COLUMNS, *HIDDEN_COLUMNS, "in_frame")
"""What a row of the truth holds after `frame` and `time_s`, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """The truth of one frame."""

    units: npt.NDArray[np.float64]
    """Shape (17, 2), 25 and 26 as the mesh shows them."""
    pose: tuple[float, float, float, float, float, float]
    """As `POSE_COLUMNS`."""
    points68: npt.NDArray[np.float32]
    """Shape (68, 2), pixels; whole numbers are the centres of pixels."""
    hidden: npt.NDArray[np.float32]
    """Shape (17,)."""
    in_frame: bool
    """Whether the picture shows the face at all."""

    def row(self) -> npt.NDArray[np.float32]:
        """The values in the order of `VALUE_COLUMNS`."""
        parts = (self.units.reshape(-1), self.pose, self.points68.T.reshape(-1), self.hidden, [self.in_frame])
        return np.concatenate([np.asarray(part, dtype=np.float32) for part in parts])


class TruthWriter:
    """Writes frames as they come, some hundreds at a time."""

    def __init__(self, file: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._file, self._schema = file, schema
        self._times: list[float] = []
        self._rows: list[npt.NDArray[np.float32]] = []
        self._written = 0

    def add(self, time_s: float, truth: FrameTruth) -> None:
        """Add the next frame's truth."""
        self._times.append(time_s)
        self._rows.append(truth.row())
        if len(self._rows) == _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what has come since the last time."""
        if not self._rows:
            return
        frames = np.arange(self._written, self._written + len(self._rows), dtype=np.int32)
        values = np.ascontiguousarray(np.stack(self._rows).T)
        columns = [pa.array(frames), pa.array(self._times, pa.float64()), *(pa.array(v) for v in values)]
        self._file.write_table(pa.table(columns, schema=self._schema))
        self._written += len(self._rows)
        self._times, self._rows = [], []


@contextmanager
def writing_truth(path: Path, record: ClipRecord) -> Iterator[TruthWriter]:
    """A writer of the frames' truth to `path`; the clip's record goes into the file's metadata."""
    schema = pa.schema(
        [pa.field("frame", pa.int32(), nullable=False), pa.field("time_s", pa.float64(), nullable=False)]
        + [pa.field(name, pa.float32(), nullable=False) for name in VALUE_COLUMNS],
        metadata={**_RENDERED, "telltale.clip": json.dumps(asdict(record))},
    )
    with pq.ParquetWriter(
        path, schema, compression="zstd", use_byte_stream_split=True, use_dictionary=False
    ) as file:
        writer = TruthWriter(file, schema)
        yield writer
        writer.flush()


def write_events(path: Path, events: Sequence[Event], duration_s: float) -> None:
    """Write the events of a clip, cut at its begin and end."""
    rows = [row for event in events if (row := _event_row(event, duration_s))]
    pq.write_table(pa.Table.from_pylist(rows, schema=_EVENT_SCHEMA), path)


def _event_row(event: Event, duration_s: float) -> dict[str, float | str] | None:
    """What the clip shows of an event, or nothing if it begins too late to be seen."""
    bump = event.bump
    onset, offset = max(bump.start_s, 0.0), min(bump.end_s, duration_s)
    apex = min(max(event.apex_s, onset), offset)
    height = float(bump.at(np.array([apex]))[0])
    if onset >= duration_s or height < 0.1:
        return None
    return {
        "onset_s": onset,
        "apex_s": apex,
        "offset_s": offset,
        "units": event.units,
        "side": event.side,
        "kind": event.kind,
        "peak": event.peak * height,
        "expression": event.expression,
        "form": event.form,
        "further": event.further,
    }


_EVENT_SCHEMA: Final = pa.schema(
    [
        pa.field(name, pa.float64() if name.endswith("_s") or name == "peak" else pa.string(), nullable=False)
        for name in (
            "onset_s", "apex_s", "offset_s", "units", "side", "kind", "peak", "expression", "form", "further",
        )
    ],
    metadata=_RENDERED,
)  # fmt: skip


def read_record(folder: Path, name: str) -> ClipRecord | None:
    """The record of a clip that is there and whole, or None.

    The truth is put in place last, so where it stands the other files stand too.
    """
    path = folder / f"{name}{TRUTH}"
    if not path.is_file():
        return None
    try:
        held = pq.read_schema(path).metadata or {}
        return ClipRecord(**json.loads(held[b"telltale.clip"]))
    except (pa.ArrowException, KeyError, ValueError, TypeError) as error:
        raise FormatError(
            f"{path} is no truth of a rendered clip", hint="delete it and render again"
        ) from error


def write_clip_table(folder: Path) -> tuple[ClipRecord, ...]:
    """Write `clips.parquet` from the clips that are in a folder, by name."""
    names = sorted(path.name.removesuffix(TRUTH) for path in folder.glob(f"*{TRUTH}") if path.name[0] != ".")
    records = tuple(record for name in names if (record := read_record(folder, name)))
    kinds = {"int": pa.int64(), "float": pa.float64(), "str": pa.string(), "bool": pa.bool_()}
    schema = pa.schema(
        [pa.field(f.name, kinds[str(f.type)], nullable=False) for f in fields(ClipRecord)], metadata=_RENDERED
    )
    with replacing_file(folder / TABLE) as beside:
        pq.write_table(pa.Table.from_pylist([asdict(record) for record in records], schema=schema), beside)
    return records
