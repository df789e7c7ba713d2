"""RetinaFace's decoding by hand, and through small ONNX networks whose outputs are known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from telltale.core.errors import FormatError
from telltale.face.anchors import retinaface_priors
from telltale.face.retinaface import SIZES_PX, STRIDES_PX, RetinaFace, decode, face_scores

WIDTH, HEIGHT = 96, 64
PRIORS = retinaface_priors(WIDTH, HEIGHT, STRIDES_PX, SIZES_PX)
GREY = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)


def tensors(logits: bool = False) -> dict[str, np.ndarray]:
    """What a network says that sees a face at prior 30, less surely at its neighbour 31, and one at 220."""
    count = len(PRIORS)
    loc, landms = np.zeros((1, count, 4), np.float32), np.zeros((1, count, 10), np.float32)
    sure = np.full(count, 0.01, np.float32)
    sure[[30, 31, 220]] = 0.9, 0.7, 0.8
    loc[0, 30] = [2, -1, 5 * np.log(1.5), 0]
    loc[0, 31] = [0, 0, 5 * np.log(0.75), 5 * np.log(0.5)]
    landms[0, 30] = [-2, -1, 2, -1, 0, 1, -1, 3, 1, 3]
    conf = np.stack([1 - sure, sure], axis=1)[None]
    return {"loc": loc, "conf": np.log(conf) + 3 if logits else conf, "landms": landms}


def network(
    outputs: dict[str, np.ndarray],
    *,
    shape: tuple[int | str, ...] = (1, 3, HEIGHT, WIDTH),
    means: bool = False,
) -> bytes:
    """An ONNX network that gives these tensors; with `means`, the input's three means added to `loc`."""
    nodes = []
    constants = [numpy_helper.from_array(array, f"{name}_0") for name, array in outputs.items()]
    for name in outputs:
        if means and name == "loc":
            nodes += [
                helper.make_node("ReduceMean", ["input.1"], ["mean"], axes=[2, 3], keepdims=0),
                helper.make_node("Concat", ["mean", "zero"], ["four"], axis=1),
                helper.make_node("Add", ["loc_0", "four"], ["loc"]),
            ]
            constants.append(numpy_helper.from_array(np.zeros((1, 1), np.float32), "zero"))
        else:
            nodes.append(helper.make_node("Identity", [f"{name}_0"], [name]))
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in outputs.items()
    ]
    entry = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "retina", [entry], ports, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def test_the_priors_stand_in_the_published_order() -> None:
    # 12 x 8, 6 x 4 and 3 x 2 cells of two sizes.
    assert len(PRIORS) == 2 * (96 + 24 + 6)
    np.testing.assert_allclose(PRIORS[[0, 1, 2, 24, 191, 192, 240, 251]], [
        [4, 4, 16], [4, 4, 32], [12, 4, 16], [4, 12, 16], [92, 60, 32], [8, 8, 64], [16, 16, 256],
        [80, 48, 512],
    ])  # fmt: skip


def test_grids_cover_a_side_that_is_no_multiple_of_the_stride() -> None:
    # 13 x 9, 7 x 5 and 4 x 3 cells.
    assert len(retinaface_priors(100, 70, STRIDES_PX, SIZES_PX)) == 2 * (117 + 35 + 12)


def test_decoding_by_hand() -> None:
    loc = np.array([[2, -1, 5 * np.log(1.5), 0]], np.float32)
    landms = np.array([[-2, -1, 2, -1, 0, 1, -1, 3, 1, 3]], np.float32)
    boxes, points = decode(loc, landms, np.array([[28, 12, 16]], np.float32))
    # Centre (28 + 3.2, 12 - 1.6), width 24, height 16; points in steps of 1.6.
    np.testing.assert_allclose(boxes, [[19.2, 2.4, 43.2, 18.4]], rtol=1e-5)
    np.testing.assert_allclose(
        points[0], [[24.8, 10.4], [31.2, 10.4], [28, 13.6], [26.4, 16.8], [29.6, 16.8]], rtol=1e-5
    )


def test_absurd_sizes_stay_finite() -> None:
    boxes, _ = decode(np.full((1, 4), 1e6, np.float32), np.zeros((1, 10), np.float32), PRIORS[:1])
    assert np.isfinite(boxes).all()


def test_shares_and_logits_are_told_apart() -> None:
    shares = np.array([[0.1, 0.9], [1, 0]], np.float32)
    np.testing.assert_allclose(face_scores(shares), [0.9, 0])
    np.testing.assert_allclose(
        face_scores(np.array([[1, 3], [0, 0]], np.float32)), [1 / (1 + np.exp(-2)), 0.5]
    )
    assert face_scores(np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)).tolist() == pytest.approx([0, 1])


