"""Learners of the effect at X, and the one of them that explains best what was seen.

    t    m1(X) - m0(X), a model of the outcome in each arm
    dr   a model of phi, the doubly robust pseudo-outcome (Kennedy 2023)
    r    a model of (Y - m) / (T - e), weighted by (T - e)^2 (Nie & Wager, Biometrika 108, 2021)

m = e m1 + (1 - e) m0 is the mean outcome at X. `auto` takes the learner with the least R-loss on rows of
other clusters than it learnt from,

    mean of  [ (Y - m) - (T - e) tau(X) ]^2

which is least at the true effect, and can be told although no effect on a single unit is ever seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from telltale.effects.design import Design
from telltale.effects.folds import cluster_folds, split
from telltale.effects.outcome_models import Choice, OutcomeModel, fit_outcome
from telltale.effects.variance import Bools, Floats

Learner = Literal["auto", "t", "dr", "r"]
LEARNERS: Final[tuple[Learner, ...]] = ("auto", "t", "dr", "r")


@dataclass(frozen=True, slots=True, eq=False)
class Nuisances:
    """What learners are given of each row, all of it from models that never saw its cluster; shapes (N,)."""

    chance: Floats
    control: Floats
    """m0."""
    treated: Floats
    """m1."""
    pseudo: Floats
    """phi."""

    @property
    def mean(self) -> Floats:
        """m."""
        return self.chance * self.treated + (1 - self.chance) * self.control


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """The difference of two models, as the T-learner has it."""

    treated: OutcomeModel
    control: OutcomeModel

    def predict(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n,)."""
        return self.treated.predict(covariates) - self.control.predict(covariates)


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A model of the effect at X."""

    learner: Learner
    model: OutcomeModel
    losses: dict[Learner, float]
    """R-loss of each that was tried."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnerSettings:
    """What learners are made of."""

    learner: Learner
    outcome_model: Choice
    effect_model: Choice
    folds: int
    seed: int


def learn_effect(design: Design, given: Nuisances, settings: LearnerSettings) -> Learnt:
    """The effect at X by the learner asked for, or by the best of them."""
    fit: dict[Learner, Callable[[Bools], OutcomeModel]] = {
        "t": lambda rows: _contrast(design, rows, settings),
        "dr": lambda rows: _model(design, given.pseudo, None, rows, settings),
        "r": lambda rows: _model(design, *_robinson(design, given), rows, settings),
    }
    everyone = np.ones(len(design), dtype=bool)
    if settings.learner != "auto":
        return Learnt(settings.learner, fit[settings.learner](everyone), {})
    guesses: dict[Learner, Floats] = {"t": given.treated - given.control}
    fold = cluster_folds(design.cluster, design.treated, settings.folds, settings.seed, "learners")
    for name in ("dr", "r"):
        guess = np.empty(len(design))
        for learn, held in split(fold):
            guess[held] = fit[name](learn).predict(design.covariates[held])
        guesses[name] = guess
    losses = {name: r_loss(design, given, guess) for name, guess in guesses.items()}
    best = min(losses, key=lambda name: losses[name])
    return Learnt(best, fit[best](everyone), losses)


def r_loss(design: Design, given: Nuisances, effect: Floats) -> float:
    """How badly effects of shape (N,) explain the outcomes."""
    off = (design.outcome - given.mean) - (design.treated - given.chance) * effect
    return float((off**2).mean())


def _robinson(design: Design, given: Nuisances) -> tuple[Floats, Floats]:
    lift = design.treated - given.chance
    return (design.outcome - given.mean) / lift, lift**2


def _model(
    design: Design, values: Floats, weight: Floats | None, rows: Bools, settings: LearnerSettings
) -> OutcomeModel:
    return fit_outcome(
        design.covariates[rows],
        values[rows],
        design.cluster[rows],
        "continuous",
        settings.effect_model,
        settings.seed,
        weight=None if weight is None else weight[rows],
    )


def _contrast(design: Design, rows: Bools, settings: LearnerSettings) -> OutcomeModel:
    one, other = (
        fit_outcome(
            design.covariates[some],
            design.outcome[some],
            design.cluster[some],
            design.outcome_kind,
            settings.outcome_model,
            settings.seed,
        )
        for some in (rows & design.treated, rows & ~design.treated)
    )
    return Contrast(one, other)
