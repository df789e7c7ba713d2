"""A Signal on disk: the same bits come back, and a file that is not a signal gets one clear line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from tests.core.signals import counting_signal, same_bits, signals

from telltale.core import channels
from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.core.signal_file import read_signal, write_signal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signals")


@settings(max_examples=30, deadline=None)  # 129 columns a file take their time
@given(signal=signals())
def test_what_was_written_comes_back_bit_by_bit(folder: Path, signal: Signal) -> None:
    write_signal(signal, folder / "a.parquet")
    assert same_bits(read_signal(folder / "a.parquet"), signal)


def test_the_same_signal_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_signal(counting_signal(700), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_anything_that_reads_parquet_reads_it(tmp_path: Path) -> None:
    write_signal(counting_signal(5), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column_names == ["time_s", *channels.NAMES]
    assert table.column("au12_intensity_left").to_pylist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_order_and_further_columns_do_not_matter(tmp_path: Path) -> None:
    write_signal(counting_signal(5), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    mixed = table.select(table.column_names[::-1]).append_column("note", pa.array(["x"] * 5))
    pq.write_table(mixed, tmp_path / "b.parquet")
    assert same_bits(read_signal(tmp_path / "b.parquet"), read_signal(tmp_path / "a.parquet"))


def test_a_file_by_another_hand_needs_no_metadata(tmp_path: Path) -> None:
    columns: dict[str, Any] = {name: np.zeros(2) for name in channels.NAMES}
    table = pa.table({**columns, "time_s": [1, 2], "valid": [1, 1]})
    pq.write_table(table, tmp_path / "a.parquet")
    signal = read_signal(tmp_path / "a.parquet")
    assert signal.face == "0"
    assert signal.valid.all()


def _set(name: str, values: Any) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.set_column(table.column_names.index(name), name, values)


def _say(key: bytes, value: bytes) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.replace_schema_metadata({**(table.schema.metadata or {}), key: value})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: t.drop_columns(["yaw"]), r"lacks 1 channels \(yaw\)"),
        (lambda t: t.drop_columns(["time_s"]), r"lacks 1 channels \(time_s\)"),
        (lambda t: t.select(["time_s"]), r"lacks 128 channels \(au01_intensity_left, .* \.\.\.\)"),
        (_set("yaw", pa.array(["0.5", "0.5", "0.5"])), "holds string in yaw"),
        (_set("time_s", pa.array(["a", "b", "c"])), "holds string in time_s"),
        (_set("roll", pa.array([True, False, True])), "holds bool in roll"),
        (lambda t: t.append_column("yaw", t.column("yaw")), "has yaw 2 times"),
        (_set("time_s", pa.array([0.3, 0.2, 0.1])), "times do not increase"),
        (_set("time_s", pa.array([0.1, None, 0.3])), "times do not increase"),
        (_set("valid", pa.array([1.0, 0.0, 1.0])), "row 1 has valid = 0 but holds values"),
        (_say(b"telltale.layout", b"telltale-256/1"), "has layout telltale-256/1"),
        (_say(b"telltale.provenance", b"what?"), "provenance cannot be read"),
        (_say(b"telltale.provenance", b'[{"what": 1}]'), "provenance cannot be read"),
    ],
)
def test_a_file_that_is_no_signal_is_refused(
    tmp_path: Path, spoil: Callable[[pa.Table], pa.Table], words: str
) -> None:
    write_signal(counting_signal(3), tmp_path / "a.parquet")
    pq.write_table(spoil(pq.read_table(tmp_path / "a.parquet")), tmp_path / "b.parquet")
    with pytest.raises(FormatError, match=words) as caught:
        read_signal(tmp_path / "b.parquet")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_truncated_file_gets_one_clear_line(tmp_path: Path, share: float) -> None:
    write_signal(counting_signal(300), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(FormatError, match=r"cut\.parquet is not a readable Parquet file: write it again$"):
        read_signal(tmp_path / "cut.parquet")


def test_a_missing_file_and_a_folder_get_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no file at"):
        read_signal(tmp_path / "none.parquet")
    with pytest.raises(FormatError, match="not a readable Parquet file"):
        read_signal(tmp_path)
