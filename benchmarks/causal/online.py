"""What one session more costs a live graph and its paths: 30 factors, one step before, 119 resamples.

    OMP_NUM_THREADS=1 python benchmarks/causal/online.py
    OMP_NUM_THREADS=1 python benchmarks/causal/online.py --study
    OMP_NUM_THREADS=1 python benchmarks/causal/online.py --study FOLDER --from promotion --to desire

Once with rows as they are, once where what a room shares is taken out of them (ten factors are the room's).
Milliseconds are of a processor, so that what else the machine does is not counted. `--study` follows a study
instead, one that it simulates or yours, of which it makes a copy (`online_study.py`).
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
from online_study import measure_study

from telltale.causal.linear_graph import LaggedEdges, lagged_names
from telltale.causal.live_paths import LivePaths, PathQuestion
from telltale.causal.online import REPLICAS, OnlineGraph
from telltale.causal.shared_shocks import SharedColumns
from telltale.core.rng import stream

FACTORS, ROWS, SESSIONS = 30, 280, 400
STEPS, ASKED = 12, (10, 20, 29)
GOAL_MS = 50
ROOMS = np.tile(np.arange(FACTORS) < 10, 2)


def main() -> None:
    """Measure rows that are drawn, or a study that is followed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", nargs="?", const="", help="follow a study; one is simulated if not named")
    parser.add_argument("--from", dest="cause", default="promotion")
    parser.add_argument("--to", dest="effect", default="desire")
    given = parser.parse_args()
    if given.study is not None:
        measure_study(Path(given.study) if given.study else None, given.cause, given.effect)
        return
    asked = f"{len(ASKED)} questions of {STEPS} steps with their chains"
    kept = f"{ROWS} rows a session, {REPLICAS} resamples"
    print(f"{FACTORS} factors, {kept}; {asked}; goal {GOAL_MS} ms in all")
    for shared in (None, SharedColumns(ROOMS, np.flatnonzero(~ROOMS))):
        measure(shared)


def measure(shared: SharedColumns | None) -> None:
    """Print what sessions cost, the first and the last of them."""
    draw = stream(1, "benchmark", "online")
    now = np.triu(draw.random((FACTORS, FACTORS)) < 0.15, 1)
    before = (draw.random((1, FACTORS, FACTORS)) < 0.1) | np.eye(FACTORS, dtype=bool)
    names = lagged_names(tuple(f"factor {k}" for k in range(FACTORS)), 1)
    columns = 2 * FACTORS if shared is None else 2 * FACTORS + len(shared.own)
    graph = OnlineGraph(names, LaggedEdges(now, before), np.zeros(columns), shared=shared)
    live = LivePaths(graph, [PathQuestion("factor 0", f"factor {k}", steps=STEPS) for k in ASKED])
    spent: dict[str, list[float]] = {"taken in": [], "weights and intervals": [], "all, with paths": []}
    for _ in range(SESSIONS):
        rows = draw.normal(size=(ROWS, columns))
        start = time.process_time()
        graph.add(rows)
        added = time.process_time()
        live.answers()
        answered = time.process_time()
        graph.weights()
        told = time.process_time() - answered
        for name, seconds in zip(spent, (added - start, told, answered - start), strict=True):
            spent[name].append(1e3 * seconds)
    arrows, kept = int(now.sum() + before.sum()), "left in" if shared is None else "taken out"
    print(f"\n{arrows} arrows; what a room shares: {kept}\n")
    print(f"| sessions before | {', ms | '.join(spent)}, ms | slowest, ms |\n|---|---|---|---|---|")
    for first, last in ((0, 50), (SESSIONS - 50, SESSIONS)):
        medians = " | ".join(f"{statistics.median(ms[first:last]):.1f}" for ms in spent.values())
        print(f"| {first} - {last} | {medians} | {max(spent['all, with paths'][first:last]):.1f} |")


if __name__ == "__main__":
    main()
