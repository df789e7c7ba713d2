"""Standard errors of a mean of influence values, summed by cluster, and the interval they give.

An estimate that is, up to terms that vanish, a mean of values psi_i has the variance of that mean. Rows of
one person or room are not independent, so their values are summed first:

    V = C / (C - 1 - used) * sum_c (sum of psi_i over i in c)^2 / N^2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spread:
    """How far an estimate may be from what it estimates."""

    standard_error: float
    clusters: int
    """Independent groups of rows behind it."""
    freedom: float
    """Degrees of freedom of Student's interval."""

    def interval(self, value: float, level: float) -> tuple[float, float]:
        """Both ends at a level such as .95.

        >>> Spread(1.0, 1000, 1e9).interval(0.0, 0.95)
        (-1.95..., 1.95...)
        """
        wide = student(self.freedom, (1 + level) / 2) * self.standard_error
        return value - wide, value + wide


def count_clusters(cluster: Ints) -> int:
    """How many codes there are among those of shape (n,), not negative.

    >>> count_clusters(np.array([4, 1, 4]))
    2
    """
    if len(cluster) and cluster.max() > 8 * len(cluster):
        return len(np.unique(cluster))
    # Counting is ten times as fast as sorting, where codes are dense.
    return int(np.count_nonzero(np.bincount(cluster)))


def student(freedom: float, share: float) -> float:
    """The quantile of Student's t, or of the normal where the degrees of freedom are infinite.

    >>> round(student(float("inf"), 0.975), 2), round(student(4, 0.975), 2)
    (1.96, 2.78)
    """
    return float(ndtri(share) if np.isinf(freedom) else stdtrit(freedom, share))


def spread_of_mean(influence: Floats, cluster: Ints, used: int = 0) -> Spread:
    """The spread of the mean of influence values that add up to 0.

    Parameters
    ----------
    influence
        Shape (N,), in the outcome's unit.
    cluster
        Shape (N,), codes from 0.
    used
        Coefficients that were estimated on the way; they cost degrees of freedom.

    >>> spread_of_mean(np.array([-1.0, 1.0, -1.0, 1.0]), np.array([0, 1, 2, 3])).standard_error
    0.577...
    """
    # Rows left out of a part of a study leave gaps in the codes: only clusters that are there count.
    count = count_clusters(cluster)
    sums = np.bincount(cluster, weights=influence)
    freedom = count - 1 - used
    if freedom < 1:
        return Spread(np.nan, count, np.nan)
    variance = count / freedom * float(sums @ sums) / len(influence) ** 2
    return Spread(float(np.sqrt(variance)), count, float(freedom))
