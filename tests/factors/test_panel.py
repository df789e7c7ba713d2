"""The panel: what has steps before it, what is whole, bad tables; lags against a plain search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.factors.factor import Factor
from telltale.factors.panel import FactorPanel

QUICK = settings(max_examples=50, deadline=None)


def panel_of(steps: dict[int, list[int]], values: np.ndarray | None = None) -> FactorPanel:
    """A panel with these steps of each session; its one factor counts the rows."""
    session = np.array([s for s, of_session in sorted(steps.items()) for _ in of_session], dtype=np.int64)
    step = np.array(
        [k for _, of_session in sorted(steps.items()) for k in sorted(of_session)], dtype=np.int64
    )
    names = tuple(f"s{i}" for i in range(max(steps) + 1))
    return FactorPanel(
        factors=(Factor("x", "test", "viewer", "continuous", 2),),
        values=np.arange(len(session), dtype=float)[:, None] if values is None else values,
        session=session,
        room=np.zeros_like(session),
        person=session,
        step=step,
        moment=step,
        grid_s=5.0,
        session_ids=names,
        room_ids=("r1",),
        person_ids=names,
    )


STEPS = st.dictionaries(
    st.integers(0, 4), st.lists(st.integers(0, 12), unique=True, min_size=1, max_size=13), min_size=1
)


@QUICK
@given(STEPS, st.integers(1, 4))
@example({0: [0, 1], 1: [2, 3]}, 1)  # the next session goes on where the last one ended
def test_lags_are_those_that_a_search_finds(steps: dict[int, list[int]], lags: int) -> None:
    panel = panel_of(steps)
    place = {
        (s, k): i for i, (s, k) in enumerate(zip(panel.session.tolist(), panel.step.tolist(), strict=True))
    }
    wanted = [
        (i, [place[s, k - lag] for lag in range(1, lags + 1)])
        for (s, k), i in place.items()
        if all((s, k - lag) in place for lag in range(1, lags + 1))
    ]
    found = panel.lagged(lags)
    assert found.rows.tolist() == [i for i, _ in wanted]
    assert found.now[:, 0].tolist() == [float(i) for i, _ in wanted]
    assert found.before.shape == (len(wanted), lags, 1)
    assert found.before[:, :, 0].tolist() == [[float(j) for j in before] for _, before in wanted]


def test_no_lag_and_more_lags_than_steps() -> None:
    panel = panel_of({0: [0, 1], 1: [0]})
    assert len(panel.lagged(5).rows) == 0
    with pytest.raises(ConfigError, match="0 lags are none"):
        panel.lagged(0)


def test_whole_rows_stay_and_the_others_are_counted() -> None:
    panel = panel_of({0: [0, 1, 2]}, np.array([[1.0], [np.nan], [3.0]]))
    kept, dropped = panel.complete()
    assert (kept.step.tolist(), kept.values.tolist(), dropped) == ([0, 2], [[1.0], [3.0]], 1)
    assert "1 of 3 rows dropped" in kept.notes[-1]
    assert len(kept.lagged(1).rows) == 0  # a hole is no lag
    assert kept.complete().dropped == 0


def test_what_does_not_fit_together_is_told_at_once() -> None:
    panel = panel_of({0: [0, 1, 2]})
    with pytest.raises(FormatError, match=r"'room' of shape \(1,\) for 3 rows; values of shape \(2, 1\)"):
        replace(panel, values=panel.values[:2], room=panel.room[:1])
    with pytest.raises(FormatError, match="do not rise by session and step"):
        panel.take(np.array([1, 0]))


FRAME = pd.DataFrame(
    {
        "who": np.repeat(["b", "a", "c", "d"], 6),
        "when": np.tile(np.arange(6), 4),
        "room": np.repeat(["r2", "r1", "r2", "r1"], 6),
        "age": np.repeat([20.0, 31.5, 44.0, 20.0], 6),
        "noise": [0.1, 0.7, 0.2, 0.9, 0.4, 0.3] * 4,
        "clicks": [0, 3, 1, 0, 2, 0, 5, 0, 1, 1, 2, 0, 1, 0, 0, 1, 0, 4, 0, 0, 2, 0, 0, 1],
        "bought": [False, True, False, False, False, True] * 3 + [True] * 6,
        "desire": np.sin(np.arange(24.0)),
    }
)
MAKERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.from_pandas(frame),
    "polars-categorical": lambda frame: pl.from_pandas(frame).with_columns(
        pl.col("who").cast(pl.Categorical)
    ),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "pandas-index": lambda frame: frame.set_axis(frame.index[::-1] * 7, axis=0),
    "pandas-categorical": lambda frame: frame.astype({"who": "category"}),
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS.keys())
def test_any_table_gives_the_same_panel(maker: Callable[[pd.DataFrame], Any]) -> None:
    panel = FactorPanel.from_frame(maker(FRAME), unit="who", time="when", group="room")
    assert panel.session_ids == ("a", "b", "c", "d")
    assert panel.room_ids == ("r1", "r2")
    assert {f.name: (f.level, f.kind, f.tier) for f in panel.factors} == {
        "age": ("session", "continuous", 0),
        "noise": ("room", "continuous", 2),
        "clicks": ("viewer", "count", 2),
        "bought": ("viewer", "binary", 2),
        "desire": ("viewer", "continuous", 2),
    }
    assert not any(f.shared for f in panel.factors)
    wanted = FRAME.sort_values(["who", "when"])
    assert panel.values.tolist() == wanted[list(panel.names)].astype(float).to_numpy().tolist()
    assert panel.step.tolist() == wanted["when"].tolist()
    assert [panel.room_ids[i] for i in panel.room] == wanted["room"].tolist()


@QUICK
@given(st.permutations(range(len(FRAME))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    some = FRAME.drop(columns="room")
    one, other = (FactorPanel.from_frame(f, unit="who", time="when") for f in (some, some.iloc[order]))
    assert one.factors == other.factors
    for name in ("values", "session", "step", "room", "person"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def frame_as_panel(**options: Any) -> FactorPanel:
    return FactorPanel.from_frame(FRAME, unit="who", time="when", factors=["desire", "clicks"], **options)


def test_what_is_told_is_not_guessed() -> None:
    panel = frame_as_panel(kinds={"clicks": "continuous"}, tiers={"clicks": 4}, levels={"desire": "room"})
    assert [(f.name, f.kind, f.tier, f.level) for f in panel.factors] == [
        ("desire", "continuous", 2, "room"),
        ("clicks", "continuous", 4, "viewer"),
    ]


def test_a_fact_that_a_room_shares_is_told_from_one_of_a_unit() -> None:
    frame = FRAME.assign(promotion=FRAME["room"] == "r1")
    panel = FactorPanel.from_frame(frame, unit="who", time="when", group="room")
    promotion, age = panel.factor("promotion"), panel.factor("age")
    assert (promotion.level, promotion.shared, promotion.of_room) == ("session", True, True)
    assert (age.level, age.shared, age.of_room) == ("session", False, False)


def test_a_panel_goes_into_a_frame_and_back() -> None:
    panel = frame_as_panel()
    frame = panel.to_frame()
    assert frame["session_id"].tolist() == FRAME.sort_values(["who", "when"])["who"].tolist()
    again = FactorPanel.from_frame(frame, unit="session_id", time="step", factors=panel.names)
    assert np.array_equal(again.values, panel.values)
    assert again.session_ids == panel.session_ids


def test_facts_agree_with_pandas() -> None:
    frame = FRAME.assign(desire=FRAME["desire"].where(FRAME["clicks"] > 0))
    facts = {
        f.name: f for f in FactorPanel.from_frame(frame, unit="who", time="when", group="room").describe()
    }
    assert facts["desire"].missing == pytest.approx(frame["desire"].isna().mean())
    for name in ("desire", "clicks", "age"):
        assert facts[name].mean == pytest.approx(frame[name].mean())
        assert facts[name].sd == pytest.approx(frame[name].std(ddof=0))


@pytest.mark.parametrize("start", ["2026-03-01", "2026-03-01 20:00:05"])
def test_timestamps_on_a_grid_are_steps(start: str) -> None:
    times = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(FRAME["when"] * 5, unit="s")
    panel = FactorPanel.from_frame(
        FRAME.assign(when=times), unit="who", time="when", factors=["desire"], grid_s=5
    )
    assert panel.step.tolist() == list(range(6)) * 4


def refusal(frame: Any, **options: Any) -> str:
    with pytest.raises(TelltaleError) as caught:
        FactorPanel.from_frame(frame, **({"unit": "who", "time": "when"} | options))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_all_that_is_wrong_with_a_table_is_in_one_line() -> None:
    spoilt = FRAME.head(12).assign(flat=1.0, word="x", endless=np.inf, unseen=np.nan)
    spoilt.loc[3, "when"] = 2
    message = refusal(spoilt, kinds={"clicks": "binary", "desire": "count"})
    for part in (
        "12 rows are too few: 13 at the least",
        "'flat' never changes",
        "'unseen' was never seen",
        "'word' holds",
        "'endless' holds infinite values",
        "1 rows repeat a unit and time (first 'b' at when 2)",
        "'clicks' is called binary and has 5 values",
        "'desire' is called a count",
    ):
        assert part in message
    assert "'word' never changes" not in message


def test_names_that_are_not_there_are_in_one_line() -> None:
    message = refusal(
        FRAME,
        unit="whom",
        factors=["desire", "mood"],
        kinds={"hope": "count"},
        tiers={"clicks": 1, "desire": -1},
    )
    for part in (
        "'whom'",
        "'mood'",
        "'kinds' names 'hope'",
        "'tiers' names 'clicks'",
        "'desire' is in tier -1",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"when": FRAME["when"] * 2.5}, "off a grid of 1 in 12 rows"),
        ({"when": FRAME["who"]}, "'when' holds"),
        ({"when": FRAME["when"].astype(float).where(FRAME["when"] > 0)}, "'when' is empty in 4 rows"),
        ({"who": FRAME["who"].where(FRAME["when"] > 0)}, "'who' is empty in 4 rows"),
    ],
)
def test_time_and_units_must_be_there(change: dict[str, Any], told: str) -> None:
    assert told in refusal(FRAME.assign(**change))


def test_what_is_no_table_is_refused() -> None:
    assert "is no table" in refusal(42)


def test_unknown_factors_are_told_with_what_may_be_meant() -> None:
    with pytest.raises(ConfigError, match=r"'desir' \(did you mean 'desire'\?\), 'zzz'"):
        frame_as_panel().select(["desir", "clicks", "zzz"])


@pytest.mark.parametrize("name", ["", " x", "a -> b"])
def test_a_factor_wants_a_name_that_an_arrow_can_hold(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a factor"):
        Factor(name, "test", "viewer", "count", 1)
