"""The clips of `spec/`: planes of luma and colour as the codec has them, so that all start from the same."""

from __future__ import annotations

import functools
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from telltale.media.frame import Picture

ROOT: Final = Path(__file__).resolve().parents[2]
SPEC: Final = ROOT / "spec"
VERSION: Final = 1
RATE_HZ: Final = 30.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of one of the tests' rendered clips."""

    source: str
    """In `tests/`."""
    first: int
    frames: int = 42
    rate_hz: float = RATE_HZ


CLIPS: Final = {
    "blink": Clip("data/rendered/demo-8-00005.mp4", 0),
    "brow": Clip("data/rendered/demo-8-00003.mp4", 22),
    "smile": Clip("data/demo/demo-3-00000.mp4", 28),
    "quick": Clip("face/data/quick/a%d.jpg", 2, 2, 15.0),
}
"""The last is a face that shows something all of a sudden: two frames of 15 a second."""


def to_rgb(planes: npt.NDArray[np.uint8]) -> Picture:
    """Planes of 4:2:0 video, shape (H * 3 / 2, W), as colours, shape (H, W, 3), by whole numbers alone."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    luma = 298 * (planes[:height].astype(np.int32) - 16) + 128
    small = planes[height:].reshape(2, height // 2, width // 2).astype(np.int32) - 128
    u, v = (plane.repeat(2, axis=0).repeat(2, axis=1) for plane in small)
    colours = np.stack([luma + 409 * v, luma - 100 * u - 208 * v, luma + 516 * u], axis=2) >> 8
    rgb: Picture = np.clip(colours, 0, 255).astype(np.uint8)
    return rgb


@functools.cache
def pictures(name: str) -> tuple[Picture, ...]:
    """The pictures of a clip as `spec/` holds it."""
    return tuple(to_rgb(planes) for planes in _read_clip(name))


def _read_clip(name: str) -> npt.NDArray[np.uint8]:
    entry = json.loads((SPEC / "cases" / "clips.json").read_text(encoding="utf-8"))["clips"][name]
    raw = zlib.decompress((SPEC / "cases" / entry["file"]).read_bytes())
    changes = np.frombuffer(raw, np.uint8).reshape(entry["frames"], -1, entry["width"])
    planes: npt.NDArray[np.uint8] = np.cumsum(changes, axis=0, dtype=np.uint8)
    return planes


def write_clips() -> None:
    """Cut the clips anew from the tests' own."""
    listed = {}
    for name, clip in CLIPS.items():
        with av.open(str(ROOT / "tests" / clip.source)) as video:
            shown = [frame.to_ndarray(format="yuv420p") for frame in video.decode(video=0)]
        planes = np.stack(shown[clip.first : clip.first + clip.frames])
        changes = np.diff(planes, axis=0, prepend=np.zeros_like(planes[:1]))
        (SPEC / "cases" / f"clip-{name}.bin").write_bytes(zlib.compress(changes.tobytes(), 9))
        size = {"width": planes.shape[2], "height": planes.shape[1] * 2 // 3, "frames": clip.frames}
        told = {"rate_hz": clip.rate_hz, "source": clip.source, "first": clip.first}
        listed[name] = {"file": f"clip-{name}.bin", **size, **told}
    text = json.dumps({"version": VERSION, "clips": listed}, indent=2)
    (SPEC / "cases" / "clips.json").write_text(text + "\n", encoding="utf-8")
