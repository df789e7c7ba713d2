"""The ends of an interval from draws: few draws, and draws of few clusters, must not make it narrow.

Of R draws the k-th lowest stands for the quantile k / (R + 1). With quantiles of the R values themselves, 40
draws hold a true value in 90 % where 95 % were asked for; with these it is 95 % however few they are, as long
as one draw at least can lie beyond each end. And of G clusters that are drawn again less is cut off,

    tail = Phi(t sqrt(G / (G - 1)))      t: Student's quantile at (1 - level) / 2, G - 1 degrees of freedom

for such draws differ too little, by sqrt((G - 1) / G), and G clusters tell of their own spread no more than
G - 1 can (Hesterberg, The American Statistician 69, 2015).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import ndtr, stdtrit

from telltale.causal.dag import Floats

_NONE: Final = 1e-9
"""A tail that no draw reaches: two clusters tell next to nothing of their spread, one nothing."""


def tail_of(level: float, clusters: float = math.inf) -> float:
    """What is cut off either end.

    Parameters
    ----------
    clusters
        G, among how many was drawn.

    >>> [round(tail_of(0.95, clusters), 4) for clusters in (10, 40, 1000, math.inf)]
    [0.0086, 0.0203, 0.0248, 0.025]
    """
    if clusters < 2:
        return _NONE
    away = stdtrit(clusters - 1, (1 - level) / 2) / math.sqrt(1 - 1 / clusters)
    return max(float(ndtr(away)), _NONE)


def fewest_draws(level: float, clusters: float = math.inf) -> int:
    """How many draws an interval needs: the fewer the clusters, the more.

    >>> fewest_draws(0.95), fewest_draws(0.9), fewest_draws(0.95, 10)
    (39, 19, 116)
    """
    return math.ceil(1 / tail_of(level, clusters) - 1 - 1e-9)


def ends_of(drawn: Floats, level: float, clusters: float = math.inf) -> tuple[Floats, Floats]:
    """Low and high, shape (...) each, of draws of shape (R, ...); fewer than `fewest_draws` give the ends of
    a lower level.

    >>> low, high = ends_of(np.arange(1.0, 40.0), 0.95)
    >>> round(float(low), 6), round(float(high), 6)
    (1.0, 39.0)
    """
    tail = tail_of(level, clusters)
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0, method="weibull")
    return low, high
