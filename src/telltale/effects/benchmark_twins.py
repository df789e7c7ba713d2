"""Twins: of each pair both outcomes are known, and one is shown (Almond et al. 2005; Louizos et al. 2017).

Pairs of one sex, both under 2 kg at birth. Being the heavier is the treatment, death within the first year
the outcome. Which of both a study sees is drawn, driven by the covariates x and the weeks of gestation z
(coded 1 to 10):

    P(the heavier is seen) = expit(w'x + v (z / 10 - .1)),     w ~ N(0, .1),  v ~ N(5, .1)

A folder holds twin_pairs_X_3years_samesex.csv, twin_pairs_T_... (weights) and twin_pairs_Y_... (deaths).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from scipy.special import expit

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.effects.benchmark_data import Benchmark, Truth, Units
from telltale.effects.variance import Bools, Floats

_WEEKS: Final = "gestat10"
_SOURCE: Final = "take the three twin_pairs_*.csv from datasets/TWINS of github.com/AMLab-Amsterdam/CEVAE"
_LIGHT_G: Final = 2000
_NOT_COVARIATES: Final = ("infant_id", "bord", "Unnamed")
_SPREAD: Final = 0.1
_PULL: Final = 5.0


def load_twins(folder: str | Path, *, replications: int = 10, seed: int = 0) -> tuple[Benchmark, ...]:
    """Replications of Twins; each draws anew who is seen, and holds a tenth of the pairs out.

    Gaps among the covariates become the column's mean. The truth is each pair's own two outcomes, so an error
    against it is never 0.
    """
    if replications < 1:
        raise FormatError(f"{replications} replications", hint="ask for one or more")
    x, weight, death = (_table(Path(folder), letter) for letter in "XTY")
    lengths = [x.num_rows, weight.num_rows, death.num_rows]
    if len(set(lengths)) > 1:
        raise FormatError(f"{folder}: X, T and Y hold {lengths} rows", hint="give the three files of one set")
    grams, dead = _pair(folder, weight, "dbirwt"), _pair(folder, death, "mort")
    light = np.all(grams < _LIGHT_G, axis=1) & np.all(np.isfinite(dead), axis=1)
    if not light.any():
        raise FormatError(f"{folder}: no pair under {_LIGHT_G} g", hint="give the files as published")
    if not np.isin(dead[light], (0, 1)).all():
        raise FormatError(f"{folder}: a death is not 0 or 1", hint="give the files as published")
    covariates, names = _covariates(folder, x, light)
    return tuple(_replication(covariates, names, dead[light], seed, r) for r in range(replications))


def _replication(x: Floats, names: tuple[str, ...], dead: Floats, seed: int, r: int) -> Benchmark:
    draw = stream(seed, "twins", r)
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    weeks = x[:, names.index(_WEEKS)]
    drift = z @ draw.normal(0, _SPREAD, z.shape[1])
    treated = draw.random(len(x)) < expit(drift + draw.normal(_PULL, _SPREAD) * (weeks / 10 - 0.1))
    units = Units(treated, np.where(treated, dead[:, 1], dead[:, 0]), x, names, Truth(dead[:, 0], dead[:, 1]))
    fact = "which twin is seen was drawn, driven by the covariates"
    return units.held_out(f"Twins {r + 1}", seed, fact)


def _table(folder: Path, letter: str) -> pa.Table:
    file = folder / f"twin_pairs_{letter}_3years_samesex.csv"
    if not file.is_file():
        raise FormatError(f"{file} is not there", hint=_SOURCE)
    try:
        return csv.read_csv(file)
    except (OSError, pa.ArrowException) as error:
        raise FormatError(
            f"{file} cannot be read ({str(error).splitlines()[0]})", hint="give the folder of the three files"
        ) from error


def _pair(folder: str | Path, table: pa.Table, name: str) -> Floats:
    """Columns `name_0` and `name_1`, of the lighter and the heavier, shape (n, 2)."""
    wanted = [f"{name}_0", f"{name}_1"]
    absent = [column for column in wanted if column not in table.column_names]
    if absent:
        raise FormatError(f"{folder}: no column {' and '.join(absent)}", hint="give the files as published")
    return np.column_stack([_numbers(folder, table, column) for column in wanted])


def _covariates(folder: str | Path, table: pa.Table, rows: Bools) -> tuple[Floats, tuple[str, ...]]:
    names = tuple(name for name in table.column_names if name and not name.startswith(_NOT_COVARIATES))
    if _WEEKS not in names:
        raise FormatError(f"{folder}: no column {_WEEKS!r} among X", hint="give the files as published")
    x = np.column_stack([_numbers(folder, table, name)[rows] for name in names])
    seen = np.isfinite(x)
    empty = [name for name, count in zip(names, np.sum(seen, axis=0), strict=True) if not count]
    if empty:
        raise FormatError(
            f"{folder}: nothing but gaps in {', '.join(empty)}", hint="give the files as published"
        )
    return np.where(seen, x, np.nanmean(x, axis=0)), names


def _numbers(folder: str | Path, table: pa.Table, name: str) -> Floats:
    try:
        column = table[name].cast(pa.float64())
    except pa.ArrowException as error:
        raise FormatError(
            f"{folder}: {name!r} holds no numbers", hint="give the files as published"
        ) from error
    found: Floats = column.to_numpy().astype(np.float64)
    return found
