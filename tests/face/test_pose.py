"""Head pose and gaze: the mean face turned by known angles, rendered heads, signs."""

import numpy as np
import numpy.typing as npt
import pytest
from tests.face import rendered

from telltale.face.gaze import gaze
from telltale.face.mean_face import LEFT_EYE, MEAN, RIGHT_EYE
from telltale.face.pose import angles, fit_pose, place, turn
from telltale.face.view import Array


def _picture_of(rotation: npt.NDArray[np.float64], scale: float = 70.0) -> Array:
    """The mean face turned and put into a picture. Shape (468, 3)."""
    turned = MEAN @ rotation.T
    down = np.array([1, -1, -1], dtype=np.float32)
    return (turned * scale * down + np.array([300, 200, 0], dtype=np.float32)).astype(np.float32)


@pytest.mark.parametrize("degrees", [(0, 0, 0), (40, 0, 0), (-25, 10, 5), (10, -20, -30)])
def test_a_turned_mean_face_gives_its_angles_back(degrees: tuple[float, float, float]) -> None:
    mesh = _picture_of(turn(*np.radians(degrees)))
    fit = fit_pose(mesh)
    np.testing.assert_allclose(np.degrees([fit.pose.yaw, fit.pose.pitch, fit.pose.roll]), degrees, atol=0.01)
    assert fit.pose.scale_px == pytest.approx(70.0, rel=1e-4)
    assert fit.residual < 1e-4
    np.testing.assert_allclose(place(fit.pose, MEAN), mesh[:, :2], atol=0.01)


def test_signs_are_those_of_core() -> None:
    nose, top = np.array([0, 0, 1]), np.array([0, 1, 0])
    assert (turn(0.3, 0, 0) @ nose)[0] > 0  # to the subject's left, the picture's right
    assert (turn(0, 0.3, 0) @ nose)[1] > 0  # up
    assert (turn(0, 0, 0.3) @ top)[0] > 0  # the head's top to the subject's left
    np.testing.assert_allclose(angles(turn(0.2, -0.3, 0.4)), (0.2, -0.3, 0.4))


@pytest.mark.parametrize("name", ["front", "left", "up", "other"])
def test_rendered_heads_turn_as_they_were_drawn(name: str) -> None:
    pose = fit_pose(rendered.mesh(name).points).pose
    seen = np.degrees([pose.yaw, pose.pitch, pose.roll])
    true = [rendered.truth(name)[key] for key in ("yaw_deg", "pitch_deg", "roll_deg")]
    assert np.abs(seen - true).max() < 5.0


def test_a_few_wild_points_do_not_turn_the_head() -> None:
    mesh = _picture_of(turn(0.2, 0.0, 0.0))
    mesh[[33, 127, 116]] += np.array([25, -20, 10], dtype=np.float32)
    assert fit_pose(mesh).pose.yaw == pytest.approx(0.2, abs=np.radians(3))


def test_a_mesh_that_is_no_face_fits_badly() -> None:
    rng = np.random.default_rng(1)
    mesh = _picture_of(turn(0.0, 0.0, 0.0)) + rng.normal(0, 20, (468, 3)).astype(np.float32)
    assert fit_pose(mesh).residual > 0.12


def test_gaze_follows_the_iris_and_is_unknown_behind_shut_lids() -> None:
    mesh = _picture_of(turn(0.2, 0.1, 0.1))
    pose = fit_pose(mesh).pose
    straight = np.stack([mesh[list(eye), :2].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE)])
    irises = np.repeat(straight[:, None], 5, axis=1)
    at_rest = gaze(irises, mesh, pose)
    turned = gaze(irises + np.array([4, -4], dtype=np.float32), mesh, pose)
    assert (turned > at_rest + 0.2).all()  # right and up in the picture: the subject's left, and up
    shut = mesh.copy()
    shut[[159, 386]] = shut[[145, 374]]
    assert np.isnan(gaze(irises, shut, pose)).all()
