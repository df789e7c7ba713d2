"""Natural direct and indirect effects: how much of an effect goes through a mediator, whatever the shapes.

    total = E[Y(1, M(1))] - E[Y(0, M(0))] = direct + indirect
    direct   = E[Y(1, M(0))] - E[Y(0, M(0))]      the treatment, with the mediator as it would be without it
    indirect = E[Y(1, M(1))] - E[Y(1, M(0))]      the mediator moved as the treatment moves it

The mean of Y(1, M(0)) by its efficient influence function (Tchetgen Tchetgen & Shpitser, Annals of
Statistics 40, 2012), with m(M, X) = E[Y | 1, M, X] and n(X) = E[m | 0, X]:

    T (1 - e(M, X)) / (e(M, X) (1 - e(X))) (Y - m) + (1 - T) / (1 - e(X)) (m - n) + n

The ratio of the mediator's densities in both arms is written by Bayes' rule through e(M, X), the chance of
treatment given the mediator too, so mediators may be many and of any kind. Every model is learnt from
other clusters than it judges. The total is the doubly robust effect of `doubly_robust.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError
from telltale.core.settings import not_share, not_whole
from telltale.effects.basis import make_basis
from telltale.effects.design import Design, Evidence, OutcomeKind, Unit
from telltale.effects.doubly_robust import Means, cross_fitted
from telltale.effects.drawn import Drawn
from telltale.effects.folds import cluster_folds, split
from telltale.effects.logistic import choose_ridge
from telltale.effects.mediated import MediatedDesign
from telltale.effects.mediator_checks import Along, Fit, remains_along, same_time
from telltale.effects.outcome_models import CHOICES, Choice, fit_outcome
from telltale.effects.propensity import PropensitySettings, estimate_propensity
from telltale.effects.refutation import Refutation
from telltale.effects.variance import Floats, spread_of_mean

_BENT: Final = PropensitySettings(knots=4)
"""A treatment that spreads a mediator, or moves it at one end alone, bends the odds of having got it."""
_ROWS_A_BEND: Final = 40
_POOR: Final = 0.02
"""Share of rows whose mediator leaves no doubt of the arm, from which on it is told."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three effects, in the outcome's unit."""

    value: float
    low: float
    high: float
    standard_error: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out nothing at all."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class NaturalEffects:
    """An effect split by what carries it."""

    total: Part
    direct: Part
    """Past the mediators, as `past` words it."""
    indirect: Part
    """Through them."""
    level: float
    treatment: str
    mediators: tuple[str, ...]
    outcome: str
    outcome_kind: OutcomeKind
    outcome_sd: float
    """Of those not treated."""
    unit: Unit
    past: str
    treated: int
    control: int
    clusters: int
    drawn: Drawn
    """Who a cluster is."""
    evidence: Evidence
    """For the treatment; no lot is ever drawn for a mediator here."""
    unlogged: str
    """That some chances are missing where others were logged, in words."""
    remains: tuple[Along, ...]
    """Of each mediator: how far what is left of it and of the outcome goes along. Were something hidden alone
    the reason, nothing would go through."""
    checks: tuple[Refutation, ...]
    """Of each mediator, where the outcome was seen in its own time too."""
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the total, what goes through; NaN where the total may be nothing or both pull apart."""
        if not self.total.certain or self.direct.value * self.indirect.value < 0:
            return float("nan")
        return self.indirect.value / self.total.value


def natural_effects(
    given: MediatedDesign,
    *,
    outcome_model: Choice = "auto",
    propensity: PropensitySettings | None = None,
    folds: int = 5,
    level: float = 0.95,
    seed: int = 0,
) -> NaturalEffects:
    """Split an effect by what carries it.

    Parameters
    ----------
    outcome_model
        "linear", "curved", "boosting", or the best of them by cross-validation.
    propensity
        Of the treatment given the covariates; logged chances are used where there are any.
    """
    _refuse(outcome_model, folds, level, seed)
    given = given.ordered()
    design = given.design
    chance = estimate_propensity(design, propensity, crossfit=True, seed=seed)
    after = _given_mediators(given, seed)
    means = cross_fitted(design, outcome_model, folds, seed)
    crossed = _crossed(given, chance.chance, after.chance, outcome_model, folds, seed)
    got, not_got = _both_arms(design, chance.chance, means)

    def part(influence: Floats) -> Part:
        value = float(influence.mean())
        spread = spread_of_mean(influence - value, design.cluster)
        return Part(value, *spread.interval(value, level), spread.standard_error)

    direct, indirect = part(crossed - not_got), part(got - crossed)
    fit = Fit(outcome_model, folds, level, seed)
    places = range(len(given.names))
    remains = tuple(remains_along(given, place, fit, means=means) for place in places)
    checks = (
        ()
        if given.outcome_beside is None
        else tuple(same_time(given, place, fit, remains[place], claimed=indirect.certain) for place in places)
    )
    notes = [*chance.notes]
    if after.clipped > _POOR * len(design):
        notes.append(
            f"the mediator nearly tells who was treated for {after.clipped:,}: overlap is poor there"
        )
    return NaturalEffects(
        total=part(got - not_got),
        direct=direct,
        indirect=indirect,
        level=level,
        treatment=design.treatment_name,
        mediators=given.names,
        outcome=design.outcome_name,
        outcome_kind=design.outcome_kind,
        outcome_sd=float(design.outcome[~design.treated].std()),
        unit=design.unit,
        past=given.past,
        treated=int(design.treated.sum()),
        control=int((~design.treated).sum()),
        clusters=design.clusters,
        drawn=design.drawn,
        evidence=design.evidence,
        unlogged=given.unlogged,
        remains=remains,
        checks=checks,
        assumptions=_assumptions(given),
        notes=(*notes, *design.notes()),
    )


def _refuse(outcome_model: Choice, folds: int, level: float, seed: int) -> None:
    faults = [f"model {outcome_model!r} is none of {', '.join(CHOICES)}"] * (outcome_model not in CHOICES)
    faults += [*not_whole(2, folds=folds), *not_share(level=level), *not_whole(0, seed=seed)]
    if faults:
        raise ConfigError("; ".join(faults), hint="mend these settings")


@dataclass(frozen=True, slots=True, eq=False)
class _After:
    chance: Floats
    clipped: int


def _given_mediators(given: MediatedDesign, seed: int) -> _After:
    """e(M, X) of each row; logged chances know nothing of mediators."""
    joint = replace(given.joint(), propensity=None)
    bends = len(joint) >= _ROWS_A_BEND * len(joint.names)
    chosen = _BENT if bends else PropensitySettings()
    columns = make_basis(joint.covariates, knots=chosen.knots).columns(joint.covariates)
    # It is a part of the influence alone, where what a strong ridge leaves in is mended by the means, and
    # odds from too weak a one would drown all of it.
    ridge = choose_ridge(columns, joint.treated, joint.cluster, seed)
    found = estimate_propensity(joint, replace(chosen, ridge=ridge), crossfit=True, seed=seed)
    return _After(found.chance, found.clipped)


def _both_arms(design: Design, chance: Floats, means: Means) -> tuple[Floats, Floats]:
    """Influence of each row on the means of Y(1) and Y(0), shape (N,) each."""
    t, y = design.treated, design.outcome
    w1, w0 = t / chance, ~t / (1 - chance)
    got: Floats = means.treated + w1 / w1.mean() * (y - means.treated)
    not_got: Floats = means.control + w0 / w0.mean() * (y - means.control)
    return got, not_got


def _crossed(
    given: MediatedDesign, chance: Floats, after: Floats, choice: Choice, folds: int, seed: int
) -> Floats:
    """Influence of each row on the mean of Y(1, M(0)), shape (N,)."""
    design, t = given.design, given.design.treated
    x, with_mediators = design.covariates, np.hstack([design.covariates, given.mediators])
    outcome, expected = np.empty((2, len(design)))
    for learn, held in split(cluster_folds(design.cluster, t, folds, seed, "means")):
        one, other = learn & t, learn & ~t
        model = fit_outcome(
            with_mediators[one], design.outcome[one], design.cluster[one], design.outcome_kind, choice, seed
        )
        outcome[held] = model.predict(with_mediators[held])
        # Of rows that the model was not fitted to, for those were treated.
        without = model.predict(with_mediators[other])
        below = fit_outcome(x[other], without, design.cluster[other], "continuous", choice, seed)
        expected[held] = below.predict(x[held])
    w1 = t * (1 - after) / (after * (1 - chance))
    w0 = ~t / (1 - chance)
    found: Floats = (
        w1 / w1.mean() * (design.outcome - outcome) + w0 / w0.mean() * (outcome - expected) + expected
    )
    return found


def _assumptions(given: MediatedDesign) -> tuple[str, ...]:
    design, through = given.design, " and ".join(given.names)
    by_lot = f"{design.treatment_name} was drawn by lot, so nothing hidden drives who got it"
    not_by_lot = (
        f"nothing that no column tells drives both who got {design.treatment_name} and {through} or"
        f" {design.outcome_name}"
    )
    return (
        by_lot if design.propensity is not None else not_by_lot,
        f"nothing that no column tells moves both {through} and {design.outcome_name}",
        f"{design.treatment_name} moves nothing else that in turn moves both {through} and"
        f" {design.outcome_name}",
        f"{through} came after {design.treatment_name} and before {design.outcome_name}",
        f"{through} was read without noise; what noise hides of the way through is told as {given.past}",
    )
