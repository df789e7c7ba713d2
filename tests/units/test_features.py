"""The head's input: which numbers stand where, and that one side is the other of the mirrored face."""

from dataclasses import replace

import numpy as np
import pytest
from tests.units.views import mirrored, views

from telltale.face.view import FaceView, to_crop_points
from telltale.units.feature_vector import PARTS, SIZE, part_slices
from telltale.units.features import FeatureMaker, look_of


def _vectors(shown: tuple[FaceView, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    maker = FeatureMaker()
    return np.stack([maker.step(view).vectors for view in shown])


def test_the_mirror_of_a_view_keeps_points_where_they_are_seen() -> None:
    (view,) = views("front")
    flipped = mirrored(view)
    here = to_crop_points(view.points68, view.to_crop)
    there = to_crop_points(flipped.points68, flipped.to_crop)
    np.testing.assert_allclose(there[36], [223 - here[45, 0], here[45, 1]], atol=1e-2)


def test_the_right_side_is_the_left_side_of_the_mirrored_face() -> None:
    shown = views("front", "front", "front", "smile")
    vectors = _vectors(shown)
    flipped = _vectors(tuple(mirrored(view) for view in shown))
    where = part_slices()
    for name, _ in PARTS:
        mine, theirs = vectors[-1, 1, where[name]], flipped[-1, 0, where[name]]
        # FaceMesh's own points are not quite symmetric, and flow is measured from other pixels.
        loose = 0.15 if name.startswith(("distance", "quick", "slow", "descr")) else 0.02
        assert np.abs(mine - theirs).mean() < loose * max(float(np.abs(mine).mean()), 0.1), name


def test_parts_fill_the_vector() -> None:
    assert sum(length for _, length in PARTS) == SIZE
    assert part_slices()["descriptors"].stop == SIZE


def test_a_still_face_is_at_rest_in_every_part_that_tells_of_change() -> None:
    vectors = _vectors(views(*["front"] * 12))
    where = part_slices()
    for name in ("descriptors", "quick_own", "slow_own", "distance_own", "geometry", "turned_from_neutral"):
        assert np.abs(vectors[-1, :, where[name]]).max() < 0.15, name


def test_a_smile_moves_the_lip_corners_outwards_and_up_and_keeps_them_there() -> None:
    looks_smiling = np.zeros((17, 2), np.float32)
    looks_smiling[8] = 0.8
    calm, smiling = views(*["front"] * 4, *["smile"] * 6)[:4], views(*["front"] * 4, *["smile"] * 6)[4:]
    shown = (*calm, *(replace(view, still=looks_smiling) for view in smiling))
    vectors = _vectors(shown)
    distance = vectors[:, :, part_slices()["distance_own"]].reshape(len(shown), 2, 17, 3, 3, 2)
    unit12 = 8
    away, down = distance[:, :, unit12, 1, :, 0].mean(axis=2), distance[:, :, unit12, 1, :, 1].mean(axis=2)
    assert (away[-1] > 0.2).all()
    assert (down[-1] < -0.3).all()
    motion = vectors[:, :, part_slices()["quick_own"]]
    assert np.abs(motion[4]).max() > 10 * np.abs(motion[-1]).max()


def test_a_break_leaves_no_motion_behind() -> None:
    first, *_, last = views("front", "front", "smile")
    maker = FeatureMaker()
    maker.step(first)
    later = replace(last, time_s=first.time_s + 2.0)
    vectors = maker.step(later).vectors
    assert not vectors[:, part_slices()["quick_own"]].any()


def test_motion_is_measured_over_a_thirtieth_of_a_second_at_any_rate() -> None:
    (calm, smiling) = views("front", "smile")
    fast = FeatureMaker()
    for index in range(12):
        shown = smiling if index >= 6 else calm
        vectors = fast.step(replace(shown, time_s=index / 120)).vectors
        motion = np.abs(vectors[:, part_slices()["quick_own"]]).max()
        # The smile's first frame lies in the last thirtieth for four frames.
        assert (motion > 1.0) == (6 <= index < 10), index


def test_turning_the_head_alone_moves_the_face_much_less_than_the_picture() -> None:
    straight, turned = views("front", "left")
    apart = (look_of(turned).points68 - look_of(straight).points68)[:, :2]
    before, after = (to_crop_points(view.points68, view.to_crop) for view in (straight, turned))
    eyes_px = 56.0
    left, moved = (np.linalg.norm(points, axis=1).mean() for points in (apart, (after - before) / eyes_px))
    assert left < 0.5 * moved


@pytest.mark.parametrize("rate_hz", [15, 60])
def test_speed_is_told_per_second(rate_hz: int) -> None:
    calm, smiling = views("front", "smile")
    maker = FeatureMaker()
    maker.step(replace(calm, time_s=0.0))
    speed = maker.step(replace(smiling, time_s=1 / rate_hz)).speed_px_s
    slow = FeatureMaker()
    slow.step(replace(calm, time_s=0.0))
    assert speed / slow.step(replace(smiling, time_s=0.1)).speed_px_s == pytest.approx(rate_hz / 10, rel=1e-6)
