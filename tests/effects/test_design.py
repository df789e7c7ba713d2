"""Designs: the same from every kind of table, and every fault told at once before anything runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.effects.worlds import make_world

from telltale.core.errors import FormatError
from telltale.effects.design import Design, chance_of_treated

N = 60


def columns() -> dict[str, list[Any]]:
    draw = np.random.default_rng(0)
    return {
        "note": (draw.random(N) < 0.5).astype(int).tolist(),
        "spend": draw.normal(size=N).tolist(),
        "age": draw.normal(40, 9, N).tolist(),
        "device": draw.choice(["phone", "desk", "tablet"], N, p=[0.6, 0.3, 0.1]).tolist(),
        "who": [f"v{i // 2}" for i in range(N)],
        "chance": draw.uniform(0.2, 0.8, N).tolist(),
    }


ROLES: dict[str, Any] = {"treatment": "note", "outcome": "spend", "covariates": ["age", "device"]}


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_every_kind_of_table_gives_the_same_design(make: Any) -> None:
    design = Design.from_frame(make(columns()), **ROLES, cluster="who", propensity="chance")
    assert design.names == ("age", "device=desk", "device=tablet")
    raw = columns()
    assert design.covariates[:, 0].tolist() == raw["age"]
    assert design.covariates[:, 1].tolist() == [float(d == "desk") for d in raw["device"]]
    assert design.treated.tolist() == [t == 1 for t in raw["note"]]
    assert design.propensity is not None
    assert design.propensity.tolist() == raw["chance"]
    assert (design.clusters, design.clustered, design.evidence) == (30, True, "randomised, logged chances")
    assert len(set(zip(raw["who"], design.cluster.tolist(), strict=True))) == 30


def test_categories_and_booleans_of_pandas_are_read() -> None:
    frame = pd.DataFrame(columns())
    frame["device"] = frame["device"].astype("category")
    frame["note"] = frame["note"] == 1
    plain = Design.from_frame(columns(), **ROLES)
    found = Design.from_frame(frame, **ROLES)
    assert found.names == plain.names
    assert (found.covariates == plain.covariates).all()
    assert (found.treated == plain.treated).all()


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_gaps_are_refused_with_their_columns_or_marked(make: Any) -> None:
    rows = columns()
    rows["age"][3] = rows["age"][7] = None
    rows["device"][5] = None
    with pytest.raises(FormatError, match=r"missing values in 'age' 2, 'device' 1: .*indicator"):
        Design.from_frame(make(rows), **ROLES)
    found = Design.from_frame(make(rows), **ROLES, missing="indicator")
    assert found.names == ("age", "age missing", "device=desk", "device=tablet", "device missing")
    assert np.flatnonzero(found.covariates[:, 1]).tolist() == [3, 7]
    assert found.covariates[3, 0] == pytest.approx(np.mean([a for a in rows["age"] if a is not None]))
    assert "gaps filled" in found.facts[0]


def test_gaps_in_treatment_and_outcome_are_told_together() -> None:
    rows = columns()
    rows["note"][0] = None
    rows["spend"][1] = float("nan")
    with pytest.raises(FormatError) as told:
        Design.from_frame(pd.DataFrame(rows), **ROLES)
    assert "missing values in 'note' 1" in str(told.value)
    assert "missing values in 'spend' 1" in str(told.value)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"note": [1] * N}, "everybody got the treatment 'note'"),
        ({"note": [0] * N}, "nobody got the treatment 'note'"),
        ({"note": [1, 1] + [0] * (N - 2)}, "2 treated and 58 not"),
        ({"note": [0, 2] * (N // 2)}, "the treatment 'note' holds 2"),
        ({"note": ["yes", "no"] * (N // 2)}, "'note' is string and no number"),
        ({"spend": [3.0] * N}, "the outcome 'spend' is 3 in every row"),
        ({"age": [1.0] * N}, "constant columns: 'age'"),
        ({"device": ["phone"] * N}, "constant columns: 'device'"),
        ({"device": [f"d{i}" for i in range(N)]}, "'device' has 60 levels"),
        ({"age": columns()["note"]}, "'age' tells the treatment exactly"),
        ({"age": columns()["spend"]}, "'age' tells the outcome exactly"),
        ({"age": [float("inf")] * N}, "values that are no number: 'age' 60"),
    ],
)
def test_bad_columns_get_one_line_each(change: dict[str, Any], line: str) -> None:
    with pytest.raises(FormatError) as told:
        Design.from_frame({**columns(), **change}, **ROLES)
    assert line in str(told.value)
    assert told.value.hint
    assert "\n" not in str(told.value)


def test_all_faults_are_told_at_once() -> None:
    rows = {**columns(), "note": [1] * N, "age": [2.0] * N, "spend": [0.0] * N}
    with pytest.raises(FormatError) as told:
        Design.from_frame(rows, **ROLES)
    assert str(told.value) == (
        "everybody got the treatment 'note': an effect wants some with and some without it; "
        "the outcome 'spend' is 0 in every row: an outcome has to vary; "
        "constant columns: 'age': leave them out"
    )


def test_collinear_columns_are_named() -> None:
    rows = columns()
    rows["old"] = [2 * a - 3 for a in rows["age"]]
    with pytest.raises(FormatError, match=r"collinear columns: '(age|old)' follow"):
        Design.from_frame(rows, treatment="note", outcome="spend", covariates=["age", "old"])


def test_twelve_rows_are_too_few() -> None:
    rows = {name: values[:12] for name, values in columns().items()}
    with pytest.raises(FormatError, match="12 rows"):
        Design.from_frame(rows, **ROLES)


def test_names_that_are_not_there_and_roles_taken_twice() -> None:
    with pytest.raises(FormatError, match="no column 'nope', 'neither'"):
        Design.from_frame(columns(), treatment="nope", outcome="spend", covariates=["neither"])
    with pytest.raises(FormatError, match="'age' named twice"):
        Design.from_frame(columns(), treatment="note", outcome="age", covariates=["age"])
    with pytest.raises(FormatError, match="cannot be read as a table"):
        Design.from_frame(7, **ROLES)
    with pytest.raises(FormatError, match="no covariates and no logged chances"):
        Design.from_frame(columns(), treatment="note", outcome="spend")


@pytest.mark.parametrize("chance", [0.0, 1.0, -0.1])
def test_chances_of_certain_arms_are_refused(chance: float) -> None:
    rows = columns()
    rows["chance"][4] = chance
    with pytest.raises(FormatError, match="1 logged chances are not between 0 and 1"):
        Design.from_frame(rows, **ROLES, propensity="chance")


def test_all_treated_in_one_room_tell_nothing() -> None:
    rows = {**columns(), "who": ["a" if t else f"r{i}" for i, t in enumerate(columns()["note"])]}
    with pytest.raises(FormatError, match="all who are treated belong to one cluster"):
        Design.from_frame(rows, **ROLES, cluster="who")


def test_the_kind_of_outcome_is_guessed_or_checked() -> None:
    rows = columns()
    rows["spend"] = [float(i % 2) for i in range(N)]
    assert Design.from_frame(rows, **ROLES).outcome_kind == "binary"
    rows["spend"] = [float(i % 4) for i in range(N)]
    assert Design.from_frame(rows, **ROLES).outcome_kind == "count"
    with pytest.raises(FormatError, match="called binary"):
        Design.from_frame(rows, **ROLES, outcome_kind="binary")


def test_the_order_of_the_rows_is_forgotten() -> None:
    for kind in ("good", "clustered"):
        design = make_world(kind, 200, 3).design
        shuffle = np.random.default_rng(1).permutation(len(design))
        one, order = design.ordered()
        other, _ = design.take(shuffle).ordered()
        assert (one.outcome == other.outcome).all()
        assert (one.covariates == other.covariates).all()
        assert (one.cluster == other.cluster).all()
        assert (design.outcome[order] == one.outcome).all()


def test_a_room_is_the_mean_of_its_viewers() -> None:
    draw = np.random.default_rng(2)
    room = np.repeat(np.arange(40), 5)
    treated = np.repeat(np.arange(40) % 2 == 0, 5)
    y, x = draw.normal(size=200), draw.normal(size=(200, 1))
    rooms = Design(treated, y, x, ("x",), room).per_room()
    assert (rooms.unit, len(rooms), rooms.clustered) == ("room", 40, False)
    assert rooms.outcome == pytest.approx(y.reshape(40, 5).mean(axis=1))
    mixed = Design(draw.random(200) < 0.5, y, x, ("x",), room)
    with pytest.raises(FormatError, match="hold both arms"):
        mixed.per_room()


def test_a_ledger_writes_the_chance_of_the_arm() -> None:
    assert chance_of_treated([1, 0], [0.3, 0.3]).tolist() == [0.3, 0.7]


def test_arrays_of_the_wrong_kind_are_refused() -> None:
    d = make_world("good", 60, 0).design
    with pytest.raises(FormatError, match="treated holds other than true and false"):
        Design(d.treated.astype(int), d.outcome, d.covariates, d.names, d.cluster)
    with pytest.raises(FormatError, match="clusters are no codes"):
        Design(d.treated, d.outcome, d.covariates, d.names, d.cluster - 1)
    with pytest.raises(FormatError, match=r"covariates have shape \(60, 5\).*propensity has shape \(3,\)"):
        Design(d.treated, d.outcome, d.covariates, d.names[:2], d.cluster, np.full(3, 0.5))


def plain() -> dict[str, list[float]]:
    draw = np.random.default_rng(5)
    t, x, y = draw.random(60) < 0.5, draw.normal(size=60), draw.normal(size=60)
    return {"t": t.astype(float).tolist(), "y": y.tolist(), "x": x.tolist()}


def test_a_table_that_holds_a_name_twice_is_refused() -> None:
    columns = [pa.array(column) for column in plain().values()]
    table = pa.Table.from_arrays([*columns, columns[2]], names=["t", "y", "x", "x"])
    with pytest.raises(FormatError, match="the table holds twice: 'x'"):
        Design.from_frame(table, treatment="t", outcome="y", covariates=["x"])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"cluster": "c"}, "'c' is struct<a: int64> and names no cluster"),
        ({"outcome_kind": "foo"}, "outcome_kind is 'foo'"),
        ({"unit": "foo"}, "unit is 'foo'"),
        ({"covariates": "x"}, "covariates is one text, 'x'"),
        ({"covariates": ["big"]}, "values over 1e\\+150 in 'big'"),
    ],
)
def test_what_python_lets_through_gets_one_line(more: dict[str, Any], says: str) -> None:
    rows = plain()
    table = rows | {"c": [{"a": k % 9} for k in range(60)], "big": [1e300 * x for x in rows["x"]]}
    with pytest.raises(FormatError, match=says) as caught:
        Design.from_frame(table, **({"treatment": "t", "outcome": "y", "covariates": ["x"]} | more))
    assert "collinear" not in str(caught.value)
