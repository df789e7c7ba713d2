"""Counts and amounts explained by columns: Poisson, negative binomial and least squares, errors by cluster.

    E[y] = mu = exp(offset + X b)       Poisson; also right where only the mean is, such as for amounts
    Var[y] = mu + mu^2 / theta          negative binomial (NB2), theta where the profile likelihood is highest
    E[y] = offset + X b                 ols

b solves X' W z = X' W X b step by step. With A = X' W X and s_g the sum of x (y - mu) W / mu over cluster g,

    V = G / (G - 1)  (N - 1) / (N - K)  A^-1 (sum_g s_g s_g') A^-1,     t with G - 1 degrees of freedom

(Liang & Zeger 1986). That is too small where clusters are few and uneven; `jackknife` leaves each cluster out
in turn, by one step from b (CRV3; MacKinnon, Nielsen & Webb 2023),

    V = (G - 1) / G  sum_g d_g d_g',     d_g = (A - A_g)^-1 s_g

A group that never counted anything has no finite effect: its rows say nothing of the
rest, so they are left out and counted. A column that follows from those before it is left out too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from scipy import linalg, optimize, special, stats

from telltale.core.errors import ConfigError, FormatError
from telltale.host.shown import Array, Codes

Kind = Literal["poisson", "negbin", "ols"]
ROUNDS: Final = 100
STILL: Final = 1e-9
"""Largest step of the linear predictor at which a fit has come to rest."""
FOLLOWS: Final = 1e-9
"""A column of which less than this share is its own follows from those before it."""
_NEVER: Final = 1e-7
"""A row that is expected to count less than this share of the mean is separated."""
RIDGE: Final = 1e-9
_LEAST_ALPHA: Final = 1e-6
"""Less overdispersion than this is none."""


@dataclass(frozen=True, slots=True, eq=False)
class GlmFit:
    """A fit and its errors. Columns that were left out are NaN in `beta` and `cov`."""

    kind: Kind
    beta: Array
    """Shape (K,)."""
    cov: Array
    """Shape (K, K), by cluster."""
    kept: Codes
    """Shape (k,): the columns that were fitted, in order."""
    rows: Codes
    """Shape (n,): the rows that were used, in order."""
    cluster: Codes
    """Shape (n,): cluster of each row used, 0 to G - 1."""
    mu: Array
    """Shape (n,): expected value."""
    working: Array
    """Shape (n,): what each row weighs in the information."""
    residual: Array
    """Shape (n,): a row's score is its columns times this."""
    bread: Array
    """Shape (k, k): inverse of the information."""
    scores: Array
    """Shape (G, k): scores by cluster; `scores @ bread` is each cluster's influence on `beta[kept]`."""
    clusters: int
    freedom: float
    """G - 1."""
    theta: float
    """Of the negative binomial; infinite where there is no overdispersion, and for the others."""
    group: Codes | None
    """Shape (n,): groups whose effects were taken out, 0 to B - 1; each lies in one cluster."""

    @property
    def standard_error(self) -> Array:
        """Shape (K,)."""
        found: Array = np.sqrt(np.diag(self.cov))
        return found

    def p(self) -> Array:
        """Two-sided, by t with G - 1 degrees of freedom; NaN where a column was left out. Shape (K,)."""
        return t_test(self.beta, self.standard_error, self.freedom)

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Ends of each column's own interval, shapes (K,)."""
        half = stats.t.ppf((1 + level) / 2, self.freedom) * self.standard_error
        return self.beta - half, self.beta + half


