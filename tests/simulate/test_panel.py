"""The slow factors: variance 1, arrows of the size that the spec says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from telltale.core.rng import stream
from telltale.simulate.panel import (
    BURN_IN_STEPS,
    Array,
    Panel,
    build_panel,
    draw_noise,
    run_rooms,
    run_viewers,
)
from telltale.simulate.spec import EXOGENOUS, Edge, Factor, Spec
from telltale.simulate.spec_file import load_spec


@pytest.fixture(scope="module")
def spec() -> Spec:
    factors = (
        Factor("mood", "room", 0.6),
        Factor("a", "viewer", 0.5),
        Factor("b", "viewer", 0.3, "laplace"),
        Factor("c", "viewer", 0.0),
    )
    edges = (
        Edge("mood", "a", 0.3),
        Edge("a", "b", 0.4),
        Edge("b", "c", -0.3, lag=1),
        Edge("mood", "c", 0.2, lag=1),
        Edge("taste", "a", 0.5),
    )
    return replace(
        load_spec(),
        factors=factors,
        edges=edges,
        cart=replace(load_spec().cart, weights={}),
        strategies=(),
        faces=replace(load_spec().faces, affect={}),
    )


def play(
    panel: Panel, viewers: int, steps: int, taste: float = 0.0, shift: float = 0.0
) -> tuple[Array, Array]:
    """Room factors (viewers, steps, n) and viewer factors, one room a viewer."""
    room_part, own = slice(0, panel.rooms), slice(panel.rooms, None)
    rng = stream(1, "test")
    still = np.zeros((viewers, steps, len(EXOGENOUS)))
    rooms = run_rooms(
        panel, np.stack([draw_noise(rng, steps, panel, room_part) for _ in range(viewers)]), still
    )
    earlier = np.concatenate([rooms[:, :1], rooms[:, :-1]], axis=1)
    push = rooms @ panel.now[own, room_part].T + earlier @ panel.before[own, room_part].T
    push = np.concatenate([np.repeat(push[:, :1], BURN_IN_STEPS, axis=1), push], axis=1)
    exogenous = still.copy()
    exogenous[:, :, EXOGENOUS.index("taste")] = taste
    shifts = np.full((viewers, steps, len(panel.viewer_names)), shift)
    noise = np.stack([draw_noise(rng, steps, panel, own) for _ in range(viewers)])
    return rooms, run_viewers(panel, noise, exogenous, push, shifts)


def test_every_factor_has_variance_one(spec: Spec) -> None:
    panel = build_panel(spec)
    rooms, viewers = play(panel, 60, 1000)
    assert rooms.std(axis=(0, 1)) == pytest.approx(np.ones(panel.rooms), abs=0.03)
    assert viewers.std(axis=(0, 1)) == pytest.approx(np.ones(3), abs=0.03)


def test_arrows_are_found_by_least_squares(spec: Spec) -> None:
    panel = build_panel(spec)
    rooms, viewers = play(panel, 60, 1000)
    mood = rooms[:, :, panel.room_names.index("mood")]
    a, b, c = (viewers[:, :, panel.viewer_names.index(n)] for n in "abc")
    now, last = slice(1, None), slice(None, -1)

    def fit(target: Array, *causes: Array) -> Array:
        columns = np.stack([cause.ravel() for cause in causes], axis=1)
        weights: Array = np.linalg.lstsq(columns, target.ravel(), rcond=None)[0].astype(np.float64)
        return weights

    assert fit(a[:, now], a[:, last], mood[:, now]) == pytest.approx([0.5, 0.3], abs=0.015)
    assert fit(b[:, now], b[:, last], a[:, now]) == pytest.approx([0.3, 0.4], abs=0.015)
    assert fit(c[:, now], b[:, last], mood[:, last]) == pytest.approx([-0.3, 0.2], abs=0.015)


def test_exogenous_causes_and_strategies_shift_by_their_weight(spec: Spec) -> None:
    panel = build_panel(spec)
    column = panel.viewer_names.index("a")
    _, rest = play(panel, 20, 200)
    _, moved = play(panel, 20, 200, taste=2.0)
    assert (moved - rest)[:, 50:, column].mean() == pytest.approx(2 * 0.5, abs=1e-6)
    _, treated = play(panel, 20, 200, shift=0.25)
    assert (treated - rest)[:, 50:, column].mean() == pytest.approx(0.25, abs=1e-6)


def test_laplace_noise_has_heavy_tails(spec: Spec) -> None:
    panel = build_panel(spec)
    noise = draw_noise(stream(2, "test"), 50_000, panel, slice(panel.rooms, None))
    scaled = noise / noise.std(axis=0)
    kurtosis = (scaled**4).mean(axis=0)
    assert kurtosis[panel.viewer_names.index("b")] == pytest.approx(6, abs=0.5)
    assert kurtosis[panel.viewer_names.index("a")] == pytest.approx(3, abs=0.2)
