"""A rendered clip for a browser's camera, whose frames carry their number, and Python's reading of it.

A calm face first, as of somebody who has just read a sheet: the clip's first moments, to and fro. The clip
smiles after 0.8 s, and what a face is like at rest could then not be learnt by a browser that is still
starting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.signal import Values
from telltale.media.frame import Frame
from telltale.media.open import open_source
from telltale.perceive.perceiver import new_perceiver

DEMO = Path(__file__).parents[1] / "data" / "demo" / "demo-3-00000.mp4"
TRUTH = DEMO.with_suffix("").with_name("demo-3-00000.truth.parquet")
RATE_HZ = 30
_REST = 20
"""Frames of the clip before anything moves."""
CALM = 360
"""Frames of the calm face: in twelve seconds a browser on a busy machine has warmed up."""
FRAMES = CALM + 420
_SQUARE_PX, _BITS = 16, 12
_BLACK, _WHITE, _GREY = 16, 235, 128


def write_marked(clip: Path, out: Path) -> None:
    """Write a clip as the raw video that Chromium's camera plays, each frame with its number in a corner."""
    with av.open(clip) as container, out.open("wb") as file:
        stream = container.streams.video[0]
        size = f"W{stream.width} H{stream.height}"
        file.write(f"YUV4MPEG2 {size} F{RATE_HZ}:1 Ip A1:1 C420mpeg2\n".encode())
        pictures = [
            np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8) for frame in container.decode(stream)
        ]
        calm = [pictures[abs(_REST - number % (2 * _REST))] for number in range(CALM)]
        for number, planes in enumerate([*calm, *pictures]):
            marked = planes.copy()
            _mark(marked, stream.height, stream.width, number)
            file.write(b"FRAME\n" + marked.tobytes())


def _mark(planes: npt.NDArray[np.uint8], height: int, width: int, number: int) -> None:
    for bit in range(_BITS):
        square = slice(_SQUARE_PX * bit, _SQUARE_PX * (bit + 1))
        planes[:_SQUARE_PX, square] = _WHITE if number >> bit & 1 else _BLACK
    colours = planes[height:].reshape(2, height // 2, width // 2)
    colours[:, : _SQUARE_PX // 2, : _SQUARE_PX * _BITS // 2] = _GREY


@dataclass(frozen=True, slots=True)
class Given:
    """Pictures that the device was given, in their order, shape (n,) each; the clip plays again and again."""

    frames: npt.NDArray[np.int64]
    """Number of each, counted on from turn to turn."""
    times_s: npt.NDArray[np.float64]
    """When it was taken, as the device says: session time."""
    at_s: npt.NDArray[np.float64]
    """When it was handed over, by the page's clock, as session time."""

    @classmethod
    def of(cls, marks: Sequence[dict[str, float]], began_ms: float) -> Given:
        """From what the page noted."""
        numbers = np.array([mark["frame"] for mark in marks], dtype=np.int64)
        turns = np.concatenate([[0], np.cumsum(np.diff(numbers) < 0)])
        at_s = np.array([(mark["atMs"] - began_ms) / 1000 for mark in marks])
        return cls(numbers + FRAMES * turns, np.array([mark["timeS"] for mark in marks]), at_s)

    def at(self, frame: float) -> float:
        """When a frame was before the camera, by the page's clock, seconds."""
        numbers, first = np.unique(self.frames, return_index=True)
        return float(np.interp(frame, numbers, self.at_s[first]))


def read_given(clip: Path, given: Given) -> dict[int, Values]:
    """Python's rows, by number, of the same pictures at the same times."""
    perceiver = new_perceiver()
    rows: dict[int, Values] = {}
    with open_source(clip) as source:
        pictures = [frame.rgb for frame in source]
    assert len(pictures) == FRAMES
    for index, (number, time_s) in enumerate(zip(given.frames, given.times_s, strict=True)):
        for step in perceiver.step(Frame(index, float(time_s), pictures[number % FRAMES])):
            rows |= {round(at_s * channels.RATE_HZ): values for at_s, values in step.rows}
    return rows
