"""Sums and products of columns: all that a linear graph needs of the data, however much of it there was.

    rows > Moments (count, sums, products)      they add up: a session more is one addition
    rows by cluster > ClusterMoments > a resample of clusters is a weighted sum, not another pass

Everything is taken relative to one origin, so that large values with a small spread lose no digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError

Floats = npt.NDArray[np.float64]
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Of d columns, relative to an origin.

    >>> whole = moments_of(["a", "b"], np.array([[1.0, 2.0], [3.0, 5.0]]))
    >>> whole.mean.tolist(), whole.covariance.tolist()
    ([2.0, 3.5], [[1.0, 1.5], [1.5, 2.25]])
    """

    names: tuple[str, ...]
    origin: Floats
    """Shape (d,): what is taken from every row before it is summed."""
    count: float
    sums: Floats
    """Shape (d,)."""
    products: Floats
    """Shape (d, d): the sum over rows of x x'."""

    def __add__(self, other: Moments) -> Moments:
        """Of both sets of rows."""
        if self.names != other.names or not np.array_equal(self.origin, other.origin):
            raise FormatError(
                "moments of other columns or another origin cannot be added",
                hint="give moments_of the names and the origin of the first",
            )
        return Moments(
            self.names,
            self.origin,
            self.count + other.count,
            self.sums + other.sums,
            self.products + other.products,
        )

    @property
    def mean(self) -> Floats:
        """Shape (d,)."""
        mean: Floats = self.origin + self.sums / self.count
        return mean

    @property
    def covariance(self) -> Floats:
        """Shape (d, d), divided by the count."""
        offset = self.sums / self.count
        covariance: Floats = self.products / self.count - np.outer(offset, offset)
        return covariance

    @property
    def sd(self) -> Floats:
        """Shape (d,)."""
        sd: Floats = np.sqrt(np.maximum(np.diagonal(self.covariance), 0.0))
        return sd


def moments_of(names: Sequence[str], values: npt.ArrayLike, origin: Floats | None = None) -> Moments:
    """Sum rows up.

    Parameters
    ----------
    names
        d names.
    values
        Shape (N, d), without holes.
    origin
        Shape (d,), of the moments that these are to be added to; their own mean when not given.
    """
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise FormatError(f"values of shape {rows.shape} for {len(names)} names", hint="give (rows, names)")
    if not np.isfinite(rows).all():
        raise FormatError("values with holes cannot be summed", hint="leave rows with holes out first")
    if origin is None:
        origin = rows.mean(axis=0) if len(rows) else np.zeros(len(names))
    sums, products = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE] - origin
        sums += part.sum(axis=0)
        products += part.T @ part
    return Moments(tuple(names), origin, float(len(rows)), sums, products)


@dataclass(frozen=True, slots=True, eq=False)
class ClusterMoments:
    """The same of each of G clusters: people, or rooms where viewers of one room move each other."""

    names: tuple[str, ...]
    origin: Floats
    count: Floats
    """Shape (G,)."""
    sums: Floats
    """Shape (G, d)."""
    products: Floats
    """Shape (G, d, d)."""

    @property
    def clusters(self) -> int:
        """How many."""
        return len(self.count)

    def total(self, weights: npt.ArrayLike | None = None) -> Moments:
        """All together, each cluster as often as its weight says; shape (G,)."""
        often = np.ones(self.clusters) if weights is None else np.asarray(weights, dtype=np.float64)
        return Moments(
            self.names,
            self.origin,
            float(often @ self.count),
            often @ self.sums,
            np.tensordot(often, self.products, axes=1),
        )

    def covariances(self, weights: Floats) -> Floats:
        """Of many weightings at once: shape (R, G) in, (R, d, d) out."""
        count = weights @ self.count
        offset = (weights @ self.sums) / count[:, None]
        products = np.tensordot(weights, self.products, axes=1)
        covariances: Floats = products / count[:, None, None] - offset[:, :, None] * offset[:, None, :]
        return covariances

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        """How often each cluster is drawn in each of `count` resamples with replacement, shape (count, G)."""
        even = np.full(self.clusters, 1 / self.clusters)
        return rng.multinomial(self.clusters, even, size=count).astype(np.float64)

    def half(self, rng: np.random.Generator) -> Floats:
        """Weights, shape (G,): 1 for half of the clusters, drawn without replacement, 0 for the others."""
        chosen = np.zeros(self.clusters)
        chosen[rng.permutation(self.clusters)[: max(1, self.clusters // 2)]] = 1.0
        return chosen


def cluster_moments(names: Sequence[str], values: npt.ArrayLike, cluster: npt.ArrayLike) -> ClusterMoments:
    """Sum rows up by cluster.

    Parameters
    ----------
    values
        Shape (N, d), without holes.
    cluster
        Shape (N,): whose each row is.
    """
    rows, owners = np.asarray(values, dtype=np.float64), np.asarray(cluster)
    if owners.shape != (len(rows),):
        raise FormatError(f"{owners.shape} clusters for {len(rows)} rows", hint="say of each row whose it is")
    order = np.argsort(owners, kind="stable")
    ends = np.flatnonzero(owners[order][1:] != owners[order][:-1]) + 1
    origin = rows.mean(axis=0) if len(rows) else np.zeros(len(names))
    parts = [moments_of(names, rows[part], origin) for part in np.split(order, ends)]
    return ClusterMoments(
        tuple(names),
        origin,
        np.array([part.count for part in parts]),
        np.stack([part.sums for part in parts]),
        np.stack([part.products for part in parts]),
    )
