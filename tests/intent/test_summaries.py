"""Summaries of windows against values worked out by hand and against the plain definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core import channels
from telltale.core.signal import Values
from telltale.intent import summaries
from telltale.intent.summaries import (
    second_maxima,
    second_maxima_names,
    unit_statistics,
    unit_statistics_names,
    window_summaries,
    window_summaries_names,
)

Summary = Callable[[npt.NDArray[np.floating]], Values]
EACH = pytest.mark.parametrize("summary", [unit_statistics, second_maxima, window_summaries])


def still_faces(count: int = 1, steps: int = 300) -> Values:
    """Faces that were read throughout and do nothing."""
    values = np.zeros((count, steps, channels.COUNT), dtype=np.float32)
    values[:, :, channels.VALID] = 1
    return values


def random_faces(count: int, steps: int = 300) -> Values:
    """Rows of noise, an unread stretch in each window and a hidden unit in some rows."""
    draw = np.random.default_rng(3)
    values = draw.standard_normal((count, steps, channels.COUNT)).astype(np.float32)
    values[:, :, channels.VALID] = 1
    values[:, 40:60, columns("au12_")[:-1]] = np.nan
    for i in range(count):
        unread(values[i : i + 1], slice(10 * i, 10 * i + 35))
    return values


def unread(values: Values, rows: slice) -> None:
    values[:, rows] = np.nan
    values[:, rows, channels.VALID] = 0


def columns(start: str) -> list[int]:
    return [i for i, name in enumerate(channels.NAMES) if name.startswith(start)]


def set_channel(values: Values, name: str, rows: int | slice | list[int], value: npt.ArrayLike) -> None:
    values[:, rows, channels.INDEX[name]] = value


def summarised(values: Values) -> dict[str, float]:
    return dict(zip(window_summaries_names(), window_summaries(values)[0].tolist(), strict=True))


def test_names_are_as_many_as_numbers_and_none_comes_twice() -> None:
    values = still_faces(2)
    for names, summary in (
        (unit_statistics_names(), unit_statistics),
        (second_maxima_names(), second_maxima),
        (window_summaries_names(), window_summaries),
    ):
        assert summary(values).shape == (2, len(set(names)))
        assert summary(values).dtype == np.float32
        assert len(set(names)) == len(names)


def test_unit_statistics_by_hand() -> None:
    values = still_faces(steps=4)
    set_channel(values, "au06_velocity_left", slice(None), [-1.0, 2.0, 3.0, 4.0])
    numbers = dict(zip(unit_statistics_names(), unit_statistics(values)[0].tolist(), strict=True))
    assert numbers["au06_velocity_left_mean"] == 2.0
    # Squares around 2 are 9, 0, 1, 4; divided by four rows.
    assert numbers["au06_velocity_left_variance"] == 3.5
    assert numbers["au06_velocity_left_max"] == 4.0


def test_unit_statistics_are_those_of_the_rows_read() -> None:
    values = random_faces(3)
    for i, numbers in enumerate(unit_statistics(values)):
        units = values[i, :, :119].astype(np.float64)
        plain = np.concatenate([f(units, axis=0) for f in (np.nanmean, np.nanvar, np.nanmax)])
        assert numbers == pytest.approx(plain, rel=1e-6)


def test_second_maxima_by_hand() -> None:
    values = still_faces(steps=305)
    set_channel(values, "au02_energy_left", [304, 294, 4], [[0.3, 0.2, 0.9]])
    set_channel(values, "au02_energy_right", 304, 0.4)
    unread(values, slice(275, 285))
    numbers = dict(zip(second_maxima_names(), second_maxima(values)[0].tolist(), strict=True))
    found = [numbers[f"au02_energy_second_{k}"] for k in range(30)]
    # Rows 295 - 304 are the last second; 0 - 4 make no second; 275 - 284 were not read.
    assert found[:2] == pytest.approx([0.4, 0.2])
    assert np.isnan(found[2])
    assert found[3:] == [0.0] * 27


def test_levels_and_trend_by_hand() -> None:
    values = still_faces()
    line = 0.02 * np.arange(300) / 10
    set_channel(values, "au12_intensity_left", slice(None), line + 0.1)
    set_channel(values, "au12_intensity_right", slice(None), line - 0.1)
    set_channel(values, "au12_velocity_right", 250, -0.7)
    numbers = summarised(values)
    assert numbers["au12_intensity_mean"] == pytest.approx(line.mean())
    assert numbers["au12_intensity_sd"] == pytest.approx(line.std())
    assert numbers["au12_intensity_slope"] == pytest.approx(0.02)
    assert numbers["au12_intensity_max"] == pytest.approx(0.598)
    assert numbers["au12_intensity_active_share"] == pytest.approx((line > 0.1).mean(), abs=1 / 300)
    assert numbers["au12_intensity_max_20s_up"] == pytest.approx(0.02 * 9.9)
    assert numbers["au12_asymmetry_mean"] == pytest.approx(0.2)
    assert numbers["au12_asymmetry_slope"] == pytest.approx(0.0, abs=1e-7)
    assert (numbers["au12_velocity_max"], numbers["au12_velocity_max_0_5s"]) == pytest.approx((0.7, 0.7))


def test_asymmetry_keeps_its_sign_in_the_mean_and_its_size_in_the_peak() -> None:
    values = still_faces()
    set_channel(values, "au14_intensity_right", slice(100, 160), 0.5)
    numbers = summarised(values)
    assert numbers["au14_asymmetry_mean"] == pytest.approx(-0.1)
    assert numbers["au14_asymmetry_max"] == pytest.approx(0.5)
    assert numbers["au14_asymmetry_active_share"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("row", "part", "since_s"),
    [
        (299, "0_5s", 0.0),
        (250, "0_5s", 4.9),
        (249, "5_10s", 5.0),
        (200, "5_10s", 9.9),
        (199, "10_20s", 10.0),
        (100, "10_20s", 19.9),
        (99, "20s_up", 20.0),
        (0, "20s_up", 29.9),
    ],
)
def test_a_peak_falls_into_one_part(row: int, part: str, since_s: float) -> None:
    values = still_faces()
    set_channel(values, "au01_energy_right", row, 0.3)
    numbers = summarised(values)
    found = {name: numbers[f"au01_energy_max_{name}"] for name in ("0_5s", "5_10s", "10_20s", "20s_up")}
    assert found == pytest.approx(dict.fromkeys(found, 0.0) | {part: 0.3})
    assert numbers["au01_energy_since_s"] == pytest.approx(since_s)


def test_a_face_that_did_nothing_has_done_so_for_the_whole_window() -> None:
    assert summarised(still_faces())["au45_energy_since_s"] == 30.0
    short = summarised(still_faces(steps=80))
    assert short["au45_energy_since_s"] == 8.0
    assert np.isnan(short["au45_energy_max_10_20s"])


def test_the_face_as_a_whole_by_hand() -> None:
    values = still_faces(steps=10)
    set_channel(values, "yaw", slice(None), np.arange(10))
    unread(values, slice(8, 10))
    numbers = summarised(values)
    assert (numbers["yaw_mean"], numbers["yaw_last"]) == (3.5, 7.0)
    assert numbers["yaw_sd"] == pytest.approx(np.arange(8).std())
    assert numbers["read_share"] == pytest.approx(0.8)


def test_a_line_read_in_part_has_the_same_slope() -> None:
    values = still_faces()
    set_channel(values, "au04_energy_left", slice(None), 0.01 * np.arange(300))
    unread(values, slice(0, 70))
    unread(values, slice(150, 220))
    assert summarised(values)["au04_energy_slope"] == pytest.approx(0.1)


def test_rows_unread_before_the_rest_move_only_the_share_read() -> None:
    values = random_faces(4, steps=240)
    longer = np.concatenate([still_faces(4, 60), values], axis=1)
    unread(longer, slice(0, 60))
    assert unit_statistics(longer) == pytest.approx(unit_statistics(values), rel=1e-6, nan_ok=True)
    assert second_maxima(longer)[:, : 24 * 17] == pytest.approx(second_maxima(values), nan_ok=True)
    assert np.isnan(second_maxima(longer)[:, 24 * 17 :]).all()
    before, after = window_summaries(values), window_summaries(longer)
    assert after[:, :-1] == pytest.approx(before[:, :-1], rel=1e-5, abs=1e-7, nan_ok=True)
    assert after[:, -1] == pytest.approx(before[:, -1] * 0.8)


def test_where_nothing_was_read_nothing_is_said() -> None:
    values = still_faces(2)
    unread(values[:1], slice(None))
    assert np.isnan(unit_statistics(values)[0]).all()
    assert np.isnan(second_maxima(values)[0]).all()
    numbers = window_summaries(values)
    assert np.isnan(numbers[0, :-1]).all()
    assert numbers[:, -1].tolist() == [0.0, 1.0]
    assert not np.isnan(numbers[1]).any()


def test_a_hidden_unit_is_missing_alone() -> None:
    values = still_faces()
    values[:, :, columns("au10_")[:-1]] = np.nan
    missing = {name for name, number in summarised(values).items() if np.isnan(number)}
    assert missing == {name for name in window_summaries_names() if name.startswith("au10_")}


def test_a_single_row_has_no_slope() -> None:
    numbers = summarised(still_faces(steps=1))
    assert np.isnan(numbers["au01_energy_slope"])
    assert numbers["au01_energy_sd"] == 0.0


@EACH
def test_neither_order_nor_chunks_matter(summary: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    values = random_faces(7)
    numbers = summary(values)
    order = np.array([3, 6, 0, 2, 5, 1, 4])
    assert np.array_equal(summary(values[order]), numbers[order], equal_nan=True)
    monkeypatch.setattr(summaries, "_WINDOWS_AT_ONCE", 3)
    assert np.array_equal(summary(values), numbers, equal_nan=True)
    monkeypatch.setattr(summaries, "_WINDOWS_AT_ONCE", 1)
    assert np.array_equal(summary(values), numbers, equal_nan=True)


@EACH
def test_a_memory_map_of_half_floats_is_read_as_it_is(summary: Summary, tmp_path: Path) -> None:
    values = random_faces(3).astype(np.float16)
    np.save(tmp_path / "windows.npy", values)
    mapped = np.load(tmp_path / "windows.npy", mmap_mode="r")
    assert np.array_equal(summary(mapped), summary(values.astype(np.float32)), equal_nan=True)


@EACH
def test_the_windows_are_left_as_they_were(summary: Summary) -> None:
    values = random_faces(2)
    before = values.copy()
    summary(values)
    assert np.array_equal(values, before, equal_nan=True)


@EACH
def test_no_windows_give_no_numbers_and_other_shapes_are_refused(summary: Summary) -> None:
    assert summary(still_faces(0)).shape == (0, summary(still_faces(1)).shape[1])
    with pytest.raises(ValueError, match=r"\(n, steps, 128\)"):
        summary(np.zeros((2, 300, 119), dtype=np.float32))
