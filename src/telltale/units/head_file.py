"""A head that was exported, as a network that can be trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from telltale.core.errors import FormatError
from telltale.units.nets import HeadNet


def head_from_onnx(path: Path) -> HeadNet:
    """Load the parameters back from the file's initialisers; the ONNX export keeps their names.

    Raises
    ------
    FormatError
        The file is no head of this version's features and layout.
    """
    try:
        held = onnx.load(str(path)).graph.initializer
    except Exception as error:  # protobuf's errors share no narrower class
        raise FormatError(f"{path} is no ONNX model", hint="give a head.onnx") from error
    arrays = {entry.name: torch.from_numpy(np.array(numpy_helper.to_array(entry))) for entry in held}
    net = HeadNet()
    wanted = net.state_dict()
    wrong = [
        name for name, value in wanted.items() if name not in arrays or arrays[name].shape != value.shape
    ]
    if wrong:
        raise FormatError(f"{path} is no head of this version: it lacks {wrong[0]}", hint="train it again")
    net.load_state_dict({name: arrays[name] for name in wanted})
    return net.eval()
