"""How often a 95 % interval of a path holds what is so: a promotion and desire, over simulated studies.

    python benchmarks/causal/path_coverage.py --seeds 60

Studies of one world, with what a room shares left in and taken out, intervals that draw people and rooms.
What is so is the mean over the other studies, for arrows within a step of 5 s pool many ticks of the
planted ones. A promotion is the room's: intervals that draw people know nothing of rooms.
"""

from __future__ import annotations

import argparse
import os
import tempfile

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from planted import simulated  # noqa: E402

from telltale.causal.discovery import DiscoverySettings, learn_graph  # noqa: E402
from telltale.causal.graph_rows import graph_rows  # noqa: E402
from telltale.causal.path_intervals import path_intervals  # noqa: E402
from telltale.factors.factor import DOING  # noqa: E402
from telltale.factors.from_study import factor_panel  # noqa: E402
from telltale.factors.panel import FactorPanel  # noqa: E402
from telltale.simulate.spec_file import load_spec  # noqa: E402

CAUSE, EFFECT = "promotion", "desire"
PARTS = ("total", "direct", "indirect")
WAYS = tuple((shared, cluster) for shared in ("keep", "adjust") for cluster in ("person", "room"))
Bands = npt.NDArray[np.float64]


def bands(panel: FactorPanel, shared: str, cluster: str) -> list[tuple[float, float, float]]:
    """Value, low and high of each part after 12 steps, in standard deviations."""
    rows = graph_rows(panel, shared=shared, cluster=cluster)  # type: ignore[arg-type]
    found = path_intervals(learn_graph(rows, DiscoverySettings(halves=0, draws=2)), CAUSE, EFFECT)
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
    asked = parser.parse_args()
    found: dict[tuple[str, str], list[list[tuple[float, float, float]]]] = {way: [] for way in WAYS}
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            panel = factor_panel(simulated(load_spec(), asked.sessions, seed, folder)[0])
        chosen = panel.select([factor.name for factor in panel.factors if factor.tier < DOING])
        for way in WAYS:
            found[way].append(bands(chosen, *way))
    print(
        f"{asked.seeds} studies of {asked.sessions} sessions from seed {asked.first_seed}: {CAUSE} > {EFFECT}"
    )
    print("\n| what a room shares | drawn | part | mean | spread | mean half width | held % |")
    print("|---|---|---|---|---|---|---|")
    for (shared, cluster), studies in found.items():
        for part, name in zip(np.array(studies).transpose(1, 2, 0), PARTS, strict=True):
            print(f"| {shared} | {cluster} | {name} | {_row(part)} |")


def _row(part: Bands) -> str:
    value, low, high = part
    others = (value.sum() - value) / (len(value) - 1)
    held = (low <= others) & (others <= high)
    half = (high - low).mean() / 2
    return f"{value.mean():+.3f} | {value.std(ddof=1):.3f} | {half:.3f} | {100 * held.mean():.0f}"


if __name__ == "__main__":
    main()
