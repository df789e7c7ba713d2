"""What a room shares, taken out of sums: for rows that are seen once, and for rooms that are drawn again.

What the room's own factors tell of a viewer's (W of `shared_shocks.py`) is known only from all rows, and
other rows tell another W. So parts are summed up and put together later. With x_R the room's columns, x_P
the viewer's own and e = (x_P - mean of those there) sqrt(k / (k - 1)),

    kept     sums and products of z = (x_R, e), and of x_R with x_P
    then     W = cov(x_R)^-1 cov(x_R, x_P)
    freed    x_P* = mean of x_P + (x_R - mean of x_R) W + e     so with S = I and W at [R, P]
             mean* = mean of z, at P that of x_P added     cov* = S' cov(z) S

which are the moments of the very rows that `without_shared` gives. A resample has a W of its own: with that
of all rows its rows would lie on one line whatever rooms are drawn, and intervals of what a room does would
be far too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.moments import ClusterMoments, Moments, cluster_moments
from telltale.causal.regressions import told_by
from telltale.causal.shared_shocks import SharedColumns


def in_parts(table: Floats, differs: Floats, columns: SharedColumns) -> Floats:
    """Rows as they are kept: z, and the viewers' own as they were beside it.

    Parameters
    ----------
    table, differs
        Shapes (M, d) and (M, own): rows of now and before, and the same against the others who were there.

    Returns
    -------
    Shape (M, d + own), of rows in which enough viewers were there.
    """
    kept = np.isfinite(differs).all(axis=1)
    parts = table[kept]
    raw = parts[:, columns.own]
    parts[:, columns.own] = differs[kept]
    return np.hstack([parts, raw])


def freed(parts: Moments, columns: SharedColumns) -> Moments:
    """The moments of freed rows.

    Parameters
    ----------
    parts
        Of rows as `in_parts` gives them.
    """
    d, own = len(columns.rooms), columns.own
    origin, mean = parts.origin[:d].copy(), parts.mean[:d].copy()
    origin[own] += parts.origin[d:]
    mean[own] += parts.mean[d:]
    offset = mean - origin
    products = parts.count * (freed_covariances(parts.covariance, columns) + np.outer(offset, offset))
    return Moments(parts.names[:d], origin, parts.count, parts.count * offset, products)


def freed_covariances(parts: Floats, columns: SharedColumns) -> Floats:
    """The covariances of freed rows, of one set of rows or of many: each has a W of its own.

    Parameters
    ----------
    parts
        Shape (..., d + own, d + own): of rows as `in_parts` gives them.

    Returns
    -------
    Shape (..., d, d).
    """
    d, own, rooms = len(columns.rooms), columns.own, np.flatnonzero(columns.rooms)
    raw = np.arange(d, d + len(own))
    causes: npt.NDArray[np.bool_] = np.append(columns.rooms, np.zeros(len(own), bool))
    weights = told_by(parts, causes, raw)[..., rooms, :]
    # S' cov(z) S block by block, for most of S is the identity: cov(x_R, x_R W) first.
    told = parts[..., rooms[:, None], rooms] @ weights
    left = parts[..., rooms[:, None], own]
    both = np.swapaxes(weights, -1, -2) @ left
    out = parts[..., :d, :d].copy()
    out[..., rooms[:, None], own] += told
    out[..., own[:, None], rooms] += np.swapaxes(told, -1, -2)
    out[..., own[:, None], own] += np.swapaxes(weights, -1, -2) @ told + both + np.swapaxes(both, -1, -2)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class FreedMoments(ClusterMoments):
    """Of each cluster the sums of rows in parts; what is told of some or all of them is of freed rows."""

    columns: SharedColumns

    def total(self, weights: npt.ArrayLike | None = None) -> Moments:
        """All together, each cluster as often as its weight says; shape (G,)."""
        return freed(ClusterMoments.total(self, weights), self.columns)

    def covariances(self, weights: Floats) -> Floats:
        """Of many weightings at once: shape (R, G) in, (R, d, d) out."""
        return freed_covariances(ClusterMoments.covariances(self, weights), self.columns)


def freed_moments(
    names: Sequence[str], parts: Floats, cluster: npt.ArrayLike, columns: SharedColumns
) -> FreedMoments:
    """Sum rows in parts up by cluster.

    Parameters
    ----------
    names
        Of the d columns.
    parts, cluster
        Shapes (M, d + own), see `in_parts`, and (M,).
    """
    summed = cluster_moments(with_raw(names, columns), parts, cluster)
    return FreedMoments(summed.names, summed.origin, summed.count, summed.sums, summed.products, columns)


def with_raw(names: Sequence[str], columns: SharedColumns) -> tuple[str, ...]:
    """Names of rows in parts: the viewers' own columns as they were stand behind the others."""
    return (*names, *(f"{names[place]}, raw" for place in columns.own))
