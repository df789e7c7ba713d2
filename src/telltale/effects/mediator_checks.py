"""What could sink a way through a mediator: it and the outcome may go along for another reason.

What treatment and covariates leave of both is laid side by side. The correlation of these remains says how
strong something hidden would have to be: were all of it such a thing's work, the mediator itself would do
nothing (Imai, Keele & Yamamoto, Statistical Science 25, 2010: exact in a linear model). And where the
outcome was also seen in the mediator's own time, a mediator that tells nothing beyond that may as well have
followed the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from telltale.effects.design import Design, guess_kind
from telltale.effects.doubly_robust import Means, cross_fitted
from telltale.effects.mediated import MediatedDesign
from telltale.effects.outcome_models import Choice
from telltale.effects.refutation import Refutation, Verdict
from telltale.effects.variance import Floats, spread_of_mean


@dataclass(frozen=True, slots=True)
class Along:
    """How far what is left of a mediator and of the outcome goes along."""

    value: float
    """A correlation."""
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether it is not nothing."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Fit:
    """How the remains are made."""

    outcome_model: Choice
    folds: int
    level: float
    seed: int


def remains_along(
    given: MediatedDesign, place: int, fit: Fit, *, means: Means | None = None, beside: bool = False
) -> Along:
    """The correlation of the remains of one mediator, by its place, and of the outcome.

    Parameters
    ----------
    means
        Of the outcome, where they are known already.
    beside
        Whether the outcome in the mediators' own time is known too.
    """
    design = given.design
    if beside and given.outcome_beside is not None:
        design = replace(
            design,
            covariates=np.column_stack([design.covariates, given.outcome_beside]),
            names=(*design.names, f"{design.outcome_name} beside"),
        )
    mediator = given.mediators[:, place]
    of_mediator = replace(design, outcome=mediator, outcome_kind=guess_kind(mediator))
    one, other = _standardised(of_mediator, fit, None), _standardised(design, fit, means)
    value = float((one * other).mean())
    # The influence of a row on a correlation.
    influence = one * other - value * (one**2 + other**2) / 2
    spread = spread_of_mean(influence - influence.mean(), design.cluster)
    return Along(value, *spread.interval(value, fit.level))


def same_time(
    given: MediatedDesign, place: int, fit: Fit, alone: Along, *, claimed: bool = True
) -> Refutation:
    """Whether a mediator tells of the outcome beyond what the outcome in the same seconds does.

    Parameters
    ----------
    alone
        `remains_along` without it.
    claimed
        Whether anything is told to go through: where nothing is, there is nothing to sink.
    """
    name, outcome = given.names[place], given.design.outcome_name
    did = f"Took what the outcome was in the seconds of {name} as known."
    also = remains_along(given, place, fit, beside=True)
    verdict: Verdict = "fail"
    found = (
        f"Then {name} tells nothing more of {outcome} (correlation {also.value:.2f}, was {alone.value:.2f}):"
        " which of the two came first nobody can tell."
    )
    if not alone.certain:
        verdict, found = "cannot tell", f"{name} and {outcome} do not go along to begin with."
    elif not claimed:
        verdict, found = "cannot tell", f"Nothing is claimed to go through {name} that it could sink."
    elif also.certain and also.value * alone.value > 0:
        verdict = "pass"
        found = (
            f"{name} still tells of {outcome} (correlation {also.value:.2f}, was {alone.value:.2f} without)."
        )
    return Refutation("the same seconds", verdict, did, found, also.value, also.low, also.high)


def _standardised(design: Design, fit: Fit, means: Means | None) -> Floats:
    """What treatment and covariates leave of the outcome, shape (N,), of mean 0 and spread 1."""
    if means is None:
        means = cross_fitted(design, fit.outcome_model, fit.folds, fit.seed)
    left: Floats = design.outcome - np.where(design.treated, means.treated, means.control)
    left -= left.mean()
    spread = float(left.std())
    return left / spread if spread > 0 else left
