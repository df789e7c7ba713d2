"""How exactly flow finds a known motion smaller than a pixel or little larger: error and cost by method.

    python benchmarks/flow_accuracy.py               # every table, about a minute on one core
    python benchmarks/flow_accuracy.py --fields 8    # more motions of each kind

A rendered face of 896 x 896 pixels is warped there and then averaged down to the crop's 224, so that no
interpolation of the methods' own kind makes the truth. Motions: a shift of everything; six Gaussian bumps
with standard deviations of 15 - 40 px of the crop (cheeks, jaw); six of 7 - 15 px (lids, lip corners). A
motion's size is its largest displacement.

The error of a pixel is the length of the difference as a share of the true displacement's length, over skin
pixels that move by at least half of the motion's size.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.motion import planes
from telltale.motion.flow import FlowSettings, lucas_kanade, pyramid, reference

Array = npt.NDArray[np.float32]
Method = Callable[[Array, Array], tuple[Array, float]]
"""Two crops in; the flow, shape (224, 224, 2), and what it took (s) out."""

FACE = Path(__file__).parent / "data" / "face.jpg"
SIZES_PX = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
KINDS: dict[str, tuple[float, float] | None] = {"shift": None, "wide": (15, 40), "narrow": (7, 15)}
CROP = 224
BITS_A_SECOND = 1_200_000
FACE_PICTURE_PX = 304
"""Width of the whole rendered picture in the video: its face is then 200 px wide."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A motion and the face before and after: at full resolution, or as a method is given it."""

    kind: str
    size_px: float
    truth: Array
    before: Array
    after: Array


def motion(kind: str, size_px: float, numbers: np.random.Generator) -> Array:
    """A field of motion, shape (224, 224, 2), pixels of the crop."""
    spread = KINDS[kind]
    if spread is None:
        angle = numbers.uniform(0, 2 * np.pi)
        return np.full((CROP, CROP, 2), (size_px * np.cos(angle), size_px * np.sin(angle)), np.float32)
    y, x = np.mgrid[:CROP, :CROP].astype(np.float32)
    field = np.zeros((CROP, CROP, 2), np.float32)
    for _ in range(6):
        sigma, angle, where = numbers.uniform(*spread), *numbers.uniform(0, 2 * np.pi, 2)
        far, strength = np.sqrt(numbers.uniform()), numbers.uniform(0.5, 1)
        square = (x - 112 - 55 * far * np.cos(where)) ** 2 + (y - 112 - 75 * far * np.sin(where)) ** 2
        bump = strength * np.exp(-square / (2 * sigma**2))
        field += bump[..., None] * np.array([np.cos(angle), np.sin(angle)], np.float32)
    return field * np.float32(size_px / np.hypot(field[..., 0], field[..., 1]).max())


def warp(face: Array, field: Array) -> Array:
    """The face after the motion: after(x + field(x)) = before(x), solved for after by fixed point."""
    side = face.shape[0]
    big = planes.stretch(field, side) * np.float32(side / CROP)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    back = big.copy()
    for _ in range(5):
        back = planes.sample(big, x - back[..., 0], y - back[..., 1])
    # OpenCV's cubic and Lanczos kernels move by steps of 1/32 px; its linear one is exact.
    return planes.sample(face, x - back[..., 0], y - back[..., 1])


def make_cases(seed: int, fields: int) -> list[Pair]:
    """Motions of every kind and size."""
    face = np.asarray(cv2.imread(str(FACE), cv2.IMREAD_GRAYSCALE), np.float32)
    made = []
    for kind in KINDS:
        for size_px in SIZES_PX:
            for number in range(fields):
                truth = motion(kind, size_px, stream(seed, kind, str(size_px), number))
                made.append(Pair(kind, size_px, truth, face, warp(face, truth)))
    return made


