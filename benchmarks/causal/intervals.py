"""How often a 95 % interval holds the true effect, and how wide it is: worlds whose truth is known.

    python benchmarks/causal/intervals.py --seeds 1000 --n 500

One row a world, estimator and estimand: the share of seeds whose interval holds the effect on the people that
the world draws from, the mean width, the mean error, and the standard error told over the spread seen (1 is
honest). Then the same of intervals for single units, over new units of each seed's world. The goal of 93 to
97 % is for the world with good overlap and nothing hidden; the others are shown as they are.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import get_args

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.effects.worlds import Kind, make_world

from telltale.effects.conformal import Way, fit_conformal
from telltale.effects.contract import Estimand
from telltale.effects.registry_effects import make_estimator

OURS: tuple[tuple[str, Estimand], ...] = (
    ("matching", "ATE"),
    ("matching", "ATT"),
    ("matching-caliper", "ATE"),
    ("matching-caliper", "ATT"),
    ("matching-pairs", "ATT"),
    ("matching-mahalanobis", "ATE"),
    ("matching-mahalanobis", "ATT"),
    ("ipw", "ATE"),
    ("ipw", "ATT"),
    ("dr", "ATE"),
    ("dr", "ATT"),
)
GOAL = (0.93, 0.97)
_LARGE = 2_000_000


def averages(world: Kind, n: int, seeds: range, chosen: list[str]) -> None:
    """Coverage of the intervals of averages, one row an estimator."""
    large = make_world(world, _LARGE, 10**6)
    truth = {"ATE": large.ate, "ATT": float(large.mean_tau[large.design.treated].mean())}
    found: dict[tuple[str, Estimand], list[tuple[float, float, float, float]]] = defaultdict(list)
    seconds: dict[tuple[str, Estimand], float] = defaultdict(float)
    for seed in seeds:
        design = make_world(world, n, seed).design
        for key in OURS:
            if chosen and key[0] not in chosen:
                continue
            start = time.perf_counter()
            effect = make_estimator(key[0], estimand=key[1], seed=seed).fit(design).effect()
            seconds[key] += time.perf_counter() - start
            found[key].append((effect.value, effect.low, effect.high, effect.standard_error))
    print(f"\n{world}, {n} units, {len(seeds)} seeds from {seeds[0]}")
    print(f"ATE {truth['ATE']:.3f}, ATT {truth['ATT']:.3f}\n")
    print("| estimator | estimand | coverage % | width | bias | told / seen error | ms | in 93 - 97 % |")
    print("|---|---|---|---|---|---|---|---|")
    for (name, estimand), rows in found.items():
        value, low, high, error = np.array(rows).T
        held = float(((low <= truth[estimand]) & (truth[estimand] <= high)).mean())
        told = math.sqrt(float((error**2).mean())) / value.std(ddof=1)
        unsure = 1.96 * math.sqrt(held * (1 - held) / len(seeds))
        word = "yes" if GOAL[0] <= held <= GOAL[1] else "no"
        print(
            f"| {name} | {estimand} | {100 * held:.1f} ± {100 * unsure:.1f}"
            f" | {np.mean(high - low):.3f} | {value.mean() - truth[estimand]:+.3f} | {told:.2f}"
            f" | {1e3 * seconds[name, estimand] / len(seeds):.0f} | {word} |",
            flush=True,
        )


def singles(world: Kind, n: int, seeds: int) -> None:
    """Coverage of the intervals of single units, one row a way of making them."""
    print(f"\nsingle units, {world}, {n} units, {seeds} seeds, 500 new units of each\n")
    print("| way | coverage % | median width | infinite % |")
    print("|---|---|---|---|")
    for way in get_args(Way):
        held, wide, endless = [], [], []
        for seed in range(seeds):
            conformal = fit_conformal(make_world(world, n, seed).design, way=way, seed=seed)
            new = make_world(world, 500, 10**7 + seed)
            low, high = conformal.intervals(new.design.covariates)
            held.append(((low <= new.tau) & (new.tau <= high)).mean())
            wide.append(np.median(high - low))
            endless.append(np.isinf(high - low).mean())
        print(
            f"| {way} | {100 * np.mean(held):.1f} | {np.median(wide):.2f} | {100 * np.mean(endless):.1f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=0, help="of the averages")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--worlds", nargs="+", choices=get_args(Kind), default=["good"])
    parser.add_argument("--methods", nargs="*", default=[], help="all of ours if not given")
    parser.add_argument("--singles", type=int, default=100, help="seeds for single units; 0 for none")
    asked = parser.parse_args()
    for world in asked.worlds:
        averages(world, asked.n, range(asked.first_seed, asked.first_seed + asked.seeds), asked.methods)
        if asked.singles:
            singles(world, asked.n, asked.singles)


if __name__ == "__main__":
    main()
