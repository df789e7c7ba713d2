"""Facial events as files: Parquet with provenance, or CSV for a spreadsheet.

One row an event, in order of onset:

    face          which face of the picture
    kind          micro or macro
    onset_s, apex_s, offset_s     seconds from the start of the recording
    units         what moved, with its side: 12L+12R+6L
    side          left, right (the subject's) or both
    peak          greatest intensity above the level around it
    confidence    0 to 1
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.core.provenance import Provenance
from telltale.signs.micro_macro import Event, read_units, write_units

LAYOUT: Final = "telltale-events/1"
"""Name and version of the table."""

_SCHEMA: Final = pa.schema(
    [
        pa.field("face", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("onset_s", pa.float64(), nullable=False),
        pa.field("apex_s", pa.float64(), nullable=False),
        pa.field("offset_s", pa.float64(), nullable=False),
        pa.field("units", pa.string(), nullable=False),
        pa.field("side", pa.string(), nullable=False),
        pa.field("peak", pa.float64(), nullable=False),
        pa.field("confidence", pa.float64(), nullable=False),
    ]
)
COLUMNS: Final = tuple(_SCHEMA.names)


@dataclass(frozen=True, slots=True)
class EventsFile:
    """What an events file holds."""

    events: dict[str, tuple[Event, ...]]
    """By face; a face without events has no rows, so it is not here."""
    provenance: Provenance


def write_events(
    events: Mapping[str, Sequence[Event]], path: Path, *, provenance: Provenance | None = None
) -> None:
    """Write the events of each face, whole or not at all: CSV where `path` ends so, else Parquet."""
    rows = _rows(events)
    if path.suffix.lower() == ".csv":
        with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(_rounded(row) for row in rows)
        return
    metadata = {"telltale.layout": LAYOUT, "telltale.provenance": (provenance or Provenance()).to_json()}
    table = pa.Table.from_pylist(rows, schema=_SCHEMA.with_metadata(metadata))
    with replacing_file(path) as beside:
        pq.write_table(table, beside, compression="zstd")


def read_events(path: Path) -> EventsFile:
    """Read a Parquet file of events; one that lacks a column or holds what is no event is refused."""
    try:
        table = pq.read_table(path, use_threads=False)
    except FileNotFoundError as error:
        raise FormatError(f"no file at {path}", hint="give the path of an events file") from error
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} is not a readable Parquet file", hint="write it again") from error
    if missing := [name for name in COLUMNS if name not in table.column_names]:
        raise FormatError(f"{path} lacks {', '.join(missing)}", hint=f"its columns are {', '.join(COLUMNS)}")
    metadata = table.schema.metadata or {}
    layout = metadata.get(b"telltale.layout", LAYOUT.encode()).decode()
    if layout != LAYOUT:
        raise FormatError(f"{path} has layout {layout}", hint=f"this version reads {LAYOUT}")
    events: dict[str, tuple[Event, ...]] = {}
    for number, row in enumerate(table.to_pylist(), start=1):
        event = _event(row, f"{path} row {number}")
        events[row["face"]] = (*events.get(row["face"], ()), event)
    provenance = Provenance.from_json(metadata.get(b"telltale.provenance", b"[]").decode())
    return EventsFile(events, provenance)


def _rows(events: Mapping[str, Sequence[Event]]) -> list[dict[str, object]]:
    pairs = [(face, event) for face, found in events.items() for event in found]
    pairs.sort(key=lambda pair: (pair[1].onset_s, pair[0]))
    return [
        {
            "face": face,
            "kind": event.kind,
            "onset_s": event.onset_s,
            "apex_s": event.apex_s,
            "offset_s": event.offset_s,
            "units": write_units(event.units),
            "side": event.side,
            "peak": event.peak,
            "confidence": event.confidence,
        }
        for face, event in pairs
    ]


def _rounded(row: Mapping[str, object]) -> dict[str, object]:
    """Times to a tenth of a millisecond: what lies below was never measured."""
    return {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in row.items()}


def _event(row: Mapping[str, object], where: str) -> Event:
    numbers = [row[name] for name in ("onset_s", "apex_s", "offset_s", "peak", "confidence")]
    if not all(isinstance(value, float) for value in numbers):
        raise FormatError(f"{where} lacks a number", hint="its times, peak and confidence are floats")
    onset_s, apex_s, offset_s, peak, confidence = (float(str(value)) for value in numbers)
    if not onset_s <= apex_s <= offset_s:
        raise FormatError(f"{where} has its times out of order", hint="onset, then apex, then offset")
    return Event(onset_s, apex_s, offset_s, read_units(str(row["units"])), peak, confidence)
