"""How often a 95 % interval holds the true effect, and how wide it is: worlds whose truth is known.

    python benchmarks/causal/intervals.py --seeds 1000 --n 500 --covariates 25

One row a world, estimator and estimand: the share of seeds whose interval holds the effect on the people that
the world draws from, the mean width, the mean error, and the standard error told over the spread seen (1 is
honest). Where units are left out for want of a match the estimate says that it is true of the others: there
the truth is the mean effect on those, over all seeds, and the table tells it. Then the same of intervals for
single units, over new units of each seed's world. The goal of 93 to 97 % is for the world with good overlap
and nothing hidden; the others are shown as they are.
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

from tests.effects.worlds import Kind, World, make_world

from telltale.effects.conformal import Way, fit_conformal
from telltale.effects.contract import EffectEstimator, Estimand
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


def averages(world: Kind, n: int, p: int, seeds: range, chosen: list[str]) -> None:
    """Coverage of the intervals of averages, one row an estimator."""
    large = make_world(world, _LARGE, 10**6)  # No effect hangs on how many covariates there are.
    truth = {"ATE": large.ate, "ATT": float(large.mean_tau[large.design.treated].mean())}
    found: dict[tuple[str, Estimand], list[tuple[float, float, float, float]]] = defaultdict(list)
    kept: dict[tuple[str, Estimand], list[tuple[float, float]]] = defaultdict(list)
    seconds: dict[tuple[str, Estimand], float] = defaultdict(float)
    for seed in seeds:
        drawn = make_world(world, n, seed, p=p)
        for key in OURS:
            if chosen and key[0] not in chosen:
                continue
            start = time.perf_counter()
            estimator = make_estimator(key[0], estimand=key[1], seed=seed).fit(drawn.design)
            effect = estimator.effect()
            seconds[key] += time.perf_counter() - start
            found[key].append((effect.value, effect.low, effect.high, effect.standard_error))
            kept[key].append(_of_those_kept(drawn, estimator))
    print(f"\n{world}, {n} units, {p} covariates, {len(seeds)} seeds from {seeds[0]}")
    print(f"ATE {truth['ATE']:.3f}, ATT {truth['ATT']:.3f}\n")
    print("| estimator | estimand | left out % | truth | coverage % | width | bias | told / seen error | ms | in 93 - 97 % |")  # fmt: skip  # noqa: E501
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (name, estimand), rows in found.items():
        value, low, high, error = np.array(rows).T
        out, theirs = np.mean(kept[name, estimand], axis=0)
        true = theirs if out else truth[estimand]
        held = float(((low <= true) & (true <= high)).mean())
        told = math.sqrt(float((error**2).mean())) / value.std(ddof=1)
        unsure = 1.96 * math.sqrt(held * (1 - held) / len(seeds))
        word = "yes" if GOAL[0] <= held <= GOAL[1] else "no"
        print(
            f"| {name} | {estimand} | {100 * out:.1f} | {true:.3f} | {100 * held:.1f} ± {100 * unsure:.1f}"
            f" | {np.mean(high - low):.3f} | {value.mean() - true:+.3f} | {told:.2f}"
            f" | {1e3 * seconds[name, estimand] / len(seeds):.0f} | {word} |",
            flush=True,
        )


def _of_those_kept(drawn: World, estimator: EffectEstimator) -> tuple[float, float]:
    """The share of units of the estimand that were left out, and the mean effect on the others."""
    used = np.empty(len(drawn.tau), dtype=bool)
    used[estimator.order_] = estimator.estimate_.used
    meant = drawn.design.treated if estimator.estimand == "ATT" else np.ones(len(used), dtype=bool)
    return 1 - float(used[meant].mean()), float(drawn.mean_tau[used & meant].mean())


def singles(world: Kind, n: int, p: int, seeds: int) -> None:
    """Coverage of the intervals of single units, one row a way of making them."""
    print(f"\nsingle units, {world}, {n} units, {p} covariates, {seeds} seeds, 500 new units of each\n")
    print("| way | coverage % | median width | infinite % |")
    print("|---|---|---|---|")
    for way in get_args(Way):
        held, wide, endless = [], [], []
        for seed in range(seeds):
            conformal = fit_conformal(make_world(world, n, seed, p=p).design, way=way, seed=seed)
            new = make_world(world, 500, 10**7 + seed, p=p)
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
    parser.add_argument("--seeds", type=int, default=1000, help="of the averages; 0 for none")
    parser.add_argument("--first-seed", type=int, default=0, help="of the averages")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--covariates", type=int, default=5, help="4 or more: the first four drive all")
    parser.add_argument("--worlds", nargs="+", choices=get_args(Kind), default=["good"])
    parser.add_argument("--methods", nargs="*", default=[], help="all of ours if not given")
    parser.add_argument("--singles", type=int, default=100, help="seeds for single units; 0 for none")
    asked = parser.parse_args()
    if asked.covariates < 4:
        parser.error("--covariates: the outcome hangs on four of them, so give 4 or more")
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    for world in asked.worlds:
        if seeds:
            averages(world, asked.n, asked.covariates, seeds, asked.methods)
        if asked.singles:
            singles(world, asked.n, asked.covariates, asked.singles)


if __name__ == "__main__":
    main()
