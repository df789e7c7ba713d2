"""Who is treated with which strategy, and by how much it would move each person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.simulate.population import Population
from telltale.simulate.spec import Spec, Strategy

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Assignment:
    """Every session by every strategy, in the spec's order."""

    treated: npt.NDArray[np.bool_]
    """shape (S, K)"""
    probability: Array
    """shape (S, K): true probability of being treated, logged only where it was randomised."""
    effect: Array
    """shape (S, K): what the strategy brings this person, in the target's unit."""


def assign_strategies(spec: Spec, population: Population, seed: int) -> Assignment:
    """Draw treatments and individual effects.

    With L the logit of `share`: P(treated) = 1 / (1 + exp(-(L + sum_k chosen_by_k z_k))); the effect is
    `effect` + sum_k `effect_by`_k z_k + `effect_sd` e, with e one draw for each person.
    """
    causes = _causes(spec, population)
    people = np.array([session.person for session in population.sessions])
    treated, probability, effect = [], [], []
    for strategy in spec.strategies:
        chance = _probability(strategy, causes, len(people))
        draws = stream(seed, "strategy", strategy.name, "assign").random(len(people))
        personal = stream(seed, "strategy", strategy.name, "effect").standard_normal(len(population.people))
        size = strategy.effect + strategy.effect_sd * personal[people]
        for name, weight in strategy.effect_by.items():
            size = size + weight * causes[name]
        treated.append(draws < chance)
        probability.append(chance)
        effect.append(size)
    shape = (len(people), 0)
    if not spec.strategies:
        return Assignment(np.zeros(shape, bool), np.zeros(shape), np.zeros(shape))
    return Assignment(np.stack(treated, 1), np.stack(probability, 1), np.stack(effect, 1))


def _probability(strategy: Strategy, causes: dict[str, Array], count: int) -> Array:
    logit = np.full(count, np.log(strategy.share / (1 - strategy.share)))
    for name, weight in strategy.chosen_by.items():
        logit += weight * causes[name]
    chance: Array = 1 / (1 + np.exp(-logit))
    return chance


def _causes(spec: Spec, population: Population) -> dict[str, Array]:
    sessions, people = population.sessions, population.people
    promotions = [float(population.rooms[s.room].promotion) for s in sessions]
    return {
        "promotion": np.array([standardised_promotion(spec, promotion) for promotion in promotions]),
        "taste": np.array([people[s.person].taste for s in sessions]),
        "price_sensitivity": np.array([people[s.person].price_sensitivity for s in sessions]),
        "hidden": np.array([s.hidden for s in sessions]),
    }


def standardised_promotion(spec: Spec, promotion: float) -> float:
    """Promotion as 0 or 1, brought to mean 0 and variance 1 over broadcasts."""
    share = spec.rooms.promotion_share
    return (promotion - share) / (share * (1 - share)) ** 0.5 if 0 < share < 1 else 0.0
