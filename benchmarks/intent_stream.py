"""Viewers that one core holds, ten rows in and a probability out each second, against recomputing.

    python benchmarks/intent_stream.py [width | lines]

An untrained network of the paper's size (its weights do not change its cost) is saved and streamed for 512
viewers. Recomputing runs the whole network on each viewer's 552 rows. Both on one core, in the same run, in
turns; the median counts.

What follows is the model that ships in lines of JSON, as `telltale intent stream` runs it: each line by
itself against many together, again in turns, by the processor's time. `lines` measures this alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from telltale.core import channels
from telltale.core.stages import StageTimer
from telltale.intent.calibration import PlattScale
from telltale.intent.default_model import model_folder
from telltale.intent.evidence import face_evidence
from telltale.intent.network_models import TcnStream
from telltale.intent.networks import Tcn
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.scaler import Scaler
from telltale.intent.stream import open_stream
from telltale.intent.stream_lines import Answer, LineStream

VIEWERS, RECOMPUTED, TURNS = 512, 16, 7
GOAL_VIEWERS, GOAL_TIMES = 1_000, 20
LINE_VIEWERS, LINE_TURNS, IN_BATCH = 500, 15, 256
"""A batch is the greatest that the command takes."""


def saved(width: int, folder: Path) -> Path:
    """An untrained model in its folder."""
    torch.manual_seed(0)
    model = TcnStream(width=width)
    model.net_ = Tcn(channels.COUNT, width=width).eval()
    model.context_steps_ = model.net_.context
    ones = np.ones(channels.COUNT, np.float32)
    model.scaler_, model.scale_ = Scaler(0 * ones, ones), PlattScale(1.0, 0.0)
    save_model(model, folder, about_model(model, 0.3, {"simulated": True}), "# untrained\n")
    return folder


def median_s(times_s: list[float]) -> float:
    return float(np.median(times_s))


def streamed_or_recomputed(width: int) -> None:
    """Print what a second of a viewer costs either way."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = saved(width, Path(temporary) / "model")
        timer = StageTimer()
        stream, whole = open_stream(folder, VIEWERS, timer=timer), SavedModel(folder)
        places = [stream.enter() for _ in range(VIEWERS)]
        rows = rng.normal(0, 0.3, (VIEWERS, 10, channels.COUNT)).astype(np.float32)
        window = rng.normal(0, 0.3, (RECOMPUTED, 552, channels.COUNT)).astype(np.float32)
        evidence = face_evidence(window)
        stream.step(places, rows)
        timer.seconds.clear()
        streamed, recomputed = [], []
        for _ in range(TURNS):
            start = time.perf_counter()
            stream.step(places, rows)
            streamed.append((time.perf_counter() - start) / VIEWERS)
            start = time.perf_counter()
            whole.predict_proba(evidence)
            recomputed.append((time.perf_counter() - start) / RECOMPUTED)
        size_mb = (folder / "model.onnx").stat().st_size / 1e6
    one_s, again_s = median_s(streamed), median_s(recomputed)
    print(f"width {width}, {size_mb:.1f} MB, {VIEWERS} viewers, {TURNS} turns, one core\n")
    print("| | ms a viewer and second | viewers a core |\n|---|---|---|")
    print(f"| streamed | {1e3 * one_s:.2f} | {1 / one_s:,.0f} |")
    print(f"| recomputed | {1e3 * again_s:.2f} | {1 / again_s:,.0f} |\n")
    print("| stage | ms a viewer and second |\n|---|---|")
    for stage, seconds in timer.seconds.items():
        print(f"| {stage} | {1e3 * seconds / TURNS / VIEWERS:.3f} |")
    print(f"\nrecomputed / streamed: {again_s / one_s:.1f} (goal: {GOAL_TIMES} at least)")
    print(f"viewers a core: {1 / one_s:,.0f} (goal: {GOAL_VIEWERS:,} at least)")


def lines_of(values: np.ndarray, second: int) -> list[bytes]:
    """A line of each viewer: ten rows, numbers of four decimals."""
    times_s = [round(second + (row + 1) / 10, 1) for row in range(10)]
    return [
        json.dumps({"viewer": f"viewer-{number}", "times_s": times_s, "rows": rows.tolist()}).encode()
        for number, rows in enumerate(values)
    ]


def answered_s(stream: LineStream, lines: list[bytes], in_batch: int) -> float:
    """Processor seconds until all lines are answered in JSON."""
    start = time.process_time()
    for first in range(0, len(lines), in_batch):
        for answer in stream.take(lines[first : first + in_batch], 0.0):
            assert isinstance(answer, Answer)
            answer.line()
    return time.process_time() - start


def parsed_s(lines: list[bytes]) -> float:
    """Processor seconds that JSON alone takes."""
    start = time.process_time()
    for line in lines:
        json.loads(line)
    return time.process_time() - start


def alone_or_together() -> None:
    """Print what a second of a viewer costs when lines are taken either way."""
    values = np.abs(np.random.default_rng(0).normal(0, 0.3, (LINE_VIEWERS, 10, channels.COUNT))).round(4)
    values[..., channels.VALID] = 1.0
    one, many = (LineStream(open_stream(model_folder("default"), LINE_VIEWERS)) for _ in range(2))
    alone, together, parsed = [], [], []
    for second in range(LINE_TURNS + 1):
        lines = lines_of(values, second)
        alone.append(answered_s(one, lines, 1) / LINE_VIEWERS)
        together.append(answered_s(many, lines, IN_BATCH) / LINE_VIEWERS)
        parsed.append(parsed_s(lines) / LINE_VIEWERS)
    # A second is answered when the next begins, so the first turn steps nothing.
    alone_s, together_s, json_s = (median_s(times_s[1:]) for times_s in (alone, together, parsed))
    print(f"\nlines of JSON, the model that ships, {LINE_VIEWERS} viewers, {LINE_TURNS} turns, one core\n")
    print("| lines | ms a viewer and second | viewers a core | of it parsing JSON |\n|---|---|---|---|")
    for name, cost_s in (("one at a time", alone_s), (f"{IN_BATCH} together", together_s)):
        print(f"| {name} | {1e3 * cost_s:.2f} | {1 / cost_s:,.0f} | {json_s / cost_s:.0%} |")
    print(f"\none at a time / together: {alone_s / together_s:.1f}")


def main() -> None:
    asked = sys.argv[1] if len(sys.argv) > 1 else "256"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    if asked != "lines":
        streamed_or_recomputed(int(asked))
    alone_or_together()


if __name__ == "__main__":
    main()
