"""A method run again on another design, as checks do; where it cannot be run, nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.base import clone

from telltale.core.errors import TelltaleError
from telltale.effects.contract import EffectEstimator
from telltale.effects.design import Design
from telltale.effects.variance import Bools


def value_of(estimator: EffectEstimator, design: Design) -> Sequence[float]:
    """The effect, or nothing where the method cannot be run on this design."""
    try:
        return [clone(estimator).fit(design).effect().value]
    except TelltaleError:
        return []


def value_of_part(estimator: EffectEstimator, design: Design, rows: Bools) -> Sequence[float]:
    """The same of some rows; what does not vary among them tells nothing there."""
    try:
        return value_of(estimator, design.part(rows))
    except TelltaleError:
        return []
