"""Rows of a graph: arrows turned to this part's way, and what no graph can be learnt from told at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.causal.panels import NAMES, panel

from telltale.causal.graph_rows import cause_to_effect, graph_rows
from telltale.core.errors import ConfigError, FormatError
from telltale.factors.order import Background, allowed, refuse_contradictions
from telltale.factors.panel import FactorPanel


def test_rows_as_effects_become_causes_to_effects() -> None:
    made = panel()
    given = allowed(made)
    for lags in (0, 1, 2):
        arrows = cause_to_effect(*given, lags)
        assert arrows.shape == (5 + 5 * lags,) * 2
        assert not arrows[:, 5:].any()
        for effect, cause in np.ndindex(5, 5):
            assert arrows[cause, effect] == given.now[effect, cause]
            for lag in range(1, lags + 1):
                assert arrows[5 * lag + cause, effect] == given.before[effect, cause]
    # Tiers of the panel: the host may move attention within a step, and not the other way.
    rows = graph_rows(made)
    place = rows.factors.index
    assert rows.allowed[place("host"), place("attention")]
    assert not rows.allowed[place("attention"), place("host")]
    assert rows.turnable[place("desire"), place("attention")]


def test_twelve_rows_are_too_few() -> None:
    with pytest.raises(FormatError, match="12 rows are too few: 13 at the least"):
        graph_rows(panel(sessions=1, steps=12))
    with pytest.raises(FormatError, match=r"12 rows for 10 columns; 1 person, 10 at least"):
        graph_rows(panel(sessions=1, steps=13))


def test_what_never_changes_is_left_out_and_told() -> None:
    made = panel()
    still = made.values.copy()
    still[:, 1] = 3.0
    rows = graph_rows(replace(made, values=still), background=Background(forbidden=("chat -> desire",)))
    assert "chat" not in rows.factors
    assert "left out as they never change: chat" in rows.notes
    needed = Background(required=("chat -> desire",))
    with pytest.raises(FormatError, match="one end never changes: chat -> desire"):
        graph_rows(replace(made, values=still), background=needed)
    still[:, 1:] = 3.0
    with pytest.raises(FormatError, match="1 factors that change, 2 at least"):
        graph_rows(replace(made, values=still))


def test_what_changes_only_where_no_past_is_known_is_told() -> None:
    made = panel()
    first = made.values.copy()
    first[:, 4] = made.step == 0
    with pytest.raises(FormatError, match="alone never change in the 4740 rows in use"):
        graph_rows(replace(made, values=first))


def test_collinear_factors_are_named() -> None:
    made = panel()
    twins = made.values.copy()
    twins[:, 4] = 2 * twins[:, 0] - 0.5 * twins[:, 2]
    with pytest.raises(FormatError, match="host, attention, alone say the same together"):
        graph_rows(replace(made, values=twins))


def test_missing_values_drop_rows_or_are_told() -> None:
    made = panel()
    holes = made.values.copy()
    holes[::10, 3] = np.nan
    rows = graph_rows(replace(made, values=holes))
    assert rows.rows < len(made)
    assert any("rows dropped: a factor was not seen" in note for note in rows.notes)
    holes[:, 3] = np.nan
    with pytest.raises(FormatError, match=r"none of 4800 rows has every factor; not seen: desire in 100 %"):
        graph_rows(replace(made, values=holes))


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (
            Background(forbidden=("attention -> desire",), required=("attention -> desire",)),
            "'attention -> desire' is both required and forbidden",
        ),
        (
            Background(required=("attention -> desire", "desire -> alone", "alone -> attention")),
            "close a circle within a step",
        ),
        (Background(required=("desire -> host",)), "goes against time"),
        (Background(forbidden=("joy -> desire",)), "no factor 'joy'"),
    ],
)
def test_what_contradicts_itself_is_refused(known: Background, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        graph_rows(panel(), background=known)


def test_contradictions_need_no_panel_to_be_seen() -> None:
    known = Background(
        forbidden=("a -> b",), required=("a -> b", "b -> c", "c -> a", "d -(1)-> d"), viewers_move_rooms=False
    )
    with pytest.raises(ConfigError, match=r"both required and forbidden; .* circle within a step") as refused:
        refuse_contradictions(known)
    assert "\n" not in str(refused.value)
    refuse_contradictions(Background(required=("a -> b", "b -(1)-> a")))


def test_settings_that_make_no_sense_are_told_together() -> None:
    with pytest.raises(
        ConfigError,
        match=r"-1 lags are none.*cluster is 'planet': choose among person, room.*'maybe'.*'ranks'",
    ):
        graph_rows(panel(), lags=-1, cluster="planet", shared="maybe", types="ranks")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"1\.5 lags are none: take 0, 1 or more whole steps"):
        graph_rows(panel(), lags=1.5)  # type: ignore[arg-type]


def watched() -> FactorPanel:
    """The usual panel, host and chat of rooms of ten viewers."""
    table = panel().to_frame()
    table["room"] = [f"r{int(who[1:]) // 10}" for who in table["session_id"]]
    moments = table.groupby(["room", "step"])
    for name in ("host", "chat"):
        table[name] = moments[name].transform("mean")
    return FactorPanel.from_frame(
        table[["session_id", "room", "step", *NAMES]].astype({"session_id": str}),
        unit="session_id",
        time="step",
        group="room",
        tiers={"host": 1, "chat": 1},
    )


def test_a_file_that_forbids_opens_no_way_up() -> None:
    """What is known of one arrow says nothing of whether viewers move the broadcast."""
    made = watched()
    alone, known, told = (
        graph_rows(made, background=background)
        for background in (
            None,
            Background(forbidden=("alone -> desire",)),
            Background(viewers_move_rooms=True),
        )
    )
    n, place = alone.size, alone.factors.index
    assert np.array_equal(np.argwhere(alone.allowed & ~known.allowed), [[place("alone"), place("desire")]])
    assert not (known.allowed & ~alone.allowed).any()
    assert not known.allowed[n + place("desire"), place("host")]
    assert told.allowed[n + place("desire"), place("host")]


def test_a_grid_finer_than_the_factors_is_told() -> None:
    made = panel(sessions=12)
    sparse = replace(made, step=made.step * 5, moment=made.step * 5, grid_s=1.0)
    with pytest.raises(
        FormatError,
        match="no step has one before it: factors come every 5 s, a step is 1 s: take a grid of 5 s",
    ):
        graph_rows(sparse)
    holes = made.values.copy()
    holes[made.step % 2 == 1, 2] = np.nan
    with pytest.raises(FormatError, match="factors come every 2 s, a step is 1 s"):
        graph_rows(replace(made, values=holes))
    with pytest.raises(FormatError, match="no step has 100 before it without a hole, at most 79"):
        graph_rows(made, lags=100)
    with pytest.raises(FormatError, match="each session has one row: take a finer grid, or 0 lags"):
        graph_rows(made.take(made.step == 3))


def test_a_large_mean_is_no_constant() -> None:
    made = panel()
    high = made.values.copy()
    high[:, 4] += 1e9
    rows, usual = graph_rows(replace(made, values=high)), graph_rows(made)
    assert rows.clusters.total().sd == pytest.approx(usual.clusters.total().sd, rel=1e-5)
    first = made.values.copy()
    first[:, 4] = 1e9 + (made.step == 0)
    with pytest.raises(FormatError, match="alone never change in the 4740 rows in use"):
        graph_rows(replace(made, values=first))
