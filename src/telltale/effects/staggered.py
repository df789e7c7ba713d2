"""Staggered adoption: treatments of different starts, each compared only with who is not treated yet.

    ATT(g, t) = E[ Y_t - Y_{g-1} | G = g ] - E[ Y_t - Y_{g-1} | C ]

(Callaway & Sant'Anna, Journal of Econometrics 225, 2021.) With covariates the second term is what a
regression of the change on X in C says of the treated. C never gets the treatment, or has not got it by t.
Two-way fixed effects compare with the already treated too, and can get the sign wrong (Goodman-Bacon 2021).

    overall     each treated unit and period counts once
    by period   relative to the start, weighted by how many units each start has
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.contract import Effect
from telltale.effects.did_panel import DidPanel
from telltale.effects.event_study import REFERENCE, EventStudy
from telltale.effects.variance import Bools, Floats, Ints, Spread, count_clusters, spread_of_mean, student

Controls = Literal["never", "not-yet"]
_MOST = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Staggered:
    """Effects of treatments that began at different times."""

    effect: Effect
    """Overall, on the treated."""
    study: EventStudy
    """By period relative to the start; -1 is the reference."""
    group: Ints
    """Shape (q,): the start of each single effect."""
    period: Ints
    """Shape (q,)."""
    value: Floats
    """Shape (q,): ATT(g, t), in the outcome's unit."""
    standard_error: Floats
    """Shape (q,)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """One ATT(g, t) with what each unit adds to it, before division by n."""

    group: int
    period: int
    value: float
    influence: Floats
    treated: int


def staggered(
    panel: DidPanel, *, controls: Controls = "never", adjust: bool = False, level: float = 0.95
) -> Staggered:
    """Group-time effects and their means.

    Parameters
    ----------
    controls
        "never": units that are never treated; "not-yet": all that are not treated by t, more but later alike.
    adjust
        Whether the change of control is regressed on the covariates, for trends that follow them.
    """
    _refuse(panel, controls, adjust, level)
    wide = panel.wide()
    cells = list(_cells(panel, wide, controls, adjust))
    if not any(cell.period >= cell.group for cell in cells):
        raise FormatError(
            "no start can be compared: nobody is seen without treatment then",
            hint="give units that are never treated, or treated later",
        )
    share = np.array([(panel.start == g).mean() for g in panel.starts])
    of_start = dict(zip(panel.starts.tolist(), share.tolist(), strict=True))
    after = [cell for cell in cells if cell.period >= cell.group]
    value, influence = _mean(panel, after, of_start)
    spread = spread_of_mean(influence, panel.cluster)
    errors = [spread_of_mean(cell.influence, panel.cluster).standard_error for cell in cells]
    lost = int(panel.treated.sum()) - sum(
        {c.group: int((panel.start == c.group).sum()) for c in after}.values()
    )
    word = "never treated" if controls == "never" else "not treated yet"
    notes = (
        f"{len({cell.group for cell in after})} starts, control: {word}" + (", adjusted" if adjust else ""),
        *panel.facts,
    )
    low, high = spread.interval(value, level)
    effect = Effect(
        "ATT", value, low, high, spread.standard_error, level, f"group-time ({controls})", panel.kind,
        panel.treatment_name, panel.outcome_name, int(panel.treated.sum()) - lost,
        int((~panel.treated).sum()),
        count_clusters(panel.cluster), lost, "observed", spread.freedom, notes,
    )  # fmt: skip
    return Staggered(
        effect, _by_period(panel, cells, of_start, spread, level, notes),
        np.array([cell.group for cell in cells]), np.array([cell.period for cell in cells]),
        np.array([cell.value for cell in cells]), np.array(errors),
    )  # fmt: skip


def _refuse(panel: DidPanel, controls: Controls, adjust: bool, level: float) -> None:
    if controls not in ("never", "not-yet"):
        raise ConfigError(f"controls is {controls!r}", hint="choose 'never' or 'not-yet'")
    if not 0 < level < 1:
        raise ConfigError(f"level is {level}", hint="choose one between 0 and 1, such as .95")
    if adjust and not panel.names:
        raise ConfigError("nothing to adjust for", hint="name covariates, or leave adjust out")
    if controls == "never" and panel.treated.all():
        raise FormatError("every unit is treated at some time", hint="ask with controls='not-yet'")
    if panel.units * panel.periods > _MOST:
        raise ConfigError(
            f"{panel.units:,} units by {panel.periods:,} periods",
            hint="take a coarser grid, or fewer periods",
        )


def _cells(panel: DidPanel, wide: Floats, controls: Controls, adjust: bool) -> Iterator[_Cell]:
    for g in panel.starts.tolist():
        base = wide[:, g + REFERENCE]
        for t in range(panel.periods):
            if t == g + REFERENCE:
                continue
            free = ~panel.treated
            if controls == "not-yet":
                free = free | (panel.start > max(t, g))
            cell = _cell(panel, g, t, wide[:, t] - base, free, adjust)
            if cell is not None:
                yield cell


def _cell(panel: DidPanel, g: int, t: int, change: Floats, free: Bools, adjust: bool) -> _Cell | None:
    seen = np.isfinite(change)
    own, other = np.flatnonzero((panel.start == g) & seen), np.flatnonzero(free & seen)
    x = np.ones((panel.units, 1))
    if adjust:
        x = np.column_stack([x, panel.covariates - panel.covariates.mean(axis=0)])
    if not len(own) or len(other) <= x.shape[1]:
        return None
    n, x1, x0 = panel.units, x[own], x[other]
    normal = x0.T @ x0
    if np.linalg.matrix_rank(normal, hermitian=True) < x.shape[1]:
        return None
    beta = np.linalg.solve(normal, x0.T @ change[other])
    gain = change[own] - x1 @ beta
    value = float(gain.mean())
    influence = np.zeros(n)
    influence[own] = n / len(own) * (gain - value)
    reach = np.linalg.solve(normal, x1.mean(axis=0))
    influence[other] = -n * (x0 @ reach) * (change[other] - x0 @ beta)
    return _Cell(g, t, value, influence, len(own))


def _mean(panel: DidPanel, cells: list[_Cell], share: dict[int, float]) -> tuple[float, Floats]:
    """The mean over cells weighted by the share of units with their start, and what each unit adds to it.

    Shares are told from the same units, so a unit moves the mean through them too.
    """
    weight = np.array([share[cell.group] for cell in cells])
    value = float(weight @ [cell.value for cell in cells] / weight.sum())
    influence = np.zeros(panel.units)
    pull: dict[int, float] = {}
    for cell in cells:
        influence += share[cell.group] * cell.influence
        pull[cell.group] = pull.get(cell.group, 0.0) + cell.value - value
    for g, by in pull.items():
        influence += ((panel.start == g) - share[g]) * by
    return value, influence / weight.sum()


def _by_period(
    panel: DidPanel,
    cells: list[_Cell],
    share: dict[int, float],
    spread: Spread,
    level: float,
    notes: tuple[str, ...],
) -> EventStudy:
    by: dict[int, list[_Cell]] = {}
    for cell in cells:
        by.setdefault(cell.period - cell.group, []).append(cell)
    relative = np.array(sorted({*by, REFERENCE}))
    value, influence = np.zeros(len(relative)), np.zeros((len(relative), panel.units))
    units = np.zeros(len(relative), dtype=np.int64)
    for k, step in enumerate(relative.tolist()):
        if step == REFERENCE:
            units[k] = int(panel.treated.sum())
            continue
        value[k], influence[k] = _mean(panel, by[step], share)
        units[k] = sum(cell.treated for cell in by[step])
    sums = np.array([np.bincount(panel.cluster, row) for row in influence])
    count = spread.clusters
    covariance = count / (count - 1) * (sums @ sums.T) / panel.units**2
    wide = student(spread.freedom, (1 + level) / 2) * np.sqrt(np.diag(covariance))
    wide[relative == REFERENCE] = np.nan
    return EventStudy(
        relative, value, value - wide, value + wide, covariance, units, count, spread.freedom, level,
        panel.outcome_name, panel.treatment_name, notes,
    )  # fmt: skip
