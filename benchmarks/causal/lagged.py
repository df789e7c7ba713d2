"""Arrows within a step and from the step before, found in panels with a known graph.

    python benchmarks/causal/lagged.py
    python benchmarks/causal/lagged.py --panels shocks --noise laplace --seeds 100 101 --methods auto lingam

Three kinds of panel, d = 10 factors, each scaled to variance 1: `lag` has arrows from the step before alone,
`now` has some within the step too, `shocks` besides has what all viewers of a room share at a moment, moving
every factor. 20 rooms of 5 viewers, 40 steps. F1 is of arrows between different factors, within the step and
from the step before, with their way; an arrow that a method leaves without a way is half right.

Methods: `auto` is this package's default, `order` and `lingam` its two methods with what is shared left in,
`-adjusted` with it taken out; DYNOTEARS is this package's too, PC causal-learn's with the order of time
given. PCMCI+ is tigramite's (GPL, in no extra: pip install tigramite six), each viewer a series of its own;
`pcmci-adjusted` gets what differs from all who are in the room.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from functools import partial

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import pyarrow as pa  # noqa: E402
from graphs import random_dag  # noqa: E402

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph  # noqa: E402
from telltale.causal.dynotears import dynotears  # noqa: E402
from telltale.causal.graph_rows import GraphRows, graph_rows  # noqa: E402
from telltale.core.rng import stream  # noqa: E402
from telltale.factors.panel import FactorPanel  # noqa: E402

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.float64]
"""Shape (2, d, d): [lag, i, j] is 1 for an arrow i -> j, one half both ways for one without a way."""
D, ROOMS, VIEWERS, STEPS, BURN = 10, 10, 5, 21, 20
PANELS = ("lag", "now", "shocks")
NOISES = ("gauss", "laplace")


def planted(kind: str, seed: int) -> tuple[Floats, Floats]:
    """Weights within the step and from the step before, shape (d, d) each."""
    chance = stream(seed, "lagged graph")
    sign = chance.choice([-1.0, 1.0], (2, D, D))
    now = random_dag("er1", D, chance) * chance.uniform(0.3, 0.7, (D, D)) * sign[0]
    before = (chance.random((D, D)) < 1.5 / D) * chance.uniform(0.2, 0.4, (D, D)) * sign[1]
    np.fill_diagonal(before, chance.uniform(0.2, 0.5, D))
    now = now if kind != "lag" else np.zeros((D, D))
    largest = np.abs(np.linalg.eigvals(before @ np.linalg.inv(np.eye(D) - now))).max()
    # A panel that explodes is none.
    return now, before * min(1.0, 0.8 / float(largest))


def panel(kind: str, noise: str, seed: int) -> tuple[FactorPanel, npt.NDArray[np.bool_]]:
    """A panel, and its arrows of shape (2, d, d)."""
    now, before = planted(kind, seed)
    chance = stream(seed, "lagged panel")
    shape, viewers = (STEPS + BURN, ROOMS * VIEWERS, D), ROOMS * VIEWERS
    draws = chance.standard_normal(shape) if noise == "gauss" else chance.laplace(size=shape) / np.sqrt(2)
    if kind == "shocks":
        shock = np.repeat(chance.standard_normal((STEPS + BURN, ROOMS, 1)), VIEWERS, axis=1)
        draws += shock * chance.uniform(0.5, 1.5, D) * chance.choice([-1.0, 1.0], D)
    out, state, spread = [], np.zeros((viewers, D)), np.linalg.inv(np.eye(D) - now)
    for one in draws:
        state = (state @ before + one) @ spread
        out.append(state)
    values = np.array(out[BURN:]).transpose(1, 0, 2).reshape(-1, D)
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    table = pa.table(
        {
            "viewer": np.repeat([f"v{k:03d}" for k in range(viewers)], STEPS),
            "room": np.repeat([f"r{k // VIEWERS:02d}" for k in range(viewers)], STEPS),
            "step": np.tile(np.arange(STEPS), viewers),
            **{f"x{k}": values[:, k] for k in range(D)},
        }
    )
    truth = np.array([now, before]) != 0
    truth[1] &= ~np.eye(D, dtype=bool)
    return FactorPanel.from_frame(table, unit="viewer", time="step", group="room"), truth


def empty(rows: GraphRows) -> Marks:
    """No arrow at all."""
    return np.zeros((2, rows.size, rows.size))


def learnt(rows: GraphRows, method: str) -> Marks:
    """By this package."""
    settings = DiscoverySettings(method=method, draws=0)  # type: ignore[arg-type]
    return _marks_of(learn_graph(rows, settings))


def by_dynotears(rows: GraphRows) -> Marks:
    """DYNOTEARS on what stands beside each other in the rows."""
    values = rows.sample.values / rows.sample.values.std(axis=0)
    found = dynotears(values[:, : rows.size], values[:, None, rows.size :])
    return np.array([found.edges_now, found.edges_before[0]], float)


def by_pc(rows: GraphRows) -> Marks:
    """PC with Fisher's z at 1 %, told which columns are earlier."""
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.search.ConstraintBased.PC import pc
    from causallearn.utils.PCUtils.BackgroundKnowledge import BackgroundKnowledge

    nodes, known = [GraphNode(f"X{k + 1}") for k in range(2 * D)], BackgroundKnowledge()
    for place, node in enumerate(nodes):
        known.add_node_to_tier(node, int(place < D))
    found = pc(rows.sample.values, 0.01, "fisherz", background_knowledge=known, show_progress=False).G.graph
    tail, head = found == -1, found == 1
    both = (tail & tail.T) | (head & head.T)
    marks = np.where(both, 0.5, (tail & head.T).astype(float))
    # What touches the past comes from it.
    before = marks[D:, :D] + marks[:D, D:].T
    return np.array([marks[:D, :D], before > 0], float)


