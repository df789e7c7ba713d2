"""How far effects on single units lie from the truth, by our estimators, EconML's, and Gaussian processes.

    python benchmarks/causal/ihdp.py                              IHDP covariates, outcomes simulated
    python benchmarks/causal/ihdp.py --data FOLDER_OR_NPZ         the public replications
    python benchmarks/causal/ihdp.py --worlds good poor hidden    simulated settings
    python benchmarks/causal/ihdp.py --twins FOLDER
    python benchmarks/causal/ihdp.py --lalonde FOLDER

Every method gets the same draws. PEHE is the root of the mean squared error of the effect at X over units
that were held out, in the outcome's unit; then its ratio to the least mean among EconML's, the error of the
average effect on the units learnt from, how often its 95 % interval holds it, how often intervals of single
units hold the effect on a unit, noise and all, how wide they are, and CPU seconds a replication. LaLonde
knows no single effect: there the effect on the treated stands beside what the experiment says.

Defaults of `neural` were chosen on seeds 100 to 105 of surface B and looked at on 100 and up of the others;
seeds 0 to 9 had no part in it.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

# The folder of the repository, for what its benchmarks and tests share.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from benchmarks.causal.effect_methods import LEARNERS, Answer  # noqa: E402
from benchmarks.causal.ihdp_draws import Drawn, draw_ihdp  # noqa: E402
from tests.effects.worlds import Kind, make_world  # noqa: E402

from telltale.core.errors import TelltaleError  # noqa: E402
from telltale.effects.benchmark_data import Benchmark, Truth  # noqa: E402
from telltale.effects.benchmark_ihdp import load_ihdp  # noqa: E402
from telltale.effects.benchmark_lalonde import load_lalonde  # noqa: E402
from telltale.effects.benchmark_twins import load_twins  # noqa: E402
from telltale.effects.contract import Estimand  # noqa: E402

Floats = npt.NDArray[np.float64]
_AWAY = 10**6
"""Seeds of the units held out in simulated settings."""


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one replication."""

    pehe: float
    error: float
    held: float
    """1 if the interval of the average holds it."""
    single: float
    """Share of single units whose interval holds the effect on them."""
    width: float
    seconds: float


def main() -> None:
    """Print one table for each kind of data; what cannot be read is told in one line."""
    try:
        _tables(_arguments())
    except TelltaleError as error:
        sys.exit(f"error: {error}")


def _tables(asked: argparse.Namespace) -> None:
    if asked.lalonde:
        _lalonde(load_lalonde(asked.lalonde), asked.methods)
        return
    seeds = range(asked.first, asked.first + asked.replications)
    if asked.worlds:
        for kind in asked.worlds:
            drawn = [_world(kind, asked.n, seed) for seed in seeds]
            _table(
                f"simulated, {kind}, {asked.n} units, seeds {seeds[0]} to {seeds[-1]}", drawn, asked.methods
            )
    elif asked.data:
        public = [Drawn(found, None) for found in load_ihdp(asked.data, replications=asked.replications)]
        _table(f"IHDP, {len(public)} public replications", public, asked.methods)
    elif asked.twins:
        pairs = [Drawn(found, None) for found in load_twins(asked.twins, replications=asked.replications)]
        _table(f"Twins, {len(pairs)} draws of who is seen; truth is one draw a pair", pairs, asked.methods)
    else:
        words = (
            f"IHDP covariates, outcomes simulated, surface {asked.surface}, seeds {seeds[0]} to {seeds[-1]}"
        )
        _table(words, [draw_ihdp(seed, asked.surface) for seed in seeds], asked.methods)


def _world(kind: Kind, n: int, seed: int) -> Drawn:
    world, new = make_world(kind, n, seed), make_world(kind, 1000, _AWAY + seed)
    known, away = (Truth(np.zeros(len(w.mean_tau)), w.mean_tau) for w in (world, new))
    return Drawn(Benchmark(kind, world.design, new.design.covariates, known, away), new.tau)


