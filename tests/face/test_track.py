"""Names: who is known again, and who is not."""

import numpy as np
import pytest
from tests.face import rendered

from telltale.face.align import align, cut
from telltale.face.mean_face import MEAN
from telltale.face.pose import fit_pose, turn
from telltale.face.track import Signature, Track, find_again, in_picture, overlap


def _signature(*names: str) -> Signature:
    signature = Signature()
    for name in names:
        mesh = rendered.mesh(name).points
        pose = fit_pose(mesh).pose
        signature.add(mesh, pose, cut(rendered.picture(name), align(pose)))
    return signature


def _lost(signature: Signature, name: str) -> Track:
    return Track(name, np.zeros(4, dtype=np.float32), 0.0, signature=signature)


def test_a_person_is_nearer_to_themselves_than_to_another() -> None:
    seen, again, other = _signature("front", "up"), _signature("up", "front", "smile"), _signature("other")
    assert seen.distance(again) < 1.0 < 2.0 < seen.distance(other)


def test_who_left_is_found_again_only_if_it_is_clear() -> None:
    front, other = _lost(_signature("front", "up"), "a"), _lost(_signature("other"), "b")
    assert find_again(_signature("up", "front", "smile"), [other, front]) is front
    assert find_again(_signature("smile"), [other]) is None
    twin = _lost(_signature("front", "up"), "c")
    assert find_again(_signature("up", "front", "smile"), [front, twin]) is None
    assert find_again(Signature(), [front]) is None


def test_a_turned_head_does_not_go_into_a_signature() -> None:
    assert _signature("left").frames == 0


def test_a_signature_does_not_hang_on_size_place_or_pose() -> None:
    """Two shots of one geometry from two sides."""
    crop = rendered.picture("front")[:224, :224]
    signatures = []
    for yaw, scale, x in ((0.0, 60.0, 100.0), (0.3, 90.0, 400.0)):
        mesh = (MEAN @ turn(yaw, 0.1, 0.2).T * (scale, -scale, -scale) + (x, 200, 0)).astype(np.float32)
        signature = Signature()
        signature.add(mesh, fit_pose(mesh).pose, crop)
        signatures.append(signature)
    assert signatures[0].distance(signatures[1]) < 0.01


def test_boxes() -> None:
    box = np.array([10, 10, 30, 30], dtype=np.float32)
    assert overlap(box, box) == pytest.approx(1.0)
    assert overlap(box, box + np.float32(20)) == 0.0
    rgb = np.zeros((40, 40, 3), dtype=np.uint8)
    assert in_picture(box, rgb)
    assert not in_picture(box + np.array([25, 0, 25, 0], dtype=np.float32), rgb)