def small(face: Array, side: int) -> Array:
    """Averaged down."""
    return np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def camera_pairs(cases: list[Pair], noise: float, gain: float, seed: int) -> Iterator[Pair]:
    """As a camera gives them: darker, noisy, in whole grey levels."""
    numbers = stream(seed, "noise", str(noise), str(gain))
    for case in cases:
        taken = [
            np.clip(
                np.round(small(face, CROP) * gain + noise * numbers.standard_normal((CROP, CROP))), 0, 255
            )
            for face in (case.before, case.after)
        ]
        yield Pair(case.kind, case.size_px, case.truth, *(face.astype(np.float32) for face in taken))


def video_pairs(cases: list[Pair], seed: int) -> Iterator[Pair]:
    """As a 640 x 480 H.264 stream gives them: the last of six still frames and the first after the motion."""
    numbers = stream(seed, "video")
    before, after = 6, 3
    seen: list[Array] = []
    for case in cases:
        still, moved = (small(face, FACE_PICTURE_PX) for face in (case.before, case.after))
        seen += [still] * before + [moved] * after
    coded = list(through_h264(seen, numbers))
    for i, case in enumerate(cases):
        last = i * (before + after) + before - 1
        yield Pair(case.kind, case.size_px, case.truth, aligned(coded[last]), aligned(coded[last + 1]))


def through_h264(faces: list[Array], numbers: np.random.Generator) -> Iterator[Array]:
    """Luma of each face in a picture of 640 x 480, with noise of 2 grey levels, after coding and decoding."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        track: Any = container.add_stream("libx264", rate=30, options={"preset": "veryfast", "threads": "1"})
        track.width, track.height, track.pix_fmt, track.bit_rate = 640, 480, "yuv420p", BITS_A_SECOND
        for face in faces:
            picture = np.full((480, 640), 120.0)
            picture[88 : 88 + FACE_PICTURE_PX, 168 : 168 + FACE_PICTURE_PX] = face
            picture += 2 * numbers.standard_normal(picture.shape)
            frame = av.VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), format="gray")
            container.mux(track.encode(frame))
        container.mux(track.encode())
    size = file.tell()
    print(f"H.264: {size * 8 * 30 / len(faces) / 1e6:.2f} Mbit/s, {len(faces)} frames", file=sys.stderr)
    file.seek(0)
    with av.open(file, "r") as coded:
        for frame in coded.decode(video=0):
            yield frame.to_ndarray(format="gray").astype(np.float32)


def aligned(picture: Array) -> Array:
    """The crop of 224 out of the picture, in whole grey levels."""
    axis = (np.arange(CROP, dtype=np.float32) + 0.5) * np.float32(FACE_PICTURE_PX / CROP) - 0.5
    x, y = np.meshgrid(axis + 168, axis + 88)
    return np.round(planes.sample(picture, x.astype(np.float32), y.astype(np.float32)))


def ours(settings: FlowSettings) -> Method:
    """Our flow; the clock counts what a frame costs once its pyramid and the reference are there."""

    def measure(before: Array, after: Array) -> tuple[Array, float]:
        ready, seen = reference(pyramid(before, settings), settings), pyramid(after, settings)
        began = time.perf_counter()
        field = lucas_kanade(ready, seen)
        took = time.perf_counter() - began
        return planes.stretch(field.flow, CROP), took

    return measure


def opencv(flow: Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], Any]) -> Method:
    """A method of OpenCV's, which takes 8-bit pictures."""

    def measure(before: Array, after: Array) -> tuple[Array, float]:
        first, second = before.astype(np.uint8), after.astype(np.uint8)
        began = time.perf_counter()
        found = flow(first, second)
        took = time.perf_counter() - began
        return planes.stretch(np.asarray(found, np.float32), CROP), took

    return measure


def point_flow(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> Array:
    """OpenCV's sparse Lucas-Kanade at 32 x 32 points."""
    axis = (np.arange(32, dtype=np.float32) + 0.5) * 7 - 0.5
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2)
    lucas: Any = cv2.calcOpticalFlowPyrLK
    found, _, _ = lucas(before, after, points, None, winSize=(21, 21), maxLevel=2)
    return np.asarray(found - points, np.float32).reshape(32, 32, 2)