def _table(title: str, drawn: list[Drawn], methods: list[str]) -> None:
    print(f"\n{title}\n", flush=True)
    print(
        "| method | PEHE | SE | to EconML's best | ATE error | ATE covered | units covered | width | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    found = {name: [_row(name, one, seed) for seed, one in enumerate(drawn)] for name in methods}
    others = [_mean(rows, "pehe") for name, rows in found.items() if name.startswith("econml")]
    best = min(others, default=float("nan"))
    for name, rows in found.items():
        pehe = np.array([row.pehe for row in rows])
        error = pehe.std(ddof=1) / math.sqrt(len(pehe)) if len(pehe) > 1 else float("nan")
        cells = [
            f"{pehe.mean():.3f}",
            f"{error:.3f}",
            f"{pehe.mean() / best:.2f}",
            f"{_mean(rows, 'error'):.3f}",
        ]
        cells += [_share(_mean(rows, what)) for what in ("held", "single")]
        cells += [f"{_mean(rows, 'width'):.2f}", f"{_mean(rows, 'seconds'):.1f}"]
        print(f"| {name} | {' | '.join(cells).replace('nan', '')} |", flush=True)
    print("\nPEHE of each replication\n")
    for name, rows in found.items():
        print(f"    {name:22s} {' '.join(f'{row.pehe:5.2f}' for row in rows)}")


def _row(name: str, one: Drawn, seed: int) -> Row:
    told = one.benchmark
    answer, seconds = _timed(name, told, seed)
    assert told.truth is not None
    assert told.held_truth is not None
    assert answer.each is not None
    ate = float(told.truth.effect.mean())
    off = answer.each - told.held_truth.effect
    single = width = float("nan")
    if answer.each_low is not None and answer.each_high is not None and np.isfinite(answer.each_low).any():
        width = float(np.median(answer.each_high - answer.each_low))
        if one.single is not None:
            single = float(((answer.each_low <= one.single) & (one.single <= answer.each_high)).mean())
    held = float(answer.low <= ate <= answer.high) if math.isfinite(answer.low) else float("nan")
    return Row(math.sqrt(float((off**2).mean())), abs(answer.value - ate), held, single, width, seconds)


def _timed(name: str, told: Benchmark, seed: int, estimand: Estimand = "ATE") -> tuple[Answer, float]:
    start = time.process_time()
    answer = LEARNERS[name](told.design, seed, told.held, estimand)
    return answer, time.process_time() - start


def _lalonde(benchmarks: tuple[Benchmark, ...], methods: list[str]) -> None:
    for told in benchmarks:
        print(
            f"\n{told.name}: {told.design.treated.sum()} treated, {(~told.design.treated).sum()} not; by the "
            f"experiment {told.experiment:,.0f} (standard error {told.experiment_error:,.0f}) dollars\n"
        )
        print("| method | ATT | low | high | off the experiment | CPU s |")
        print("|---|---|---|---|---|---|")
        for name in methods:
            answer, seconds = _timed(name, told, 0, "ATT")
            values = (answer.value, answer.low, answer.high, answer.value - (told.experiment or 0.0))
            cells = " | ".join(f"{value:,.0f}" for value in values).replace("nan", "")
            print(f"| {name} | {cells} | {seconds:.1f} |", flush=True)


def _mean(rows: list[Row], what: str) -> float:
    return float(np.mean([getattr(row, what) for row in rows]))


def _share(value: float) -> str:
    return "nan" if math.isnan(value) else f"{100 * value:.0f} %"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--data", type=Path, help="ihdp_npci_*.csv, their folder, or the .npz to learn from")
    source.add_argument("--twins", type=Path, help="the folder of the three files")
    source.add_argument("--lalonde", type=Path, help="the folder of nswre74_*.txt and *_controls.txt")
    source.add_argument("--worlds", nargs="+", choices=("good", "poor", "hidden", "clustered", "randomised"))
    parser.add_argument("--surface", choices=("A", "B"), default="B")
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--n", type=int, default=1000, help="units of a simulated setting")
    parser.add_argument("--methods", nargs="+", choices=tuple(LEARNERS), default=list(LEARNERS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
