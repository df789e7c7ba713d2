"""How close each method comes to the graph behind the data, and how long it takes.

    OMP_NUM_THREADS=1 python benchmarks/causal/structure.py --d 10 20 --seeds 5

Linear Gaussian data of 1,000 rows from random graphs with 2 edges a variable (er2) and with hubs (sf4), raw
and with each variable scaled to variance 1. Each run has a process of its own, one at a time, and is cut at a
time limit; means are over the runs that finished. SHD counts pairs of variables: of the DAGs, and of their
equivalence classes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from graphs import KINDS, linear_data  # noqa: E402
from others import OTHERS  # noqa: E402

from telltale.causal.acyclic_squares import Ascent  # noqa: E402
from telltale.causal.dag import compare  # noqa: E402
from telltale.causal.lingam import direct_lingam  # noqa: E402
from telltale.causal.notears_linear import notears_linear  # noqa: E402
from telltale.causal.order_search import order_search  # noqa: E402
from telltale.causal.sortability import r2_sortability, varsortability  # noqa: E402

Floats = npt.NDArray[np.float64]
Edges = npt.NDArray[np.bool_]
COLUMNS = ("shd", "shd_class", "skeleton_f1", "fdr", "tpr", "seconds")


def empty(X: Floats) -> Edges:  # noqa: N803
    """No edge at all."""
    return np.zeros((X.shape[1],) * 2, bool)


def ours_notears(X: Floats, form: Any = "exponential") -> Edges:  # noqa: N803
    """NOTEARS of this package."""
    return notears_linear(_squares(X), ascent=Ascent(form=form)).edges


def ours_search(X: Floats, starts: int = 12) -> Edges:  # noqa: N803
    """The default of this package: search over orders by a score."""
    return order_search(_squares(X), len(X), starts=starts).graph


def ours_lingam(X: Floats) -> Edges:  # noqa: N803
    """DirectLiNGAM of this package: for noise that is not normal."""
    return direct_lingam(X).edges


METHODS: dict[str, Callable[[Floats], Edges]] = {
    "empty": empty,
    "order-search": ours_search,
    "order-search-3": partial(ours_search, starts=3),  # As the command searches a study.
    "lingam": ours_lingam,
    "notears": ours_notears,
    "notears-polynomial": partial(ours_notears, form="polynomial"),
    **OTHERS,
}


def main() -> None:
    """Print one table for each kind of data."""
    asked = _arguments()
    for d in asked.d:
        for kind in asked.kinds:
            for scale in asked.scales:
                _table(kind, d, scale, asked)


def _table(kind: str, d: int, scale: str, asked: argparse.Namespace) -> None:
    told = _seeds(asked)
    print(f"\n{kind}, d = {d}, n = {asked.n}, {scale}, {asked.noise} noise, seeds {told[0]} to {told[-1]}")
    print(_sortabilities(kind, d, scale, asked))
    print("\n| method | SHD | SHD of classes | skeleton F1 | FDR | TPR | CPU seconds | runs |")
    print("|---|---|---|---|---|---|---|---|")
    for method in asked.methods:
        runs = [_run(method, kind, d, seed, scale, asked) for seed in _seeds(asked)]
        done = [run for run in runs if isinstance(run, dict)]
        if asked.each:
            print(
                f"<!-- {method}: {[run['shd_class'] if isinstance(run, dict) else run for run in runs]} -->"
            )
        if not done:
            print(f"| {method} | {runs[0]} |", flush=True)
            continue
        mean = {name: float(np.mean([run[name] for run in done])) for name in COLUMNS}
        cells = [f"{mean[name]:.1f}" for name in COLUMNS[:2]] + [f"{mean[name]:.2f}" for name in COLUMNS[2:]]
        count = (
            f"{len(done)}" if len(done) == len(runs) else f"{len(done)} of {len(runs)}, others not finished"
        )
        print(f"| {method} | {' | '.join(cells)} | {count} |", flush=True)


def _sortabilities(kind: str, d: int, scale: str, asked: argparse.Namespace) -> str:
    found = []
    for seed in _seeds(asked):
        truth, X = _data(kind, d, seed, scale, asked)  # noqa: N806
        found.append((truth.sum(), varsortability(_squares(X), truth), r2_sortability(_squares(X), truth)))
    edges, by_variance, by_r2 = np.mean(found, axis=0)
    return f"{edges:.1f} edges; varsortability {by_variance:.2f}, R2-sortability {by_r2:.2f}"


def _run(method: str, kind: str, d: int, seed: int, scale: str, asked: argparse.Namespace) -> Any:
    """One run in a process of its own: what came out, or why nothing did."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.Process(target=_work, args=(theirs, method, kind, d, seed, scale, asked))
    worker.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(asked.limit_s) else "not finished"
    except EOFError:
        return "failed"
    finally:
        worker.kill()
        worker.join()


def _work(
    answer: Connection, method: str, kind: str, d: int, seed: int, scale: str, asked: argparse.Namespace
) -> None:
    warnings.simplefilter("ignore")
    truth, X = _data(kind, d, seed, scale, asked)  # noqa: N806
    learn = METHODS[method]
    if method in OTHERS:
        # Import and compile before the clock runs.
        learn(X[:, :3])
    begun = time.process_time()
    edges = learn(X)
    seconds = time.process_time() - begun
    answer.send({**asdict(compare(truth, edges)), "seconds": seconds})


def _data(kind: str, d: int, seed: int, scale: str, asked: argparse.Namespace) -> tuple[Edges, Floats]:
    return linear_data(kind, d, asked.n, seed, standardised=scale == "standardised", noise=asked.noise)


def _seeds(asked: argparse.Namespace) -> range:
    return range(asked.first_seed, asked.first_seed + asked.seeds)


def _squares(X: Floats) -> Floats:  # noqa: N803
    return X.T @ X / len(X)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--d", type=int, nargs="+", default=[10, 20])
    parser.add_argument("--kinds", nargs="+", default=["er2", "sf4"], choices=KINDS)
    parser.add_argument("--scales", nargs="+", default=["raw", "standardised"])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--noise", default="gauss", choices=["gauss", "laplace", "uniform", "exponential"])
    parser.add_argument("--limit-s", type=float, default=1800.0)
    parser.add_argument("--each", action="store_true", help="SHD of the classes, run by run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
