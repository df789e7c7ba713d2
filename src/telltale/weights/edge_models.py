"""The networks for the viewer's device: MediaPipe's as ONNX, ours as they are, in one folder with its list.

The browser runs ONNX alone, so detector, mesh and iris are written again from their LiteRT files, operator by
operator: the same weights, the same sums. LiteRT keeps channels last, ONNX first; each picture is turned once
on its way in and once on its way out. Weights stay float16 where they were, and are widened as they load.
What no reader asks for (the iris model's 71 points of the lids) is left out. Who serves the folder hands
MediaPipe's networks on, so their licence and what was changed lie in it too.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

from telltale.core.errors import FormatError
from telltale.core.files import replacing_file
from telltale.weights.mediapipe import (
    COMMAND,
    LICENCE,
    LICENCE_FILE,
    MODELS,
    VERSION,
    is_right,
    model_path,
    models_folder,
)
from telltale.weights.shipped import shipped

Array = npt.NDArray[Any]

OPSET: Final = 17
MANIFEST: Final = "manifest.json"
NOTICE: Final = f"""\
face.onnx, mesh.onnx and iris.onnx hold the weights of MediaPipe {VERSION}, copyright The MediaPipe Authors
(Google), licensed under {LICENCE}; the licence lies beside this file. They were converted from LiteRT to ONNX
for Telltale, and outputs that are not used were left out. refine.onnx and head.onnx are Telltale's own, under
{LICENCE} too.
"""


@dataclass(frozen=True, slots=True)
class EdgeModel:
    """A network that is written again."""

    source: str
    """Its name among MediaPipe's."""
    outputs: tuple[str, ...]
    """What is asked of it, by LiteRT's names."""
    names: tuple[str, ...]
    """The same, as the ONNX file calls them."""


CONVERTED: Final = {
    "face": EdgeModel("blazeface_short", ("regressors", "classificators"), ("boxes", "logits")),
    "mesh": EdgeModel("face_mesh", ("conv2d_21", "conv2d_31"), ("points", "logit")),
    "iris": EdgeModel("iris", ("output_iris",), ("iris",)),
}
"""What is written again, by the file's name."""
COPIED: Final = ("refine", "head")
"""What ships as ONNX already."""


def write_edge_models(out: Path) -> list[Path]:
    """Write the networks of the viewer's device, their licence, and `manifest.json` with sizes and SHA-256.

    Parameters
    ----------
    out
        A folder, made if need be; files of the same names are replaced.

    Returns
    -------
    The files, the manifest last.

    Raises
    ------
    FormatError
        MediaPipe's models are not installed, or damaged.
    """
    licence = models_folder() / LICENCE_FILE.name
    if not is_right(licence, LICENCE_FILE):
        raise FormatError(f"{licence} is missing or damaged", hint=f"run '{COMMAND}'")
    out.mkdir(parents=True, exist_ok=True)
    listed: dict[str, dict[str, str | int]] = {}
    paths = []
    for name, model in CONVERTED.items():
        content = to_onnx(model_path(model.source), model).SerializeToString()
        path = _write(out / f"{name}.onnx", content)
        source = f"MediaPipe {VERSION}, {MODELS[model.source].path}, converted to ONNX"
        listed[path.name] = _entry(content, LICENCE, source)
        paths.append(path)
    for name in COPIED:
        path = out / f"{name}.onnx"
        with replacing_file(path) as beside:
            shutil.copyfile(shipped(name), beside)
        listed[path.name] = _entry(path.read_bytes(), LICENCE, "Telltale")
        paths.append(path)
    paths += [_write(out / "LICENSE", licence.read_bytes()), _write(out / "NOTICE", NOTICE.encode())]
    manifest = json.dumps({"version": 1, "files": listed}, indent=2) + "\n"
    return [*paths, _write(out / MANIFEST, manifest.encode())]


def to_onnx(path: Path, model: EdgeModel) -> onnx.ModelProto:
    """A LiteRT network of convolutions as ONNX; its input is called `picture` and keeps channels last.

    Raises
    ------
    FormatError
        The file holds an operator that is not known here.
    """
    return _Writer(schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0), str(path)).write(model)


def _entry(content: bytes, licence: str, source: str) -> dict[str, str | int]:
    digest = hashlib.sha256(content).hexdigest()
    return {"bytes": len(content), "sha256": digest, "licence": licence, "source": source}


