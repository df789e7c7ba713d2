"""Doubly robust: outcome models corrected by weighting, right if either is; cross-fitted by cluster.

    phi_i = m1(X_i) - m0(X_i) + T_i (Y_i - m1(X_i)) / e_i - (1 - T_i) (Y_i - m0(X_i)) / (1 - e_i)

    ATE = mean of phi                                          (Robins, Rotnitzky & Zhao 1994)
    ATT = mean of [T - (1 - T) e / (1 - e)] (Y - m0) / P(T = 1)

m0, m1 and e of each row were learnt from other clusters (Chernozhukov et al. 2018), so that flexible models
leave the errors right. Weights of each arm are divided by their mean, which tames rows of little chance.
Effects at X, for single units, come from `learners.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from telltale.core.settings import whole
from telltale.effects.conformal import Conformal, Way, fit_conformal
from telltale.effects.contract import EffectEstimator, Estimand, Estimate, IndividualEffects, setting_words
from telltale.effects.design import Design
from telltale.effects.folds import cluster_folds, split
from telltale.effects.learners import LEARNERS, Learner, LearnerSettings, Learnt, Nuisances, learn_effect
from telltale.effects.outcome_models import CHOICES, Choice, fit_outcome
from telltale.effects.overlap import Trim, kept_rows
from telltale.effects.propensity import PropensitySettings, estimate_propensity
from telltale.effects.variance import Floats, spread_of_mean
from telltale.effects.weighting import trim_problems


class DoublyRobust(EffectEstimator):
    """Augmented inverse weighting, and learners of individual effects on top of it."""

    kind = "dr"
    says = "models the outcome and the chance of treatment; right if either model is"
    tells_individuals = True

    def __init__(
        self,
        *,
        estimand: Estimand = "ATE",
        outcome_model: Choice = "auto",
        effect_model: Choice = "auto",
        learner: Learner = "auto",
        propensity: PropensitySettings | None = None,
        intervals: Way | Literal["none"] = "bonferroni",
        trim: Trim = None,
        folds: int = 5,
        level: float = 0.95,
        seed: int = 0,
    ) -> None:
        """
        Parameters
        ----------
        outcome_model, effect_model
            "linear", "curved", "boosting", or the best of them by cross-validation: of the outcome in each
            arm, and of the effect on single units.
        learner
            Of effects on single units: "t", "dr", "r", or the one that explains best what was seen.
        intervals
            Of individual effects (`conformal.py`), fitted when they are first asked for; or "none".
        folds
            Of the cross-fitting.
        """
        self.estimand = estimand
        self.outcome_model = outcome_model
        self.effect_model = effect_model
        self.learner = learner
        self.propensity = propensity
        self.intervals = intervals
        self.trim = trim
        self.folds = folds
        self.level = level
        self.seed = seed

    @property
    def method(self) -> str:
        """The method with its trimming."""
        return self.kind + setting_words(trim=self.trim)

    def _problems(self, design: Design) -> Iterator[tuple[str, str]]:
        yield from super()._problems(design)
        yield from trim_problems(self.trim)
        for choice in (self.outcome_model, self.effect_model):
            if choice not in CHOICES:
                yield (f"model {choice!r}", f"choose one of {', '.join(CHOICES)}")
        if self.learner not in LEARNERS:
            yield (f"learner {self.learner!r}", f"choose one of {', '.join(LEARNERS)}")
        if self.intervals not in (*get_args(Way), "none"):
            yield (f"intervals {self.intervals!r}", f"choose one of {', '.join(get_args(Way))}, none")
        if not whole(self.folds, 2):
            yield (f"{self.folds!r} folds", "choose a whole number, two or more")

    def _estimate(self, design: Design) -> Estimate:
        found = estimate_propensity(design, self.propensity, crossfit=True, seed=self.seed)
        kept, notes = kept_rows(found.chance, self.trim)
        inner, chance = design.take(kept), found.chance[kept]
        means = cross_fitted(inner, self.outcome_model, self.folds, self.seed)
        value, influence = aipw(inner, chance, means, self.estimand)
        pseudo = pseudo_outcomes(inner, chance, means)
        self.nuisances_ = Nuisances(chance, means.control, means.treated, pseudo)
        self.propensity_, self.inner_ = found, inner
        # Both wait until single units are asked for.
        self.learnt_: Learnt | None = None
        self.conformal_: Conformal | None = None
        return Estimate(value, spread_of_mean(influence, inner.cluster), kept, (*found.notes, *notes))

    def _individual(self, covariates: Floats) -> IndividualEffects:
        design = self.inner_
        if self.learnt_ is None:
            settings = LearnerSettings(
                self.learner, self.outcome_model, self.effect_model, self.folds, self.seed
            )
            self.learnt_ = learn_effect(design, self.nuisances_, settings)
        value = self.learnt_.model.predict(covariates)
        low = high = np.full(len(value), np.nan)
        notes: tuple[str, ...] = ("no intervals were asked for",)
        if self.intervals != "none":
            if self.conformal_ is None:
                self.conformal_ = self._fit_conformal(design, self.intervals)
            low, high = self.conformal_.intervals(covariates)
            notes = self.conformal_.notes
        method = f"{self.method}, {self.learnt_.learner}-learner"
        return IndividualEffects(value, low, high, self.level, method, design.unit, notes=notes)

    def _fit_conformal(self, design: Design, way: Way) -> Conformal:
        return fit_conformal(
            design,
            level=self.level,
            way=way,
            outcome_model=self.outcome_model,
            propensity=self.propensity,
            folds=self.folds,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Mean outcomes of each row in both arms, from models that never saw its cluster."""

    control: Floats
    """Shape (N,)."""
    treated: Floats


def cross_fitted(design: Design, choice: Choice, folds: int, seed: int) -> Means:
    """Outcome models of both arms for every row of a design."""
    fold = cluster_folds(design.cluster, design.treated, folds, seed, "means")
    means = {arm: np.empty(len(design)) for arm in (False, True)}
    for learn, held in split(fold):
        for arm, found in means.items():
            rows = learn & (design.treated == arm)
            model = fit_outcome(
                design.covariates[rows],
                design.outcome[rows],
                design.cluster[rows],
                design.outcome_kind,
                choice,
                seed,
            )
            found[held] = model.predict(design.covariates[held])
    return Means(means[False], means[True])


def pseudo_outcomes(design: Design, chance: Floats, means: Means) -> Floats:
    """phi of each row, shape (N,): its mean given X is the effect at X."""
    t, y = design.treated, design.outcome
    w1, w0 = t / chance, ~t / (1 - chance)
    w1, w0 = w1 / w1.mean(), w0 / w0.mean()
    gap = means.treated - means.control
    found: Floats = gap + w1 * (y - means.treated) - w0 * (y - means.control)
    return found


def aipw(design: Design, chance: Floats, means: Means, estimand: Estimand) -> tuple[float, Floats]:
    """The effect, and the influence of each row on it, shape (N,), adding up to 0."""
    if estimand == "ATE":
        phi = pseudo_outcomes(design, chance, means)
        return float(phi.mean()), phi - phi.mean()
    t, rest = design.treated, design.outcome - means.control
    odds = ~t * chance / (1 - chance)
    share = t.mean()
    # Both arms' weights have the mean P(T = 1).
    odds *= share / odds.mean()
    terms = (t - odds) * rest
    value = float(terms.mean() / share)
    return value, (terms - t * value) / share
