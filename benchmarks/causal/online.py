"""What one session more costs a live graph and its paths: 30 factors, one step before, 79 resamples.

    OMP_NUM_THREADS=1 python benchmarks/causal/online.py

Milliseconds are of a processor, so that what else the machine does is not counted.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from telltale.causal.linear_graph import LaggedEdges, lagged_names
from telltale.causal.live_paths import LivePaths, PathQuestion
from telltale.causal.online import OnlineGraph
from telltale.core.rng import stream

FACTORS, ROWS, SESSIONS = 30, 280, 400
STEPS, ASKED = 12, (10, 20, 29)
GOAL_MS = 50


def main() -> None:
    draw = stream(1, "benchmark", "online")
    now = np.triu(draw.random((FACTORS, FACTORS)) < 0.15, 1)
    before = (draw.random((1, FACTORS, FACTORS)) < 0.1) | np.eye(FACTORS, dtype=bool)
    names = lagged_names(tuple(f"factor {k}" for k in range(FACTORS)), 1)
    graph = OnlineGraph(names, LaggedEdges(now, before), np.zeros(2 * FACTORS))
    live = LivePaths(graph, [PathQuestion("factor 0", f"factor {k}", steps=STEPS) for k in ASKED])
    spent: dict[str, list[float]] = {"taken in": [], "weights and intervals": [], "all, with paths": []}
    for _ in range(SESSIONS):
        rows = draw.normal(size=(ROWS, 2 * FACTORS))
        start = time.process_time()
        graph.add(rows)
        added = time.process_time()
        live.answers()
        answered = time.process_time()
        graph.weights()
        told = time.process_time() - answered
        for name, seconds in zip(spent, (added - start, told, answered - start), strict=True):
            spent[name].append(1e3 * seconds)
    arrows = int(now.sum() + before.sum())
    print(
        f"{FACTORS} factors, {arrows} arrows, {ROWS} rows a session; {len(ASKED)} questions of {STEPS} steps"
        f" with their chains; goal {GOAL_MS} ms in all\n"
    )
    print(f"| sessions before | {', ms | '.join(spent)}, ms | slowest, ms |\n|---|---|---|---|---|")
    for first, last in ((0, 50), (SESSIONS - 50, SESSIONS)):
        medians = " | ".join(f"{statistics.median(ms[first:last]):.1f}" for ms in spent.values())
        print(f"| {first} - {last} | {medians} | {max(spent['all, with paths'][first:last]):.1f} |")


if __name__ == "__main__":
    main()
