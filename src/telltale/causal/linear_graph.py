"""A graph with a weight on each arrow: the linear structural model of a panel, fitted from moments alone.

    x_j(t) = c_j + sum_i now_ij x_i(t) + sum_k sum_i before_kij x_i(t - k) + noise_j

`now[i, j]` and `before[k, i, j]` are arrows i -> j, as in all of this part; `before[k]` is k + 1 steps old.
Factors that do not change in time (a promotion, a device) have no arrows into them and none from before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Edges, Floats, is_acyclic
from telltale.causal.moments import Moments
from telltale.core.errors import ConfigError, FormatError
from telltale.factors.panel import there_are

_COLLINEAR: Final = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class LaggedEdges:
    """Which arrows there are."""

    now: Edges
    """Shape (n, n): i -> j within a step, without circles."""
    before: Edges
    """Shape (L, n, n): i -> j from k + 1 steps ago; the diagonal is a factor's own persistence."""

    def __post_init__(self) -> None:
        n = len(self.now)
        if self.now.shape != (n, n) or self.before.shape[1:] != (n, n):
            raise FormatError(
                f"arrows of shapes {self.now.shape} and {self.before.shape}",
                hint="give (n, n) and (lags, n, n)",
            )
        if not is_acyclic(self.now):
            raise ConfigError("the arrows within a step run in a circle", hint="turn or lag one of them")

    @property
    def lags(self) -> int:
        """Steps that arrows look back."""
        return len(self.before)


@dataclass(frozen=True, slots=True, eq=False)
class LinearGraph:
    """Arrows with their weights."""

    names: tuple[str, ...]
    now: Floats
    """Shape (n, n)."""
    before: Floats
    """Shape (L, n, n)."""
    mean: Floats
    """Shape (n,): of each factor, now."""
    sd: Floats
    """Shape (n,): of each factor, now."""
    noise_sd: Floats
    """Shape (n,): of what the arrows leave."""

    @property
    def lags(self) -> int:
        """Steps that arrows look back."""
        return len(self.before)

    def place(self, name: str) -> int:
        """Where a factor stands."""
        if name not in self.names:
            raise ConfigError(f"no factor is called '{name}'", hint=there_are(sorted(self.names), [name]))
        return self.names.index(name)

    def standardised(self) -> LinearGraph:
        """Every weight in standard deviations of the effect for one of the cause."""
        spread = np.where(self.sd > 0, self.sd, 1.0)
        ratio = spread[:, None] / spread[None, :]
        return LinearGraph(
            self.names,
            self.now * ratio,
            self.before * ratio,
            np.zeros_like(self.mean),
            np.where(self.sd > 0, 1.0, 0.0),
            self.noise_sd / spread,
        )


def lagged_names(names: tuple[str, ...], lags: int) -> tuple[str, ...]:
    """The names of a row of now and before, in the order that `fit_linear_graph` wants.

    >>> lagged_names(("a", "b"), 1)
    ('a', 'b', 'a (1 step ago)', 'b (1 step ago)')
    """
    ago = [f"{name} ({k} step{'s' * (k > 1)} ago)" for k in range(1, lags + 1) for name in names]
    return (*names, *ago)


def lagged_rows(now: npt.ArrayLike, before: npt.ArrayLike) -> Floats:
    """Now and before beside each other.

    Parameters
    ----------
    now
        Shape (M, n).
    before
        Shape (M, L, n): [:, 0] is one step earlier.

    Returns
    -------
    Shape (M, n + L n).
    """
    current, past = np.asarray(now, dtype=np.float64), np.asarray(before, dtype=np.float64)
    return np.concatenate([current, past.reshape(len(current), math.prod(past.shape[1:]))], axis=1)


def fit_linear_graph(moments: Moments, edges: LaggedEdges) -> LinearGraph:
    """Least squares of each factor on its causes.

    Parameters
    ----------
    moments
        Of rows as `lagged_rows` makes them: n factors now, then n for each step before.
    edges
        Which arrows there are.
    """
    n, lags = len(edges.now), edges.lags
    if len(moments.names) != n * (1 + lags):
        raise FormatError(
            f"moments of {len(moments.names)} columns for {n} factors and {lags} steps before",
            hint="sum up what lagged_rows gives",
        )
    covariance, mean = moments.covariance, moments.mean
    weights = weights_of(covariance[None], edges)[0]
    into_now = weights.reshape(-1, n)
    left = np.diagonal(covariance)[:n] - np.einsum("ij,ij->j", into_now, covariance[:, :n])
    return LinearGraph(
        names=moments.names[:n],
        now=weights[0],
        before=weights[1:],
        mean=mean[:n],
        sd=moments.sd[:n],
        noise_sd=np.sqrt(np.maximum(left, 0.0)),
    )


def weights_of(covariances: Floats, edges: LaggedEdges) -> Floats:
    """The weights alone, of many resamples at once.

    Parameters
    ----------
    covariances
        Shape (R, d, d), of the columns that `fit_linear_graph` wants.

    Returns
    -------
    Shape (R, 1 + L, n, n): of now, then of each step before.
    """
    n = len(edges.now)
    mask = np.concatenate([edges.now, edges.before.reshape(-1, n)])
    weights = np.zeros((len(covariances), len(mask), n))
    for j in range(n):
        causes = np.flatnonzero(mask[:, j])
        if len(causes):
            joint = covariances[:, causes[:, None], causes[None, :]]
            weights[:, causes, j] = _solved(joint, covariances[:, causes, j])
    return weights.reshape(len(covariances), -1, n, n)


def _solved(joint: Floats, pull: Floats) -> Floats:
    """Shape (R, k). Of collinear causes the smallest weights that fit: nobody claims to tell them apart."""
    spread = np.sqrt(np.maximum(np.diagonal(joint, axis1=1, axis2=2), 0.0))
    spread = np.where(spread > 0, spread, 1.0)
    joint, pull = joint / (spread[:, :, None] * spread[:, None, :]), pull / spread
    if _told_apart(joint):
        found = np.linalg.solve(joint, pull[..., None])[..., 0]
    else:
        found = (np.linalg.pinv(joint, rcond=_COLLINEAR, hermitian=True) @ pull[..., None])[..., 0]
    weights: Floats = found / spread
    return weights


def _told_apart(joint: Floats) -> bool:
    """Whether in each resample every cause keeps spread once those before it are known; shape (R, k, k)."""
    try:
        factors = np.linalg.cholesky(joint)
    except np.linalg.LinAlgError:
        return False
    return float(np.diagonal(factors, axis1=1, axis2=2).min()) ** 2 > _COLLINEAR
