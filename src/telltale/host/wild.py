"""Wild cluster bootstrap: p-values that hold where hosts are few.

With the null imposed (Cameron, Gelbach & Miller 2008), each cluster's score at the restricted fit is turned
by a random weight v, and t is found anew, its errors too. For one coefficient, with x~ its column less what
the other columns tell of it, S_g = sum of x~ u, and X A^-1 X' the projection of the fit,

    t(v) = sum_g v_g S_g / sqrt( sum_g (v_g S_g - sum_h H_gh v_h)^2 ),    H_gh = sum_g W x~ X A^-1 s_h

which is the bootstrap itself for least squares, and its first step for others (Kline & Santos 2012;
MacKinnon, Nielsen & Webb 2023): no model is fitted again. Weights are -1 and 1 over 12 clusters, and Webb's
six values else (Webb 2023).

Where G clusters all say the same, 2 of 2^G choices of signs say as much: no p can be far under 2^-G, and
where clusters are uneven p stays well over it, however sure the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from telltale.core.rng import stream
from telltale.host.glm import GlmFit, centred, cluster_sums
from telltale.host.shown import Array, Codes

DRAWS: Final = 9_999
_FIRST: Final = 999
_CLEAR: Final = 0.25
"""A p over this after the first draws is not drawn further."""
FEW: Final = 12
"""So many clusters or fewer take Webb's weights."""
_WEBB: Final = np.sqrt(np.array([0.5, 1.0, 1.5]))
_ROUNDS: Final = 60
_STILL: Final = 1e-8


def wild_p(
    fit: GlmFit,
    x: Array,
    y: Array,
    columns: Sequence[int],
    *,
    weight: Array | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Array:
    """Two-sided p of coefficients of a fit, each with the null imposed on it alone.

    Parameters
    ----------
    fit
        Of `x` and `y`, with clusters.
    x, y, weight
        What it was fitted to, all rows.
    columns
        Shape (m,): which columns of `x`; those that were left out get NaN.

    Returns
    -------
    Shape (m,).
    """
    found = np.full(len(columns), np.nan)
    place = {column: k for k, column in enumerate(fit.kept.tolist())}
    asked = [m for m, column in enumerate(columns) if column in place]
    if not asked:
        return found
    at = np.array([place[columns[m]] for m in asked])
    # Groups that were taken out stay out: what is turned are scores of columns less their groups' means.
    part = centred(x[np.ix_(fit.rows, fit.kept)], fit.working, fit.group)
    heavy = np.ones(len(fit.rows)) if weight is None else weight[fit.rows]
    own = fit.bread[at, at]
    partial = part @ (fit.bread[:, at] / own)
    residual = _restricted(fit, part, y[fit.rows], heavy, at, partial)
    for m, k, out, left in zip(asked, at.tolist(), partial.T, residual.T, strict=True):
        # The inverse of the information of all other columns.
        rest = fit.bread - np.outer(fit.bread[k], fit.bread[k]) / fit.bread[k, k]
        found[m] = _turned(fit, part, rest, out, left, draws, seed)
    return found


def _turned(
    fit: GlmFit, x: Array, bread: Array, partial: Array, residual: Array, draws: int, seed: int
) -> float:
    """p of one coefficient."""
    heavy = fit.working * partial
    rows = np.column_stack([partial * residual, heavy * partial, x * residual[:, None], x * heavy[:, None]])
    sums = cluster_sums(rows, fit.cluster, fit.clusters)
    width = x.shape[1]
    score, size = sums[:, 0], sums[:, 1]
    hat = sums[:, 2 + width :] @ bread @ sums[:, 2 : 2 + width].T + np.outer(size, score) / size.sum()
    if not size.sum() > 0 or not score.any():
        return float("nan")
    observed = score.sum() / np.sqrt(((score - hat.sum(axis=1)) ** 2).sum())
    told = 0, 0
    for block, count in enumerate((min(draws, _FIRST), max(draws - _FIRST, 0))):
        v = _weights(fit.clusters, count, seed, block)
        spread = np.sqrt(((v * score - v @ hat.T) ** 2).sum(axis=1))
        more = np.abs(v @ score) >= np.abs(observed) * spread * (1 - 1e-9)
        told = told[0] + int(more.sum()), told[1] + count
        if told[0] > _CLEAR * told[1]:
            break
    return (1 + told[0]) / (1 + told[1])


def _weights(clusters: int, draws: int, seed: int, block: int) -> Array:
    """Shape (draws, clusters); the same for every coefficient."""
    rng = stream(seed, "wild", clusters, block)
    weights = (1.0 - 2.0 * rng.integers(0, 2, (draws, clusters))).astype(np.float64)
    if clusters <= FEW:
        weights *= _WEBB[rng.integers(0, 3, (draws, clusters))]
    return weights


def _restricted(fit: GlmFit, x: Array, y: Array, weight: Array, at: Codes, partial: Array) -> Array:
    """Score residuals with each coefficient at 0 in turn, shape (n, m).

    Newton steps with the information of the whole fit: one is exact for least squares, and a few bring the
    others to rest; what the coefficient held is shared out among the other columns.
    """
    beta = fit.beta[fit.kept][at]
    alpha = 0.0 if np.isinf(fit.theta) else 1 / fit.theta
    if fit.kind == "ols":
        return weight[:, None] * (y[:, None] - fit.mu[:, None] + partial * beta)
    eta = np.log(fit.mu)[:, None] - partial * beta
    for _ in range(_ROUNDS):
        mu = np.exp(np.clip(eta, -40, 40))
        left = (weight[:, None] * (y[:, None] - mu)) / (1 + alpha * mu)
        step = x @ (fit.bread @ (x.T @ left))
        step -= partial * np.einsum("nm,nm->m", partial, left) * fit.bread[at, at]
        if fit.group is not None:
            size = np.bincount(fit.group, fit.working)
            step += (cluster_sums(left, fit.group, len(size)) / size[:, None])[fit.group]
        if np.abs(step).max() < _STILL:
            break
        eta += np.clip(step, -1, 1)
    return left
