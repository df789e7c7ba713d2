"""BlazeFace on a rendered picture of two faces whose points are known, and its decoding by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from telltale.core.errors import FormatError
from telltale.face.anchors import blazeface_anchors
from telltale.face.blazeface import BlazeBoth, BlazeFace, Range, decode, fit
from telltale.face.detection import POINTS, Detection, Detector
from telltale.media.frame import Picture

# Where the renderer put them, pixels: right eye, left eye, tip of the nose, middle of the mouth.
LARGE = np.array([[171.9, 200.5], [262.6, 201.3], [232.5, 248.7], [223.3, 302.7]])
SMALL = np.array([[474.5, 182.6], [515.4, 183.1], [489.8, 205.1], [492.4, 229.0]])


@pytest.fixture(scope="module")
def picture() -> Picture:
    """Shape (480, 640, 3): a large face on the left and a small one on the right."""
    bgr = cv2.imread(str(Path(__file__).parent / "data" / "two_faces.jpg"))
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1])


@pytest.fixture(scope="module")
def both() -> BlazeBoth:
    return BlazeBoth()


def worst(face: Detection, truth: np.ndarray) -> float:
    """The largest error of the four points, in eyes' distances."""
    errors = np.linalg.norm(face.points[:4] - truth, axis=1)
    return float(errors.max() / np.linalg.norm(truth[1] - truth[0]))


def from_left(faces: list[Detection]) -> list[Detection]:
    return sorted(faces, key=lambda face: float(face.box[0]))


@pytest.mark.parametrize("reach", ["short", "full"])
def test_both_faces_are_found_with_their_points(picture: Picture, reach: Range) -> None:
    faces = BlazeFace(reach).detect(picture)
    assert len(faces) == 2
    assert faces[0].score >= faces[1].score
    large, small = from_left(faces)
    assert worst(large, LARGE) < 0.15
    assert worst(small, SMALL) < 0.15
    for face, truth in ((large, LARGE), (small, SMALL)):
        assert face.points.shape == (6, 2)
        assert (face.box[:2] < truth.min(axis=0)).all()
        assert (face.box[2:] > truth.max(axis=0)).all()
        assert face.points[POINTS.index("right_eye"), 0] < face.point("left_eye")[0]


def test_a_mirrored_picture_gives_mirrored_faces(picture: Picture, both: BlazeBoth) -> None:
    straight = from_left(both.detect(picture))
    mirrored = from_left(both.detect(np.ascontiguousarray(picture[:, ::-1])))[::-1]
    for a, b in zip(straight, mirrored, strict=True):
        swapped = b.points[[1, 0, 2, 3, 5, 4]] * [-1, 1] + [picture.shape[1], 0]
        eyes_px = np.linalg.norm(a.points[1] - a.points[0])
        # Mirroring swaps names and turns x about; how steady the network itself is shows in y as well.
        assert np.abs(swapped - a.points)[:4, 0].max() < 0.12 * eyes_px


@pytest.mark.parametrize("shape", [(480, 1600), (900, 640), (1920, 2560)])
def test_any_size_and_aspect_will_do(picture: Picture, both: BlazeBoth, shape: tuple[int, int]) -> None:
    wide = np.full((*shape, 3), 105, np.uint8)
    scale = 3 if shape[0] > 1000 else 1
    large = cv2.resize(picture, None, fx=scale, fy=scale)
    y, x = shape[0] - large.shape[0], shape[1] - large.shape[1]
    wide[y : y + large.shape[0], x : x + large.shape[1]] = large
    faces = from_left(both.detect(wide))
    assert worst(faces[0], LARGE * scale + [x, y]) < 0.15


def test_full_range_sees_a_face_of_a_tenth_of_the_picture(picture: Picture) -> None:
    far = np.full((480, 640, 3), 105, np.uint8)
    far[100:280, 200:440] = cv2.resize(picture, (240, 180), interpolation=cv2.INTER_AREA)
    assert worst(from_left(BlazeFace("full").detect(far))[0], LARGE * 240 / 640 + [200, 100]) < 0.2
    assert len(BlazeFace("short").detect(far)) < 2


def test_short_range_helps_where_a_face_fills_the_picture(picture: Picture, both: BlazeBoth) -> None:
    near = np.ascontiguousarray(picture[130:350, 100:310])
    assert BlazeFace("full").detect(near) == []
    (face,) = both.detect(near)
    assert worst(face, LARGE - [100, 130]) < 0.25


@pytest.mark.parametrize("shape", [(1, 1), (480, 640), (3, 4000)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_holds_no_face(both: BlazeBoth, shape: tuple[int, int], level: int) -> None:
    assert both.detect(np.full((*shape, 3), level, np.uint8)) == []


def test_noise_holds_no_face(both: BlazeBoth) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    assert both.detect(noise) == []


def test_what_is_no_picture_is_refused(both: BlazeBoth) -> None:
    with pytest.raises(FormatError, match=r"a picture was given as uint8 \(48, 64\)"):
        both.detect(np.zeros((48, 64), np.uint8))


def test_the_same_picture_gives_the_same_faces(picture: Picture, both: BlazeBoth) -> None:
    detector: Detector = both
    for a, b in zip(detector.detect(picture), detector.detect(picture.copy()), strict=True):
        np.testing.assert_array_equal(a.box, b.box)
        np.testing.assert_array_equal(a.points, b.points)


def test_the_anchors_are_the_papers() -> None:
    short = blazeface_anchors(128, [(8, 2), (16, 6)])
    assert short.shape == (896, 2)
    np.testing.assert_allclose(short[[0, 1, 2, 511, 512, 517, 518, 895]] * 128, [
        [4, 4], [4, 4], [12, 4], [124, 124], [8, 8], [8, 8], [24, 8], [120, 120],
    ])  # fmt: skip
    full = blazeface_anchors(192, [(4, 1)])
    assert full.shape == (2304, 2)
    np.testing.assert_allclose(full[[0, 1, 48, 2303]] * 192, [[2, 2], [6, 2], [2, 6], [190, 190]], rtol=1e-6)


def test_decoding_by_hand() -> None:
    raw = np.zeros((2, 16), np.float32)
    raw[1, :6] = [3, -4, 20, 10, 1, 2]
    anchors = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    rows, scores = decode(raw, np.array([-1e9, 1e9], np.float32), anchors, 128, 0.5)
    # The anchor is at (32, 96): the centre at (35, 92), the first point at (33, 98), the rest on the anchor.
    np.testing.assert_allclose(rows, [[25, 87, 45, 97, 33, 98, *[32, 96] * 5]])
    np.testing.assert_allclose(scores, [1])


def test_fitting_keeps_the_aspect_and_the_colours() -> None:
    red = np.zeros((20, 10, 3), np.uint8)
    red[..., 0] = 255
    fitted = fit(red, 128)
    assert (fitted.scale, fitted.shift_px) == (6.4, (32, 0))
    np.testing.assert_allclose(fitted.tensor[0, 64, 64], [1, -1, -1], atol=1e-6)
    np.testing.assert_allclose(fitted.tensor[0, 64, [31, 96]], -1)
