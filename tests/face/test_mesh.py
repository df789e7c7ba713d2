"""Landmarks: squares and their maps, the 68 points against the truth, presence, irises."""

import cv2
import numpy as np
import pytest
from tests.face import rendered

from telltale.face.iris import IrisFollower
from telltale.face.mean_face import LEFT_EYE, RIGHT_EYE
from telltale.face.mesh import Square, square_from_points
from telltale.face.points68 import points68


def test_a_square_and_its_map_back_undo_each_other() -> None:
    square = Square(x_px=201.3, y_px=99.7, side_px=310.0, turn_rad=0.4)
    shown = np.array([[0.0, 0.0], [191.0, 0.0], [60.0, 150.0]], dtype=np.float32)
    # Points count from the model's first pixel's corner: the centre of pixel 0 is 0.5.
    placed = square.from_input(shown + np.float32(0.5), 192)
    back = placed @ square.to_input(192)[:, :2].T + square.to_input(192)[:, 2]
    np.testing.assert_allclose(back, shown, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "most_percent"), [("front", 4.0), ("left", 5.0), ("up", 4.5), ("other", 4.0)]
)
def test_the_68_points_lie_where_they_should(name: str, most_percent: float) -> None:
    seen, true = points68(rendered.mesh(name).points), rendered.true_points(name)
    eyes = np.linalg.norm(true[36] - true[45])
    error = np.linalg.norm(seen - true, axis=1).mean() / eyes * 100
    assert error < most_percent


def test_presence_tells_a_face_from_none() -> None:
    front = rendered.mesh("front")
    nothing = np.zeros((288, 288, 3), dtype=np.uint8)
    assert front.presence > 0.99
    assert rendered.face_mesh().read(nothing, square_from_points(front.points)).presence < 0.5


def test_a_turned_picture_gives_turned_points() -> None:
    turn = cv2.getRotationMatrix2D((143.5, 143.5), 30, 1)
    turned = cv2.warpAffine(rendered.picture("front"), turn, (288, 288), borderValue=(115, 122, 133))
    upright = rendered.mesh("front").points
    expected = upright[:, :2] @ turn[:, :2].T + turn[:, 2]
    square = square_from_points(np.column_stack([expected, upright[:, 2]]).astype(np.float32))
    seen = rendered.face_mesh().read(turned.astype(np.uint8), square).points
    assert np.linalg.norm(seen[:, :2] - expected, axis=1).mean() < 1.5


def test_irises_lie_in_their_eyes_and_are_carried_along() -> None:
    picture, mesh = rendered.picture("front"), rendered.mesh("front").points
    follower = IrisFollower(rendered.iris_model())
    first = follower.step(0.0, picture, mesh)
    for eye, corners in zip(first, (RIGHT_EYE, LEFT_EYE), strict=True):
        low, high = np.sort(mesh[list(corners), 0])
        assert low < eye[0, 0] < high
        assert np.linalg.norm(eye[0] - eye[1:].mean(axis=0)) < 1.0
    # Within a tenth of a second the model does not run: a black picture changes nothing.
    moved = mesh + np.array([5, -3, 0], dtype=np.float32)
    carried = follower.step(0.05, np.zeros_like(picture), moved)
    np.testing.assert_allclose(carried, first + np.array([5, -3]), atol=1e-3)
    assert np.abs(follower.step(0.1, np.zeros_like(picture), moved) - carried).max() > 0.5


def test_eyes_look_the_same_way_though_one_is_read_at_a_time() -> None:
    picture, mesh = rendered.picture("front"), rendered.mesh("front").points
    follower = IrisFollower(rendered.iris_model())
    first = follower.step(0.0, picture, mesh)
    # Irises shifted against lids that stay: what a glance to the side looks like.
    aside = np.ascontiguousarray(np.roll(picture, 4, axis=1))
    for time_s in (0.1, 0.2):
        moved = follower.step(time_s, aside, mesh)[:, 0] - first[:, 0]
        np.testing.assert_allclose(moved, [[4, 0], [4, 0]], atol=0.9)
