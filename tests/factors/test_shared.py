"""What a room shares is gone and what is a viewer's own stays, in worlds whose arrows are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.factors.factor import Factor, Level
from telltale.factors.panel import FactorPanel
from telltale.factors.shared import viewers_present, without_room_shocks

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=50, deadline=None)


def factor(name: str, level: Level = "viewer") -> Factor:
    return Factor(name, "test", level, "continuous", {"session": 0, "room": 1, "viewer": 2}[level])


def panel_of(
    values: Array, room: list[int], moment: list[int], factors: tuple[Factor, ...], session: list[int]
) -> FactorPanel:
    order = np.lexsort((moment, session))
    own, where, when = (np.array(code, dtype=np.int64)[order] for code in (session, room, moment))
    ids = tuple(f"s{i:02d}" for i in range(max(session) + 1))
    rooms = tuple(f"r{i}" for i in range(max(room) + 1))
    return FactorPanel(factors, values[order], own, where, own, when, when, 5.0, ids, rooms, ids)


def world(rooms: int, viewers: int, steps: int, *, shock_sd: float, leave: bool = False) -> FactorPanel:
    """Two factors of each viewer, and u of the room, white noise of spread `shock_sd`.

    x(t) = .5 x(t-1) + u(t) + e        y(t) = .4 x(t) + .3 y(t-1) + u(t) + e
    """
    draw = stream(1, "shared", rooms, viewers, steps)
    x, y = np.zeros((rooms, viewers)), np.zeros((rooms, viewers))
    cubes: list[list[Array]] = []
    for _ in range(20 + steps):
        u = shock_sd * draw.standard_normal((rooms, 1))
        x = 0.5 * x + u + draw.standard_normal(x.shape)
        y = 0.4 * x + 0.3 * y + u + draw.standard_normal(y.shape)
        cubes.append([x, y, np.broadcast_to(u, x.shape)])
    cube = np.array(cubes[20:]).transpose(2, 3, 0, 1)
    room, viewer, step = (axis.ravel() for axis in np.indices(cube.shape[:3]))
    session = room * viewers + viewer
    stays = np.ones(len(room), dtype=bool)
    if leave:
        begins = draw.integers(0, steps // 2, rooms * viewers)
        stays = (step >= begins[session]) & (step < begins[session] + steps // 2)
    factors = (factor("x"), factor("y"), factor("u", "room"))
    room, step, session, values = room[stays], step[stays], session[stays], cube.reshape(-1, 3)[stays]
    return panel_of(values, room.tolist(), step.tolist(), factors, session.tolist())


def slopes(panel: FactorPanel) -> tuple[float, float, float]:
    """x on its past; y on x and on its own past, by least squares."""
    found = panel.select(["x", "y"]).complete().panel.lagged(1)
    x, y = found.now.T
    before_x, before_y = found.before[:, 0].T
    own = np.linalg.lstsq(np.column_stack([before_x, np.ones_like(x)]), x, rcond=None)[0][0]
    on_x, on_y, _ = np.linalg.lstsq(np.column_stack([x, before_y, np.ones_like(x)]), y, rcond=None)[0]
    return float(own), float(on_x), float(on_y)


def test_shocks_vanish_and_the_own_dependence_stays() -> None:
    panel = world(60, 10, 60, shock_sd=1.5)
    plain, adjusted = slopes(panel), slopes(without_room_shocks(panel))
    # 36,000 rows: a slope is known to about .005.
    assert adjusted == pytest.approx((0.5, 0.4, 0.3), abs=0.02)
    assert plain[1] > 0.7  # the shock moves both at once and looks like an arrow
    found = without_room_shocks(panel)
    shock = panel.column("u")
    assert abs(np.corrcoef(panel.column("x"), shock)[0, 1]) > 0.5
    assert abs(np.corrcoef(found.column("x"), shock)[0, 1]) < 0.01


def test_viewers_who_come_and_go_keep_their_own_dependence_too() -> None:
    panel = world(60, 12, 60, shock_sd=1.5, leave=True)
    assert slopes(without_room_shocks(panel)) == pytest.approx((0.5, 0.4, 0.3), abs=0.04)


def test_a_pure_shock_leaves_exactly_nothing() -> None:
    panel = world(4, 5, 10, shock_sd=1.0)
    only = panel.select(["x"])
    shock = 3.0 * panel.column("u") + panel.moment
    moved = without_room_shocks(replace(only, values=only.values + shock[:, None]))
    assert moved.values == pytest.approx(without_room_shocks(only).values, abs=1e-12)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 3), st.one_of(st.none(), st.integers(-8, 8).map(lambda i: i / 4))
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:2],
)


@QUICK
@given(ROWS, st.integers(2, 4))
def test_it_is_the_mean_of_the_others_there(rows: list[tuple[int, int, float | None]], fewest: int) -> None:
    """Sessions 0 - 5, two to a room, all at moments 0 - 3; None was not seen."""
    values = np.array([np.nan if value is None else value for _, _, value in rows])
    sessions, moments = [row[0] for row in rows], [row[1] for row in rows]
    panel = panel_of(values[:, None], [s // 3 for s in sessions], moments, (factor("x"),), sessions)
    found = without_room_shocks(panel, fewest=fewest)
    for i, (session, moment) in enumerate(zip(panel.session.tolist(), panel.moment.tolist(), strict=True)):
        others = [
            v for s, m, v in rows if s != session and s // 3 == session // 3 and m == moment and v is not None
        ]
        own = panel.values[i, 0]
        wanted = own - np.mean(others) if len(others) >= fewest - 1 and others else np.nan
        assert found.values[i, 0] == pytest.approx(wanted, abs=1e-12, nan_ok=True)
        there = [s for s, m, _ in rows if s // 3 == session // 3 and m == moment]
        assert viewers_present(panel)[i] == len(there)


def test_it_says_where_too_few_were_there() -> None:
    rows = [(s, 0, k) for s in (0, 1, 2) for k in range(3)] + [(s, 1, k) for s in (3, 4) for k in range(3)]
    rows += [(5, 0, 2)]
    session, room, moment = (list(column) for column in zip(*rows, strict=True))
    panel = panel_of(np.arange(float(len(rows)))[:, None], room, moment, (factor("x"),), session)
    found = without_room_shocks(panel)
    assert found.notes == (
        "in 6 of 16 rows fewer than 3 viewers were there: left unseen",
        "1 rooms never had 3 viewers at once (r1)",
    )
    assert np.isnan(found.column("x")).tolist() == (panel.room == 1).tolist()


def test_what_is_not_the_viewers_own_stays_as_it_was() -> None:
    panel = world(3, 4, 6, shock_sd=1.0)
    found = without_room_shocks(panel)
    assert np.array_equal(found.column("u"), panel.column("u"))
    assert panel.notes == ()
    assert found.factor("x").kind == "continuous"
    assert "less the mean of the others" in found.factor("x").says
    one = without_room_shocks(panel, names=["y"])
    assert np.array_equal(one.column("x"), panel.column("x"))
    assert np.array_equal(one.column("y"), found.column("y"))
    with pytest.raises(ConfigError, match="not a viewer's own: u"):
        without_room_shocks(panel, names=["x", "u"])
    with pytest.raises(ConfigError, match="is a viewer's own"):
        without_room_shocks(panel.select(["u"]))
    with pytest.raises(ConfigError, match="1 viewers have no others"):
        without_room_shocks(panel, fewest=1)
