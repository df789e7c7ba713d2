"""Natural effects of a cause that has many values: from one of them to another, through mediators and past.

    total = Y(b, M(b)) - Y(a, M(a));   direct = Y(b, M(a)) - Y(a, M(a));   indirect = Y(b, M(b)) - Y(b, M(a))

No lot is drawn for a host's mood or a price, so there is no chance of treatment to weigh by: means are
computed through models (Robins' g-computation), one regression after another, and so without any density:

    m(A, M, X) = E[Y | A, M, X],   n(A, X) = E[m(b, M, X) | A, X],   mean of Y(b, M(a)) = mean of n(a, X)

Errors draw whole clusters again and fit all models anew. For a cause with two values `natural_effects.py` is
the better tool: it stays right if either of its models is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from telltale.core.errors import ConfigError, FormatError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.core.settings import not_share, not_whole
from telltale.effects.design import OutcomeKind, guess_kind
from telltale.effects.design_columns import as_table
from telltale.effects.natural_effects import Part
from telltale.effects.outcome_models import fit_outcome
from telltale.effects.variance import Floats, Ints, Spread
from telltale.factors.panel import there_are

Shape = Literal["linear", "curved", "boosting"]
"""Of both regressions; `curved` has bends and products of two."""

_FEWEST_CLUSTERS: Final = 20
_ROWS_A_COLUMN: Final = 10
_NO_SPREAD: Final = 1e-9


@dataclass(frozen=True, slots=True)
class NaturalContrast:
    """What moving a cause from one value to another does, split by what carries it."""

    total: Part
    direct: Part
    indirect: Part
    cause: str
    values: tuple[float, float]
    """From the first to the second, in the cause's unit."""
    mediators: tuple[str, ...]
    outcome: str
    level: float
    rows: int
    clusters: int
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Shapes (N,), (N, k), (N,), (N, p), (N,)."""

    cause: Floats
    mediators: Floats
    outcome: Floats
    covariates: Floats
    cluster: Ints

    def take(self, rows: Ints) -> _Rows:
        return _Rows(
            self.cause[rows], self.mediators[rows], self.outcome[rows], self.covariates[rows],
            self.cluster[rows],
        )  # fmt: skip


def natural_contrast(
    frame: Any,
    *,
    cause: str,
    values: tuple[float, float],
    mediators: Sequence[str],
    outcome: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    shape: Shape = "curved",
    draws: int = 100,
    level: float = 0.95,
    seed: int = 0,
    progress: Progress = silent,
) -> NaturalContrast:
    """Split what a step of a cause does by what carries it.

    Parameters
    ----------
    frame
        Any table with numbers: the cause first in time, then mediators, then the outcome; covariates before
        the cause.
    values
        From where to where the cause is moved; both must be where the data went.
    cluster
        The column of who is drawn as a whole; each row stands for itself when not given.
    draws
        Resamples of the clusters.
    """
    _refuse_settings(shape, draws, level, seed, mediators)
    rows = _read(frame, cause, tuple(mediators), outcome, tuple(covariates), cluster)
    _refuse_values(rows, cause, values)
    kind = guess_kind(rows.outcome)
    found = _parts(rows, values, kind, shape, seed)
    owners = [np.flatnonzero(rows.cluster == code) for code in np.unique(rows.cluster)]
    drawn = np.empty((draws, 3))
    for draw in progress(range(draws), total=draws, label="resamples"):
        chosen = stream(seed, "natural contrast", draw).integers(0, len(owners), len(owners))
        again = rows.take(np.concatenate([owners[k] for k in chosen.tolist()]))
        drawn[draw] = _parts(again, values, kind, shape, seed)
    total, direct, indirect = (
        _part(value, float(error), len(owners), level)
        for value, error in zip(found, drawn.std(axis=0, ddof=1), strict=True)
    )
    return NaturalContrast(
        total, direct, indirect, cause, values, tuple(mediators), outcome, level, len(rows.outcome),
        len(owners), _assumptions(cause, mediators, outcome),
    )  # fmt: skip


def _parts(
    rows: _Rows, values: tuple[float, float], kind: OutcomeKind, shape: Shape, seed: int
) -> tuple[float, float, float]:
    """Total, direct, indirect; the last two add up to the first."""
    every = np.column_stack([rows.cause, rows.mediators, rows.covariates])
    model = fit_outcome(every, rows.outcome, rows.cluster, kind, shape, seed)
    mean = np.empty((2, 2))
    for k, moved in enumerate(values):
        there = np.full(len(rows.cause), moved)
        expected = model.predict(np.column_stack([there, rows.mediators, rows.covariates]))
        below = fit_outcome(
            np.column_stack([rows.cause, rows.covariates]), expected, rows.cluster, "continuous", shape, seed
        )
        for j, followed in enumerate(values):
            at = np.full(len(rows.cause), followed)
            mean[k, j] = below.predict(np.column_stack([at, rows.covariates])).mean()
    direct, indirect = float(mean[1, 0] - mean[0, 0]), float(mean[1, 1] - mean[1, 0])
    return direct + indirect, direct, indirect


def _part(value: float, error: float, clusters: int, level: float) -> Part:
    return Part(value, *Spread(error, clusters, clusters - 1).interval(value, level), error)


def _refuse_settings(shape: str, draws: int, level: float, seed: int, mediators: Sequence[str]) -> None:
    faults = [f"shape {shape!r} is none of linear, curved, boosting"] * (
        shape not in ("linear", "curved", "boosting")
    )
    faults += [*not_whole(2, draws=draws), *not_share(level=level), *not_whole(0, seed=seed)]
    faults += ["no mediators"] * (not mediators)
    if faults:
        raise ConfigError("; ".join(faults), hint="mend these settings")


def _read(
    frame: Any, cause: str, mediators: tuple[str, ...], outcome: str, covariates: tuple[str, ...],
    cluster: str | None,
) -> _Rows:  # fmt: skip
    table = as_table(frame)
    names = (cause, *mediators, outcome, *covariates)
    asked = dict.fromkeys([*names, *([cluster] if cluster else [])])
    absent = [name for name in asked if name not in table.column_names]
    if absent:
        raise FormatError(
            f"no column {', '.join(map(repr, absent))}", hint=there_are(table.column_names, absent)
        )
    twice = sorted({f"'{name}'" for name in names if names.count(name) > 1})
    faults = [f"{', '.join(twice)} named twice"] if twice else []
    columns: dict[str, Floats] = {}
    for name in dict.fromkeys(names):
        try:
            columns[name] = np.asarray(table[name].to_numpy(), dtype=np.float64)
        except (TypeError, ValueError, pa.ArrowException):
            faults.append(f"'{name}' holds no numbers")
            continue
        holes = int((~np.isfinite(columns[name])).sum())
        if holes:
            faults.append(f"'{name}' has {holes:,} holes")
        elif np.ptp(columns[name]) == 0:
            faults.append(f"'{name}' is the same in every row")
    if not faults and _together(columns):
        faults.append(f"{', '.join(columns)} say the same together: one follows from the others")
    if faults:
        raise FormatError("; ".join(faults), hint="mend these columns, or leave them out")
    owner = np.arange(table.num_rows)
    if cluster is not None:
        owner = np.unique(table[cluster].to_numpy(), return_inverse=True)[1].astype(np.int64)
    clusters, least = len(np.unique(owner)), _ROWS_A_COLUMN * len(names)
    if clusters < _FEWEST_CLUSTERS or table.num_rows < least:
        raise FormatError(
            f"{table.num_rows} rows of {clusters} clusters for {len(names)} columns",
            hint=f"give {least} rows and {_FEWEST_CLUSTERS} clusters, or more",
        )

    def beside(some: tuple[str, ...]) -> Floats:
        return np.column_stack([columns[n] for n in some]) if some else np.empty((table.num_rows, 0))

    return _Rows(columns[cause], beside(mediators), columns[outcome], beside(covariates), owner)


def _together(columns: dict[str, Floats]) -> bool:
    """Whether one column follows from the others."""
    spread = np.linalg.eigvalsh(np.corrcoef(np.stack(list(columns.values()))))
    return bool(spread.min() < _NO_SPREAD)


def _refuse_values(rows: _Rows, cause: str, values: tuple[float, float]) -> None:
    low, high = np.quantile(rows.cause, [0.01, 0.99])
    outside = [f"{value:g}" for value in values if not low <= value <= high]
    if outside or values[0] == values[1]:
        raise ConfigError(
            f"'{cause}' cannot be moved from {values[0]:g} to {values[1]:g}",
            hint=f"take two values from {low:.3g} to {high:.3g}, where 98 % of the rows are",
        )


def _assumptions(cause: str, mediators: Sequence[str], outcome: str) -> tuple[str, ...]:
    through = " and ".join(mediators)
    return (
        f"nothing that no column tells drives both {cause} and {through} or {outcome}",
        f"nothing that no column tells moves both {through} and {outcome}",
        f"{cause} moves nothing else that in turn moves both {through} and {outcome}",
        f"{through} came after {cause} and before {outcome}",
        "the models of both regressions have the right shape",
    )
