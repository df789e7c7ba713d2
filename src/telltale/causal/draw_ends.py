"""The ends of an interval from draws: of R of them, the k-th lowest stands for the quantile k / (R + 1).

With quantiles of the R values themselves, 40 draws hold a true value in 90 % where 95 % were asked for; with
these it is 95 % however few they are, as long as one draw at least can lie beyond each end.
"""

from __future__ import annotations

import math

import numpy as np

from telltale.causal.dag import Floats


def fewest_draws(level: float) -> int:
    """How many draws an interval needs.

    >>> fewest_draws(0.95), fewest_draws(0.9)
    (39, 19)
    """
    return math.ceil(2 / (1 - level) - 1 - 1e-9)


def ends_of(drawn: Floats, level: float) -> tuple[Floats, Floats]:
    """Low and high, shape (...) each, of draws of shape (R, ...); fewer than `fewest_draws` give the ends of
    a lower level.

    >>> low, high = ends_of(np.arange(1.0, 40.0), 0.95)
    >>> round(float(low), 6), round(float(high), 6)
    (1.0, 39.0)
    """
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0, method="weibull")
    return low, high
