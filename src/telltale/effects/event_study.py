"""Event study: the effect period by period, with unit and period effects taken out.

    Y_it = alpha_i + lambda_t + sum over k != -1 of beta_k 1[t - G_i = k] + e_it

G_i is the first treated period. beta_k for k < -1 are the leads: 0 where trends are parallel. Each row lies
in one relative period and one calendar period, so the normal equations are counted, not built row by row:
exact and without iteration. With A the normal matrix and s_c the scores of cluster c,

    V = C / (C - 1)  (N - 1) / (N - K)  A^-1 (sum_c s_c s_c') A^-1

Where treatments begin at different times and effects differ between those who begin, beta_k mixes periods
(Sun & Abraham, Journal of Econometrics 225, 2021): then `staggered.py` tells the effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.did_panel import DidPanel
from telltale.effects.variance import Floats, Ints, Spread, count_clusters, student

REFERENCE: Final = -1
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """Effects by relative period; the last period before the treatment is the reference."""

    relative: Ints
    """Shape (K,), in order; 0 is the first treated period, -1 the reference."""
    value: Floats
    """Shape (K,), in the outcome's unit; 0 at the reference."""
    low: Floats
    high: Floats
    """Shape (K,): ends of the interval of each period alone; NaN at the reference."""
    covariance: Floats
    """Shape (K, K); 0 in the reference's row and column."""
    units: Ints
    """Shape (K,): treated units seen in each."""
    clusters: int
    freedom: float
    level: float
    outcome: str
    treatment: str
    notes: tuple[str, ...] = ()

    @property
    def standard_error(self) -> Floats:
        """Shape (K,)."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found

    @property
    def leads(self) -> Ints:
        """Where in `relative` the periods before the reference stand."""
        return np.flatnonzero(self.relative < REFERENCE)

    @property
    def lags(self) -> Ints:
        """Where in `relative` the treated periods stand."""
        return np.flatnonzero(self.relative >= 0)

    def combine(self, weight: Floats) -> tuple[float, Spread]:
        """The sum of the effects times weights of shape (K,), and its spread."""
        error = float(np.sqrt(max(float(weight @ self.covariance @ weight), 0.0)))
        return float(weight @ self.value), Spread(error, self.clusters, self.freedom)

    def average(self) -> tuple[float, Spread]:
        """The mean over the treated periods, each counted once, against the reference."""
        weight = np.zeros(len(self.relative))
        weight[self.lags] = 1 / max(len(self.lags), 1)
        return self.combine(weight)


def event_study(
    panel: DidPanel, *, before: int | None = None, after: int | None = None, level: float = 0.95
) -> EventStudy:
    """The event study of a panel over calendar periods, with all units that are never treated as control.

    Parameters
    ----------
    before, after
        Relative periods -before to after - 1 are told; rows of the treated outside are left out. All if not
        given.
    """
    if panel.treated.all():
        raise FormatError(
            "every unit is treated at some time: leads and lags cannot be told from the course of time",
            hint="give units without treatment, or ask staggered.py with controls='not-yet'",
        )
    relative = panel.period - panel.start[panel.unit]
    low = -np.inf if before is None else -float(before)
    high = np.inf if after is None else float(after)
    keep = np.isnan(relative) | ((relative >= low) & (relative < high))
    notes = list(panel.facts)
    if len(panel.starts) > 1:
        notes.append(
            f"treatments begin in {len(panel.starts)} periods: where effects differ between them these"
            " numbers mix periods, and the staggered estimate does not"
        )
    return fit_event_study(
        panel.unit[keep], panel.period[keep], relative[keep], panel.outcome[keep], panel.cluster,
        level=level, names=(panel.outcome_name, panel.treatment_name), notes=tuple(notes),
    )  # fmt: skip


def fit_event_study(
    unit: Ints,
    clock: Ints,
    relative: Floats,
    outcome: Floats,
    cluster: Ints,
    *,
    weight: Floats | None = None,
    level: float = 0.95,
    names: tuple[str, str] = ("outcome", "treatment"),
    notes: tuple[str, ...] = (),
) -> EventStudy:
    """Least squares with unit and period effects.

    Parameters
    ----------
    unit, clock, relative, outcome
        Shape (N,): whose row, the period whose effect is taken out, the period relative to the treatment (NaN
        for control), and what came of it.
    cluster, weight
        Shape (n,), by unit; rows of weight 0 are left out.

    >>> unit, clock = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    >>> relative = np.where(unit < 10, clock - 2.0, np.nan)
    >>> outcome = unit + 2.0 * clock + 5.0 * (relative >= 0) + np.sin(7.0 * np.arange(60)) / 1e6
    >>> found = fit_event_study(unit, clock, relative, outcome, np.arange(20))
    >>> found.relative.tolist(), (found.value + 1).round(3).tolist()
    ([-2, -1, 0], [1.0, 1.0, 6.0])
    """
    if not 0 < level < 1:
        raise ConfigError(f"level is {level}", hint="choose one between 0 and 1, such as .95")
    of_unit = np.ones(len(cluster)) if weight is None else weight
    some = of_unit[unit] != 0
    if not some.all():
        unit, clock, relative, outcome = unit[some], clock[some], relative[some], outcome[some]
    problem = _Problem.of(unit, clock, relative, of_unit)
    beta, inverse, resid = _solve(problem, outcome)
    by_unit = problem.sums(resid) * problem.weight[:, None]
    code = np.unique(cluster[problem.who], return_inverse=True)[1]
    clusters = count_clusters(code)
    by_cluster = _sums_by(by_unit, code, clusters)
    n, k = len(outcome), problem.rank + 1
    if clusters < 2 or n <= k:
        raise FormatError(f"{clusters} clusters and {n} rows for {k} numbers", hint="give more units")
    scale = clusters / (clusters - 1) * (n - 1) / (n - k)
    half = by_cluster @ inverse
    return _told(problem, beta, scale * half.T @ half, clusters, level, names, notes)


def _told(
    problem: _Problem, beta: Floats, v: Floats, clusters: int, level: float, names: tuple[str, str],
    notes: tuple[str, ...]
) -> EventStudy:  # fmt: skip
    asked = problem.asked
    at = np.flatnonzero(asked != REFERENCE)
    value, covariance = np.zeros(len(asked)), np.zeros((len(asked), len(asked)))
    value[at], covariance[np.ix_(at, at)] = beta[: len(at)], v[: len(at), : len(at)]
    wide = student(clusters - 1, (1 + level) / 2) * np.sqrt(np.diag(covariance))
    wide[asked == REFERENCE] = np.nan
    return EventStudy(
        asked, value, value - wide, value + wide, covariance, problem.units, clusters, float(clusters - 1),
        level,
        *names, notes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Rows as places among q columns: relative periods first, then calendar periods but the first."""

    asked: Ints
    """Relative periods, the reference among them."""
    units: Ints
    who: Ints
    """The units that have rows."""
    unit: Ints
    """Of each row, codes without gaps."""
    one: Ints
    two: Ints
    """Columns of each row: of its relative and its calendar period, q where it has none."""
    q: int
    effects: int
    weight: Floats
    """By unit."""
    rank: int

    @classmethod
    def of(cls, unit: Ints, clock: Ints, relative: Floats, of_unit: Floats) -> _Problem:
        there = np.isfinite(relative)
        if not there.any() or there.all():
            raise FormatError("no rows of treated, or none of control", hint="give both in these periods")
        asked, place = np.unique(relative[there].astype(np.int64), return_inverse=True)
        if REFERENCE not in asked or asked[-1] < 0:
            raise FormatError(
                "no treated unit is seen in the period before its treatment, or none after",
                hint="give periods on both sides",
            )
        who, code = np.unique(unit, return_inverse=True)
        times, when = np.unique(clock, return_inverse=True)
        effects = len(asked) - 1
        q = effects + len(times) - 1
        # The reference has no column; columns behind it move up by one.
        base = int(np.flatnonzero(asked == REFERENCE)[0])
        one = np.full(len(unit), q)
        one[there] = np.where(place == base, q, place - (place > base))
        two = np.where(when == 0, q, effects + when - 1)
        units = np.bincount(place, minlength=len(asked))
        return cls(asked, units, who, code, one, two, q, effects, of_unit[who], q)

    def sums(self, value: Floats | None = None) -> Floats:
        """Shape (n, q): sums of each column by unit, times values of shape (N,)."""
        size = len(self.who) * (self.q + 1)
        found = np.zeros(size)
        for column in (self.one, self.two):
            found += np.bincount(self.unit * (self.q + 1) + column, value, size)
        return found.reshape(-1, self.q + 1)[:, : self.q]

    def squares(self) -> Floats:
        """X'WX, shape (q, q)."""
        w, q = self.weight[self.unit], self.q + 1
        cross = np.bincount(self.one * q + self.two, w, q * q).reshape(q, q)
        alone = np.bincount(self.one, w, q) + np.bincount(self.two, w, q)
        found = np.asarray(cross + cross.T + np.diag(alone), dtype=np.float64)
        return found[: self.q, : self.q]

    def fitted(self, beta: Floats) -> Floats:
        """X beta, shape (N,)."""
        padded = np.append(beta, 0.0)
        found: Floats = padded[self.one] + padded[self.two]
        return found


