"""Names: who is known again, and who is not."""

import numpy as np
import pytest
from tests.face import rendered

from telltale.core.rng import stream
from telltale.face.align import align, cut
from telltale.face.mean_face import MEAN
from telltale.face.pose import fit_pose, turn
from telltale.face.track import Looks, Signature, Track, eyes_alike, find_again, goes_on, in_picture, overlap
from telltale.face.view import Array


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


def _looks(luma: Array, time_s: float = 0.0, wider: float = 0.0) -> Looks:
    """A frontal face of this luma, every second point of which is moved outwards."""
    mesh: Array = MEAN * np.array((1, -1, -1), dtype=np.float32)
    pose = fit_pose(mesh).pose
    mesh[::2, 0] += wider
    return Looks(time_s, mesh, pose, luma)


def _texture(name: str) -> Array:
    return stream(1, "looks", name).uniform(0, 255, (224, 224)).astype(np.float32)


def test_the_same_eyes_and_bones_go_on_within_reach() -> None:
    one = _texture("one")
    assert goes_on(_looks(one), _looks(np.roll(one, 16, axis=1)))
    assert not goes_on(_looks(one), _looks(np.roll(one, 17, axis=1)))
    assert goes_on(_looks(one), _looks(one, wider=0.034 * 2**0.5))
    assert not goes_on(_looks(one), _looks(one, wider=0.036 * 2**0.5))


def test_eyes_of_one_grey_are_like_nothing() -> None:
    grey, one = np.full((224, 224), 90, dtype=np.float32), _texture("one")
    assert eyes_alike(_looks(grey), _looks(one)) == eyes_alike(_looks(one), _looks(grey)) == 0.0


def test_the_longer_ago_a_face_was_seen_the_less_like_its_eyes_must_be() -> None:
    one, other = _texture("one"), _texture("other")
    before, faded = _looks(one), 0.44 * one + 0.56 * other
    alike = eyes_alike(before, _looks(faded))
    assert 0.6 < alike < 0.64
    enough_s = 1 / 15 + (0.75 - alike) / 2.5
    moments = (1 / 60, 1 / 15, enough_s - 0.001, enough_s + 0.001, 9.0)
    assert [goes_on(before, _looks(faded, at)) for at in moments] == [False, False, False, True, True]
    # Less than a half is never enough.
    assert not goes_on(before, _looks(0.3 * one + 0.7 * other, 9.0))


def test_boxes() -> None:
    box = np.array([10, 10, 30, 30], dtype=np.float32)
    assert overlap(box, box) == pytest.approx(1.0)
    assert overlap(box, box + np.float32(20)) == 0.0
    rgb = np.zeros((40, 40, 3), dtype=np.uint8)
    assert in_picture(box, rgb)
    assert not in_picture(box + np.array([25, 0, 25, 0], dtype=np.float32), rgb)
