"""The E-value: how many times likelier something hidden would have to make treatment and outcome alike.

Both, beyond all covariates, to explain an effect away (VanderWeele and Ding, Annals of Internal Medicine 167,
2017):  E = RR + sqrt(RR (RR - 1)), of the effect told as a risk ratio RR.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from telltale.effects.contract import Effect
from telltale.effects.design import Design

_D_TO_LOG_RISK: Final = 0.91
"""A standardised difference as a log risk ratio (the same paper, after Chinn 2000)."""


@dataclass(frozen=True, slots=True)
class EValue:
    """Risk ratios that a hidden cause would need with treatment and outcome alike."""

    risk_ratio: float
    point: float
    """To move the estimate to no effect."""
    interval: float
    """To move the nearer end of the interval there; 1 where it holds no effect already."""


def e_value(effect: Effect, design: Design) -> EValue:
    """Of an effect.

    A binary or count outcome is taken as a ratio to the mean of the untreated; a continuous one as
    exp(0.91 d), d being the effect in standard deviations of the outcome.
    """
    if design.outcome_kind == "continuous":
        spread = float(design.outcome.std())
        ratios = [math.exp(_D_TO_LOG_RISK * x / spread) for x in (effect.value, effect.low, effect.high)]
    else:
        base = float(design.outcome[~design.treated].mean())
        if base <= 0:
            return EValue(math.nan, math.nan, math.nan)
        ratios = [max(1 + x / base, 1e-12) for x in (effect.value, effect.low, effect.high)]
    ratio, low, high = ratios
    if not (math.isfinite(low) and math.isfinite(high)):
        near = math.nan
    elif low <= 1 <= high:
        near = 1.0
    else:
        near = e_of_ratio(low if low > 1 else high)
    return EValue(ratio, e_of_ratio(ratio), near)


def e_of_ratio(ratio: float) -> float:
    """E = RR + sqrt(RR (RR - 1)), of 1 / RR where that is below 1.

    >>> round(e_of_ratio(3.9), 2), round(e_of_ratio(1 / 3.9), 2)
    (7.26, 7.26)
    """
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))
