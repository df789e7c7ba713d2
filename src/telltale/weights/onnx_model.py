"""A network in an ONNX file, run on one core or on a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import onnxruntime

from telltale.core.errors import FormatError

Array = npt.NDArray[Any]
Device = Literal["cpu", "cuda"]
DEVICES: Final[tuple[Device, ...]] = ("cpu", "cuda")

_TYPES: Final[dict[str, np.dtype[Any]]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(double)": np.dtype(np.float64),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(int8)": np.dtype(np.int8),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(int64)": np.dtype(np.int64),
    "tensor(bool)": np.dtype(np.bool_),
}
_ONLY_ERRORS: Final = 3


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a network."""

    name: str
    shape: tuple[int | None, ...]
    """None where any length will do."""
    dtype: np.dtype[Any]


class OnnxModel:
    """A network that is ready to run.

    On the CPU it uses the calling thread alone: who has more cores runs more processes. One model may be
    run from several threads.

    Parameters
    ----------
    source
        Path of the file, or its content.
    device
        "cuda" takes a GPU where onnxruntime finds one it can use, and the CPU where it does not; `device`
        of the model says which it became.

    Raises
    ------
    FormatError
        The file is missing or is no ONNX model that this onnxruntime can run.
    """

    def __init__(self, source: Path | str | bytes, *, device: Device = "cpu") -> None:
        self.name: Final = "the ONNX model given as bytes" if isinstance(source, bytes) else str(source)
        if not isinstance(source, bytes) and not Path(source).is_file():
            raise FormatError(f"no file at {self.name}", hint="give the path of an ONNX model")
        self._session = _session(source, self.name, device)
        self.inputs: Final = tuple(_port(entry, self.name) for entry in self._session.get_inputs())
        self.outputs: Final = tuple(_port(entry, self.name) for entry in self._session.get_outputs())

    @property
    def device(self) -> Device:
        """Where it runs."""
        return "cuda" if "CUDAExecutionProvider" in self._session.get_providers() else "cpu"

    def run(self, **arrays: Array) -> dict[str, Array]:
        """The network's outputs by name, for its inputs by name.

        Raises
        ------
        FormatError
            An input is missing, not known, or has another shape or type than the network takes.
        """
        return self.run_named(arrays)

    def run_named(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """`run`, for inputs whose names are no Python words, such as `input.1`."""
        check_inputs(self.inputs, arrays, self.name)
        values = self._session.run(None, dict(arrays))
        return {port.name: value for port, value in zip(self.outputs, values, strict=True)}


def check_ports(model: OnnxModel, *, takes: set[str], gives: set[str]) -> None:
    """Refuse a network of other inputs, or one that lacks an output: most often one of an older version.

    Raises
    ------
    FormatError
        It names what is lacking or not known.
    """
    wrong = sorted(takes ^ {port.name for port in model.inputs})
    wrong += sorted(gives - {port.name for port in model.outputs})
    if wrong:
        raise FormatError(
            f"{model.name} is no network of this version (see '{wrong[0]}')", hint="train it again"
        )


def check_inputs(ports: tuple[Port, ...], arrays: Mapping[str, Array], model: str) -> None:
    """Refuse arrays that do not fit a model's inputs.

    >>> ports = (Port("face", (None, 3), np.dtype(np.float32)),)
    >>> check_inputs(ports, {"face": np.zeros((5, 3), np.float32)}, "a.onnx")
    >>> check_inputs(ports, {"face": np.zeros((5, 4), np.float32)}, "a.onnx")
    Traceback (most recent call last):
        ...
    telltale.core.errors.FormatError: a.onnx was given 'face' as float32 (5, 4): it takes float32 (any, 3)
    """
    names = [port.name for port in ports]
    if sorted(names) != sorted(arrays):
        given = ", ".join(sorted(arrays)) or "none"
        raise FormatError(f"{model} was given the inputs {given}", hint=f"it takes {', '.join(names)}")
    for port in ports:
        array = arrays[port.name]
        fits = len(array.shape) == len(port.shape) and all(
            wanted in (None, length) for wanted, length in zip(port.shape, array.shape, strict=True)
        )
        if not fits or array.dtype != port.dtype:
            given = f"{array.dtype} {_shape_text(array.shape)}"
            takes = f"{port.dtype} {_shape_text(port.shape)}"
            raise FormatError(f"{model} was given '{port.name}' as {given}", hint=f"it takes {takes}")


def _session(source: Path | str | bytes, name: str, device: Device) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ONLY_ERRORS
    providers = ["CPUExecutionProvider"]
    if device == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        providers.insert(0, "CUDAExecutionProvider")
    try:
        content = source if isinstance(source, bytes) else str(source)
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # onnxruntime's errors share no narrower class
        why = str(error).splitlines()[0].rpartition(" : ")[2]
        raise FormatError(
            f"{name} is no ONNX model that can be run: {why}", hint="give another file"
        ) from error


def _port(entry: Any, model: str) -> Port:
    dtype = _TYPES.get(entry.type)
    if dtype is None:
        raise FormatError(f"{model} has '{entry.name}' of type {entry.type}", hint="give a model of tensors")
    shape = tuple(length if isinstance(length, int) else None for length in entry.shape)
    return Port(entry.name, shape, dtype)


def _shape_text(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if length is None else str(length) for length in shape)})"
