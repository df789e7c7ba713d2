"""Flow finds motion that is known, and trusts itself where it may."""

import numpy as np
import pytest
from tests.motion.faces import Array, bump, moved, textured

from telltale.core.errors import ConfigError
from telltale.motion import planes
from telltale.motion.flow import FlowSettings, lucas_kanade, pyramid, reference

FINE = textured()
STILL = planes.pool(FINE, 224)
INNER = (slice(8, -8), slice(8, -8))


@pytest.mark.parametrize("size_px", [0.05, 0.2, 0.5, 1.0, 2.0, 4.0])
def test_a_shift_is_found(size_px: float) -> None:
    shift = np.full((28, 28, 2), (0.8 * size_px, -0.6 * size_px), np.float32)
    # Sharp texture is read a little too long below half a pixel.
    assert shift_error(shift, FlowSettings()) < (0.1 if size_px >= 0.5 else 0.12) * size_px


@pytest.mark.parametrize("size_px", [1.0, 2.0, 4.0])
def test_a_shift_of_whole_pixels_is_found_at_half_the_resolution(size_px: float) -> None:
    shift = np.full((28, 28, 2), (0.8 * size_px, -0.6 * size_px), np.float32)
    assert shift_error(shift, FlowSettings(side_px=112)) < 0.1 * size_px


def shift_error(shift: Array, settings: FlowSettings) -> float:
    """Median error away from the border, pixels."""
    field = lucas_kanade(STILL, moved(FINE, shift), settings=settings)
    return float(np.median(np.hypot(*np.moveaxis(field.flow - planes.stretch(shift, 56), -1, 0))[INNER]))


def test_a_smile_sized_bump_is_found_where_it_is() -> None:
    truth = bump((150, 150), 18, (0.7, -1.0))
    field = lucas_kanade(STILL, moved(FINE, truth))
    error = np.hypot(*np.moveaxis(field.flow - truth, -1, 0))
    strong = np.hypot(truth[..., 0], truth[..., 1]) > 0.6
    assert np.median(error[strong]) < 0.15
    assert np.abs(field.flow[:20, :20]).max() < 0.1


def test_a_lamp_is_no_motion() -> None:
    across = np.linspace(0, 50, 224, dtype=np.float32)
    field = lucas_kanade(STILL, STILL + across)
    assert np.abs(field.flow[INNER]).max() < 0.1


def test_a_start_carries_it_over_a_jaw_drop() -> None:
    truth = bump((112, 180), 45, (0.0, 26.0))
    after = moved(FINE, truth)
    strong = truth[..., 1] > 13
    without = lucas_kanade(STILL, after).flow[..., 1] - truth[..., 1]
    start = planes.pool(truth[..., 1].copy(), 28) * np.float32(0.9)
    begun = lucas_kanade(STILL, after, start=planes.join(np.zeros_like(start), start)).flow[..., 1]
    assert np.median(np.abs(begun - truth[..., 1])[strong]) < 0.5
    assert np.median(np.abs(without)[strong]) > 2


def test_a_reference_and_a_pyramid_give_the_same_as_pictures() -> None:
    after = moved(FINE, bump((100, 100), 20, (1, 1)))
    plain = lucas_kanade(STILL, after)
    ready = lucas_kanade(reference(pyramid(STILL)), pyramid(after))
    np.testing.assert_array_equal(plain.flow, ready.flow)
    np.testing.assert_array_equal(plain.weight, ready.weight)


def test_weight_tells_structure_from_bare_skin_and_from_what_was_covered() -> None:
    bare = STILL.copy()
    bare[:, :112] = 128
    weight = lucas_kanade(bare, bare).weight
    assert weight[8:-8, :20].max() < 0.05
    assert weight[8:-8, 36:-8].min() > 0.5
    covered = STILL.copy()
    covered[112:] = planes.pool(textured(1), 224)[112:]
    weight = lucas_kanade(STILL, covered).weight
    assert np.median(weight[36:-8]) < 0.6 * np.median(weight[8:20])


def test_darker_skin_is_measured_alike() -> None:
    after = moved(FINE, bump((112, 112), 25, (0.5, 0.5)))
    light = lucas_kanade(STILL, after).flow
    dark = lucas_kanade(STILL * np.float32(0.4), after * np.float32(0.4)).flow
    assert np.abs(light - dark).max() < 0.03


def test_a_black_frame_moves_nothing() -> None:
    black = np.zeros((224, 224), np.float32)
    field = lucas_kanade(black, black)
    assert not field.flow.any()
    assert field.weight.max() < 0.01


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="side_px is 224 or 112"):
        FlowSettings(side_px=100)
    with pytest.raises(ConfigError, match="each at least 1"):
        FlowSettings(turns=(1, 0))