def fit_glm(
    x: Array,
    y: Array,
    *,
    kind: Kind = "poisson",
    offset: Array | None = None,
    weight: Array | None = None,
    cluster: Codes | None = None,
    group: Codes | None = None,
) -> GlmFit:
    """Fit one model.

    Parameters
    ----------
    x
        Shape (N, K), an intercept among them if there is to be one. Groups may come with a column for each:
        the one that follows from the others is left out.
    y
        Shape (N,); not negative but for ols.
    offset, weight
        Shape (N,): added to the linear predictor; how much each row counts. None and 1 if not given.
    cluster
        Shape (N,): rows of one are alike; each row for itself if not given.

    group
        Shape (N,): groups within clusters, such as stretches of a broadcast, each with an effect of its own:
        the same as a column for each, and faster where they are many.

    >>> x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = fit_glm(x, np.array([1.0, 2, 3, 3, 4, 5]))
    >>> np.exp(fit.beta).round(3).tolist()
    [2.0, 2.0]
    """
    n = len(y)
    offset = np.zeros(n) if offset is None else offset
    weight = np.ones(n) if weight is None else weight
    cluster = np.arange(n) if cluster is None else cluster
    _check(x, y, offset, weight, cluster, kind)
    rows = np.flatnonzero(weight > 0)
    if kind != "ols":
        rows = rows[_counted_groups(x[rows], y[rows])]
        if group is not None:
            rows = rows[np.bincount(group[rows], y[rows])[group[rows]] > 0]
    while True:
        if not len(rows) or (kind != "ols" and not y[rows].any()):
            raise FormatError("nothing was counted in any row", hint="ask for an outcome that occurs")
        inside = None if group is None else np.unique(group[rows], return_inverse=True)[1]
        kept = independent_columns(centred(x[rows], weight[rows], inside), weight[rows])
        used = len(kept) + (0 if inside is None else int(inside.max()) + 1)
        if len(rows) <= used:
            raise FormatError(f"{len(rows)} rows are left for {used} columns", hint="give more rows")
        part = x[np.ix_(rows, kept)]
        beta, mu, theta = _solve(part, y[rows], offset[rows], weight[rows], kind, inside)
        never = np.zeros(len(rows), bool) if kind == "ols" else (y[rows] == 0) & (mu < _NEVER * mu.mean())
        if not never.any():
            break
        rows = rows[~never]
    return _dress(
        kind,
        x.shape[1],
        part,
        y[rows],
        weight[rows],
        cluster[rows],
        kept,
        rows,
        beta,
        mu,
        theta,
        inside,
        used,
    )


def centred(x: Array, weight: Array, group: Codes | None) -> Array:
    """Columns less their weighted mean in each group; as they are without groups."""
    if group is None:
        return x
    heavy = np.bincount(group, weight)
    # A column that is all of one value in each group must end as 0, not as a rest of rounding.
    mean = cluster_sums(x * weight[:, None], group, len(heavy)) / heavy[:, None]
    rest = x - mean[group]
    return np.where(np.abs(rest) > 1e-9 * np.abs(x).max(axis=0, initial=0.0), rest, 0.0)


def independent_columns(x: Array, weight: Array | None = None) -> Codes:
    """Which columns do not follow from those before them: Cholesky, column by column.

    >>> one = np.ones(4)
    >>> independent_columns(np.column_stack([one, [1.0, 0, 1, 0], [0.0, 1, 0, 1], [1.0, 2, 3, 4]])).tolist()
    [0, 1, 3]
    """
    gram = x.T @ (x if weight is None else x * weight[:, None])
    size = np.sqrt(np.diag(gram))
    gram = gram / np.outer(np.where(size > 0, size, 1), np.where(size > 0, size, 1))
    width = len(gram)
    # Row j of `low` is what column j has in common with each kept direction.
    low = np.zeros((width, width))
    kept: list[int] = []
    for j in range(width):
        own = gram[j, j] - low[j] @ low[j]
        if size[j] == 0 or own < FOLLOWS:
            continue
        low[:, len(kept)] = (gram[:, j] - low @ low[j]) / np.sqrt(own)
        kept.append(j)
    return np.array(kept, dtype=np.int64)


def jackknife(fit: GlmFit, x: Array, cluster: Codes | None = None) -> Array:
    """Covariance by leaving out each cluster in turn, shape (K, K); exact for least squares.

    Parameters
    ----------
    x
        Shape (N, K): what was fitted.
    cluster
        Shape (N,): other clusters than those of the fit.
    """
    cov = np.full((x.shape[1], x.shape[1]), np.nan)
    moved = moved_by_each(fit, x, cluster)
    cov[np.ix_(fit.kept, fit.kept)] = (len(moved) - 1) / len(moved) * moved.T @ moved
    return cov


def moved_by_each(fit: GlmFit, x: Array, cluster: Codes | None = None) -> Array:
    """How far leaving out each cluster moves the coefficients that were kept, shape (G, k)."""
    part = centred(x[np.ix_(fit.rows, fit.kept)], fit.working, fit.group)
    if cluster is None:
        return without_each(part, fit.working, fit.scores, fit.cluster)
    _, codes = np.unique(cluster[fit.rows], return_inverse=True)
    scores = cluster_sums(part * fit.residual[:, None], codes, int(codes.max()) + 1)
    return without_each(part, fit.working, scores, codes)


