"""From torch to ONNX: what a trained network runs as."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor, nn

OPSET = 17
"""Old enough for onnxruntime in a browser."""


def to_onnx(
    net: nn.Module,
    inputs: Sequence[Tensor],
    path: Path | BinaryIO,
    *,
    takes: Sequence[str],
    gives: Sequence[str],
    any_count: bool = False,
) -> None:
    """Write a network as ONNX, as it is for inputs of exactly these shapes.

    Parameters
    ----------
    any_count
        The first axis of all inputs and outputs may have any length.

    The exporter by tracing is the one that writes small plain graphs; torch calls it old, which is no news to
    whoever trains.
    """
    # The exporter writes to open files as well, though its types do not say so.
    target: Any = str(path) if isinstance(path, Path) else path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.cpu().eval(),
            tuple(inputs),
            target,
            input_names=list(takes),
            output_names=list(gives),
            opset_version=OPSET,
            dynamic_axes={name: {0: "n"} for name in (*takes, *gives)} if any_count else None,
            dynamo=False,
        )
