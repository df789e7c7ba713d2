"""The scan of one signal: whatever a Signal may be is sound, and one wrong value is found where it stands."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core import channels
from telltale.core.rng import stream
from telltale.core.signal import Signal
from telltale.core.signal_file import write_signal
from telltale.study.signal_scan import HIGH, LOW, SignalFile, check_times, check_values, scan

Values = npt.NDArray[np.float32]
CONFIDENCE = channels.unit_channels("confidence")


def sound(seed: int, rows: int) -> tuple[npt.NDArray[np.float64], Values]:
    """Times (T,) and values (T, 128) within every limit, with unread rows and hidden units."""
    rng = stream(seed, "scan")
    values = rng.uniform(LOW + 0.02, HIGH - 0.02, (rows, channels.COUNT)).astype(np.float32)
    values[:, CONFIDENCE] = rng.uniform(0.1, 1.0, (rows, len(CONFIDENCE)))
    hidden = rng.random((rows, len(CONFIDENCE))) < 0.1
    for unit, column in enumerate(CONFIDENCE):
        values[hidden[:, unit], column - 6 : column] = np.nan
        values[hidden[:, unit], column] = 0.0
    values[:, channels.VALID] = rng.random(rows) < 0.8
    values[values[:, channels.VALID] == 0.0, : channels.VALID] = np.nan
    return np.arange(1, rows + 1) / channels.RATE_HZ, values


def codes(times_s: npt.NDArray[np.float64], values: Values) -> set[str]:
    return {finding.code for finding in check_values(values.T.copy(), times_s)}


@given(st.integers(0, 10_000), st.integers(1, 60))
@settings(deadline=None)
def test_what_a_signal_may_be_has_no_fault(seed: int, rows: int) -> None:
    times_s, values = sound(seed, rows)
    Signal(times_s, values)
    assert codes(times_s, values) == set()


@given(st.integers(0, 10_000), st.integers(0, 39), st.integers(0, channels.VALID - 1), st.booleans())
@settings(deadline=None)
def test_one_wrong_value_anywhere_is_found(seed: int, row: int, column: int, out_of_range: bool) -> None:
    times_s, values = sound(seed, 40)
    was_read = not np.isnan(values[row, column])
    values[row, column] = HIGH[column] + 1 if out_of_range or not was_read else np.nan
    findings = check_values(values.T.copy(), times_s)
    if column in CONFIDENCE and not out_of_range and was_read:
        assert "nan-where-read" in {f.code for f in findings}
    assert any(
        f.first.startswith(f"row {row} ") and (channels.NAMES[column] in f.columns or column in CONFIDENCE)
        for f in findings
    )


@given(st.lists(st.floats(0.091, 0.109), min_size=2, max_size=50), st.floats(-5, 5))
def test_times_that_rise_by_about_a_tenth_are_sound(steps: list[float], offset_s: float) -> None:
    times_s = offset_s + np.cumsum(steps)
    file = SignalFile(Path("s.parquet"), "s", offset_s, float(times_s[-1]))
    assert check_times(times_s, file) == []


def test_a_hole_at_either_end_is_a_gap() -> None:
    times_s = np.arange(31, 61) / 10
    (finding,) = check_times(times_s, SignalFile(Path("s.parquet"), "s", 0.0, 10.0))
    assert (finding.code, finding.count, finding.first) == ("signal-gaps", 2, "0.0 to 3.1 s")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.replace_schema_metadata({"telltale.layout": "telltale-64/2"}), "other-layout"),
        (lambda t: t.slice(0, 0), "no-rows"),
        (lambda t: t.append_column("yaw", t.column("yaw")), "repeated-column"),
        (lambda t: t.set_column(5, t.column_names[5], pa.array(["x"] * t.num_rows)), "wrong-type"),
        (lambda t: t.select(["time_s", "valid"]), "missing-channels"),
    ],
)
def test_a_file_of_another_form_is_named(tmp_path: Path, change: object, code: str) -> None:
    assert callable(change)
    times_s, values = sound(1, 30)
    path = tmp_path / "s.parquet"
    write_signal(Signal(times_s, values), path)
    pq.write_table(change(pq.read_table(path)), path)
    assert [finding.code for finding in scan(SignalFile(path, "s")).findings] == [code]


def test_a_session_of_the_papers_length_takes_little_time() -> None:
    times_s, values = sound(2, 14_000)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "s.parquet"
        write_signal(Signal(times_s, values), path)
        spent_s = []
        for _ in range(5):
            started = time.perf_counter()
            assert scan(SignalFile(path, "s", 0.0, 1400.0)).findings == ()
            spent_s.append(time.perf_counter() - started)
    # A quarter of a second is ten times what it needs; more means that something is read row by row.
    assert min(spent_s) < 0.25
