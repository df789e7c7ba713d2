"""To whom: units put into groups by how much they are expected to gain, and what each group gained.

    S(X_i)    the effect expected at X_i, by a model that never saw i's cluster
    group g   the units between two quantiles of S, among those of one fold
    gain      the mean of phi_i over the group, phi the doubly robust pseudo-outcome of `doubly_robust.py`

(Sorted group average effects: Chernozhukov, Demirer, Duflo & Fernandez-Val 2018.) The model only sorts: what
is told of a group are outcomes of its own units, so where S means nothing all groups gain alike. The same
mean over the lower and upper half of each covariate says which of them goes along with the gain.

That all gain alike is asked of the groups and of p covariates at once, so intervals of what is apart are
widened for all of it (Bonferroni): one half of the level is the groups', the other the covariates' together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, TelltaleError
from telltale.effects.design import Design
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.folds import cluster_folds, split
from telltale.effects.variance import Bools, Floats, Ints, count_clusters, spread_of_mean

GROUPS: Final = 4
_LEAST: Final = 20
"""Units in a group of which something is told."""
_LEAST_CLUSTERS: Final = 8
_FOLDS: Final = 5
_MODEL: Final = "curved"
"""It only sorts, and is fitted many times: trees would cost minutes and change little."""


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """What some units gained on average."""

    name: str
    units: int
    value: float
    """In the outcome's unit."""
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Halves:
    """The effect in both halves of a covariate, and how far they are apart."""

    name: str
    cut: float
    """The upper half is above it, in the covariate's unit."""
    lower: GroupEffect
    upper: GroupEffect
    apart: GroupEffect
    """Upper less lower; its interval is widened for all that was looked at."""

    @property
    def differs(self) -> bool:
        """Whether both gained more differently than chance would have it, of all that was looked at."""
        return _not_nothing(self.apart)


@dataclass(frozen=True, slots=True, eq=False)
class WhoGains:
    """Effects by group: of all units between quantiles of the expected effect, and by covariate."""

    groups: tuple[GroupEffect, ...]
    """From those expected to gain least to those expected to gain most."""
    apart: GroupEffect
    """Most less least; its interval is widened for the covariates that were looked at too."""
    halves: tuple[Halves, ...]
    """Of the covariates, those furthest apart first, in standard errors."""
    expected: Floats
    """Shape (N,): S of each unit, in the outcome's unit."""
    group: Ints
    """Shape (N,): its group."""
    level: float

    @property
    def groups_differ(self) -> bool:
        """Whether the groups gained more differently than chance would have it."""
        return _not_nothing(self.apart)

    @property
    def differs(self) -> bool:
        """Whether anything that was looked at did: the groups, or the halves of a covariate."""
        return self.groups_differ or any(half.differs for half in self.halves)


def who_gains(design: Design, *, groups: int = GROUPS, level: float = 0.95, seed: int = 0) -> WhoGains | None:
    """Effects by group; None where there are too few units to tell groups apart, or no covariates.

    Parameters
    ----------
    groups
        How many, of equal size.
    """
    if not 0 < level < 1 or groups < 2:
        raise ConfigError(f"{groups} groups at level {level}", hint="two or more, and between 0 and 1")
    many = len(design) >= groups * _LEAST and design.clusters >= max(groups * 2, _LEAST_CLUSTERS)
    if not many or not design.names:
        return None
    # In an order of its own, so that the order of the rows decides nothing.
    design, order = design.ordered()
    try:
        whole = DoublyRobust(learner="dr", intervals="none", seed=seed).fit(design)
        phi = np.empty(len(design))
        phi[whole.order_] = whole.nuisances_.pseudo
        expected, fold = _expected(design, seed)
    except TelltaleError:
        return None
    group = _groups(expected, fold, groups)
    told = _Told(phi, design.cluster, level)
    if min(np.bincount(group, minlength=groups)) < _LEAST // 2:
        return None
    names = ["least", *(f"{k + 1} of {groups}" for k in range(1, groups - 1)), "most"]
    found = tuple(told.mean(name, group == k) for k, name in enumerate(names))
    # Of the level both kinds of look have one half.
    shared = replace(told, level=1 - (1 - level) / 2)
    apart = shared.difference("most less least", group == groups - 1, group == 0)
    back = np.argsort(order)
    return WhoGains(found, apart, _halves(design, told, shared.level), expected[back], group[back], level)


