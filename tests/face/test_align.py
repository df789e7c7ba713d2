"""The aligned face: where it is cut, what moves it, how well it can be seen."""

import cv2
import numpy as np
import pytest
from tests.face import rendered

from telltale.face.align import TEMPLATE, align, cut, cut_luma
from telltale.face.mean_face import MEAN, five_points
from telltale.face.pose import fit_pose, turn
from telltale.face.quality import blur, noise, quality
from telltale.face.view import Array, to_crop_points


def _to_crop(name: str) -> Array:
    return align(fit_pose(rendered.mesh(name).points).pose)


@pytest.mark.parametrize("name", ["front", "up", "other"])
def test_the_eyes_come_to_lie_in_their_places(name: str) -> None:
    eyes = to_crop_points(five_points(rendered.mesh(name).points)[:2, :2], _to_crop(name))
    assert np.abs(eyes - TEMPLATE[:2]).max() < 5.0


def test_only_the_full_affine_map_undoes_a_turned_head() -> None:
    turned = (MEAN @ turn(0.45, 0.0, 0.0).T * (70, -70, -70) + (300, 200, 0)).astype(np.float32)
    pose = fit_pose(turned).pose
    eyes = five_points(turned)[:2, :2]
    apart = [float(np.ptp(to_crop_points(eyes, align(pose, full_affine=f))[:, 0])) for f in (False, True)]
    assert apart[0] < 52.5
    assert apart[1] == pytest.approx(56.0, abs=1.0)


def test_a_smile_does_not_move_the_crop() -> None:
    still, smiling = _to_crop("front"), _to_crop("smile")
    five = five_points(rendered.mesh("front").points)[:, :2]
    moved = np.linalg.norm(to_crop_points(five, smiling) - to_crop_points(five, still), axis=1)
    mouth = five_points(rendered.mesh("smile").points)[3:, :2] - five[3:]
    assert np.abs(mouth).max() > 3.0
    assert moved.mean() < 1.5


def test_crop_and_map_agree() -> None:
    """A dot that is drawn into the picture appears in the crop where the map says, at every scale."""
    for zoom in (0.4, 0.8, 1.5):
        turn = cv2.getRotationMatrix2D((300.0, 260.0), 20, zoom).astype(np.float32)
        turn[:, 2] += np.array([112 - 300, 112 - 260])
        rgb = np.zeros((600, 700, 3), dtype=np.uint8)
        cv2.circle(rgb, (320, 250), 12, (255, 255, 255), -1)
        grey = cut_luma(rgb, turn)
        rows, columns = np.indices(grey.shape)
        seen = np.array([(columns * grey).sum(), (rows * grey).sum()]) / grey.sum()
        expected = to_crop_points(np.array([[320, 250]], dtype=np.float32), turn)[0]
        np.testing.assert_allclose(seen, expected, atol=0.05)


def test_a_crop_of_a_fine_pattern_does_not_alias() -> None:
    stripes = np.zeros((960, 960, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    smaller = np.array([[0.27, 0, 0], [0, 0.27, 0]], dtype=np.float32)
    assert cut_luma(stripes, smaller)[20:200, 20:200].std() < 12


def test_a_crop_at_the_edge_of_the_picture_is_black_beyond_it() -> None:
    rgb = np.full((100, 100, 3), 200, dtype=np.uint8)
    for zoom in (0.5, 1.0):
        away = np.array([[zoom, 0, 150], [0, zoom, 150]], dtype=np.float32)
        crop = cut(rgb, away)
        assert crop.shape == (224, 224, 3)
        assert crop[:140, :140].max() == 0
        assert crop[155:195, 155:195].min() == 200


def test_quality_tells_noise_and_blur_and_light() -> None:
    mesh, to_crop = rendered.mesh("front").points, _to_crop("front")
    rng = np.random.default_rng(0)
    clean = rendered.picture("front")
    noisy = np.clip(clean + rng.normal(0, 10.2, clean.shape[:2])[..., None], 0, 255).astype(np.uint8)
    soft = cv2.GaussianBlur(clean, (0, 0), 4).astype(np.uint8)
    dark = (clean // 2).astype(np.uint8)
    seen = {
        name: quality(rgb, mesh, cut_luma(rgb, to_crop))
        for name, rgb in {"clean": clean, "noisy": noisy, "soft": soft, "dark": dark}.items()
    }
    assert seen["noisy"].noise == pytest.approx(0.04, abs=0.008)
    assert seen["clean"].noise < 0.02
    assert seen["soft"].blur > seen["clean"].blur + 0.4
    assert seen["dark"].brightness == pytest.approx(seen["clean"].brightness / 2, abs=0.01)
    assert 0.3 < seen["clean"].face_size < 0.9


def test_flat_pictures_have_no_noise_and_nothing_sharp() -> None:
    flat = np.full((64, 64), 90, dtype=np.float32)
    assert noise(flat) == 0.0
    assert blur(flat) == 1.0
