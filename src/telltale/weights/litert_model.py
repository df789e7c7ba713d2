"""A network in a LiteRT (.tflite) file, run on one core."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from telltale.core.errors import FormatError

Array = npt.NDArray[Any]

_STDERR: Final = 2
_loading = threading.Lock()


class LiteRtModel:
    """A network with one input that is ready to run, on the calling thread alone.

    One model serves one thread at a time.

    Parameters
    ----------
    path
        The .tflite file.
    outputs
        Names of the outputs that `run` gives, in this order; None gives all, sorted by name.

    Raises
    ------
    FormatError
        The file is missing, is no LiteRT model with one input, or has no output of that name.
    """

    def __init__(self, path: Path | str, outputs: Sequence[str] | None = None) -> None:
        self.name: Final = str(path)
        if not Path(path).is_file():
            raise FormatError(f"no file at {self.name}", hint="give the path of a .tflite model")
        self._interpreter = _interpreter(self.name)
        entries = self._interpreter.get_input_details()
        if len(entries) != 1:
            raise FormatError(f"{self.name} has {len(entries)} inputs", hint="give a model with one")
        self._input_index: int = entries[0]["index"]
        self.shape: Final[tuple[int, ...]] = tuple(int(length) for length in entries[0]["shape"])
        self.dtype: Final[np.dtype[Any]] = np.dtype(entries[0]["dtype"])
        self._indices = _indices(self._interpreter.get_output_details(), outputs, self.name)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what `run` gives, in its order."""
        return tuple(self._indices)

    def run(self, array: Array) -> tuple[Array, ...]:
        """The outputs for one input, in the order of `outputs`; they are the caller's to keep.

        Raises
        ------
        FormatError
            The input has another shape or type than the network takes.
        """
        if array.shape != self.shape or array.dtype != self.dtype:
            given, takes = f"{array.dtype} {array.shape}", f"{self.dtype} {self.shape}"
            raise FormatError(f"{self.name} was given {given}", hint=f"it takes {takes}")
        self._interpreter.set_tensor(self._input_index, array)
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(index) for index in self._indices.values())


def _interpreter(path: str) -> Any:
    try:
        with _without_news():
            interpreter = Interpreter(model_path=path, num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise FormatError(
            f"{path} is no LiteRT model that can be run: {' '.join(str(error).split())}",
            hint="give another file",
        ) from error
    return interpreter


def _indices(entries: Sequence[Any], wanted: Sequence[str] | None, model: str) -> dict[str, int]:
    there = {str(entry["name"]): int(entry["index"]) for entry in entries}
    names = sorted(there) if wanted is None else list(wanted)
    missing = [name for name in names if name not in there]
    if missing:
        known = ", ".join(sorted(there))
        raise FormatError(f"{model} has no output {', '.join(missing)}", hint=f"it has {known}")
    return {name: there[name] for name in names}


@contextlib.contextmanager
def _without_news() -> Iterator[None]:
    """Keep lines that begin with INFO off stderr, and pass on all others when the block ends.

    LiteRT announces its XNNPACK delegate from C++ and has no setting against it, so the process's stderr
    goes to a file for the few milliseconds in which a model loads. One thread does so at a time.
    """
    with _loading, tempfile.TemporaryFile() as said:
        try:
            stderr = os.dup(_STDERR)
        except OSError:  # a program without a console has no stderr to keep clean
            yield
            return
        os.dup2(said.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            said.seek(0)
            for line in said:
                if not line.startswith(b"INFO"):
                    os.write(_STDERR, line)
