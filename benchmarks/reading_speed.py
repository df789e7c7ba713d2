"""What reading a face costs, against the least any costs: decoding and one FaceMesh inference a frame.

    python benchmarks/reading_speed.py                            # the committed clip
    python benchmarks/reading_speed.py session.mp4 --rounds 4     # another one, four times over
    python benchmarks/reading_speed.py --head new.onnx --refine new.onnx

The process is pinned to one core. Floor and reading go through the file in turns of 30 frames, so that what
else runs on the machine falls on both alike; the first turn of each warms up and is not counted. CPU time is
this process's own, wall time takes in what others took. Memory is the peak of the whole process. The batch is
one clip read by one process, against two of them at once, each on its own core.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import TracebackType
from typing import Any

from telltale.face.blazeface import BlazeBoth
from telltale.face.mesh import FaceMesh, Square, square_from_box, square_from_points
from telltale.media.frame import Frame
from telltale.media.open import open_source
from telltale.perceive.perceiver import Perceiver, new_perceiver
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path

CLIP = Path(__file__).parents[1] / "tests" / "data" / "demo" / "demo-3-00000.mp4"
TURN = 30
"""Frames before the other has its turn."""
MOST_RATIO = 2.5
LEAST_PRESENCE = 0.5


@dataclass(frozen=True, slots=True)
class Networks:
    """Other networks than those that ship; None for those."""

    head: Path | None
    refine: Path | None


@dataclass(slots=True)
class CpuTimer:
    """CPU seconds by stage, this process's own."""

    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, /) -> _Stage:
        return _Stage(self.seconds, stage)


class _Stage:
    def __init__(self, seconds: dict[str, float], stage: str) -> None:
        self._seconds, self._stage = seconds, stage

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        spent = time.process_time() - self._began
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + spent


@dataclass(slots=True)
class Cost:
    """What some frames cost."""

    frames: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0


class Floor:
    """Decoding and FaceMesh, its square following its own points."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self._mesh = FaceMesh(LiteRtModel(model_path("face_mesh")))
        self._square: Square | None = None

    def steps(self) -> Iterator[None]:
        """A frame a step, to the end of the clip."""
        with open_source(self._clip) as source:
            for frame in source:
                if self._square is None:
                    self._square = _found(frame)
                mesh = self._mesh.read(frame.rgb, self._square)
                if mesh.presence >= LEAST_PRESENCE:
                    self._square = square_from_points(mesh.points)
                yield


class Whole:
    """All that `telltale read` does from the file to rows and events."""

    def __init__(self, clip: Path, perceiver: Perceiver, timer: CpuTimer) -> None:
        self._clip, self._perceiver, self._timer = clip, perceiver, timer

    def steps(self) -> Iterator[None]:
        """A frame a step, to the end of the clip."""
        with open_source(self._clip) as source:
            frames = iter(source)
            while True:
                with self._timer("media"):
                    frame = next(frames, None)
                if frame is None:
                    return
                self._perceiver.step(frame)
                yield


def _found(frame: Frame) -> Square:
    detections = BlazeBoth().detect(frame.rgb)
    if not detections:
        sys.exit("no face in the first frame: give a clip that opens with one")
    first = detections[0]
    return square_from_box(first.box, first.point("right_eye"), first.point("left_eye"))


def advance(steps: Iterator[None], cost: Cost) -> int:
    """Take one turn and add what it cost; how many frames it had."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    frames = sum(1 for _ in islice(steps, TURN))
    cost.cpu_s += time.process_time() - cpu_s
    cost.wall_s += time.perf_counter() - wall_s
    cost.frames += frames
    return frames


