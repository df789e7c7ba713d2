"""Seconds and peak memory of matching and difference in differences on a million rows.

    python benchmarks/causal/did_million.py --units 50000 --periods 20 --covariates 8

A study is drawn whose effect is 1 and whose trends follow the covariates, so the plain estimate is wrong.
Timed from the table to the result: the panel, the matched estimate with its balance and event studies, then
the event study and the group-time effects of the same units treated at different times. Goal: under 60 s and
3 GB. The error of each estimate is printed, as a fast wrong answer is worth nothing.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import numpy as np
import pyarrow as pa

from telltale.core.rng import stream
from telltale.effects.did import matched_did
from telltale.effects.did_panel import DidPanel
from telltale.effects.event_study import event_study
from telltale.effects.parallel_trends import parallel_trends
from telltale.effects.staggered import staggered

EFFECT = 1.0


def make_table(units: int, periods: int, covariates: int, *, spread: bool) -> pa.Table:
    """Units whose chance of treatment and whose trend both follow the first covariate; four share a room."""
    draw = stream(0, "did-million")
    x = draw.standard_normal((units, covariates))
    level = draw.standard_normal(units)
    treated = draw.random(units) < 1 / (1 + np.exp(0.5 - 0.7 * x[:, 0] - 0.3 * x[:, 1]))
    middle = periods // 2
    start = np.where(treated, draw.integers(middle - 2, middle + 3, units) if spread else middle, np.nan)
    unit, step = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    outcome = level[unit] + 0.1 * step + 0.05 * x[unit, 0] * step + draw.standard_normal(len(unit))
    outcome += EFFECT * (step >= start[unit])
    columns = {
        "session": unit,
        "second": 5 * step,
        "desire": outcome,
        "shown_s": 5 * start[unit],
        "room": unit // 4,
    }
    return pa.table({**columns, **{f"x{j}": x[unit, j] for j in range(covariates)}})


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--units", type=int, default=50_000)
    parser.add_argument("--periods", type=int, default=20)
    parser.add_argument("--covariates", type=int, default=8)
    parser.add_argument("--rooms", action="store_true", help="four units share a cluster")
    asked = parser.parse_args()
    names: dict[str, Any] = {
        "unit": "session", "time": "second", "outcome": "desire", "treated_from": "shown_s",
        "cluster": "room" if asked.rooms else None, "covariates": [f"x{j}" for j in range(asked.covariates)],
    }  # fmt: skip
    table = make_table(asked.units, asked.periods, asked.covariates, spread=False)
    print(
        f"{table.num_rows:,} rows, {asked.units:,} units; the table stands at a peak of {peak_mb():,.0f} MB"
    )
    begin = time.perf_counter()
    panel = DidPanel.from_frame(table, **names)
    read = time.perf_counter()
    found = matched_did(panel)
    done = time.perf_counter()
    print(
        f"panel {read - begin:.1f} s, matching and differences {done - read:.1f} s, peak {peak_mb():,.0f} MB"
    )
    for effect in (found.effect, found.plain):
        print(f"  error {effect.value - EFFECT:+.4f}; {effect}")
    print(f"  {found.balance}\n  plain: {found.trends_plain}\n  matched: {found.trends}")
    begin = time.perf_counter()
    study = event_study(panel)
    print(f"event study {time.perf_counter() - begin:.1f} s; {parallel_trends(study)}")
    panel = DidPanel.from_frame(
        make_table(asked.units, asked.periods, asked.covariates, spread=True), **names
    )
    begin = time.perf_counter()
    late = staggered(panel, adjust=True)
    print(f"group-time effects {time.perf_counter() - begin:.1f} s, peak {peak_mb():,.0f} MB")
    print(f"  error {late.effect.value - EFFECT:+.4f}; {late.effect}")
    begin = time.perf_counter()
    found = matched_did(panel)
    print(f"matched, borrowed moments {time.perf_counter() - begin:.1f} s, peak {peak_mb():,.0f} MB")
    print(f"  error {found.effect.value - EFFECT:+.4f}; {found.effect}")


if __name__ == "__main__":
    main()
