"""A band around a model, as wide as rows lie from models that never saw their cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from telltale.effects.design import Design, OutcomeKind
from telltale.effects.folds import cluster_folds, split
from telltale.effects.outcome_models import Choice, OutcomeModel, fit_outcome
from telltale.effects.variance import Bools, Floats

_LEAST_SCALE: Final = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """An interval of one outcome around a model of it, or of both ends of an interval."""

    low: OutcomeModel
    high: OutcomeModel
    """The same as `low` where the band is of one outcome."""
    scale: OutcomeModel | None
    """How wide the noise is at X; None for one width everywhere."""
    least: float
    """No scale is under this."""
    score: Floats
    """Shape (c,): how far outside the models each row lay, in units of the scale, in rising order."""
    weight: Floats
    """Shape (c,), of the rows in that order."""
    signed: Floats
    """Shape (c,): above or below the model, in rising order."""
    signed_weight: Floats

    def ends(self, covariates: Floats, weight: Floats, level: float) -> tuple[Floats, Floats]:
        """Both ends for units with covariates (n, p) and weights (n,); infinite where too few were alike.

        The reach is the quantile of the weighted scores, with the unit's own weight at infinity.
        """
        total = np.cumsum(self.weight)
        need = level * (total[-1] + weight)
        place = np.searchsorted(total, need * (1 - 1e-12), side="left")
        wide = np.append(self.score, np.inf)[place] * self.scale_of(covariates)
        return self.low.predict(covariates) - wide, self.high.predict(covariates) + wide

    def scale_of(self, covariates: Floats) -> Floats:
        """The unit of the scores at X, shape (n,)."""
        if self.scale is None:
            return np.ones(len(covariates))
        found: Floats = np.maximum(self.scale.predict(covariates), self.least)
        return found

    def quantiles(self, share: Floats) -> Floats:
        """Weighted quantiles of how far rows lay above the model, in units of the scale, shape as `share`."""
        total = np.cumsum(self.signed_weight) - self.signed_weight / 2
        found: Floats = np.interp(share * self.signed_weight.sum(), total, self.signed)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """How bands are fitted to a design."""

    design: Design
    chance: Floats
    """Shape (N,)."""
    model: Choice
    folds: int
    seed: int

    def of_arm(self, arm: bool, whom: Literal["all", "other arm"]) -> Band:
        """An interval of one arm's outcome, weighted to all units or to those of the other arm."""
        d = self.design
        mean, guess = self._cross_fitted(d.outcome, d.treated == arm, d.outcome_kind)
        return self.around(mean, guess, arm, whom)

    def around(self, mean: OutcomeModel, guess: Floats, arm: bool, whom: Literal["all", "other arm"]) -> Band:
        """The same around a model of one arm, and what models without a row's cluster say of it, (N,)."""
        d = self.design
        mine = self.chance if arm else 1 - self.chance
        weight = 1 / mine if whom == "all" else (1 - mine) / mine
        rows = d.treated == arm
        off = np.abs(d.outcome - guess)
        scale, wide = self._cross_fitted(off, rows, "continuous")
        least = _LEAST_SCALE * float(off[rows].mean()) or 1.0
        unit = np.maximum(wide, least)
        signed = ((d.outcome - guess) / unit)[rows]
        return _band(mean, mean, scale, least, np.abs(signed), signed, weight[rows])

    def of_ends(self, low: Floats, high: Floats) -> Band:
        """A band that holds intervals with these ends, both shape (N,), of new units."""
        known = np.isfinite(low) & np.isfinite(high)
        bottom, low_guess = self._cross_fitted(low, known, "continuous")
        top, high_guess = self._cross_fitted(high, known, "continuous")
        # An infinite end is further outside than any band reaches.
        outside = np.where(known, np.maximum(low_guess - low, high - high_guess), np.inf)
        return _band(bottom, top, None, 0.0, outside, outside, np.ones(len(low)))

    def _cross_fitted(self, values: Floats, rows: Bools, kind: OutcomeKind) -> tuple[OutcomeModel, Floats]:
        """A model of some rows' values, and what models without their clusters say, shape (N,)."""
        d = self.design
        fold = cluster_folds(d.cluster, d.treated, self.folds, self.seed, "conformal")
        guess = np.zeros(len(d))
        for learn, held in split(fold):
            guess[held] = self._fit(values, rows & learn, kind).predict(d.covariates[held])
        return self._fit(values, rows, kind), guess

    def _fit(self, values: Floats, rows: Bools, kind: OutcomeKind) -> OutcomeModel:
        d = self.design
        return fit_outcome(d.covariates[rows], values[rows], d.cluster[rows], kind, self.model, self.seed)


def _band(
    low: OutcomeModel,
    high: OutcomeModel,
    scale: OutcomeModel | None,
    least: float,
    score: Floats,
    signed: Floats,
    weight: Floats,
) -> Band:
    up, along = np.argsort(score, kind="stable"), np.argsort(signed, kind="stable")
    return Band(low, high, scale, least, score[up], weight[up], signed[along], weight[along])
