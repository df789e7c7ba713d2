"""Rooms by moment: means as pandas works them out, and the arrow of a room found among its viewers' noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.factors.factor import Factor
from telltale.factors.panel import FactorPanel
from telltale.factors.room_means import room_means

ROOMS, VIEWERS, STEPS = 40, 8, 50


@pytest.fixture(scope="module")
def panel() -> FactorPanel:
    """desire(t) = .4 mood(t - 1) + noise of each viewer; viewers come and go; a device, a promotion."""
    draw = stream(1, "room means")
    room, viewer, moment = (axis.ravel() for axis in np.indices((ROOMS, VIEWERS, STEPS)))
    mood = draw.standard_normal((ROOMS, STEPS + 1))
    desire = 0.4 * mood[room, moment] + draw.standard_normal(len(room))
    desire[draw.random(len(room)) < 0.05] = np.nan
    session = room * VIEWERS + viewer
    device, promotion = (session % 3 == 0).astype(float), (room % 2).astype(float)
    begins = draw.integers(0, STEPS, ROOMS * VIEWERS)
    stays = np.abs(moment - begins[session]) < STEPS // 4
    factors = (
        Factor("promotion", "test", "session", "binary", 0, shared=True),
        Factor("device", "test", "session", "binary", 0),
        Factor("mood", "test", "room", "continuous", 1),
        Factor("desire", "test", "viewer", "continuous", 2),
    )
    values = np.column_stack([promotion, device, mood[room, moment + 1], desire])
    ids = tuple(f"s{i:04d}" for i in range(ROOMS * VIEWERS))
    made = FactorPanel(
        factors,
        values,
        session,
        room,
        session,
        moment,
        moment,
        5.0,
        ids,
        tuple(f"r{i:02d}" for i in range(ROOMS)),
        ids,
    )
    return made.take(stays)


@pytest.mark.parametrize("fewest", [1, 4])
def test_means_are_those_of_pandas(panel: FactorPanel, fewest: int) -> None:
    found = room_means(panel, fewest=fewest)
    groups = panel.to_frame().groupby(["room_id", "step"], observed=True)
    wanted = groups[list(panel.names)].mean()[groups.size() >= fewest]
    assert found.values == pytest.approx(wanted.to_numpy(), nan_ok=True)
    assert [found.room_ids[i] for i in found.session] == wanted.index.get_level_values(0).tolist()
    assert found.step.tolist() == wanted.index.get_level_values(1).tolist()
    assert bool(found.notes) == (fewest == 4)


def test_each_factor_keeps_its_place_in_time(panel: FactorPanel) -> None:
    factors = {f.name: f for f in room_means(panel).factors}
    assert factors["mood"] == panel.factor("mood")
    assert factors["promotion"] == panel.factor("promotion")
    assert (factors["device"].level, factors["device"].tier, factors["device"].kind) == (
        "room",
        0,
        "continuous",
    )
    assert (factors["desire"].level, factors["desire"].tier) == ("viewer", 2)


def test_the_rooms_arrow_is_found(panel: FactorPanel) -> None:
    rows = room_means(panel, fewest=3).select(["mood", "desire"]).complete().panel.lagged(1)
    slope = np.polyfit(rows.before[:, 0, 0], rows.now[:, 1], 1)[0]
    # Some 1,400 moments of about four viewers with noise 1: the slope is known to about .015.
    assert slope == pytest.approx(0.4, abs=0.05)


def test_no_moment_with_so_many_is_refused(panel: FactorPanel) -> None:
    for fewest in (0, VIEWERS + 1):
        with pytest.raises(ConfigError, match="no moment has"):
            room_means(panel, fewest=fewest)
    with pytest.raises(ConfigError, match="no moment has"):
        room_means(replace(panel).take(np.zeros(len(panel), dtype=bool)))
