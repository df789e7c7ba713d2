"""A saved network in torch again, for whoever wants its gradients: its weights are those of `model.onnx`.

The exporter keeps the names of all weights but those that it lays out anew: attention's, turned round, and
the LSTM's, whose gates it puts in another order. What comes out is held against onnxruntime before use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.intent.evidence import Span
from telltale.intent.network_models import LstmModel, TcnAttention, TcnMean, TcnStream
from telltale.intent.saved import SavedModel

Array = npt.NDArray[Any]
Arrays = dict[str, Array]

KINDS: Final = (TcnAttention.kind, TcnStream.kind, TcnMean.kind, LstmModel.kind)
"""Networks on the 128 channels."""
_AGREES: Final = 1e-4
"""Of a probability: sums in another order differ by some 1e-6, a weight in the wrong place by far more."""
_OURS: Final = "net."
"""What the exporter puts before the names of the network inside `networks.Calibrated`."""
_TORCH_GATES: Final = [0, 2, 3, 1]
"""Where ONNX (input, output, forget, cell) keeps torch's gates (input, forget, cell, output)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """What is read of an ONNX graph."""

    weights: Arrays
    """The network's own, by torch's names."""
    taken: tuple[tuple[str, tuple[Array, ...]], ...]
    """Each operation in order, and the constants among its inputs."""
    rows: int
    """Of its input."""

    def constants(self, operation: str) -> list[tuple[Array, ...]]:
        """Of each such operation that has any."""
        return [taken for kind, taken in self.taken if kind == operation and taken]


def torch_network(model: SavedModel) -> Any:
    """The network as `networks.Calibrated`, in evaluation mode and with weights that want no gradients.

    Raises
    ------
    ConfigError
        torch or onnx is not installed.
    FormatError
        The model is no network on the 128 channels, or its graph is of another exporter.
    """
    if model.kind not in KINDS:
        raise FormatError(f"{model.kind} is no network on the channels", hint=f"ask {', '.join(KINDS)}")
    graph = _read_graph(model)
    from telltale.intent.networks import Calibrated

    try:
        net = (_lstm if model.kind == LstmModel.kind else _tcn)(model, graph)
        # The last product and the last sum before the squash are Platt's.
        slope, intercept = (float(graph.constants(kind)[-1][0]) for kind in ("Mul", "Add"))
        rebuilt = Calibrated(net, slope, intercept).eval().requires_grad_(False)
        miss = _difference(rebuilt, model, graph.rows)
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        raise _other_exporter(model) from error
    if not miss <= _AGREES:
        raise _other_exporter(model)
    return rebuilt


def _other_exporter(model: SavedModel) -> FormatError:
    return FormatError(f"the graph in {model.folder} cannot be read back into torch", hint="train it again")


def _read_graph(model: SavedModel) -> _Graph:
    try:
        import onnx
        import torch  # noqa: F401 (asked for here, so that what lacks is told in one place)
        from onnx import numpy_helper
    except ImportError as error:
        raise ConfigError(
            "integrated gradients want torch and onnx", hint="pip install 'telltale-live[train]'"
        ) from error
    graph = onnx.load(model.folder / "model.onnx").graph
    held = {kept.name: numpy_helper.to_array(kept) for kept in graph.initializer}
    weights = {name.removeprefix(_OURS): held[name] for name in held if name.startswith(_OURS)}
    held |= {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant"
    }
    taken = ((node.op_type, tuple(held[name] for name in node.input if name in held)) for node in graph.node)
    return _Graph(weights, tuple(taken), graph.input[0].type.tensor_type.shape.dim[1].dim_value)


def _tcn(model: SavedModel, graph: _Graph) -> Any:
    from telltale.intent.networks import Tcn

    settings, weights = model.about.settings, dict(graph.weights)
    attends = "score.bias" in weights
    net = Tcn(
        channels.COUNT,
        width=settings["width"],
        depth=settings["depth"],
        kernel=settings["kernel"],
        pooling="attention" if attends else "mean",
        steps=Span(settings["from_s"], settings["until_s"]).steps,
        normed=False,
    )
    if attends:
        weights["score.weight"] = graph.constants("MatMul")[0][0].T
    else:  # Weights that are there and never asked are not exported.
        weights |= {name: value.numpy() for name, value in net.score.state_dict(prefix="score.").items()}
    net.load_state_dict(_tensors(weights))
    return net


def _lstm(model: SavedModel, graph: _Graph) -> Any:
    from telltale.intent.networks import Lstm

    settings = model.about.settings
    steps = Span(settings["from_s"], settings["until_s"]).steps
    net = Lstm(channels.COUNT, width=settings["width"], depth=settings["depth"], steps=steps)
    weights = dict(graph.weights)
    for layer, taken in enumerate(graph.constants("LSTM")):
        weights |= _lstm_layer(layer, *taken[:3])
    net.load_state_dict(_tensors(weights))
    return net


def _lstm_layer(layer: int, into: Array, back: Array, biases: Array) -> Arrays:
    """One layer's weights by torch's names. ONNX has both biases in one, and an axis of directions before."""
    bias_into, bias_back = np.split(biases[0], 2)
    held = {"weight_ih": into[0], "weight_hh": back[0], "bias_ih": bias_into, "bias_hh": bias_back}
    return {
        f"lstm.{name}_l{layer}": value.reshape(4, -1, *value.shape[1:])[_TORCH_GATES].reshape(value.shape)
        for name, value in held.items()
    }


def _tensors(weights: Arrays) -> dict[str, Any]:
    import torch

    return {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}


def _difference(rebuilt: Any, model: SavedModel, rows: int) -> float:
    """The greatest difference of a probability, of made-up faces."""
    import torch

    draw = stream(0, "intent", "gradients", "made-up faces")
    values = draw.standard_normal((8, rows, channels.COUNT), dtype=np.float32)
    with torch.no_grad():
        told = rebuilt(torch.from_numpy(values))[0].numpy()
    return float(np.abs(told - model.run_inputs({"values": values})["probability"]).max())
