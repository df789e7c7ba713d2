"""What a count is worth: how much of its scatter is chance, and how much goes with its own size.

    Var[y] = phi mu + alpha mu^2,    weight = phi / (phi + alpha mu), over its mean

Counts of sales scatter more than Poisson's, and most where most is sold: a busy minute tells less than its
count promises. phi and alpha come from (y - mu)^2 / mu = phi + alpha mu by least squares, none below 0, at a
Poisson fit that knows nothing of any face; amounts of money have a phi of their own size. A weight that
follows from the controls alone leaves what is estimated as it is and makes its error smaller.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import optimize

from telltale.host.glm import fit_glm
from telltale.host.shown import Array

_LEAST: Final = 1e-6
"""Of phi + alpha mu: what does not scatter at all is not worth endlessly much."""


def worth(x: Array, y: Array, offset: Array) -> Array:
    """Weight of each row, shape (n,), 1 on average.

    Parameters
    ----------
    x
        Shape (n, K): controls.
    y, offset
        Shape (n,): counts or amounts, and the log of what they were exposed to.

    >>> worth(np.ones((4, 1)), np.array([1.0, 2.0, 1.0, 0.0]), np.zeros(4)).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    fit = fit_glm(x, y, offset=offset)
    mu = np.full(len(y), np.nan)
    mu[fit.rows] = fit.mu
    scatter = (y[fit.rows] - fit.mu) ** 2 / fit.mu
    phi, alpha = optimize.nnls(np.column_stack([np.ones(len(fit.mu)), fit.mu]), scatter)[0]
    # Rows that the fit left out have no mean of their own.
    mu = np.where(np.isnan(mu), float(fit.mu.mean()), mu)
    weight = 1 / np.maximum(phi + alpha * mu, _LEAST)
    return np.asarray(weight / weight.mean())
