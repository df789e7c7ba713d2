"""Inverse weighting: each arm made to look like the population that the effect is of (Hajek's form).

    tau = sum w1_i Y_i / sum w1_i - sum w0_i Y_i / sum w0_i

           w1 (treated)   w0 (control)
    ATE    1 / e          1 / (1 - e)
    ATT    1              e / (1 - e)
    ATO    1 - e          e                  overlap weights (Li, Morgan & Zaslavsky 2018)

Errors are those of an M-estimator: where the logistic model of e was estimated on the same rows, its score
enters the influence function (Lunceford & Davidian 2004), and rows are summed by cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

import numpy as np

from telltale.effects.contract import EffectEstimator, Estimand, Estimate, setting_words
from telltale.effects.design import Design
from telltale.effects.overlap import Trim, kept_rows
from telltale.effects.propensity import (
    LogisticChances,
    Propensity,
    PropensitySettings,
    as_chosen,
    estimate_propensity,
)
from telltale.effects.variance import Bools, Floats, spread_of_mean


class InverseWeighting(EffectEstimator):
    """Weighting by the inverse of the chance of the arm that a unit got."""

    kind = "ipw"
    says = "weighs each unit by the inverse of the chance of its arm"
    estimands = ("ATE", "ATT", "ATO")

    def __init__(
        self,
        *,
        estimand: Estimand = "ATE",
        propensity: PropensitySettings | None = None,
        trim: Trim = None,
        level: float = 0.95,
        seed: int = 0,
    ) -> None:
        """
        Parameters
        ----------
        propensity
            How chances are estimated where none were logged; the logistic model only, as the errors need it.
        trim
            "crump", or a bound such as .05, outside of which rows are left out.
        """
        self.estimand = estimand
        self.propensity = propensity
        self.trim = trim
        self.level = level
        self.seed = seed

    @property
    def method(self) -> str:
        """The method with its trimming."""
        return self.kind + setting_words(trim=self.trim)

    def tuned(self) -> Self:
        """The same, with the ridge that this fit chose."""
        found = super().tuned()
        model = self.propensity_.models[0] if self.propensity_.models else None
        found.propensity = as_chosen(self.propensity, model)
        return found

    def _problems(self, design: Design) -> Iterator[tuple[str, str]]:
        yield from super()._problems(design)
        yield from trim_problems(self.trim)
        if self.propensity is not None and self.propensity.model != "logistic":
            yield ("'ipw' has errors for the logistic model only", "choose 'dr' for boosted chances")

    def _estimate(self, design: Design) -> Estimate:
        settings = self.propensity or PropensitySettings()
        found = estimate_propensity(design, settings, crossfit=False, seed=self.seed)
        kept, notes = kept_rows(found.chance, self.trim)
        inner = design.take(kept)
        # Chances of those that are kept are learnt from them alone: the population is another one.
        if not kept.all() and not found.logged:
            found = estimate_propensity(inner, settings, crossfit=False, seed=self.seed)
        elif not kept.all():
            found = replace(found, chance=found.chance[kept])
        value, influence = hajek(inner, found, self.estimand)
        self.weight_ = np.zeros(len(design))
        self.weight_[kept] = np.where(inner.treated, *weights(found.chance, self.estimand))
        self.propensity_ = found
        used = 0 if found.logged else inner.covariates.shape[1]
        spread = spread_of_mean(influence, inner.cluster, min(used, max(inner.clusters - 3, 0)))
        return Estimate(value, spread, kept, (*found.notes, *notes))


def weights(chance: Floats, estimand: Estimand) -> tuple[Floats, Floats]:
    """Weights as a treated and as a control unit, both shape (N,).

    >>> [w.tolist() for w in weights(np.array([0.25]), "ATE")]
    [[4.0], [1.333...]]
    """
    if estimand == "ATE":
        return 1 / chance, 1 / (1 - chance)
    if estimand == "ATT":
        return np.ones_like(chance), chance / (1 - chance)
    return 1 - chance, chance


def hajek(design: Design, found: Propensity, estimand: Estimand) -> tuple[float, Floats]:
    """The effect, and the influence of each row on it, shape (N,), adding up to 0."""
    t, y, e = design.treated, design.outcome, found.chance
    w1, w0 = weights(e, estimand)
    w1, w0 = w1 * t, w0 * ~t
    mean_1, mean_0 = float(w1 @ y / w1.sum()), float(w0 @ y / w0.sum())
    one, other = w1 * (y - mean_1) / w1.mean(), w0 * (y - mean_0) / w0.mean()
    influence = one - other
    if not found.logged:
        influence += _of_the_model(design, found, estimand, one, other)
    return mean_1 - mean_0, influence


def _of_the_model(
    design: Design, found: Propensity, estimand: Estimand, one: Floats, other: Floats
) -> Floats:
    """What each row adds through the coefficients of the propensity: (d tau / d b)' A^-1 score_i."""
    model = found.models[0]
    assert isinstance(model, LogisticChances)
    z = model.logit.design(model.basis.columns(design.covariates))
    e = model.chance(design.covariates)
    penalty = np.full(z.shape[1], model.logit.ridge / len(e))
    penalty[0] = 0.0
    # d log w / d b for each arm; what was clipped no longer moves with b.
    by_one, by_other = _slopes(e, estimand)
    moving: Bools = found.chance == e
    slope = ((one * by_one - other * by_other) * moving) @ z / len(e)
    curve = (z * (e * (1 - e))[:, None]).T @ z / len(e) + np.diag(penalty)
    score = (design.treated - e)[:, None] * z - penalty * model.logit.coefficient
    through: Floats = score @ np.linalg.lstsq(curve, slope, rcond=None)[0]
    return through


def _slopes(e: Floats, estimand: Estimand) -> tuple[Floats, Floats]:
    """d log w1 / d(log odds) and d log w0 / d(log odds)."""
    if estimand == "ATE":
        return -(1 - e), e
    if estimand == "ATT":
        return np.zeros_like(e), np.ones_like(e)
    return -e, 1 - e


def trim_problems(trim: Trim) -> Iterator[tuple[str, str]]:
    """What is wrong with a trimming."""
    fits = trim is None or trim == "crump" or (isinstance(trim, float | int) and 0 <= trim < 0.5)
    if not fits:
        yield (f"trim is {trim!r}", "choose 'crump', or a bound from 0, below .5")
