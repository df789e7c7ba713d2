"""Columns that join a Poisson fit one at a time: many fits for the price of a few.

Newton steps with the information of the fit without them find all coefficients at once: where they come to
rest is where a fit of each would. Errors leave out each cluster in turn, by one step from there,

    d_g = (s_g - B_g' M_g t_g) / (C_g - B_g' M_g B_g),    M_g = (A - A_g)^-1

for all columns at once, with A, B and C (information without cluster g of the columns there, between them and
the new one, of the new one) as they are without it, and s_g, t_g their scores with it. That is a little off
where a column tells much, so for what may tell something (|t| over `_CLOSE`) clusters are left out at its own
fit.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.host.glm import (
    FOLLOWS,
    RIDGE,
    ROUNDS,
    STILL,
    GlmFit,
    centred,
    cluster_sums,
    fit_glm,
    jackknife,
    without_each,
)
from telltale.host.shown import Array

_CLOSE: Final = 1.5


def fit_added(
    base: GlmFit, x: Array, y: Array, offset: Array, added: Array, weight: Array
) -> tuple[Array, Array]:
    """Poisson coefficients of columns that join a fit one at a time, and their jackknife errors.

    Parameters
    ----------
    base
        The Poisson fit without them.
    x, y, offset, weight
        What it was fitted to, all rows and columns: shapes (N, K), (N,), (N,), (N,).
    added
        Shape (N, m).

    Returns
    -------
    Coefficients and standard errors, shape (m,) each; NaN where a column follows from `x`.
    """
    rows = base.rows
    added, x, y, weight = added[rows], x[np.ix_(rows, base.kept)], y[rows], weight[rows]
    inside, new = centred(x, base.working, base.group), centred(added, base.working, base.group)
    partial = new - inside @ (base.bread @ (inside.T @ (new * base.working[:, None])))
    size = base.working @ partial**2
    own = size > FOLLOWS * (base.working @ added**2)
    beta, mu, still = _climb(base, inside, y, weight, partial, np.where(own, size, np.inf))
    error = _errors(base, inside, new, weight[:, None] * (y[:, None] - mu))
    for j in np.flatnonzero(own & (~still | ~(np.abs(beta) < _CLOSE * error))):
        columns = np.column_stack([x, added[:, j]])
        if still[j]:
            columns = centred(columns, weight * mu[:, j], base.group)
            scores = cluster_sums(columns * (weight * (y - mu[:, j]))[:, None], base.cluster, base.clusters)
            moved = without_each(columns, weight * mu[:, j], scores, base.cluster)[:, -1]
            error[j] = np.sqrt((base.clusters - 1) / base.clusters * moved @ moved)
        else:
            fit = fit_glm(
                columns, y, offset=offset[rows], weight=weight, cluster=base.cluster, group=base.group
            )
            beta[j], error[j] = fit.beta[-1], np.sqrt(jackknife(fit, columns)[-1, -1])
    return np.where(own, beta, np.nan), np.where(own, error, np.nan)


def _climb(
    base: GlmFit, x: Array, y: Array, weight: Array, partial: Array, size: Array
) -> tuple[Array, Array, np.typing.NDArray[np.bool_]]:
    """Coefficients, shape (m,), expected values, shape (n, m), and which have come to rest."""
    beta, eta = np.zeros(partial.shape[1]), np.log(base.mu)[:, None] + np.zeros(partial.shape)
    for _ in range(ROUNDS):
        left = weight[:, None] * (y[:, None] - np.exp(eta))
        ahead = np.einsum("nm,nm->m", partial, left) / size
        step = partial * ahead + x @ (base.bread @ (x.T @ left)) + _levels(base, left)
        scale = np.minimum(1.0, 1.0 / np.maximum(np.abs(step).max(axis=0), 1e-300))
        beta += scale * ahead
        eta += scale * step
        still = np.abs(step).max(axis=0) < STILL
        if still.all():
            break
    return beta, np.exp(eta), still


def _levels(base: GlmFit, left: Array) -> Array:
    """How far the groups' own effects move to meet residuals of shape (n, m); 0 without groups."""
    if base.group is None:
        return np.zeros((1, 1))
    size = np.bincount(base.group, base.working)
    found: Array = (cluster_sums(left, base.group, len(size)) / size[:, None])[base.group]
    return found


def _errors(base: GlmFit, x: Array, new: Array, residual: Array) -> Array:
    """Of all columns at once, shape (m,), with the information of the fit without them."""
    clusters, heavy = base.clusters, x * base.working[:, None]
    size = np.sqrt((x * heavy).sum(axis=0))
    own = np.empty((clusters, x.shape[1], x.shape[1]))
    between = np.empty((clusters, x.shape[1], new.shape[1]))
    scores = np.empty_like(between)
    for g in range(clusters):
        rows = base.cluster == g
        own[g] = heavy[rows].T @ x[rows]
        between[g] = heavy[rows].T @ new[rows]
        scores[g] = x[rows].T @ residual[rows]
    new_size = cluster_sums(base.working[:, None] * new**2, base.cluster, clusters)
    new_scores = cluster_sums(new * residual, base.cluster, clusters)
    rest = (own.sum(axis=0) - own) / np.outer(size, size) + RIDGE * np.eye(len(size))
    across = (between.sum(axis=0) - between) / size[:, None]
    solved = np.linalg.solve(rest, np.concatenate([across, scores / size[:, None]], axis=2))
    told, turned = np.split(solved, 2, axis=2)
    part = new_size.sum(axis=0) - new_size - (across * told).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (new_scores - (across * turned).sum(axis=1)) / part
    found: Array = np.sqrt((clusters - 1) / clusters * (moved**2).sum(axis=0))
    return found
