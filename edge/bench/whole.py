"""The tests' clips from end to end: how far the device's channels lie from those of Python's `perceive`.

    npm run models && node build.mjs bench && python bench/whole.py

Python with the very networks of the device in place of LiteRT's stands beside: landmarks hang on rounding,
and each frame's are found where the last one's were, so no two runtimes agree to the last digit.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.face.blazeface import BlazeBoth
from telltale.face.iris import IrisModel
from telltale.face.mesh import FaceMesh
from telltale.face.reader import FaceReader
from telltale.face.refine_net import RefineNet
from telltale.media.frame import Frame, Picture
from telltale.perceive.perceiver import Perceiver, new_perceiver
from telltale.units.head import Head
from telltale.weights.edge_models import write_edge_models
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

EDGE = Path(__file__).resolve().parents[1]
DATA = EDGE.parent / "tests" / "data"
CLIPS = ("rendered/demo-8-00003.mp4", "rendered/demo-8-00005.mp4", "demo/demo-3-00000.mp4")
RATE_HZ = 30.0
NEAR = 0.02

Channels = npt.NDArray[np.float32]


class OnnxRuns:
    """A network of the device where Python wants LiteRT's."""

    def __init__(self, path: Path) -> None:
        self._model = OnnxModel(path)

    def run(self, array: npt.NDArray[np.float32], /) -> tuple[npt.NDArray[Any], ...]:
        """All outputs."""
        return tuple(self._model.run(picture=np.ascontiguousarray(array)).values())


def with_onnx(folder: Path) -> Perceiver:
    """`new_perceiver` with mesh and iris as the device has them."""
    mesh, iris = FaceMesh(OnnxRuns(folder / "mesh.onnx")), IrisModel(OnnxRuns(folder / "iris.onnx"))
    faces = FaceReader(BlazeBoth(), mesh, iris, refiner=RefineNet(OnnxModel(shipped("refine"))))
    return Perceiver(faces, Head(OnnxModel(shipped("head"))))


def read(perceiver: Perceiver, shown: list[Picture]) -> Channels:
    """Channels of each frame of a clip with one face, shape (F, 128)."""
    steps = [perceiver.step(Frame(i, i / RATE_HZ, rgb)) for i, rgb in enumerate(shown)]
    return np.stack([step[0].channels for step in steps])


def read_on_device(shown: list[Picture], place: Path) -> Channels:
    """The same by the device's reader in Node."""
    frames, answer = place / "frames", place / "channels"
    np.stack(shown).tofile(frames)
    script = EDGE / "build" / "bench" / "whole.js"
    subprocess.run(["node", str(script), str(frames), str(answer), str(RATE_HZ)], check=True)
    return np.fromfile(answer, np.float32).reshape(-1, channels.COUNT)


def told(name: str, made: Channels, wanted: Channels) -> str:
    """A line: the share of values within `NEAR`, of all channels and by kind, and the largest difference."""
    apart = np.abs(made - wanted) / np.maximum(1, np.abs(wanted))
    near = (apart <= NEAR) | (np.isnan(made) & np.isnan(wanted))
    kinds = ("intensity", "velocity", "energy", "confidence")
    columns = {kind: [i for i, channel in enumerate(channels.NAMES) if kind in channel] for kind in kinds}
    shares = " ".join(f"{kind} {near[:, at].mean():.4f}" for kind, at in columns.items())
    return f"{name:34s} {near.mean():.4f}  largest {np.nanmax(apart):.2f}  {shares}"


def main() -> None:
    """Print two lines a clip."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_edge_models(folder / "models")
        for clip in CLIPS:
            with av.open(str(DATA / clip)) as video:
                shown = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
            wanted = read(new_perceiver(), shown)
            device = told(f"{Path(clip).stem} device", read_on_device(shown, folder), wanted)
            onnx = told(f"{Path(clip).stem} Python, ONNX", read(with_onnx(folder / "models"), shown), wanted)
            sys.stdout.write(f"{device}\n{onnx}\n")


if __name__ == "__main__":
    main()