def dis_flow(dis: Any, before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> Any:
    """Inverse search by a method made beforehand."""
    return dis.calc(before, after, None)


def methods() -> dict[str, Method]:
    """All that are compared."""
    chosen = FlowSettings()
    named: dict[str, Method] = {f"ours, 224, turns {chosen.turns} (default)": ours(chosen)}
    for side in (224, 112):
        for turns in (1, 2, 3):
            named[f"ours, {side}, turns {(turns,) * 3}"] = ours(
                FlowSettings(side_px=side, turns=(turns,) * 3)
            )
    for name, preset in (("ultrafast", 0), ("fast", 1), ("medium", 2)):
        dis: Any = cv2.DISOpticalFlow_create(preset)  # type: ignore[attr-defined]
        named[f"DIS {name}"] = opencv(partial(dis_flow, dis))
    farneback: Any = cv2.calcOpticalFlowFarneback
    named["Farneback, window 15"] = opencv(
        lambda a, b: farneback(a, b, None, pyr_scale=0.5, levels=3, winsize=15, iterations=3, poly_n=5,
                               poly_sigma=1.1, flags=0)
    )  # fmt: skip
    named["PyrLK, 1,024 points, window 21"] = opencv(point_flow)
    return named


def share_off(found: Array, pair: Pair) -> tuple[float, float]:
    """Median and mean error over moving skin, as a share of the motion."""
    y, x = np.mgrid[:CROP, :CROP]
    skin = ((x - 112) / 64) ** 2 + ((y - 112) / 85) ** 2 < 1
    length = np.hypot(pair.truth[..., 0], pair.truth[..., 1])
    kept = skin & (length >= pair.size_px / 2)
    error = np.hypot(*np.moveaxis((found - pair.truth)[kept], -1, 0)) / length[kept]
    return float(np.median(error)), float(error.mean())


def table(title: str, pairs: list[Pair]) -> None:
    """Error by method and size of motion, the mean over kinds and fields."""
    print(f"\n**{title}** (median / mean error, % of the motion)\n")
    print("| method | ms |" + "".join(f" {size} px |" for size in SIZES_PX))
    print("|---" * (2 + len(SIZES_PX)) + "|")
    for name, method in methods().items():
        method(pairs[0].before, pairs[0].after)
        off: dict[tuple[str, float], list[tuple[float, float]]] = {}
        took = []
        for pair in pairs:
            found, seconds = method(pair.before, pair.after)
            off.setdefault((pair.kind, pair.size_px), []).append(share_off(found, pair))
            took.append(seconds)
        print(f"| {name} | {np.median(took) * 1e3:.2f} |" + row(off, tuple(KINDS)), flush=True)
        if name.endswith("(default)"):
            for kind in KINDS:
                print(f"| &nbsp; {kind} alone | |" + row(off, (kind,)))


def row(off: dict[tuple[str, float], list[tuple[float, float]]], kinds: tuple[str, ...]) -> str:
    """The cells of a row of the table."""
    cells = [np.mean([pair for kind in kinds for pair in off[kind, size]], axis=0) for size in SIZES_PX]
    return "".join(f" {100 * median:.0f} / {100 * mean:.0f} |" for median, mean in cells)


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--seed", type=int, default=4711)
    asked.add_argument("--fields", type=int, default=2, help="motions of each kind and size")
    words = asked.parse_args()
    cv2.setNumThreads(1)
    began = time.monotonic()
    cases = make_cases(words.seed, words.fields)
    for title, noise, gain in (
        ("no noise", 0.0, 1.0),
        ("noise of 2 grey levels", 2.0, 1.0),
        ("noise of 5 grey levels", 5.0, 1.0),
        ("skin at 0.45 of the brightness, noise of 2", 2.0, 0.45),
    ):
        table(title, list(camera_pairs(cases, noise, gain, words.seed)))
    table(
        "H.264 at 1.2 Mbit/s, 640 x 480, face 200 px wide, noise of 2", list(video_pairs(cases, words.seed))
    )
    print(f"{time.monotonic() - began:.0f} s, seed {words.seed}", file=sys.stderr)


if __name__ == "__main__":
    main()
