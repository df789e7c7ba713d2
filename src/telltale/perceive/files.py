"""What a reading leaves on disk, written while it runs so that its length costs no memory.

face-<name>.parquet       the Signal of each face
events.parquet            micro- and macro-expressions of all faces
frames.parquet            every frame of every face, if asked for
face-<name>.affect.parquet  its four affect signals, if asked for
face-<name>.openface.csv  every frame of the face under OpenFace's column names, if asked for
summary.json              what was read, what was not, and since when
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core import channels
from telltale.core.provenance import Provenance
from telltale.core.signal import Values
from telltale.core.signal_file import SignalWriter, read_signal
from telltale.media.frame import Frame
from telltale.perceive.perceiver import FaceStep
from telltale.perceive.summary import Summary
from telltale.signs.affect import NAMES, compute_affect
from telltale.signs.micro_macro import Event
from telltale.units.events_file import write_events
from telltale.units.openface_csv import OpenFaceCsv

_ROWS_AT_ONCE: Final = 3_000
"""Five minutes of rows; as many frames."""

_FRAMES: Final = pa.schema(
    [pa.field("frame", pa.int64()), pa.field("time_s", pa.float64()), pa.field("face", pa.string())]
    + [pa.field(name, pa.float32()) for name in channels.NAMES]
)


def signal_name(face: str) -> str:
    """The name of a face's signal file."""
    return f"face-{face}.parquet"


class ReadingFiles:
    """Writes into a folder while a recording is read; close it, or use it in a `with` block.

    Parameters
    ----------
    folder
        Exists and is empty.
    frames
        Whether to keep every frame.
    csv
        Whether to write every frame under OpenFace's column names as well.
    """

    def __init__(
        self, folder: Path, provenance: Provenance, *, frames: bool = False, csv: bool = False
    ) -> None:
        self._folder = folder
        self._provenance = provenance
        self._open = ExitStack()
        self._signals: dict[str, SignalWriter] = {}
        self._rows: dict[str, list[tuple[float, Values]]] = {}
        self._events: dict[str, list[Event]] = {}
        self._frames = self._frame_writer() if frames else None
        self._csv = csv
        self._tables: dict[str, OpenFaceCsv] = {}
        self._waiting: list[tuple[int, float, str, Values]] = []

    def frame(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        """Take one frame."""
        self._take(steps)
        if self._csv:
            self._tell_openface(frame, steps)
        if self._frames is not None:
            self._waiting += [(frame.index, frame.time_s, step.face, step.channels) for step in steps]
            if len(self._waiting) >= _ROWS_AT_ONCE:
                self._write_frames()

    def finish(self, steps: Sequence[FaceStep]) -> None:
        """Take what came after the last frame, and write what waits."""
        self._take(steps)
        for face in list(self._rows):
            self._write_rows(face)
        self._write_frames()
        write_events(self._events, self._folder / "events.parquet", provenance=self._provenance)

    def close(self) -> None:
        """Close every file."""
        self._open.close()

    def __enter__(self) -> ReadingFiles:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _take(self, steps: Sequence[FaceStep]) -> None:
        for step in steps:
            rows = self._rows.setdefault(step.face, [])
            rows.extend(step.rows)
            self._events.setdefault(step.face, []).extend(step.events)
            if len(rows) >= _ROWS_AT_ONCE:
                self._write_rows(step.face)

    def _tell_openface(self, frame: Frame, steps: Sequence[FaceStep]) -> None:
        for step in steps:
            if step.face not in self._tables:
                table = OpenFaceCsv(self._folder / f"face-{step.face}.openface.csv", step.face)
                self._tables[step.face] = self._open.enter_context(table)
            presence = 0.0 if step.view is None else step.view.presence
            self._tables[step.face].add(frame.index, frame.time_s, step.channels, presence)

    def _write_rows(self, face: str) -> None:
        rows = self._rows[face]
        if not rows:
            return
        if face not in self._signals:
            writer = SignalWriter(self._folder / signal_name(face), face, self._provenance)
            self._signals[face] = self._open.enter_context(writer)
        self._signals[face].add(np.array([time_s for time_s, _ in rows]), np.stack([row for _, row in rows]))
        self._rows[face] = []

    def _frame_writer(self) -> pq.ParquetWriter:
        schema = _FRAMES.with_metadata({"telltale.provenance": self._provenance.to_json()})
        path = self._folder / "frames.parquet"
        writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=["face"],
            use_byte_stream_split=list(channels.NAMES),
            write_statistics=False,
        )
        return self._open.enter_context(writer)

    def _write_frames(self) -> None:
        if self._frames is None or not self._waiting:
            return
        index, times_s, faces, values = zip(*self._waiting, strict=True)
        by_channel = np.ascontiguousarray(np.stack(values).T)
        columns = [pa.array(index, pa.int64()), pa.array(times_s), pa.array(faces, pa.string())]
        columns += [pa.array(column) for column in by_channel]
        self._frames.write_table(pa.table(columns, schema=_FRAMES))
        self._waiting = []


def write_summary(folder: Path, summary: Summary, **more: Any) -> None:
    """Write what a reading says of itself, and what was made of it besides."""
    text = json.dumps(summary.to_dict() | more, indent=2, ensure_ascii=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")


def write_affect(folder: Path, faces: Sequence[str]) -> None:
    """The affect signals of the faces of a finished folder: four numbers a row, empty where unread."""
    for face in faces:
        affect = compute_affect(read_signal(folder / signal_name(face)))
        columns = {"time_s": affect.times_s} | {
            name: pa.array(affect.values[:, k], from_pandas=True) for k, name in enumerate(NAMES)
        }
        pq.write_table(pa.table(columns), folder / f"face-{face}.affect.parquet")
