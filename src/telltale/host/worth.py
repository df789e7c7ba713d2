"""What a count is worth: how much of its scatter is chance, and how much goes with its own size.

    Var[y] = phi mu + alpha mu^2,    weight = phi / (phi + alpha mu), over its mean

Counts of sales scatter more than Poisson's, and most where most is sold: a busy minute tells less than its
count promises. phi and alpha come from (y - mu)^2 / mu = phi + alpha mu by least squares, at a Poisson fit
that knows nothing of any face. A count has its own chance, so its phi is 1 at least; that of amounts of money
is a tenth of the scatter at least. A weight that follows from the controls alone leaves what is estimated as
it is and makes its error smaller.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import optimize

from telltale.host.glm import fit_glm
from telltale.host.shown import Array

_LEAST: Final = 0.1
"""Of the mean scatter of amounts: a small one is not worth endlessly much."""


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
    whole = bool((y == np.round(y)).all())
    least = 1.0 if whole else _LEAST * float(scatter.mean())
    columns = np.column_stack([np.ones(len(fit.mu)), fit.mu])
    phi, alpha = optimize.lsq_linear(columns, scatter, bounds=([least, 0.0], np.inf)).x
    # Rows that the fit left out have no mean of their own.
    mu = np.where(np.isnan(mu), float(fit.mu.mean()), mu)
    weight = 1 / (phi + alpha * mu)
    return np.asarray(weight / weight.mean())
