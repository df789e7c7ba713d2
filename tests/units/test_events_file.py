"""Events written are events read; what is no events file is refused in one line."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from telltale.core.errors import FormatError
from telltale.core.provenance import Provenance
from telltale.signs.micro_macro import Event
from telltale.units.events_file import COLUMNS, read_events, write_events

SMILE = Event(2.5, 3.0, 4.5, ((6, "left"), (12, "left"), (12, "right")), 0.6, 0.9)
FLASH = Event(1.0, 1.05, 1.125, ((4, "right"),), 0.21, 0.62)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    made = Provenance().then("read", software="telltale", source="a.mp4")
    write_events({"0": [FLASH, SMILE], "1": [SMILE]}, path, provenance=made)
    back = read_events(path)
    assert back.events == {"0": (FLASH, SMILE), "1": (SMILE,)}
    assert back.provenance == made


def test_rows_stand_by_onset_with_kind_and_side(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    write_events({"0": [SMILE, FLASH]}, path)
    rows = pq.read_table(path).to_pylist()
    assert tuple(rows[0]) == COLUMNS
    assert [(r["kind"], r["units"], r["side"]) for r in rows] == [
        ("micro", "4R", "right"),
        ("macro", "6L+12L+12R", "both"),
    ]


def test_no_events_make_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    write_events({"0": []}, path)
    assert read_events(path).events == {}
    assert pq.read_schema(path).names == list(COLUMNS)


def test_csv_has_the_same_columns(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_events({"0": [FLASH]}, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["apex_s"], rows[0]["units"], rows[0]["kind"]) == ("1.0500", "4R", "micro")


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("units", "4X", "'4X' is no unit with a side"),
        ("apex_s", 9.0, "row 1 has its times out of order"),
        ("peak", None, "row 1 lacks a number"),
    ],
)
def test_what_is_no_event_is_refused(tmp_path: Path, column: str, value: object, told: str) -> None:
    path = tmp_path / "events.parquet"
    write_events({"0": [FLASH]}, path)
    row = pq.read_table(path).to_pylist()[0] | {column: value}
    pq.write_table(pa.Table.from_pylist([row]), path)
    with pytest.raises(FormatError, match=told):
        read_events(path)


def test_what_is_no_events_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    with pytest.raises(FormatError, match="no file at"):
        read_events(path)
    path.write_bytes(b"not parquet")
    with pytest.raises(FormatError, match="not a readable Parquet file"):
        read_events(path)
    pq.write_table(pa.table({"face": ["0"]}), path)
    with pytest.raises(FormatError, match="lacks kind, onset_s"):
        read_events(path)
    write_events({"0": [FLASH]}, path)
    other = pq.read_table(path).replace_schema_metadata({"telltale.layout": "telltale-events/9"})
    pq.write_table(other, path)
    with pytest.raises(FormatError, match="has layout telltale-events/9"):
        read_events(path)