def by_pcmci(made: FactorPanel, *, adjusted: bool) -> Marks:
    """PCMCI+ with partial correlations at 1 %, up to one step back."""
    from tigramite.data_processing import DataFrame
    from tigramite.independence_tests.parcorr import ParCorr
    from tigramite.pcmci import PCMCI

    values = made.values.reshape(ROOMS, VIEWERS, STEPS, D)
    if adjusted:
        values = (values - values.mean(axis=1, keepdims=True)) * np.sqrt(VIEWERS / (VIEWERS - 1))
    series = dict(enumerate(values.reshape(-1, STEPS, D)))
    search = PCMCI(DataFrame(series, analysis_mode="multiple"), ParCorr(), verbosity=0)
    found = search.run_pcmciplus(tau_max=1, pc_alpha=0.01)["graph"]
    now = found[:, :, 0]
    unturned = (now == "o-o") | (now == "x-x")
    return np.array([np.where(unturned, 0.5, now == "-->"), found[:, :, 1] == "-->"], float)


def of_rows(learn: Callable[[GraphRows], Marks], shared: str) -> Callable[[FactorPanel], Marks]:
    """A method that learns from rows, with what a room shares left in or taken out."""
    return lambda made: learn(graph_rows(made, shared=shared))  # type: ignore[arg-type]


METHODS: dict[str, Callable[[FactorPanel], Marks]] = {
    "empty": of_rows(empty, "keep"),
    "auto": of_rows(lambda rows: learnt(rows, "auto"), "auto"),
    "order": of_rows(lambda rows: learnt(rows, "order"), "keep"),
    "order-adjusted": of_rows(lambda rows: learnt(rows, "order"), "adjust"),
    "lingam": of_rows(lambda rows: learnt(rows, "lingam"), "keep"),
    "lingam-adjusted": of_rows(lambda rows: learnt(rows, "lingam"), "adjust"),
    "dynotears": of_rows(by_dynotears, "keep"),
    "dynotears-adjusted": of_rows(by_dynotears, "adjust"),
    "pc": of_rows(by_pc, "keep"),
    "pc-adjusted": of_rows(by_pc, "adjust"),
    "pcmci": partial(by_pcmci, adjusted=False),
    "pcmci-adjusted": partial(by_pcmci, adjusted=True),
}


def f1(found: Marks, truth: npt.NDArray[np.bool_]) -> float:
    """Of arrows between different factors."""
    drawn = found * ~np.eye(found.shape[1], dtype=bool)
    total = float(drawn.sum()) + float(truth.sum())
    return 2 * float(drawn[truth].sum()) / total if total else 1.0


def _marks_of(graph: FactorGraph) -> Marks:
    place = {name: k for k, name in enumerate(graph.names)}
    out = np.zeros((2, len(place), len(place)))
    for edge in graph.edges:
        i, j = place[edge.cause], place[edge.effect]
        if edge.oriented:
            out[edge.lag, i, j] = 1.0
        else:
            out[edge.lag, i, j] = out[edge.lag, j, i] = 0.5
    return out


def main() -> None:
    """Print a table for each kind of panel and noise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--panels", nargs="+", choices=PANELS, default=list(PANELS))
    parser.add_argument("--noise", nargs="+", choices=NOISES, default=list(NOISES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for kind in asked.panels:
        for noise in asked.noise:
            print(f"\n{kind}, {noise} noise, seeds {', '.join(map(str, asked.seeds))}\n")
            print("| method | F1 | F1 of each | CPU seconds |\n|---|---|---|---|")
            for method in asked.methods:
                told, seconds = [], []
                for seed in asked.seeds:
                    made, truth = panel(kind, noise, seed)
                    begun = time.process_time()
                    told.append(f1(METHODS[method](made), truth))
                    seconds.append(time.process_time() - begun)
                each = ", ".join(f"{one:.2f}" for one in told)
                print(f"| {method} | {np.mean(told):.2f} | {each} | {np.mean(seconds):.1f} |", flush=True)


if __name__ == "__main__":
    main()
