"""The list of estimators of an effect by name. A new one is a class in a file of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from telltale.core.errors import ConfigError
from telltale.effects.contract import EffectEstimator
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.econml_effects import METHODS, EconmlEffect
from telltale.effects.matching import Matching
from telltale.effects.neural_outcomes import NeuralOutcomes
from telltale.effects.weighting import InverseWeighting

CALIPER: Final = 0.2
"""In standard deviations of the log odds (Austin, Pharm Stat 10, 2011)."""

ESTIMATORS: Final[dict[str, Callable[..., EffectEstimator]]] = {
    "matching": Matching,
    "matching-caliper": partial(Matching, caliper=CALIPER),
    "matching-pairs": partial(Matching, caliper=CALIPER, replacement=False),
    "matching-mahalanobis": partial(Matching, distance="mahalanobis"),
    "ipw": InverseWeighting,
    "dr": DoublyRobust,
    "neural": NeuralOutcomes,
    **{name: partial(EconmlEffect, name) for name in METHODS},
}


def make_estimator(name: str, **settings: Any) -> EffectEstimator:
    """The estimator of a name, with its settings.

    >>> make_estimator("ipw", estimand="ATT").kind
    'ipw'
    >>> make_estimator("lottery")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: no estimator 'lottery': there are matching, matching-caliper, ...
    """
    if name not in ESTIMATORS:
        raise ConfigError(f"no estimator {name!r}", hint=f"there are {', '.join(ESTIMATORS)}")
    try:
        return ESTIMATORS[name](**settings)
    except TypeError as error:
        raise ConfigError(f"{name!r} has no such setting ({error})", hint="see its class") from error
