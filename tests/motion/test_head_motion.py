"""The head's motion is taken away, the face's stays."""

import numpy as np
import pytest
from tests.motion.faces import Array, bump, points68

from telltale.core.errors import FormatError
from telltale.motion.flow import FlowField
from telltale.motion.head import remove_head_motion, steady_mask
from telltale.motion.spread import Spreader

POINTS = points68()
MASK = steady_mask(POINTS)
TRUST = np.full((56, 56), 0.7, np.float32)


def drift() -> Array:
    """A head that shifts, nods a little and comes nearer: shape (56, 56, 2)."""
    axis = (np.arange(56, dtype=np.float32) + 0.5) / 28 - 1
    x, y = np.meshgrid(axis, axis)
    u, v = 1.0 + 0.6 * x - 0.2 * y, -0.7 + 0.2 * x + 0.6 * y
    return np.stack([u, v], axis=-1).astype(np.float32)


def test_a_head_alone_leaves_little() -> None:
    left, params = remove_head_motion(FlowField(drift(), TRUST), MASK)
    face = (slice(12, 48), slice(12, 44))
    assert np.median(np.abs(left.flow[face])) < 0.15 * np.median(np.abs(drift()[face]))
    assert params.shape == (3, 2)
    assert params[0] == pytest.approx([1.0, -0.7], abs=0.15)


def test_a_smile_stays_while_the_head_goes() -> None:
    smile = bump((86, 158), 16, (-1.5, -2.0)) + bump((137, 158), 16, (1.5, -2.0))
    left, _ = remove_head_motion(FlowField(smile + drift(), TRUST), MASK)
    corner = left.flow[39, 21]
    assert corner == pytest.approx(smile[39, 21], abs=0.3)


def test_raised_brows_are_not_taken_for_the_head() -> None:
    raised = bump((70, 42), 16, (0, -2.0)) + bump((153, 42), 16, (0, -2.0))
    left, params = remove_head_motion(FlowField(raised + np.float32(0.5), TRUST), MASK)
    assert left.flow[10, 17, 1] < 0.75 * raised[10, 17, 1]
    assert abs(left.flow[24, 28, 1]) < 0.25
    assert params[0, 0] == pytest.approx(0.5, abs=0.1)


def test_with_nothing_steady_in_sight_the_field_stays() -> None:
    field = FlowField(drift(), TRUST)
    left, params = remove_head_motion(field, np.zeros((56, 56), np.float32))
    np.testing.assert_array_equal(left.flow, field.flow)
    assert not params.any()


def test_spread_keeps_a_common_shift_and_follows_the_nearest_point() -> None:
    spread = Spreader(POINTS)
    np.testing.assert_allclose(spread(np.full((68, 2), 3.0, np.float32)), 3.0, rtol=1e-5)
    one = np.zeros((68, 2), np.float32)
    one[48] = (0, 5)
    field = spread(one)
    row, column = np.unravel_index(np.argmax(field[..., 1]), (28, 28))
    assert abs(column * 8 + 3.5 - POINTS[48, 0]) <= 10
    assert abs(row * 8 + 3.5 - POINTS[48, 1]) <= 10
    with pytest.raises(FormatError, match=r"shape \(N, 2\)"):
        Spreader(np.zeros((0, 2), np.float32))


def test_a_turn_of_the_head_gives_its_own_field() -> None:
    turned = POINTS + np.stack([0.02 * (POINTS[:, 1] - 112), np.zeros(68)], axis=1).astype(np.float32)
    field = Spreader(POINTS)(turned - POINTS)
    assert field[25, 14, 0] == pytest.approx(0.02 * (199.5 - 112), abs=0.4)
    assert not field[..., 1].any()
