"""The voice beside a study's own room factors: on their grid, in their rows, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.host.small_study import study_of

from telltale.study.room_voice import voice_told, with_voice
from telltale.study.store import Study, write_table

ROOMS = [{"name": "r1", "duration_s": 23.0}, {"name": "r2", "duration_s": 60.0}]
TIMES = np.arange(1, 301) / 10
"""Half a minute of tenths of a second; the voice is there from 10 s on."""
VOICE = (TIMES > 10).astype(np.float64)


def study_with(folder: Path, table: pa.Table | None) -> Study:
    study = study_of(folder, ROOMS)
    if table is not None:
        write_table(study.table_path("room_factors"), table)
    return study


def of_room(table: pa.Table, room: str = "r1") -> dict[float, float | None]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return {row["time_s"]: row["host_voice"] for row in rows if row["room_id"] == room}


def test_without_factors_every_second_that_was_heard_has_a_row(tmp_path: Path) -> None:
    found = of_room(with_voice(study_with(tmp_path / "s", None), "r1", TIMES, VOICE))
    # The broadcast ends at 23 s, and so do its rows.
    assert found == {float(k): float(k > 10) for k in range(1, 24)}


@pytest.mark.parametrize(("step_s", "phase_s"), [(5.0, 0.0), (5.0, 2.5), (2.0, 1.0)])
def test_rows_keep_their_grid(tmp_path: Path, step_s: float, phase_s: float) -> None:
    ends = [phase_s + step_s * k for k in (2, 1, 3)]
    rooms, times = pa.array(["r1"] * 3).dictionary_encode(), pa.array(ends, pa.float32())
    table = pa.table({"room_id": rooms, "time_s": times, "mine": [1, 2, 3]})
    made = with_voice(study_with(tmp_path / "s", table), "r1", TIMES, VOICE)
    assert made.column("mine").to_pylist()[:3] == [1, 2, 3]
    found = of_room(made)
    assert list(found)[:3] == ends
    assert np.allclose((np.array(list(found)) - phase_s) % step_s, 0)
    for end, value in found.items():
        of_step = np.ceil(np.round((TIMES - end) / step_s, 6)) == 0
        assert value == pytest.approx(VOICE[of_step].mean())
    # A step of which less than half was heard, or that begins after the end, has no row.
    assert max(found) < 23.0 + step_s


def test_another_broadcasts_grid_is_taken_where_this_one_has_none(tmp_path: Path) -> None:
    other = pa.table({"room_id": ["r2"] * 3, "time_s": [4.0, 8.0, 12.0], "host_voice": [0.1, None, 0.3]})
    study = study_with(tmp_path / "s", other)
    made = with_voice(study, "r1", TIMES, VOICE)
    assert of_room(made) == {4.0: 0.0, 8.0: 0.0, 12.0: 0.5, 16.0: 1.0, 20.0: 1.0, 24.0: 1.0}
    assert of_room(made, "r2") == {4.0: 0.1, 8.0: None, 12.0: 0.3}
    told = {room: voice_told(study, room) for room in ("r1", "r2")}
    assert {room: (ends.tolist(), step_s) for room, (ends, step_s) in told.items()} == {
        "r1": ([], 4.0),
        "r2": ([4.0, 12.0], 4.0),
    }


def test_what_is_told_stays_where_a_further_part_comes(tmp_path: Path) -> None:
    held = pa.table({"room_id": ["r1"] * 3, "time_s": [8.0, 9.0, 10.0], "host_voice": [0.7, None, 0.8]})
    late = TIMES > 8.5
    found = of_room(with_voice(study_with(tmp_path / "s", held), "r1", TIMES[late], VOICE[late]))
    assert {end: found[end] for end in (8.0, 9.0, 10.0, 11.0)} == {8.0: 0.7, 9.0: 0.0, 10.0: 0.8, 11.0: 1.0}
    assert 7.0 not in found


def test_what_was_not_heard_is_left_empty(tmp_path: Path) -> None:
    voice = np.where(TIMES <= 5.6, np.nan, VOICE)
    table = pa.table({"room_id": ["r1", "r1"], "time_s": [1.0, 2.0]})
    found = of_room(with_voice(study_with(tmp_path / "s", table), "r1", TIMES, voice))
    assert (found[1.0], found[2.0]) == (None, None)
    assert sorted(found)[2:4] == [7.0, 8.0]
