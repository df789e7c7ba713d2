"""Models for a load: what ships, and networks that learnt nothing, as their weights change no cost."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.intent.default_model import model_folder
from telltale.intent.stream import open_stream

PER_VIEWER_SECOND = 0.05
"""How often something rises: once in twenty seconds, far more than any shop would show."""


def made_model(kind: str, folder: Path) -> Path:
    """`shipped`, or a network named by its width and precision, such as `128` or `128 int8`."""
    if kind == "shipped":
        return model_folder("default")
    width, _, precision = kind.partition(" ")
    found = _network(int(width), folder / f"width{width}")
    return _int8(found, folder / f"width{width}-int8") if precision == "int8" else found


def _network(width: int, folder: Path) -> Path:
    import torch

    from telltale.intent.calibration import PlattScale
    from telltale.intent.network_models import TcnStream
    from telltale.intent.networks import Tcn
    from telltale.intent.saved import about_model, save_model
    from telltale.intent.scaler import Scaler

    torch.manual_seed(0)
    model = TcnStream(width=width)
    model.net_ = Tcn(channels.COUNT, width=width).eval()
    model.context_steps_ = model.net_.context
    # Faces at rest and in motion stand further apart for it than its chance weights would have them.
    ones = np.ones(channels.COUNT, np.float32)
    model.scaler_, model.scale_ = Scaler(0 * ones, 0.1 * ones), PlattScale(1.0, 0.0)
    save_model(model, folder, about_model(model, 0.3, {"simulated": True}), "# untrained\n")
    return folder


def _int8(source: Path, folder: Path) -> Path:
    """Weights in 8 bits for each column, what they are multiplied with in 8 bits as it comes."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    shutil.copytree(source, folder)
    for name in ("stream_rows.onnx", "stream_head.onnx"):
        quantize_dynamic(source / name, folder / name, weight_type=QuantType.QInt8, per_channel=True)
    return folder


def threshold_for(folder: Path, values: npt.NDArray[np.float32]) -> float:
    """The probability that these viewers pass upwards about as often as `PER_VIEWER_SECOND` says.

    Parameters
    ----------
    values
        Shape (viewers, 10 * seconds, 128).
    """
    viewers, seconds = len(values), values.shape[1] // 10
    stream = open_stream(folder, viewers)
    places = [stream.enter() for _ in range(viewers)]
    told = np.stack(
        [stream.step(places, values[:, 10 * second : 10 * second + 10]) for second in range(seconds)], axis=1
    )
    tried = np.quantile(told, np.linspace(0.02, 0.98, 97))
    rises = [float(((told[:, :-1] < one) & (told[:, 1:] >= one)).mean()) for one in tried]
    return float(tried[np.abs(np.array(rises) - PER_VIEWER_SECOND).argmin()])