def compare(clip: Path, rounds: int, networks: Networks) -> tuple[Cost, Cost, CpuTimer, list[float]]:
    """Floor, whole, seconds by stage, and the ratio of CPU time turn by turn."""
    timer = CpuTimer()
    perceivers = [
        new_perceiver(timer=timer, head=networks.head, refine=networks.refine) for _ in range(rounds)
    ]
    floor_cost, whole_cost, ratios = Cost(), Cost(), []
    for perceiver in perceivers:
        floor, whole = Floor(clip).steps(), Whole(clip, perceiver, timer).steps()
        kept = dict(timer.seconds)
        advance(floor, Cost())
        advance(whole, Cost())
        timer.seconds.clear()
        timer.seconds.update(kept)
        while True:
            one, other = Cost(), Cost()
            if advance(floor, one) < TURN or advance(whole, other) < TURN:
                break
            ratios.append(other.cpu_s / one.cpu_s)
            for total, part in ((floor_cost, one), (whole_cost, other)):
                total.frames += part.frames
                total.cpu_s += part.cpu_s
                total.wall_s += part.wall_s
    if not ratios:
        sys.exit(f"{clip} is too short: it needs {2 * TURN} frames")
    return floor_cost, whole_cost, timer, ratios


def in_parallel(clip: Path, cores: list[int], networks: Networks) -> float:
    """Seconds that as many processes as cores take for one clip each, side by side, models loaded."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(len(cores) + 1)
    processes = [context.Process(target=_read_one, args=(clip, core, ready, networks)) for core in cores]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit("a process of the batch failed")
    return time.perf_counter() - began


def _read_one(clip: Path, core: int, ready: Barrier, networks: Networks) -> None:
    _pin(core)
    timer = CpuTimer()
    for _ in islice(
        Whole(clip, new_perceiver(timer=timer, head=networks.head, refine=networks.refine), timer).steps(),
        TURN,
    ):
        pass
    whole = Whole(clip, new_perceiver(timer=timer, head=networks.head, refine=networks.refine), timer)
    ready.wait()
    for _ in whole.steps():
        pass


def _pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def _report(floor: Cost, whole: Cost, timer: CpuTimer, ratios: list[float]) -> None:
    print(f"{whole.frames:,} frames, turns of {TURN}\n")
    print("| | CPU ms a frame | wall ms a frame | frames a CPU second |\n|---|---|---|---|")
    for name, cost in (("floor", floor), ("whole", whole)):
        cpu_ms, wall_ms = 1e3 * cost.cpu_s / cost.frames, 1e3 * cost.wall_s / cost.frames
        print(f"| {name} | {cpu_ms:.2f} | {wall_ms:.2f} | {1e3 / cpu_ms:.0f} |")
    print("\n| stage | CPU ms a frame |\n|---|---|")
    for stage, seconds in timer.seconds.items():
        print(f"| {stage} | {1e3 * seconds / whole.frames:.2f} |")
    cpu = (whole.cpu_s / whole.frames) / (floor.cpu_s / floor.frames)
    print(f"\nwhole / floor: {cpu:.2f} by CPU time, {statistics.median(ratios):.2f} in the median turn")
    print(f"goal: at most {MOST_RATIO}")
    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"peak memory: {peak / 2**20:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU time of a reading against its floor.")
    parser.add_argument("clip", type=Path, nargs="?", default=CLIP)
    parser.add_argument("--rounds", type=int, default=2, help="how often to go through the clip")
    parser.add_argument("--head", type=Path, help="another head than the one that ships")
    parser.add_argument("--refine", type=Path, help="another refinement than the one that ships")
    asked: Any = parser.parse_args()
    networks = Networks(asked.head, asked.refine)
    cores = _cores()
    _pin(cores[0])
    _report(*compare(asked.clip, asked.rounds, networks))
    if len(cores) > 1:
        alone_s = in_parallel(asked.clip, cores[:1], networks)
        together_s = in_parallel(asked.clip, cores[:2], networks)
        print(f"two cores: {2 * alone_s / together_s:.2f} x one (goal 1.8), wall time, other work included")


if __name__ == "__main__":
    main()
