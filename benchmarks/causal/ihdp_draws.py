"""IHDP's covariates with outcomes drawn by us, from Hill's response surfaces (JCGS 20, 2011, section 4.1).

The covariates of 747 children are package data of the library EconML. Treated children of mothers who are not
white are left out, which is what makes the arms differ; the first six covariates are standardised.

    A    Y(0) ~ N(x'b, 1), Y(1) ~ N(x'b + 4, 1), coefficients 0 to 4
    B    Y(0) ~ N(exp((x + 1/2)'b), 1), Y(1) ~ N(x'b - w, 1), coefficients 0 to .4; w makes the ATT 4
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.effects.benchmark_data import Benchmark, Truth, Units

Surface = Literal["A", "B"]
Floats = npt.NDArray[np.float64]
NUMBERS = ("bw", "b.head", "preterm", "birth.o", "nnhealth", "momage")
MARKS = (
    "sex", "twin", "b.marr", "mom.lths", "mom.hs", "mom.scoll", "cig", "first", "booze", "drugs", "work.dur",
    "prenatal", *(f"site{k}" for k in range(1, 8)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A benchmark, and what not even its truth tells: the effect on each unit held out, noise and all."""

    benchmark: Benchmark
    single: Floats | None
    """Shape (m,)."""


def covariates() -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Shape (747, 25), and who was treated."""
    spec = find_spec("econml")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the covariates come with the library EconML: pip install econml, or give --data")
    file = Path(spec.submodule_search_locations[0]) / "data" / "ihdp" / "sim.csv"
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["treat"] == "0" or row["momwhite"] == "1"]
    x = np.array([[float(row[name]) for name in (*NUMBERS, *MARKS)] for row in rows])
    x[:, : len(NUMBERS)] -= x[:, : len(NUMBERS)].mean(axis=0)
    x[:, : len(NUMBERS)] /= x[:, : len(NUMBERS)].std(axis=0)
    # Coded 1 and 2 in the published files.
    x[:, len(NUMBERS) + MARKS.index("first")] += 1
    return x, np.array([row["treat"] == "1" for row in rows])


def draw_ihdp(seed: int, surface: Surface = "B") -> Drawn:
    """One replication."""
    x, treated = covariates()
    draw = stream(seed, "ihdp", surface)
    one = np.column_stack([np.ones(len(x)), x])
    if surface == "A":
        control = one @ draw.choice([0, 1, 2, 3, 4], size=one.shape[1], p=[0.5, 0.2, 0.15, 0.1, 0.05])
        lifted = control + 4
    else:
        b = draw.choice([0, 0.1, 0.2, 0.3, 0.4], size=one.shape[1], p=[0.6, 0.1, 0.1, 0.1, 0.1])
        control = np.exp(one @ b + 0.5 * b[1:].sum())
        lifted = one @ b
        lifted += 4 - (lifted - control)[treated].mean()
    noise = draw.standard_normal((2, len(x)))
    outcome = np.where(treated, lifted + noise[1], control + noise[0])
    names = (*NUMBERS, *MARKS)
    units = Units(treated, outcome, x, names, Truth(control, lifted))
    held = units.held(f"IHDP covariates, surface {surface}, seed {seed}", seed)
    fact = "IHDP covariates, outcomes simulated"
    benchmark = units.held_out(f"IHDP covariates, surface {surface}, seed {seed}", seed, fact)
    single = (lifted + noise[1] - control - noise[0])[held]
    return Drawn(benchmark, single)
