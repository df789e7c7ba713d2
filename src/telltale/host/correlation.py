"""Plain correlation of what a host shows with what comes of it, nothing else taken into account.

Points of one host are alike, so the interval is of Fisher's z = atanh(r) with errors by leaving out each
cluster in turn (the jackknife), and Student's t with G - 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from telltale.host.glm import cluster_sums, t_test
from telltale.host.shown import Array, Codes


@dataclass(frozen=True, slots=True, eq=False)
class Correlations:
    """Of each expression, shapes (E,)."""

    r: Array
    low: Array
    high: Array
    p: Array


def correlate(x: Array, y: Array, cluster: Codes, level: float = 0.95) -> Correlations:
    """Pearson's r of each column of x, shape (n, E), with y, shape (n,).

    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> correlate(x, np.array([1.0, 3.0, 2.0, 4.0]), np.array([0, 0, 1, 2])).r.round(2).tolist()
    [0.8]
    """
    _, codes = np.unique(cluster, return_inverse=True)
    count = int(codes.max()) + 1
    x, y = x - x.mean(axis=0), (y - y.mean())[:, None]
    one = np.ones_like(y)
    # Sums of 1, x, y, xx, yy, xy by cluster; what is left without one is the whole less its own.
    parts = [cluster_sums(part, codes, count) for part in (one, x, y, x * x, y * y, x * y)]
    whole = [part.sum(axis=0) for part in parts]
    r = _pearson(*whole)
    without = _pearson(*(all_ - part for all_, part in zip(whole, parts, strict=True)))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.arctanh(r)
        moved = np.arctanh(without) - z
    error = np.sqrt((count - 1) / count * (moved**2).sum(axis=0))
    half = stats.t.ppf((1 + level) / 2, count - 1) * error
    return Correlations(r, np.tanh(z - half), np.tanh(z + half), t_test(z, error, count - 1))


def _pearson(n: Array, x: Array, y: Array, xx: Array, yy: Array, xy: Array) -> Array:
    spread = (xx - x * x / n) * (yy - y * y / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.where(spread > 0, (xy - x * y / n) / np.sqrt(spread), np.nan)
    return found
