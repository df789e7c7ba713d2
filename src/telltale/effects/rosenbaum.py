"""Rosenbaum bounds: by how much matched units could differ in their odds of being treated.

Until matched differences say nothing any more (Observational Studies, 2002). Among pairs in which something
hidden moves the odds by no more than gamma, the chance that the treated of a pair is the one with the larger
outcome is at most gamma / (1 + gamma): the largest p-value that this allows is that of a known binomial, or
of Wilcoxon's statistic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, norm, rankdata

from telltale.core.errors import FormatError
from telltale.effects.variance import Floats

_MOST_ODDS: Final = 100.0
_FEWEST_PAIRS: Final = 10


@dataclass(frozen=True, slots=True)
class RosenbaumBounds:
    """How far matched pairs may hide a difference in the odds of being treated."""

    pairs: int
    """That differ at all."""
    p_value: float
    """If matched units had the same odds."""
    odds: float
    """Up to here the difference stays significant; NaN where it is not to begin with."""
    level: float


def rosenbaum_bounds(differences: npt.ArrayLike, *, level: float = 0.05) -> RosenbaumBounds:
    """Bounds from matched differences, treated less control, one a pair; either direction.

    Pairs of a binary outcome (differences of -1, 0, 1) are tested by signs, others by Wilcoxon's ranks.
    """
    given = np.asarray(differences, dtype=np.float64)
    if not np.isfinite(given).all():
        raise FormatError("differences with holes", hint="give one for each matched pair")
    found = given[given != 0]
    if len(found) < _FEWEST_PAIRS:
        return RosenbaumBounds(len(found), math.nan, math.nan, level)
    signs_only = bool(np.isin(found, (-1, 1)).all())
    test = _sign_test(found) if signs_only else _signed_ranks(found)
    p_value = min(1.0, 2 * test(1.0))
    if p_value >= level:
        return RosenbaumBounds(len(found), p_value, math.nan, level)
    low, high = 1.0, _MOST_ODDS
    if 2 * test(high) < level:
        return RosenbaumBounds(len(found), p_value, high, level)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 2 * test(middle) < level else (low, middle)
    return RosenbaumBounds(len(found), p_value, low, level)


def _signed_ranks(found: Floats) -> Callable[[float], float]:
    """The largest one-sided p that odds of this size allow, by the normal approximation."""
    ranks = rankdata(np.abs(found))
    positive = float(ranks[found > 0].sum())
    statistic = max(positive, float(ranks.sum()) - positive)

    def largest_p(odds: float) -> float:
        chance = odds / (1 + odds)
        mean, variance = chance * ranks.sum(), chance * (1 - chance) * (ranks**2).sum()
        return float(norm.sf((statistic - mean) / math.sqrt(variance)))

    return largest_p


def _sign_test(found: Floats) -> Callable[[float], float]:
    positive = int((found > 0).sum())
    most = max(positive, len(found) - positive)

    def largest_p(odds: float) -> float:
        return float(binom.sf(most - 1, len(found), odds / (1 + odds)))

    return largest_p
