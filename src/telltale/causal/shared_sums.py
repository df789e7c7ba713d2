"""What a room shares, taken out of sums: for rows that come one after another and are seen once.

What the room's own factors tell of a viewer's is known only from all rows (W of `shared_shocks.py`), so a row
cannot be freed when it comes. But its parts can be summed up and put together later. With x_R the room's
columns, x_P the viewer's own and e = (x_P - mean of those there) sqrt(k / (k - 1)),

    kept     sums and products of z = (x_R, e), and of x_R with x_P
    then     W = cov(x_R)^-1 cov(x_R, x_P)
    freed    x_P* = mean of x_P + (x_R - mean of x_R) W + e     so with S = I and W at [R, P]
             mean* = mean of z, at P that of x_P added     cov* = S' cov(z) S

which are the moments of the very rows that `without_shared` gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.moments import Moments
from telltale.causal.shared_shocks import SharedColumns, told_by


@dataclass(frozen=True, slots=True, eq=False)
class Freed:
    """Sums without what a room shares."""

    moments: Moments
    """Of d columns."""
    mixing: Floats
    """Shape (d, d): S."""

    def covariances(self, parts: Floats) -> Floats:
        """Of resamples, shape (R, d, d) of z in and of freed columns out; W is that of all rows."""
        freed: Floats = self.mixing.T @ parts @ self.mixing
        return freed


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


def freed(parts: Moments, columns: SharedColumns) -> Freed:
    """The moments of freed rows.

    Parameters
    ----------
    parts
        Of rows as `in_parts` gives them.
    """
    d, own = len(columns.rooms), columns.own
    raw = np.arange(d, d + len(own))
    causes: npt.NDArray[np.bool_] = np.append(columns.rooms, np.zeros(len(own), bool))
    mixing = np.eye(d)
    mixing[:, own] += told_by(parts, causes, raw)[:d]
    origin, mean = parts.origin[:d].copy(), parts.mean[:d].copy()
    origin[own] += parts.origin[d:]
    mean[own] += parts.mean[d:]
    covariance = mixing.T @ parts.covariance[:d, :d] @ mixing
    offset = mean - origin
    products = parts.count * (covariance + np.outer(offset, offset))
    return Freed(Moments(parts.names[:d], origin, parts.count, parts.count * offset, products), mixing)
