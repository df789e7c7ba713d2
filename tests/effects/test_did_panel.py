"""Panels for difference in differences: any table in, the grid found, and every fault told at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.did_panel import DidPanel

Columns = dict[str, Any]


def columns(units: int = 20, periods: int = 4) -> Columns:
    """Half of the units treated from 10 s on, on a grid of 5 s."""
    draw = np.random.default_rng(0)
    who, step = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    return {
        "who": np.array([f"s{k:03d}" for k in who]),
        "second": 5 * step + 100,
        "desire": draw.normal(size=len(who)),
        "from": np.where(who % 2 == 0, 110.0, np.nan),
        "on": ((who % 2 == 0) & (step >= 2)).astype(int),
        "age": draw.normal(size=units)[who],
        "device": np.array(["phone", "desk", "phone"])[who % 3],
        "room": who // 4,
    }


def read(table: Any, **changed: Any) -> DidPanel:
    asked: dict[str, Any] = {
        "unit": "who", "time": "second", "outcome": "desire", "treated_from": "from", "covariates": ["age",
        "device"],
        "cluster": "room",
    }  # fmt: skip
    return DidPanel.from_frame(table, **(asked | changed))


def same(one: DidPanel, other: DidPanel) -> None:
    for name in ("unit", "period", "outcome", "start", "moment", "covariates", "cluster"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.names == other.names


def test_what_is_read_is_what_stands_there() -> None:
    rows = columns()
    panel = read(rows)
    assert (panel.units, panel.periods, panel.origin, panel.step) == (20, 4, 100, 5)
    assert panel.names == ("age", "device=desk")
    np.testing.assert_array_equal(panel.start, [2.0, np.nan] * 10)
    np.testing.assert_array_equal(panel.moment, np.full(20, 2.0))
    np.testing.assert_array_equal(panel.wide().ravel(), rows["desire"])
    np.testing.assert_array_equal(panel.covariates[:, 0], rows["age"][::4])
    np.testing.assert_array_equal(panel.cluster, np.arange(20) // 4)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_kind_of_table_and_every_order_of_rows(make: Any) -> None:
    rows = columns()
    order = np.random.default_rng(1).permutation(len(rows["who"]))
    shuffled = {name: values[order] for name, values in rows.items()}
    same(read(make(shuffled)), read(rows))


def test_a_start_and_a_column_of_zero_and_one_say_the_same() -> None:
    rows = columns()
    same(read(rows), read(rows, treated_from=None, treatment="on"))
    within = {**rows, "from": rows["from"] + 3.9}
    same(read(rows), read(within))


def test_control_keeps_a_moment_of_its_own() -> None:
    rows = columns()
    who = np.repeat(np.arange(20), 4)
    panel = read({**rows, "held": np.where(who % 4 == 1, 105.0, np.nan)}, moment="held")
    np.testing.assert_array_equal(panel.moment[:4], [2, 1, 2, 2])


def test_who_was_never_seen_without_treatment_is_left_out_and_told() -> None:
    rows = columns()
    who = np.repeat(np.arange(20), 4)
    panel = read({**rows, "from": np.where(who == 0, 90.0, rows["from"])})
    assert panel.units == 19
    assert panel.facts == ("1 units left out that were never seen before their treatment",)
    np.testing.assert_array_equal(panel.wide().ravel(), rows["desire"][4:])


def test_a_start_after_the_last_row_is_none() -> None:
    rows = columns()
    who = np.repeat(np.arange(20), 4)
    panel = read({**rows, "from": np.where(who == 2, 120.0, rows["from"])})
    assert np.isnan(panel.start[2])


def test_holes_are_refused_or_allowed() -> None:
    rows = columns()
    keep = np.ones(80, dtype=bool)
    keep[5] = False
    cut = {name: values[keep] for name, values in rows.items()}
    with pytest.raises(FormatError, match=r"1 units miss periods .*'s001'"):
        read(cut)
    panel = read(cut, holes="allow")
    assert np.isnan(panel.wide()[1, 1])
    gone = {**rows, "desire": np.where(keep, rows["desire"], np.nan)}
    with pytest.raises(FormatError, match="missing values in 'desire' 1"):
        read(gone)
    same(read(gone, holes="allow"), panel)


def changed(rows: Columns, name: str, where: Any, value: Any) -> Columns:
    column = np.array(rows[name], dtype=object if isinstance(value, str) else None)
    column[where] = value
    return {**rows, name: column}


FAULTS: list[tuple[str, Any, str]] = [
    (
        "everybody",
        lambda r: {**r, "from": np.full(80, 100.0)},
        "every unit is treated .* from its first period",
    ),
    ("all at once", lambda r: {**r, "from": np.full(80, 110.0)}, "everybody got the treatment"),
    ("nobody", lambda r: {**r, "from": np.full(80, np.nan)}, "nobody got the treatment"),
    ("one period", lambda r: {n: np.repeat(v[::4], 4)[::4] for n, v in r.items()}, "one period only"),
    ("twelve rows", lambda r: {n: v[:12] for n, v in r.items()}, "12 rows: give 30"),
    ("twice", lambda r: {n: np.r_[v, v[:3]] for n, v in r.items()}, "3 rows repeat a unit and period"),
    ("gaps", lambda r: changed(r, "age", slice(0, 4), np.nan), "missing values in 'age' 1"),
    ("changing", lambda r: changed(r, "age", 1, 9.0), "'age' changes within 1 units"),
    ("starts", lambda r: changed(r, "from", 1, 115.0), "'from' changes within 1 units"),
    ("times", lambda r: {**r, "second": r["second"] + 0.5}, "time 'second' holds 100.5"),
    ("words", lambda r: {**r, "desire": r["who"]}, "'desire' is .*string and no number"),
    ("flat", lambda r: {**r, "desire": np.ones(80)}, "the outcome 'desire' is 1 in every row"),
    (
        "few",
        lambda r: {**r, "from": np.where(r["who"] == "s000", 110.0, np.nan)},
        "1 units treated and 19 not",
    ),
    ("empty", lambda r: {n: v[:0] for n, v in r.items()}, "no rows"),
]


@pytest.mark.parametrize(
    ("spoil", "line"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_faults_get_one_line(spoil: Any, line: str) -> None:
    with pytest.raises(FormatError, match=line) as told:
        read(spoil(columns()))
    assert "\n" not in str(told.value)
    assert told.value.hint


def test_a_treatment_turns_on_once() -> None:
    rows = changed(columns(), "on", 3, 0)
    with pytest.raises(FormatError, match="'on' turns off again in 1 units"):
        read(rows, treated_from=None, treatment="on")
    with pytest.raises(FormatError, match="'on' holds 2"):
        read(changed(columns(), "on", 3, 2), treated_from=None, treatment="on")


def test_all_faults_are_told_at_once() -> None:
    rows = changed(changed(columns(), "age", 1, 9.0), "on", 3, 0)
    keep = np.ones(80, dtype=bool)
    keep[5] = False
    with pytest.raises(FormatError) as told:
        read({n: v[keep] for n, v in rows.items()}, treated_from=None, treatment="on")
    for words in ("holes", "'age' changes", "turns off again"):
        assert words in str(told.value)


def test_settings_that_make_no_sense() -> None:
    with pytest.raises(ConfigError, match="either treated_from or treatment"):
        read(columns(), treatment="on")
    with pytest.raises(FormatError, match=r"no column 'weight': there are who"):
        read(columns(), cluster="weight")
    with pytest.raises(ConfigError, match="holes is 'fill'"):
        read(columns(), holes="fill")
