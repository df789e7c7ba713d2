"""Viewers that one core holds, ten rows in and a probability out each second, against recomputing.

    python benchmarks/intent_stream.py [width]

An untrained network of the paper's size (its weights do not change its cost) is saved and streamed for 512
viewers. Recomputing runs the whole network on each viewer's 552 rows. Both on one core, in the same run, in
turns; the median counts.
"""

from __future__ import annotations

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
from telltale.intent.evidence import face_evidence
from telltale.intent.network_models import TcnStream
from telltale.intent.networks import Tcn
from telltale.intent.saved import SavedModel, about_model, save_model
from telltale.intent.scaler import Scaler
from telltale.intent.stream import open_stream

VIEWERS, RECOMPUTED, TURNS = 512, 16, 7
GOAL_VIEWERS, GOAL_TIMES = 1_000, 20


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


def main() -> None:
    width = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
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


if __name__ == "__main__":
    main()