def t_test(beta: Array, error: Array, freedom: float) -> Array:
    """Two-sided p by Student's t; NaN where there is no error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(beta) / np.where(error > 0, error, np.nan)
    found: Array = 2 * stats.t.sf(t, freedom)
    return found


def without_each(x: Array, working: Array, scores: Array, cluster: Codes) -> Array:
    """How far leaving out each cluster moves the coefficients, shape (G, k).

    What only one cluster tells (its own effect) cannot be found without it; the small ridge leaves such a
    direction where it is, since nothing pulls at it.
    """
    order = np.argsort(cluster, kind="stable")
    x, working = x[order], working[order, None]
    ends = np.searchsorted(cluster[order], np.arange(len(scores) + 1))
    own = np.empty((len(scores), x.shape[1], x.shape[1]))
    for g, (start, stop) in enumerate(pairwise(ends.tolist())):
        own[g] = x[start:stop].T @ (x[start:stop] * working[start:stop])
    whole = own.sum(axis=0)
    size = np.sqrt(np.diag(whole))
    rest = (whole - own) / np.outer(size, size) + RIDGE * np.eye(len(size))
    return np.linalg.solve(rest, (scores / size)[..., None])[..., 0] / size


def cluster_sums(rows: Array, cluster: Codes, clusters: int) -> Array:
    """Rows of shape (n, k) summed by cluster, shape (G, k)."""
    if (cluster[1:] < cluster[:-1]).any():
        order = np.argsort(cluster, kind="stable")
        rows, cluster = rows[order], cluster[order]
    sums: Array = np.add.reduceat(rows, np.searchsorted(cluster, np.arange(clusters)), axis=0)
    return sums


def _check(x: Array, y: Array, offset: Array, weight: Array, cluster: Codes, kind: Kind) -> None:
    if x.ndim != 2 or any(len(part) != len(x) for part in (y, offset, weight, cluster)):
        raise ConfigError(
            "columns, outcome, offset, weight and cluster differ in length", hint="give one a row"
        )
    for name, part in (("a column", x), ("the outcome", y), ("the offset", offset), ("a weight", weight)):
        if not np.isfinite(part).all():
            raise FormatError(f"{name} has values that are no finite number", hint="leave those rows out")
    if kind != "ols" and (y < 0).any():
        raise FormatError("the outcome is negative in some rows", hint="counts and amounts are 0 or more")
    if len(np.unique(cluster)) < 2:
        raise FormatError(
            "all of it comes from one broadcast, or from one host: nothing says how far another would differ",
            hint="give two or more",
        )


def _counted_groups(x: Array, y: Array) -> Codes:
    """Places of the rows that lie in no group (a column of 0 and 1) in which nothing was ever counted."""
    rows = np.arange(len(y))
    while True:
        part = x[rows]
        groups = ((part == 0) | (part == 1)).all(axis=0) & part.any(axis=0)
        empty = groups & (y[rows] @ part == 0)
        if not empty.any():
            return rows
        rows = rows[~part[:, empty].any(axis=1)]


def _solve(
    x: Array, y: Array, offset: Array, weight: Array, kind: Kind, group: Codes | None
) -> tuple[Array, Array, float]:
    """Coefficients, expected values, theta."""
    # Groups have levels of their own, so columns may lose theirs: what is left of sums keeps its digits.
    x = centred(x, weight, group)
    if kind == "ols":
        beta, line = _normal(x, weight, y - offset, group)
        return beta, offset + line, np.inf
    beta, mu = _irls(x, y, offset, weight, 0.0, None, group)
    if kind == "poisson":
        return beta, mu, np.inf
    alpha = 0.0
    for _ in range(ROUNDS):
        before, alpha = alpha, _overdispersion(y, mu, weight)
        if alpha < _LEAST_ALPHA:
            return *_irls(x, y, offset, weight, 0.0, mu, group), np.inf
        beta, mu = _irls(x, y, offset, weight, alpha, mu, group)
        if abs(alpha - before) < 1e-10 * max(alpha, 1e-3):
            break
    return beta, mu, 1 / alpha


def _irls(
    x: Array, y: Array, offset: Array, weight: Array, alpha: float, mu: Array | None, group: Codes | None
) -> tuple[Array, Array]:
    """Iteratively reweighted least squares with a log link and variance mu + alpha mu^2."""
    if mu is None:
        rate = np.average(y * np.exp(-offset), weights=weight * np.exp(offset))
        mu = (y + rate * np.exp(offset)) / 2
    eta = np.log(mu)
    for _ in range(ROUNDS):
        working = weight * mu / (1 + alpha * mu)
        beta, line = _normal(x, working, eta - offset + (y - mu) / mu, group)
        # A step of more than 4 in the logarithm overshoots; the next round goes on from there.
        step = np.clip(offset + line - eta, -4, 4)
        eta = eta + step
        mu = np.exp(np.clip(eta, -40, 40))
        # Rows that run away to nothing never come to rest; `fit_glm` leaves them out.
        lively = (mu > _NEVER * 1e-3 * mu.mean()) | (y > 0)
        if np.abs(step[lively]).max(initial=0.0) < STILL:
            break
    return beta, mu


def _normal(x: Array, weight: Array, z: Array, group: Codes | None) -> tuple[Array, Array]:
    """Weighted least squares by Cholesky, columns scaled so that no unit matters: b and the line.

    Groups are taken out of the sums, not of the rows: X' W X less what the groups' means tell of it.
    """
    heavy = x * weight[:, None]
    gram = x.T @ heavy
    level = np.zeros(len(z))
    if group is not None:
        size = np.bincount(group, weight)
        sums = cluster_sums(heavy, group, len(size))
        gram -= (sums / size[:, None]).T @ sums
        level = z - _within(z, weight, group)
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    factor = linalg.cho_factor(gram / np.outer(scale, scale) + 1e-14 * np.eye(len(gram)), check_finite=False)
    z = z - level
    beta: Array = linalg.cho_solve(factor, (heavy.T @ z) / scale, check_finite=False) / scale
    # One round of refinement gives back the digits that squaring the columns cost.
    left = z - _within(x @ beta, weight, group)
    beta += linalg.cho_solve(factor, (heavy.T @ left) / scale, check_finite=False) / scale
    return beta, level + _within(x @ beta, weight, group)


def _within(values: Array, weight: Array, group: Codes | None) -> Array:
    """Values of shape (n,) less their weighted mean in each group; as they are without groups."""
    if group is None:
        return values
    mean: Array = np.bincount(group, weight * values) / np.bincount(group, weight)
    return values - mean[group]


def _overdispersion(y: Array, mu: Array, weight: Array) -> float:
    """alpha = 1 / theta where the likelihood given mu is highest; 0 where it only falls."""

    def loss(log_alpha: float) -> float:
        theta = np.exp(-log_alpha)
        told = special.gammaln(y + theta) - special.gammaln(theta) - y * np.log(mu + theta)
        return float(-weight @ (told - theta * np.log1p(mu / theta)))

    def slope(log_alpha: float) -> float:
        theta = np.exp(-log_alpha)
        told = special.digamma(y + theta) - special.digamma(theta) - np.log1p(mu / theta)
        return float(weight @ (told + (mu - y) / (mu + theta)))

    ends = (np.log(_LEAST_ALPHA), np.log(1e3))
    best = optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-3})
    low, high = max(best.x - 0.05, ends[0]), min(best.x + 0.05, ends[1])
    if low == ends[0] or slope(low) * slope(high) > 0:
        return float(np.exp(best.x)) if best.x > ends[0] + 0.1 else 0.0
    return float(np.exp(optimize.brentq(slope, low, high, xtol=1e-12)))


def _dress(
    kind: Kind, width: int, x: Array, y: Array, weight: Array, cluster: Codes, kept: Codes, rows: Codes,
    beta: Array, mu: Array, theta: float, group: Codes | None, used: int,
) -> GlmFit:  # fmt: skip
    """The fit with its errors."""
    flat = 1 / (1 + mu / theta)
    working = weight if kind == "ols" else weight * mu * flat
    residual = weight * (y - mu) * (1.0 if kind == "ols" else flat)
    _, codes = np.unique(cluster, return_inverse=True)
    count = int(codes.max()) + 1
    if count < 2:
        raise FormatError(
            "all that was counted comes from one broadcast, or from one host: nothing says how far another"
            " would differ",
            hint="give two or more in which it occurs",
        )
    own = centred(x, working, group)
    bread = np.asarray(np.linalg.inv(own.T @ (own * working[:, None])), dtype=np.float64)
    scores = cluster_sums(own * residual[:, None], codes, count)
    influence = scores @ bread
    small = count / (count - 1) * (len(y) - 1) / (len(y) - used)
    full, cov = np.full(width, np.nan), np.full((width, width), np.nan)
    full[kept] = beta
    cov[np.ix_(kept, kept)] = small * influence.T @ influence
    return GlmFit(
        kind, full, cov, kept, rows, codes, mu, working, residual, bread, scores, count, float(count - 1),
        theta, group,
    )  # fmt: skip
