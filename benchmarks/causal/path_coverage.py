"""How often a 95 % interval of a path holds what is so: a promotion and desire, over simulated studies.

    python benchmarks/causal/path_coverage.py --seeds 60
    python benchmarks/causal/path_coverage.py --seeds 60 --same-arrows
    python benchmarks/causal/path_coverage.py --seeds 40 --planted
    python benchmarks/causal/path_coverage.py --seeds 40 --planted --without noise people

Studies of one world, with what a room shares left in and taken out, intervals that draw people and rooms.
What is so is the mean over the other studies, for arrows within a step of 5 s pool many ticks of the
planted ones. A promotion is the room's: intervals that draw people know nothing of rooms. Intervals keep the
arrows that were found: with `--same-arrows` those of one further study are kept in all, so that what is left
is not of arrows that differ from study to study; studies in which other factors change are left out.

Both look at spread alone: what bends every study alike bends that mean too. `--planted` holds several pairs
against what the world's own equations say instead (`planted_paths.py`); `--without` takes out of that world
the noise of readings (a host's expressions stay shares of frames), or what differs between people and lasts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from planted_paths import WITHOUT, print_planted  # noqa: E402
from planted_study import simulated  # noqa: E402

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph  # noqa: E402
from telltale.causal.graph_rows import graph_rows  # noqa: E402
from telltale.causal.linear_graph import LaggedEdges, fit_linear_graph  # noqa: E402
from telltale.causal.path_intervals import path_intervals  # noqa: E402
from telltale.factors.factor import DOING  # noqa: E402
from telltale.factors.from_study import factor_panel  # noqa: E402
from telltale.factors.panel import FactorPanel  # noqa: E402
from telltale.simulate.spec_file import load_spec  # noqa: E402

CAUSE, EFFECT = "promotion", "desire"
PARTS = ("total", "direct", "indirect")
WAYS = tuple((shared, cluster) for shared in ("keep", "adjust") for cluster in ("person", "room"))
Bands = npt.NDArray[np.float64]


def learnt(panel: FactorPanel, shared: str, cluster: str) -> FactorGraph:
    """The graph of one study."""
    rows = graph_rows(panel, shared=shared, cluster=cluster)  # type: ignore[arg-type]
    return learn_graph(rows, DiscoverySettings(halves=0, draws=0))


def refitted(panel: FactorPanel, graph: FactorGraph, shared: str, cluster: str) -> FactorGraph | None:
    """The arrows of another study with the weights of this one; none where other factors change in it."""
    rows = graph_rows(panel, shared=shared, cluster=cluster)  # type: ignore[arg-type]
    if rows.factors != graph.rows.factors:
        return None
    edges = LaggedEdges(graph.linear.now != 0, graph.linear.before != 0)
    return replace(graph, linear=fit_linear_graph(rows.clusters.total(), edges), rows=rows)


def bands(graph: FactorGraph) -> list[tuple[float, float, float]]:
    """Value, low and high of each part after 12 steps, in standard deviations."""
    found = path_intervals(graph, CAUSE, EFFECT)
    told = ((getattr(found.paths, name), getattr(found, name)) for name in PARTS)
    return [(float(value[-1]), float(band.low[-1]), float(band.high[-1])) for value, band in told]


def main() -> None:
    """Print one row for each part and way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=200)
    parser.add_argument("--same-arrows", action="store_true")
    parser.add_argument("--planted", action="store_true", help="hold several pairs against the truth")
    parser.add_argument(
        "--without", nargs="+", choices=WITHOUT, default=[], help="in the world, for --planted"
    )
    asked = parser.parse_args()
    if asked.planted:
        seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
        print_planted(asked.sessions, seeds, asked.without)
        return
    found: dict[tuple[str, str], list[list[tuple[float, float, float]]]] = {way: [] for way in WAYS}
    drawn: dict[tuple[str, str], list[int]] = {way: [] for way in WAYS}
    kept: dict[tuple[str, str], FactorGraph] = {}
    if asked.same_arrows:
        before = _panel(asked.sessions, asked.first_seed - 1)
        kept = {way: learnt(before, *way) for way in WAYS}
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        panel = _panel(asked.sessions, seed)
        for way in WAYS:
            graph = refitted(panel, kept[way], *way) if kept else learnt(panel, *way)
            if graph is not None:
                found[way].append(bands(graph))
                drawn[way].append(graph.rows.clusters.clusters)
    arrows = f"arrows of seed {asked.first_seed - 1} in all" if kept else "each with its own arrows"
    studies = f"{asked.seeds} studies of {asked.sessions} sessions from seed {asked.first_seed}, {arrows}"
    print(f"{studies}: {CAUSE} > {EFFECT}")
    print("\n| what a room shares | drawn | studies | part | mean | spread | mean half width | held % |")
    print("|---|---|---|---|---|---|---|---|")
    for (shared, cluster), each in found.items():
        clusters = drawn[shared, cluster]
        who = f"{cluster}, {min(clusters)} to {max(clusters)}"
        for part, name in zip(np.array(each).transpose(1, 2, 0), PARTS, strict=True):
            print(f"| {shared} | {who} | {len(each)} | {name} | {_row(part)} |")


def _panel(sessions: int, seed: int) -> FactorPanel:
    """Of one study, what comes before anything is done."""
    with tempfile.TemporaryDirectory() as folder:
        panel = factor_panel(simulated(load_spec(), sessions, seed, folder)[0])
    return panel.select([factor.name for factor in panel.factors if factor.tier < DOING])


def _row(part: Bands) -> str:
    value, low, high = part
    others = (value.sum() - value) / (len(value) - 1)
    held = (low <= others) & (others <= high)
    half = (high - low).mean() / 2
    return f"{value.mean():+.3f} | {value.std(ddof=1):.3f} | {half:.3f} | {100 * held.mean():.0f}"


if __name__ == "__main__":
    main()
