"""`room_counts` under the checker: silent where it is sound, every fault named by code, place and row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from telltale.core.checks import Fault
from telltale.study.check import check_study

ROOM_S = 900.0
"""Room r1 of the example study runs for a quarter of an hour."""


def counts(**columns: Any) -> pd.DataFrame:
    """Four minutes of r1 from its start on."""
    rows = {
        "room_id": "r1",
        "time_s": [60.0, 120.0, 180.0, 240.0],
        "length_s": 60.0,
        "purchases": [3, 0, 2, 5],
    }
    return pd.DataFrame(rows | columns)


def faults(folder: Path, table: pd.DataFrame) -> list[Fault]:
    table.to_parquet(folder / "room_counts.parquet", index=False)
    return [fault for fault in check_study(folder, workers=1).faults if fault.table == "room_counts"]


def test_the_example_has_the_room_that_is_counted_here(example: Path) -> None:
    rooms = pd.read_parquet(example / "rooms.parquet").set_index("room_id")
    assert rooms.loc["r1", "duration_s"] == ROOM_S


def test_sound_counts_have_no_fault(example: Path) -> None:
    whole = counts(
        viewers=[90.5, 91, 88, 70], revenue=[30.0, 0, 20, 50], promotion=[True, False, None, False]
    )
    assert faults(example, whole) == []
    assert faults(example, whole.sample(frac=1, random_state=3)) == []


def test_minutes_may_reach_out_of_their_broadcast_by_their_length(example: Path) -> None:
    edges = [0.0, 60.0, ROOM_S, ROOM_S + 60]
    assert {f.code for f in faults(example, counts(time_s=edges))} == {"count-gaps"}


@pytest.mark.parametrize(
    ("table", "code", "column", "place"),
    [
        (counts(time_s=[60, 100, 180, 240]), "overlap", "time_s", "row 1: r1 at 40.0 s"),
        (counts(length_s=[60, 60, 130, 60]), "overlap", "time_s", "row 1: r1 at 60.0 s"),
        (counts(time_s=[60, 120, 120, 180]), "duplicate-row", "", "row 2: r1"),
        (counts(length_s=[60, 0, 60, 60]), "out-of-range", "length_s", "row 1: 0.0"),
        (counts(length_s=[60, -60, 60, 60]), "out-of-range", "length_s", "row 1: -60.0"),
        (counts(time_s=[-1, 60, 120, 180]), "outside-room", "time_s", "row 0: r1 at -1.0 s of 900.0"),
        (counts(time_s=[60, 120, 180, 961]), "outside-room", "time_s", "row 3: r1 at 961.0 s of 900.0"),
        (counts(purchases=[3, -1, 2, 5]), "out-of-range", "purchases", "row 1: -1.0"),
        (counts(viewers=[3.5, -0.5, 2, 5]), "out-of-range", "viewers", "row 1: -0.5"),
        (counts(room_id=["r1", "r1", "r9", "r1"]), "dangling", "room_id", "row 2: r9"),
        (counts(product_id=["sku-1", None, "sku-x", "sku-1"]), "dangling", "product_id", "row 2: sku-x"),
        (counts(time_s=[60, 120, 300, 420]), "count-gaps", "time_s", "r1: 180 s"),
        (counts(purchases=[3, None, None, 5]), "count-gaps", "purchases", "r1: 2 of 4 rows"),
        (counts(promotion=["no", "no", "yes", "no"]), "wrong-type", "promotion", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_fault_is_named(example: Path, table: pd.DataFrame, code: str, column: str, place: str) -> None:
    found = [f for f in faults(example, table) if f.code == code]
    assert [(f.column, *f.first[:1]) for f in found] == [(column, *([place] if place else []))]
    assert (found[0].severity == "warning") == (code in ("count-gaps", "duplicate-row"))


def test_a_minute_that_comes_twice_overlaps_itself(example: Path) -> None:
    found = {f.code for f in faults(example, counts(time_s=[60, 120, 120, 180]))}
    assert found == {"duplicate-row", "overlap"}


def test_a_table_that_counts_nothing_is_told(example: Path) -> None:
    viewers = counts(viewers=[5.0, 6, 7, 8])
    (bare,) = faults(example, viewers.drop(columns="purchases"))
    (null,) = faults(example, viewers.assign(purchases=pd.Series([None] * 4, dtype="Float64")))
    assert bare.code == null.code == "nothing-counted"
    assert "is a column" in bare.message
    assert "is null in every row" in null.message


def test_two_broadcasts_at_one_time_do_not_overlap(example: Path) -> None:
    both = pd.concat([counts(), counts(room_id="r2")])
    assert faults(example, both) == []
