"""What one session more costs a live graph: 30 factors, one step before, 40 resamples for intervals.

python benchmarks/causal/online.py
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from telltale.causal.linear_graph import LaggedEdges, lagged_names
from telltale.causal.online import OnlineGraph
from telltale.core.rng import stream

FACTORS, ROWS, SESSIONS = 30, 280, 400
GOAL_MS = 50


def main() -> None:
    draw = stream(1, "benchmark", "online")
    now = np.triu(draw.random((FACTORS, FACTORS)) < 0.15, 1)
    before = (draw.random((1, FACTORS, FACTORS)) < 0.1) | np.eye(FACTORS, dtype=bool)
    names = lagged_names(tuple(f"factor {k}" for k in range(FACTORS)), 1)
    graph = OnlineGraph(names, LaggedEdges(now, before), np.zeros(2 * FACTORS))
    added_ms, told_ms = [], []
    for _ in range(SESSIONS):
        rows = draw.normal(size=(ROWS, 2 * FACTORS))
        start = time.perf_counter()
        graph.add(rows)
        added = time.perf_counter()
        graph.weights()
        added_ms.append(1e3 * (added - start))
        told_ms.append(1e3 * (time.perf_counter() - added))
    arrows = int(now.sum() + before.sum())
    print(f"{FACTORS} factors, {arrows} arrows, {ROWS} rows a session; goal {GOAL_MS} ms\n")
    print("| sessions before | taken in, ms | weights and intervals, ms |\n|---|---|---|")
    for first, last in ((0, 50), (SESSIONS - 50, SESSIONS)):
        added, told = (statistics.median(ms[first:last]) for ms in (added_ms, told_ms))
        print(f"| {first} - {last} | {added:.2f} | {told:.1f} |")


if __name__ == "__main__":
    main()
