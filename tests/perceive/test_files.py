"""What a reading leaves on disk is what it read, however it is cut into pieces."""

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.perceive.recordings import MIDDLE, record, talking

import telltale
from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.pooling import pool_frames
from telltale.core.signal import Signal
from telltale.core.signal_file import read_signal
from telltale.media.open import open_source
from telltale.perceive import files
from telltale.perceive.origin import provenance_of
from telltale.perceive.perceiver import new_perceiver
from telltale.perceive.session import run
from telltale.units.events_file import read_events


def written(path: Path, folder: Path) -> Path:
    """A reading of `path` in a new folder, with everything that can be asked for."""
    folder.mkdir()
    with (
        open_source(path) as source,
        files.ReadingFiles(folder, provenance_of(path.name, {}), frames=True, csv=True) as out,
    ):
        summary = run(source, new_perceiver(), [out])
    files.write_summary(folder, summary)
    return folder


def same(one: Signal, other: Signal) -> None:
    np.testing.assert_array_equal(one.times_s, other.times_s)
    np.testing.assert_array_equal(one.values, other.values)
    assert one.face == other.face


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "a.mp4"
    return record(path, 2.5, lambda t: {} if 1.0 < t < 1.5 else talking(t))


@pytest.fixture(scope="module")
def folder(recording: Path) -> Path:
    return written(recording, recording.parent / "reading")


def test_the_files_are_what_is_read_in_memory(recording: Path, folder: Path, tmp_path: Path) -> None:
    reading = telltale.read(recording)
    reading.save(tmp_path / "saved")
    saved = {path.name for path in (tmp_path / "saved").iterdir()}
    assert saved == {"face-0.parquet", "events.parquet", "summary.json"}
    same(read_signal(tmp_path / "saved" / "face-0.parquet"), reading.signal)
    assert read_events(tmp_path / "saved" / "events.parquet").events.get("0", ()) == reading.events["0"]
    assert (tmp_path / "saved" / "summary.json").read_bytes() == (folder / "summary.json").read_bytes()
    with pytest.raises(FormatError, match="saved"):
        reading.save(tmp_path / "saved")
    same(read_signal(folder / "face-0.parquet"), reading.signal)
    assert read_events(folder / "events.parquet").events.get("0", ()) == reading.events["0"]
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(reading.summary.to_dict()))


def test_the_frames_pool_to_the_rows(folder: Path) -> None:
    table = pq.read_table(folder / "frames.parquet")
    assert table.column_names == ["frame", "time_s", "face", *channels.NAMES]
    assert set(table.column("face").to_pylist()) == {"0"}
    assert table.column("frame").to_pylist() == list(range(38))
    values = np.stack([table.column(name).to_numpy() for name in channels.NAMES], axis=1)
    same(pool_frames(table.column("time_s").to_numpy(), values), read_signal(folder / "face-0.parquet"))


def test_the_csv_has_a_line_a_frame(folder: Path) -> None:
    with (folder / "face-0.openface.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(folder / "frames.parquet")
    assert [float(row["timestamp"]) for row in rows] == pytest.approx(table["time_s"].to_pylist(), abs=6e-4)
    assert [int(row["frame"]) for row in rows] == [index + 1 for index in table["frame"].to_pylist()]
    assert [row["success"] == "1" for row in rows] == [valid == 1 for valid in table["valid"].to_pylist()]


def test_many_small_pieces_make_the_same_files(
    recording: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ROWS_AT_ONCE", 7)
    pieces = written(recording, tmp_path / "pieces")
    same(read_signal(pieces / "face-0.parquet"), read_signal(folder / "face-0.parquet"))
    assert pq.ParquetFile(pieces / "frames.parquet").num_row_groups == 6
    mine, theirs = (pq.read_table(made / "frames.parquet") for made in (pieces, folder))
    assert mine.schema.equals(theirs.schema, check_metadata=True)
    for name in mine.column_names:
        np.testing.assert_array_equal(mine.column(name).to_numpy(), theirs.column(name).to_numpy())


def test_two_faces_have_two_files(tmp_path: Path) -> None:
    both = {"front": (20, 90), "other": (330, 90)}
    path = record(tmp_path / "two.mp4", 0.5, lambda _: both)
    made = written(path, tmp_path / "reading")
    assert sorted(p.name for p in made.glob("face-*.parquet")) == ["face-0.parquet", "face-1.parquet"]
    assert read_signal(made / "face-1.parquet").face == "1"


def test_no_face_leaves_no_signal(tmp_path: Path) -> None:
    made = written(record(tmp_path / "none.mp4", 0.3, lambda _: {}), tmp_path / "reading")
    assert sorted(p.name for p in made.iterdir()) == ["events.parquet", "frames.parquet", "summary.json"]
    assert len(pq.read_table(made / "frames.parquet")) == 0
    assert read_events(made / "events.parquet").events == {}


def test_where_a_face_is_does_not_matter_to_its_name(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 0.4, lambda t: {"front": (MIDDLE[0] + round(100 * t), MIDDLE[1])})
    assert list(telltale.read(path).signals) == ["0"]
