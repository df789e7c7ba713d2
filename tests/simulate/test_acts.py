"""Acts: rates that the spec says, and channels that show them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.core import channels
from telltale.core.rng import stream
from telltale.core.signal import Values
from telltale.simulate.acts import (
    PAUSE_ROWS,
    Acts,
    ActTable,
    Stratum,
    build_act_table,
    draw_acts,
    seconds_to_cart,
    strata,
)
from telltale.simulate.faces import Scene, decode_acts, draw_look, render, touched_rows
from telltale.simulate.spec import Effect, Spec, Subgroup
from telltale.simulate.spec_file import load_spec

PLAIN = Stratum(spread=1.0, strength=1.0)
ROWS = 300_000


@pytest.fixture(scope="module")
def spec() -> Spec:
    return replace(load_spec(), effects=(Effect((9,), (5.0, 10.0), 4.0), Effect((15,), (0.0, 30.0), 0.25)))


@pytest.fixture(scope="module")
def table(spec: Spec) -> ActTable:
    return build_act_table(spec)


def kind_of(table: ActTable, *units: int) -> int:
    return [act.units for act in table.spec.acts].index(units)


def expected_share(table: ActTable) -> float:
    """Share of rows in which an act can come at rest: the pause takes PAUSE_ROWS - 1 rows after each."""
    return float(1 / (1 + (PAUSE_ROWS - 1) * table.per_row.sum()))


def test_rates_at_rest(table: ActTable) -> None:
    acts = draw_acts(stream(1, "rest"), table, ROWS, 1.0, PLAIN, np.zeros(0))
    found = np.bincount(acts.kind, minlength=table.kinds) / ROWS
    wanted = table.per_row * expected_share(table)
    assert found == pytest.approx(wanted, abs=5 * np.sqrt(wanted.max() / ROWS))


def test_acts_keep_their_pause_and_their_form(table: ActTable) -> None:
    acts = draw_acts(stream(1, "form"), table, 50_000, 3.0, PLAIN, np.zeros(0))
    assert np.diff(acts.row).min() >= PAUSE_ROWS
    assert np.array_equal(np.ceil(acts.apex_s * 10), acts.row)
    assert (acts.duration_s >= 0.04).all()
    assert (acts.duration_s <= 0.2).all()
    assert (acts.amplitude >= 0.1).all()


@pytest.mark.parametrize(
    ("stratum", "near_s", "factor"),
    [
        (PLAIN, (5.0, 10.0), 4.0),
        (Stratum(1.0, 0.5), (5.0, 10.0), 2.0),
        (Stratum(2.0, 1.0), (10.0, 20.0), 4.0),
        (Stratum(1.0, 0.0), (5.0, 10.0), 1.0),
    ],
)
def test_a_coming_cart_multiplies_the_rate(
    table: ActTable, stratum: Stratum, near_s: tuple[float, float], factor: float
) -> None:
    carts_s = np.arange(60.0, ROWS / 10, 60.0)
    acts = draw_acts(stream(2, "near"), table, ROWS, 1.0, stratum, carts_s)
    nines = acts.kind == kind_of(table, 9)
    tau_s = seconds_to_cart((acts.row - 0.5) / 10, carts_s)
    inside = nines & (tau_s >= near_s[0]) & (tau_s < near_s[1])
    seconds = len(carts_s) * (near_s[1] - near_s[0])
    wanted = table.per_row[kind_of(table, 9)] * 10 * factor * seconds * expected_share(table)
    assert inside.sum() == pytest.approx(wanted, abs=5 * np.sqrt(wanted))


def test_an_act_with_others_is_another_kind(table: ActTable) -> None:
    factors = table.factors(np.array([7.0]), PLAIN)[0]
    assert factors[kind_of(table, 9)] == 4.0
    assert factors[kind_of(table, 15)] == 0.25
    assert factors[kind_of(table, 4, 20)] == 1.0


def test_subgroups_make_strata_of_their_own(spec: Spec) -> None:
    groups = (Subgroup("gender", "male", 0.5), Subgroup("age_band", "60+", 0.5))
    made = strata(replace(spec, subgroups=groups))
    assert len(made) == 3 * 4
    assert made["fashion/gender=male/age_band=60+"].strength == pytest.approx(0.25)
    assert made["electronics"].spread == 1.5


@given(st.lists(st.floats(0, 100), max_size=6), st.floats(0, 100))
def test_seconds_to_cart_is_the_nearest_to_come(carts: list[float], moment: float) -> None:
    found = seconds_to_cart(np.array([moment]), np.array(sorted(carts)))[0]
    assert found == min((cart - moment for cart in carts if cart >= moment), default=np.inf)


def scene(acts: Acts, rows: int, unread: tuple[tuple[float, float], ...] = ()) -> Scene:
    return Scene(
        rows=rows,
        drive=np.zeros((rows, 17), np.float32),
        acts=acts,
        light_steps_s=np.array([30.0]),
        dips_s=np.array([60.0]),
        dip_rad=0.2,
        unread=unread,
        blinks_per_minute=15,
        speech_share=0.1,
    )


def draw_face(table: ActTable, acts: Acts, rows: int, unread: tuple[tuple[float, float], ...] = ()) -> Values:
    return render(stream(3, "face"), scene(acts, rows, unread), draw_look(stream(3, "look")), table)


def test_the_channels_show_every_act(table: ActTable) -> None:
    rows = 40_000
    acts = draw_acts(stream(3, "acts"), table, rows, 1.5, PLAIN, np.zeros(0))
    row, kind = decode_acts(draw_face(table, acts, rows), table)
    assert np.array_equal(kind, acts.kind)
    # Two rows tie, and the later is read, only where the bump falls by less than the grain up to the border:
    # amplitude x sin^2(pi distance / duration) < 1 / 1024 for the smallest amplitude of either side.
    off = row != acts.row
    assert np.abs(row - acts.row).max() <= 1
    border_s = np.ceil(acts.apex_s * 10) / 10 - acts.apex_s
    assert (border_s[off] < acts.duration_s[off] / np.pi * np.arcsin(np.sqrt(1 / (1024 * 0.1)))).all()


def test_one_act_by_hand(table: ActTable) -> None:
    """AU9 for 0.1 s around 20.05 s with amplitude .4: all of it in the row that ends at 20.1 s."""
    one = Acts(
        np.array([201]), np.array([kind_of(table, 9)]), np.array([20.05]), np.array([0.1]), np.array([0.4])
    )
    nothing = draw_acts(stream(0, "none"), table, 0, 1.0, PLAIN, np.zeros(0))
    added = draw_face(table, one, 1000) - draw_face(table, nothing, 1000)
    look = draw_look(stream(3, "look"))
    left = 0.4 * (1 + look.asymmetry[channels.ACTION_UNITS.index(9)])
    at = {
        name: added[200, channels.INDEX[f"au09_{name}_left"]] for name in ("intensity", "velocity", "energy")
    }
    grain = 2 / 1024
    assert at["intensity"] == pytest.approx(left / 2, abs=grain)  # cos^2 has mean 1/2
    assert at["velocity"] == pytest.approx(left * np.pi / 0.1, abs=grain)
    assert at["energy"] == pytest.approx(left, abs=0.05)  # less the noise it hides
    others = np.delete(
        added, [channels.INDEX[f"au09_{k}_{s}"] for k in at for s in ("left", "right")], axis=1
    )
    assert not others.any()
    assert not np.delete(added, 200, axis=0).any()


def test_unread_stretches_hold_nothing(table: ActTable) -> None:
    rows = 1000
    acts = draw_acts(stream(4, "acts"), table, rows, 1.0, PLAIN, np.zeros(0))
    values = draw_face(table, acts, rows, unread=((20.0, 25.0), (98.0, 120.0)))
    unread = values[:, channels.VALID] == 0
    assert np.flatnonzero(unread).tolist() == [*range(200, 250), *range(980, 1000)]
    assert np.isnan(np.delete(values[unread], channels.VALID, axis=1)).all()
    assert np.isfinite(values[~unread]).all()


def test_light_and_dip_stand_where_they_were_put(table: ActTable) -> None:
    acts = draw_acts(stream(5, "acts"), table, 1000, 1.0, PLAIN, np.zeros(0))
    values = draw_face(table, acts, 1000)
    light = np.abs(np.diff(values[:, channels.INDEX["brightness"]]))
    assert int(light.argmax()) == 299  # from the row that ends at 30.0 s to the next
    pitch = values[:, channels.INDEX["pitch"]]
    assert pitch[595:600].mean() < np.r_[pitch[580:595], pitch[600:615]].mean() - 0.15


def test_touched_rows() -> None:
    assert touched_rows(0.0, 0.1) == (0, 1)
    assert touched_rows(0.05, 0.15) == (0, 2)
    assert touched_rows(-1.0, -0.5) == (0, 0)