def _expected(design: Design, seed: int) -> tuple[Floats, Ints]:
    """S of each row by models that never saw its cluster nor learnt from any that did, and its fold; (N,)."""
    fold = cluster_folds(design.cluster, design.treated, _FOLDS, seed, "who gains")
    found = np.empty(len(design))
    for learn, held in split(fold):
        model = DoublyRobust(
            learner="dr", intervals="none", outcome_model=_MODEL, effect_model=_MODEL, seed=seed
        ).fit(design.part(learn))
        columns = [design.names.index(name) for name in model.design_.names]
        found[held] = model.individual(design.covariates[held][:, columns]).value
    return found, fold


def _groups(expected: Floats, fold: Ints, groups: int) -> Ints:
    """Shape (N,): the group of each row among its fold.

    Between folds S cannot sort: what is left out with a fold that gained little has gained more.
    """
    found = np.empty(len(expected), dtype=np.int64)
    for code in np.unique(fold):
        rows = np.flatnonzero(fold == code)
        rank = np.argsort(np.argsort(expected[rows], kind="stable"), kind="stable")
        found[rows] = rank * groups // len(rows)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Means of phi with their intervals."""

    phi: Floats
    cluster: Ints
    level: float

    def mean(self, name: str, rows: Bools) -> GroupEffect:
        value, influence = self._of(rows)
        return self._told(name, int(rows.sum()), value, influence)

    def difference(self, name: str, one: Bools, other: Bools) -> GroupEffect:
        (first, by_first), (second, by_second) = self._of(one), self._of(other)
        return self._told(name, int((one | other).sum()), first - second, by_first - by_second)

    def _of(self, rows: Bools) -> tuple[float, Floats]:
        """The mean over some rows, and the influence of every row on it, shape (N,)."""
        value = float(self.phi[rows].mean())
        return value, np.where(rows, self.phi - value, 0.0) / rows.mean()

    def _told(self, name: str, units: int, value: float, influence: Floats) -> GroupEffect:
        spread = spread_of_mean(influence, self.cluster)
        # Clusters without a unit in the group say nothing of it.
        inside = count_clusters(self.cluster[influence != 0])
        spread = replace(spread, freedom=float(max(inside - 1, 1)))
        return GroupEffect(name, units, value, *spread.interval(value, self.level))


def _halves(design: Design, told: _Told, level: float) -> tuple[Halves, ...]:
    """Both halves of each covariate; `level` is that of all their differences together."""
    p = len(design.names)
    wide = replace(told, level=1 - (1 - level) / p)
    found = []
    for name, x in zip(design.names, design.covariates.T, strict=True):
        cut = _cut(x)
        upper = x > cut
        if min(upper.sum(), (~upper).sum()) < _LEAST:
            continue
        found.append(
            Halves(
                name,
                cut,
                told.mean("lower", ~upper),
                told.mean("upper", upper),
                wide.difference("upper less lower", upper, ~upper),
            )
        )
    return tuple(sorted(found, key=lambda one: -_errors_apart(one.apart)))


def _cut(x: Floats) -> float:
    """The median, or the value below it where the median is the largest: of a flag, 0."""
    middle = float(np.median(x))
    below = x[x < middle]
    return middle if (x > middle).any() else float(below.max()) if len(below) else middle


def _not_nothing(effect: GroupEffect) -> bool:
    return not effect.low <= 0 <= effect.high


def _errors_apart(effect: GroupEffect) -> float:
    wide = effect.high - effect.low
    return abs(effect.value) / wide if wide > 0 else 0.0