def _write(path: Path, content: bytes) -> Path:
    with replacing_file(path) as beside:
        beside.write_bytes(content)
    return path


def _same_pads(length: int, kernel: int, stride: int) -> tuple[int, int]:
    """What LiteRT's SAME adds before and after, one axis.

    >>> _same_pads(128, 5, 2), _same_pads(16, 3, 1)
    ((1, 2), (1, 1))
    """
    whole = max((math.ceil(length / stride) - 1) * stride + kernel - length, 0)
    return whole // 2, whole - whole // 2


class _Writer:
    """Writes one graph: tensors are known by their number in it, pictures lie channels first."""

    def __init__(self, model: Any, name: str) -> None:
        self._graph = model.subgraphs[0]
        self._buffers = model.buffers
        self._codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
        self._name = name
        self._kinds = {value: key for key, value in vars(schema.BuiltinOperator).items() if key[0] != "_"}
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}
        self._widened: dict[int, int] = {}
        """Dequantized tensors and the float16 ones that they are made of."""

    def write(self, model: EdgeModel) -> onnx.ModelProto:
        """The graph that gives what is asked for, and nothing beside it."""
        asked = [self._number(name) for name in model.outputs]
        (picture,) = self._graph.inputs
        self._node("Transpose", ["picture"], [_t(picture)], perm=[0, 3, 1, 2])
        for operator in self._needed(asked):
            self._operator(operator)
        for number, name in zip(asked, model.names, strict=True):
            shape = self._shape(number)
            last = [0, 2, 3, 1] if len(shape) == 4 else list(range(len(shape)))
            self._node("Transpose", [_t(number)], [name], perm=last)
        graph = helper.make_graph(
            self._nodes,
            model.source,
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, self._shape(picture))],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, self._shape(number))
                for number, name in zip(asked, model.names, strict=True)
            ],
            list(self._weights.values()),
        )
        opsets = [helper.make_opsetid("", OPSET)]
        made = helper.make_model(graph, producer_name="telltale", opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(made)
        return made

    def _needed(self, asked: Sequence[int]) -> list[Any]:
        """The operators that what is asked for hangs on, in their order."""
        wanted, kept = set(asked), []
        for operator in reversed(self._graph.operators):
            if wanted.intersection(int(number) for number in operator.outputs):
                kept.append(operator)
                wanted.update(int(number) for number in operator.inputs)
        return kept[::-1]

    def _operator(self, operator: Any) -> None:
        kind = self._kinds[self._codes[operator.opcodeIndex]]
        writes: dict[str, Callable[[Any, list[int], int], None]] = {
            "DEQUANTIZE": self._dequantize,
            "CONV_2D": self._conv,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "ADD": self._add,
            "RELU": self._relu,
            "PRELU": self._prelu,
            "PAD": self._pad,
            "MAX_POOL_2D": self._max_pool,
            "RESHAPE": self._reshape,
            "CONCATENATION": self._concatenation,
        }
        if kind not in writes:
            raise FormatError(f"{self._name} holds the operator {kind}", hint="convert another model")
        inputs = [int(number) for number in operator.inputs]
        writes[kind](operator.builtinOptions, inputs, int(operator.outputs[0]))

    def _dequantize(self, _: Any, inputs: list[int], output: int) -> None:
        self._widened[output] = inputs[0]

    def _conv(self, options: Any, inputs: list[int], output: int) -> None:
        weights = self._constant(inputs[1]).transpose(0, 3, 1, 2)
        self._convolve(options, inputs, output, weights, group=1)

    def _depthwise(self, options: Any, inputs: list[int], output: int) -> None:
        weights = self._constant(inputs[1]).transpose(3, 0, 1, 2)
        self._convolve(options, inputs, output, weights, group=self._shape(inputs[0])[3])

    def _convolve(self, options: Any, inputs: list[int], output: int, weights: Array, group: int) -> None:
        kernel = weights.shape[2:]
        named = [_t(inputs[0]), self._weight(inputs[1], weights)]
        if len(inputs) > 2 and inputs[2] >= 0:
            named.append(self._weight(inputs[2], self._constant(inputs[2])))
        active = options.fusedActivationFunction == schema.ActivationFunctionType.RELU
        result = f"{_t(output)}_linear" if active else _t(output)
        strides = [options.strideH, options.strideW]
        pads = self._pads(options, inputs[0], kernel)
        shape = list(kernel)
        self._node("Conv", named, [result], kernel_shape=shape, strides=strides, pads=pads, group=group)
        if active:
            self._node("Relu", [result], [_t(output)])

    def _max_pool(self, options: Any, inputs: list[int], output: int) -> None:
        kernel = [options.filterHeight, options.filterWidth]
        strides = [options.strideH, options.strideW]
        pads = self._pads(options, inputs[0], kernel)
        self._node("MaxPool", [_t(inputs[0])], [_t(output)], kernel_shape=kernel, strides=strides, pads=pads)

    def _pads(self, options: Any, picture: int, kernel: Sequence[int]) -> list[int]:
        if options.padding == schema.Padding.VALID:
            return [0, 0, 0, 0]
        _, height, width, _ = self._shape(picture)
        top, bottom = _same_pads(height, kernel[0], options.strideH)
        left, right = _same_pads(width, kernel[1], options.strideW)
        return [top, left, bottom, right]

    def _add(self, options: Any, inputs: list[int], output: int) -> None:
        active = options.fusedActivationFunction == schema.ActivationFunctionType.RELU
        result = f"{_t(output)}_linear" if active else _t(output)
        self._node("Add", [_t(number) for number in inputs], [result])
        if active:
            self._node("Relu", [result], [_t(output)])

    def _relu(self, _: Any, inputs: list[int], output: int) -> None:
        self._node("Relu", [_t(inputs[0])], [_t(output)])

    def _prelu(self, _: Any, inputs: list[int], output: int) -> None:
        slope = self._constant(inputs[1]).reshape(-1, 1, 1)
        self._node("PRelu", [_t(inputs[0]), self._weight(inputs[1], slope)], [_t(output)])

    def _pad(self, _: Any, inputs: list[int], output: int) -> None:
        before, after = self._constant(inputs[1])[[0, 3, 1, 2]].T
        pads = np.concatenate([before, after]).astype(np.int64)
        self._node("Pad", [_t(inputs[0]), self._weight(inputs[1], pads)], [_t(output)])

    def _reshape(self, _: Any, inputs: list[int], output: int) -> None:
        """Only from a picture to rows: there the channels must lie last again."""
        turned = f"{_t(inputs[0])}_last"
        if not any(turned in node.output for node in self._nodes):
            self._node("Transpose", [_t(inputs[0])], [turned], perm=[0, 2, 3, 1])
        shape = self._weight(output, np.array(self._shape(output), np.int64))
        self._node("Reshape", [turned, shape], [_t(output)])

    def _concatenation(self, options: Any, inputs: list[int], output: int) -> None:
        self._node("Concat", [_t(number) for number in inputs], [_t(output)], axis=options.axis)

    def _node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def _weight(self, number: int, value: Array) -> str:
        """The name of a weight, which is kept as it was and widened to float32 where it is narrower."""
        name = f"w{number}"
        if name not in self._weights:
            array = np.ascontiguousarray(value)
            self._weights[name] = numpy_helper.from_array(array, name)
            if array.dtype == np.float16:
                self._node("Cast", [name], [f"{name}_wide"], to=TensorProto.FLOAT)
        return f"{name}_wide" if value.dtype == np.float16 else name

    def _constant(self, number: int) -> Array:
        number = self._widened.get(number, number)
        tensor = self._graph.tensors[number]
        types = {
            schema.TensorType.FLOAT32: np.float32,
            schema.TensorType.FLOAT16: np.float16,
            schema.TensorType.INT32: np.int32,
        }
        data = bytes(self._buffers[tensor.buffer].data)
        return np.frombuffer(data, types[tensor.type]).reshape(tensor.shape)

    def _shape(self, number: int) -> list[int]:
        return [int(length) for length in self._graph.tensors[number].shape]

    def _number(self, name: str) -> int:
        numbers = [number for number, t in enumerate(self._graph.tensors) if t.name.decode() == name]
        if len(numbers) != 1:
            raise FormatError(f"{self._name} has no one tensor called {name}", hint="convert another model")
        return numbers[0]


def _t(number: int) -> str:
    return f"t{number}"
