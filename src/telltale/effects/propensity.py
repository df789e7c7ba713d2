"""The chance of being treated given the covariates: estimated here, unless a randomisation logged it.

    logistic     over covariates, their bends and products where asked for, with a ridge that is weak enough
                 to leave no confounding in (`logistic.py`)
    boosting     trees, for what no line follows; only cross-fitted

Cross-fitting estimates the chance of each row from other clusters than its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np

from telltale.core.errors import ConfigError
from telltale.core.settings import finite, whole
from telltale.effects.basis import Basis, make_basis
from telltale.effects.design import Design
from telltale.effects.folds import cluster_folds, split
from telltale.effects.logistic import LEAST_RIDGE, Logit, choose_ridge, fit_least, fit_logit
from telltale.effects.variance import Bools, Floats, Ints

Model = Literal["logistic", "boosting"]


@dataclass(frozen=True, slots=True)
class PropensitySettings:
    """How chances are estimated.

    >>> PropensitySettings(clip=0.7)
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: clip is 0.7: choose one from 0, below .5
    """

    model: Model = "logistic"
    ridge: float | None = None
    """Where not given the least for rows that are fitted, and by cross-validation for those held out."""
    knots: int = 0
    """Of a spline for each covariate; 0 for straight lines, 3 or more otherwise."""
    products: bool = False
    clip: float = 0.01
    """Chances are moved to between this and one less this, and those that were are counted."""
    folds: int = 5

    def __post_init__(self) -> None:
        if self.model not in ("logistic", "boosting"):
            raise ConfigError(f"propensity model {self.model!r}", hint="choose 'logistic' or 'boosting'")
        if not (finite(self.clip) and 0 <= self.clip < 0.5):
            raise ConfigError(f"clip is {self.clip!r}", hint="choose one from 0, below .5")
        if not whole(self.folds, 2) or not whole(self.knots, 0) or self.knots in (1, 2):
            raise ConfigError(
                f"{self.folds!r} folds and {self.knots!r} knots",
                hint="whole numbers: two folds or more, 0 knots or 3 and more",
            )


def as_chosen(settings: PropensitySettings | None, model: Chances | None) -> PropensitySettings | None:
    """Settings that give the ridge of a model that was fitted with them; as they are where it has none."""
    if not isinstance(model, LogisticChances):
        return settings
    return replace(settings or PropensitySettings(), ridge=model.logit.ridge)


class Chances(Protocol):
    """Whatever tells the chance of being treated."""

    def chance(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class LogisticChances:
    """A logistic regression over a basis."""

    basis: Basis
    logit: Logit

    def chance(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        return self.logit.chance(self.basis.columns(covariates))

    def linear(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,): the log odds."""
        z: Floats = self.logit.design(self.basis.columns(covariates)) @ self.logit.coefficient
        return z


@dataclass(frozen=True, slots=True, eq=False)
class BoostedChances:
    """Boosted trees."""

    trees: Any

    def chance(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        found: Floats = self.trees.predict_proba(covariates)[:, 1]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """The chance of each row of a design, and what to say of where it came from."""

    chance: Floats
    """Shape (N,), clipped."""
    logged: bool
    clipped: int
    """Rows whose chance was moved."""
    models: tuple[Chances, ...] = field(default=(), repr=False)
    """One, or one a fold; none where the chances were logged."""
    notes: tuple[str, ...] = ()

    def of(self, covariates: Floats, clip: float) -> Floats:
        """The mean chance over the models for new rows, shape (n, p) to (n,); estimated chances only."""
        mean = np.mean([model.chance(covariates) for model in self.models], axis=0)
        found: Floats = np.clip(mean, clip, 1 - clip)
        return found


def estimate_propensity(
    design: Design, settings: PropensitySettings | None = None, *, crossfit: bool = True, seed: int = 0
) -> Propensity:
    """The chance of being treated of each row; logged ones as they are.

    >>> rows = {"t": [0, 1, 1, 0] * 20, "y": [float(i % 7) for i in range(80)], "x": list(range(80))}
    >>> found = estimate_propensity(Design.from_frame(rows, treatment="t", outcome="y", covariates=["x"]))
    >>> bool((abs(found.chance - 0.5) < 0.2).all()), found.clipped
    (True, 0)
    """
    chosen = settings or PropensitySettings()
    if design.propensity is not None:
        note = "chances of treatment as the randomisation logged them"
        return Propensity(design.propensity, True, 0, (), (note,))
    x, t, cluster = design.covariates, design.treated, design.cluster
    if not crossfit:
        model = fit_chances(x, t, cluster, chosen, seed, held_out=False)
        return clipped(model.chance(x), (model,), chosen)
    fold = cluster_folds(cluster, t, chosen.folds, seed, "propensity")
    chance, models = np.empty(len(design)), []
    for learn, held in split(fold):
        models.append(fit_chances(x[learn], t[learn], cluster[learn], chosen, seed))
        chance[held] = models[-1].chance(x[held])
    return clipped(chance, tuple(models), chosen)


def fit_chances(
    covariates: Floats,
    treated: Bools,
    cluster: Ints,
    settings: PropensitySettings,
    seed: int = 0,
    *,
    held_out: bool = True,
) -> LogisticChances | BoostedChances:
    """One model of the chance of treatment, from rows of shape (n, p), (n,) and (n,).

    `held_out` says whether it is for other rows than these.
    """
    if settings.model == "boosting":
        return BoostedChances(_boosted(seed).fit(covariates, treated))
    basis = make_basis(covariates, knots=settings.knots, products=settings.products)
    columns = basis.columns(covariates)
    if settings.ridge is not None:
        return LogisticChances(basis, fit_logit(columns, treated, settings.ridge))
    if not held_out:
        return LogisticChances(basis, fit_least(columns, treated))
    # What forecasts as well as any still leaves some of the confounding in: a tenth of it leaves little.
    ridge = max(choose_ridge(columns, treated, cluster, seed) / 10, LEAST_RIDGE)
    return LogisticChances(basis, fit_logit(columns, treated, ridge))


def _boosted(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def clipped(chance: Floats, models: tuple[Chances, ...], settings: PropensitySettings) -> Propensity:
    """Estimated chances of shape (N,), moved inside the bounds, with a note of how many were."""
    low, high = settings.clip, 1 - settings.clip
    count = int(((chance < low) | (chance > high)).sum())
    note = (f"{count:,} chances clipped to {low:g} and {high:g}: overlap is poor there",) if count else ()
    return Propensity(np.clip(chance, low, high), False, count, models, note)
