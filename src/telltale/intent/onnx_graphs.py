"""Fitted baselines as ONNX graphs: a line with a squash, and boosted trees."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

OPSET = 17
_TREES = ("ai.onnx.ml", 3)


def linear_graph(mean: Any, deviation: Any, weight: Any, bias: float) -> bytes:
    """probability = 1 / (1 + exp(-(weight . (features - mean) / deviation + bias))); NaN counts as the mean.

    Parameters
    ----------
    mean, deviation, weight
        Shape (F,).
    """
    from onnx import helper, numpy_helper

    def constant(name: str, values: Any) -> Any:
        return numpy_helper.from_array(np.asarray(values, np.float32), name)

    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "deviation"], ["scaled"]),
        helper.make_node("IsNaN", ["scaled"], ["absent"]),
        helper.make_node("Where", ["absent", "zero", "scaled"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weight"], ["sum"]),
        helper.make_node("Add", ["sum", "bias"], ["log_odds"]),
        helper.make_node("Sigmoid", ["log_odds"], ["probability"]),
    ]
    constants = [
        constant(name, values)
        for name, values in (("mean", mean), ("deviation", deviation), ("weight", weight))
    ]
    constants += [constant("bias", bias), constant("zero", 0.0)]
    return _model(nodes, constants, len(np.asarray(mean)))


def boosted_graph(model: Any, width: int) -> bytes:
    """A fitted `HistGradientBoostingClassifier` of two classes.

    Parameters
    ----------
    width
        Features.
    """
    from onnx import helper, numpy_helper

    trees = [iteration[0].nodes for iteration in model._predictors]
    count = [len(tree) for tree in trees]
    nodes = np.concatenate(trees)
    leaf = nodes["is_leaf"].astype(bool)
    tree_of = np.repeat(np.arange(len(trees)), count)
    node_of = np.concatenate([np.arange(n) for n in count])
    attributes = {
        "nodes_treeids": _whole(tree_of),
        "nodes_nodeids": _whole(node_of),
        "nodes_featureids": _whole(np.where(leaf, 0, nodes["feature_idx"])),
        "nodes_values": np.where(leaf, 0, floor32(nodes["num_threshold"])).astype(np.float32).tolist(),
        "nodes_modes": ["LEAF" if end else "BRANCH_LEQ" for end in leaf],
        "nodes_truenodeids": _whole(np.where(leaf, 0, nodes["left"])),
        "nodes_falsenodeids": _whole(np.where(leaf, 0, nodes["right"])),
        "nodes_missing_value_tracks_true": _whole(np.where(leaf, 0, nodes["missing_go_to_left"])),
        "target_treeids": _whole(tree_of[leaf]),
        "target_nodeids": _whole(node_of[leaf]),
        "target_ids": [0] * int(leaf.sum()),
        "target_weights": nodes["value"][leaf].astype(np.float32).tolist(),
        "n_targets": 1,
        "base_values": [float(np.ravel(model._baseline_prediction)[0])],
    }
    flat = numpy_helper.from_array(np.array([-1], np.int64), "flat")
    steps = [
        helper.make_node("TreeEnsembleRegressor", ["features"], ["sum"], domain=_TREES[0], **attributes),
        helper.make_node("Reshape", ["sum", "flat"], ["log_odds"]),
        helper.make_node("Sigmoid", ["log_odds"], ["probability"]),
    ]
    return _model(steps, [flat], width)


def floor32(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The greatest float32 not over each: a threshold between two values must not become the upper."""
    near = values.astype(np.float32)
    return np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)


def _whole(values: npt.NDArray[Any]) -> list[int]:
    return [int(value) for value in values]


def _model(nodes: list[Any], constants: list[Any], width: int) -> bytes:
    from onnx import TensorProto, checker, helper

    takes = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])
    gives = helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n"])
    graph = helper.make_graph(nodes, "intent", [takes], [gives], constants)
    sets = [helper.make_opsetid("", OPSET), helper.make_opsetid(*_TREES)]
    model = helper.make_model(graph, opset_imports=sets, ir_version=8)
    checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
