"""The smallest effect that the data could have shown: what "no effect found" leaves open.

    smallest = (z of 1 - alpha / 2  +  z of power) * standard error

An effect that large would have been found significant with that power. Anything smaller may be there unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.core.errors import ConfigError
from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.sizes import Size
from telltale.effects.variance import student


@dataclass(frozen=True, slots=True)
class SmallestEffect:
    """What size of effect a study can see."""

    value: float
    """In the outcome's unit; NaN where the method has no standard error."""
    per_sd: float
    """In standard deviations of the outcome among control."""
    power: float
    alpha: float
    outcome: str
    found: float
    """The effect that was estimated, beside it."""

    def __str__(self) -> str:
        return self.line(lambda value: f"{value:.3g} ({self.per_sd:.2f} SD)")

    def line(self, size: Size) -> str:
        """The same with words of one's own for a size."""
        if not np.isfinite(self.value):
            return (
                f"what effect on {self.outcome} could have been seen is unknown: there is no standard error"
            )
        return (
            f"an effect on {self.outcome} of {size(self.value)} or more would have been "
            f"seen with {100 * self.power:.0f} % power at the {100 * self.alpha:.3g} % level; "
            "smaller ones may hide"
        )


def smallest_effect(
    effect: Effect, design: Design, *, power: float = 0.8, alpha: float = 0.05
) -> SmallestEffect:
    """The smallest effect that this estimate of this design could have shown.

    >>> from telltale.effects.weighting import InverseWeighting
    >>> rows = {"t": [0, 1] * 50, "y": [float(i % 7) for i in range(100)], "e": [0.5] * 100}
    >>> design = Design.from_frame(rows, treatment="t", outcome="y", propensity="e")
    >>> print(smallest_effect(InverseWeighting().fit(design).effect(), design))
    an effect on y of 1.14 (0.56 SD) or more would have been seen with 80 % power at the 5 % level; ...
    """
    for name, share in (("power", power), ("alpha", alpha)):
        if not 0 < share < 1:
            raise ConfigError(f"{name} is {share}", hint="choose one between 0 and 1")
    value = smallest_value(effect, power=power, alpha=alpha)
    spread = float(design.outcome[~design.treated].std(ddof=1))
    per_sd = value / spread if spread > 0 else float("nan")
    return SmallestEffect(value, per_sd, power, alpha, effect.outcome, effect.value)


def smallest_value(effect: Effect, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The same as a number alone, in the outcome's unit; both shares between 0 and 1."""
    wide = student(effect.freedom, 1 - alpha / 2) + student(effect.freedom, power)
    return wide * effect.standard_error