@pytest.mark.parametrize("order", list(permutations(("loc", "conf", "landms"))))
@pytest.mark.parametrize("logits", [False, True])
def test_a_network_gives_the_faces_it_was_made_for(order: tuple[str, ...], logits: bool) -> None:
    outputs = tensors(logits)
    faces = RetinaFace(network({name: outputs[name] for name in order})).detect(GREY)
    # Prior 30 is the small one at (28, 12), prior 220 the large one of 64 px at (40, 40).
    np.testing.assert_allclose(PRIORS[[30, 31, 220]], [[28, 12, 16], [28, 12, 32], [40, 40, 64]])
    assert [face.score for face in faces] == pytest.approx([0.9, 0.8], rel=1e-5)
    np.testing.assert_allclose(faces[0].box, [19.2, 2.4, 43.2, 18.4], rtol=1e-5)
    np.testing.assert_allclose(faces[1].box, [8, 8, 72, 72], rtol=1e-5)
    # The middle of the mouth stands between its corners.
    np.testing.assert_allclose(
        faces[0].points,
        [[24.8, 10.4], [31.2, 10.4], [28, 13.6], [28, 16.8], [26.4, 16.8], [29.6, 16.8]],
        rtol=1e-5,
    )


def test_thresholds_are_the_users() -> None:
    weights = network(tensors())
    assert len(RetinaFace(weights, min_score=0.85).detect(GREY)) == 1
    # Prior 31 has a box of 24 x 16 about (28, 12): 20.8 x 14.4 of it are shared, 0.639 of the union.
    assert len(RetinaFace(weights, max_overlap=0.63).detect(GREY)) == 2
    assert len(RetinaFace(weights, max_overlap=0.65).detect(GREY)) == 3


def test_a_picture_of_another_size_is_fitted_and_brought_back() -> None:
    faces = RetinaFace(network(tensors())).detect(np.full((HEIGHT * 4, WIDTH * 2, 3), 9, np.uint8))
    # Its height decides: a quarter of each side.
    np.testing.assert_allclose(faces[0].box, np.array([19.2, 2.4, 43.2, 18.4]) * 4, rtol=1e-5)


def test_the_mean_is_taken_off_in_the_order_blue_green_red() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[...] = 123 + 3, 117 + 2, 104 + 1
    outputs = tensors()
    outputs["loc"][...] = 0
    face = RetinaFace(network(outputs, means=True)).detect(picture)[0]
    # The means 1, 2, 3 arrive as loc: centre (28 + 1.6, 12 + 3.2), width 16 e^0.6, height 16.
    half = 8 * np.exp(0.6)
    np.testing.assert_allclose(face.box, [29.6 - half, 15.2 - 8, 29.6 + half, 15.2 + 8], rtol=1e-4)


def test_a_network_with_a_free_input_takes_whole_cells() -> None:
    weights = network(tensors(), shape=(1, 3, "height", "width"), means=True)
    # 90 x 60 is padded to 96 x 64 with the mean; nothing is enlarged.
    face = RetinaFace(weights).detect(GREY[:60, :90])[0]
    assert face.score == pytest.approx(0.9)
    shrunk = RetinaFace(weights, long_side_px=96).detect(np.full((640, 960, 3), 120, np.uint8))[0]
    assert shrunk.box[2] > 300


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"landms": np.zeros((1, 252, 8), np.float32)}, "give a RetinaFace with outputs of 4"),
        ({"loc": np.zeros((1, 100, 4), np.float32)}, "has 100 anchors, not 252"),
        ({"extra": np.zeros((1, 252, 4), np.float32)}, "give a RetinaFace with outputs of 4"),
    ],
)
def test_other_networks_are_refused(change: dict[str, np.ndarray], line: str) -> None:
    with pytest.raises(FormatError, match=line):
        RetinaFace(network(tensors() | change)).detect(GREY)


def test_a_network_of_another_input_is_refused_when_it_loads() -> None:
    with pytest.raises(FormatError, match=r"takes no picture as \(1, 3, H, W\)"):
        RetinaFace(network(tensors(), shape=(1, HEIGHT, WIDTH, 3)))


def test_a_file_that_is_no_network_is_refused() -> None:
    with pytest.raises(FormatError, match="is no ONNX model that can be run"):
        RetinaFace(b"no network")
