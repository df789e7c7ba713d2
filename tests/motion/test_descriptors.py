"""Regions lie on the face, descriptors say what moved, and the mirrored face gives the same numbers."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.motion.faces import bump, mirror_field, mirror_points, moved, points68, textured

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError
from telltale.motion import planes
from telltale.motion.descriptors import (
    DEAD_ZONE_PX,
    MIRROR_ORDER,
    describe,
    displacements,
    mirror_descriptors,
)
from telltale.motion.flow import FlowField, lucas_kanade
from telltale.motion.regions import REGION_TABLE, region_outlines, region_samples

POINTS = points68()
SAMPLES = region_samples(POINTS)


def field_of(flow: npt.NDArray[np.floating[Any]]) -> FlowField:
    """Fully trusted."""
    return FlowField(np.ascontiguousarray(flow, np.float32), np.ones(flow.shape[:2], np.float32))


def anything(seed: int) -> FlowField:
    """Random motion with random trust."""
    numbers = np.random.default_rng(seed)
    flow = numbers.standard_normal((56, 56, 2)).astype(np.float32)
    return FlowField(flow, numbers.uniform(0, 1, (56, 56)).astype(np.float32))


def test_regions_stand_in_the_order_of_the_units_and_within_the_crop() -> None:
    assert tuple(region.action_unit for region in REGION_TABLE) == ACTION_UNITS
    assert SAMPLES.shape == (17, 12, 12, 2)
    assert SAMPLES.dtype == np.float32
    assert SAMPLES.min() >= 0
    assert SAMPLES.max() <= 223
    assert np.all(np.diff(SAMPLES[..., 0], axis=2) > 0)
    assert np.all(np.diff(SAMPLES[..., 1], axis=1) > 0)


def test_mirroring_any_face_maps_its_regions_onto_themselves() -> None:
    crooked = POINTS + np.random.default_rng(3).normal(0, 4, (68, 2)).astype(np.float32)
    mirrored = region_samples(mirror_points(crooked))[:, :, ::-1]
    mirrored[..., 0] = 223 - mirrored[..., 0]
    np.testing.assert_allclose(mirrored, region_samples(crooked), atol=1e-3)


def test_outlines_hold_the_samples() -> None:
    outlines = region_outlines(POINTS)
    assert outlines.shape == (17, 4, 2)
    np.testing.assert_allclose(outlines.mean(axis=1), SAMPLES.mean(axis=(1, 2)), atol=1e-3)
    assert np.all(outlines[:, 0] < SAMPLES[:, 0, 0])
    assert np.all(outlines[:, 2] > SAMPLES[:, -1, -1])


def test_points_of_another_number_are_refused() -> None:
    with pytest.raises(FormatError, match="68 points"):
        region_samples(POINTS[:5])


@pytest.mark.parametrize(("motion", "bins"), [((1, 0), {0: 1}), ((0, 1), {2: 1}), ((-1, 0), {4: 1})])
def test_a_motion_falls_into_its_own_direction(motion: tuple[int, int], bins: dict[int, float]) -> None:
    cells = describe(field_of(np.full((56, 56, 2), motion)), SAMPLES)
    assert cells.shape == (17, 3, 3, 8)
    assert cells.dtype == np.float32
    found = {k: float(v) for k, v in enumerate(cells[0, 0, 0]) if v > 1e-4}
    assert found == pytest.approx({k: v * (1 - DEAD_ZONE_PX) / 1.02 for k, v in bins.items()}, abs=1e-4)


def test_a_direction_between_two_is_shared() -> None:
    angle = np.radians(45 * 0.25)
    cells = describe(field_of(np.full((56, 56, 2), (2 * np.cos(angle), 2 * np.sin(angle)))), SAMPLES)
    assert cells[5, 1, 1, 0] / cells[5, 1, 1, 1] == pytest.approx(3, rel=1e-3)


def test_the_dead_zone_keeps_a_still_face_still() -> None:
    tremble = np.random.default_rng(0).uniform(-0.02, 0.02, (56, 56, 2))
    assert not describe(field_of(tremble), SAMPLES).any()


def test_what_cannot_be_trusted_does_not_count() -> None:
    flow = np.zeros((56, 56, 2), np.float32)
    flow[:, 28:] = (3, 0)
    weight = np.ones((56, 56), np.float32)
    weight[:, 27:] = 0
    field = FlowField(flow, weight)
    assert describe(field, SAMPLES)[:, :, 2].max() == 0
    assert np.abs(displacements(field, SAMPLES)[:, 0]).max() < 0.2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_mirrored_face_has_the_same_numbers_in_another_order(seed: int) -> None:
    field = anything(seed)
    crooked = POINTS + np.random.default_rng(seed).normal(0, 3, (68, 2)).astype(np.float32)
    plain = describe(field, region_samples(crooked))
    mirrored = describe(mirror_field(field), region_samples(mirror_points(crooked)))
    np.testing.assert_allclose(mirrored, mirror_descriptors(plain), atol=2e-5)
    np.testing.assert_array_equal(mirror_descriptors(plain).reshape(1224), plain.reshape(1224)[MIRROR_ORDER])
    np.testing.assert_array_equal(mirror_descriptors(mirror_descriptors(plain)), plain)
    halves = displacements(field, region_samples(crooked))
    swapped = displacements(mirror_field(field), region_samples(mirror_points(crooked)))
    np.testing.assert_allclose(swapped, halves[:, ::-1], atol=2e-4)


def test_a_smile_on_the_left_is_read_on_the_left_going_up_and_out() -> None:
    fine = textured(5)
    after = moved(fine, bump((138, 158), 16, (1.5, -2.0)))
    halves = displacements(lucas_kanade(planes.pool(fine, 224), after), SAMPLES)
    corner = ACTION_UNITS.index(14)
    assert halves[corner, 0, 1, 1] == pytest.approx([1.4, -1.9], abs=0.5)
    assert np.abs(halves[corner, 1]).max() < 0.3