def _solve(problem: _Problem, outcome: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients (q,), the inverse of the normal matrix (q, q), and residuals (N,)."""
    rows = np.bincount(problem.unit).astype(np.float64)
    total = np.bincount(problem.unit, outcome)
    y = outcome - (total / rows)[problem.unit]
    sums = problem.sums()
    normal = problem.squares() - (sums * (problem.weight / rows)[:, None]).T @ sums
    right = (problem.sums(y) * problem.weight[:, None]).sum(axis=0)
    size, vector = np.linalg.eigh(normal)
    kept = size > _NOTHING * size.max()
    if not kept.all() and np.abs(vector[: problem.effects, ~kept]).max() > np.sqrt(_NOTHING):
        raise FormatError(
            "some relative periods cannot be told from the course of time",
            hint="give control units in every period, or ask for fewer periods",
        )
    inverse = (vector[:, kept] / size[kept]) @ vector[:, kept].T
    beta = inverse @ right
    resid = y - problem.fitted(beta)
    resid -= (np.bincount(problem.unit, resid) / rows)[problem.unit]
    return beta, inverse, resid


def _sums_by(values: Floats, code: Ints, count: int) -> Floats:
    if count == len(values) and np.array_equal(code, np.arange(count)):
        return values
    return np.column_stack([np.bincount(code, column, count) for column in values.T])
