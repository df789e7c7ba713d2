"""DYNOTEARS: what causes what at once, and what was before: NOTEARS over time.

    min  1/2n ||X - X W - sum_k X_k A_k||^2 + l1_now ||W||_1 + l1_before sum_k ||A_k||_1   so that   h(W) = 0

X_k is what was k steps before. Only W can close a circle, since nothing later causes what was earlier.

Pamfil and others (2020), "DYNOTEARS: structure learning from time-series data".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.acyclic_squares import Ascent, Squares, solve
from telltale.causal.dag import Edges, known_edges
from telltale.causal.notears_linear import cut_to_dag
from telltale.causal.scores import check_covariance
from telltale.core.errors import ConfigError, FormatError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DynotearsFit:
    """What DYNOTEARS found."""

    W: Floats
    """Shape (d, d): at once, before small weights are cut."""
    A: Floats
    """Shape (lags, d, d): A[k, i, j] of i, k + 1 steps before, on j."""
    edges_now: Edges
    """Shape (d, d), a DAG."""
    edges_before: Edges
    """Shape (lags, d, d)."""
    h: float
    objective: float
    threshold_now: float
    """What W was cut at; more than was asked for where a circle was left."""


def dynotears(
    X_now: npt.ArrayLike,  # noqa: N803
    X_before: npt.ArrayLike,  # noqa: N803
    *,
    l1_now: float = 0.05,
    l1_before: float = 0.05,
    threshold: float = 0.1,
    allowed_now: npt.ArrayLike | None = None,
    allowed_before: npt.ArrayLike | None = None,
    required_now: npt.ArrayLike | None = None,
    ascent: Ascent | None = None,
) -> DynotearsFit:
    """Find a graph with lags.

    Parameters
    ----------
    X_now
        Shape (M, d), one row a moment.
    X_before
        Shape (M, lags, d): of the same moments what was 1, 2, ... steps before.
    l1_now, l1_before
        Price of weight.
    threshold
        Weights up to this size are cut, in the data's units.
    allowed_now, required_now
        Shape (d, d): see `dag.known_edges`.
    allowed_before
        Shape (lags, d, d), or (d, d) for all lags: i before may cause j.

    >>> from telltale.core.rng import stream
    >>> noise = stream(0, "doctest").standard_normal((500, 2))
    >>> before = noise[:-1, None, :]
    >>> now = np.column_stack([noise[1:, 0], 0.8 * noise[:-1, 0] + 0.5 * noise[1:, 1]])
    >>> fit = dynotears(now, before)
    >>> fit.edges_before[0].tolist(), bool(fit.edges_now.any())
    ([[False, True], [False, False]], False)
    """
    now, before = _checked(X_now, X_before)
    rows, lags, d = before.shape
    known = known_edges(d, allowed_now, required_now)
    may = np.concatenate([known.allowed, _may_before(allowed_before, lags, d).reshape(lags * d, d)])
    must = np.concatenate([known.required, np.zeros((lags * d, d), bool)])
    everything = np.concatenate([now, before.reshape(rows, lags * d)], axis=1)
    return dynotears_of_sums(
        everything.T @ everything / rows,
        may,
        must,
        l1_now=l1_now,
        l1_before=l1_before,
        threshold=threshold,
        ascent=ascent,
    )


def dynotears_of_sums(
    covariance: Floats,
    allowed: Edges,
    required: Edges,
    *,
    l1_now: float = 0.05,
    l1_before: float = 0.05,
    threshold: float = 0.1,
    ascent: Ascent | None = None,
) -> DynotearsFit:
    """The same from a covariance alone, so that the cost does not grow with the rows.

    Parameters
    ----------
    covariance
        Shape (p, p), p = d (1 + lags): of the variables now, then 1, 2, ... steps before.
    allowed, required
        Shape (p, d): into the variables now. What is required costs no L1 and is never cut.
    """
    d = allowed.shape[1]
    price = np.full(allowed.shape, l1_before)
    price[:d] = l1_now
    total = float(np.trace(covariance[:d, :d]))
    squares = Squares(covariance, covariance[:, :d], total, np.where(required, 0.0, price), allowed)
    found = solve(squares, ascent)
    W, A = found.W[:d], found.W[d:].reshape(-1, d, d)  # noqa: N806
    now, cut = cut_to_dag(W, threshold, required[:d])
    before = (np.abs(A) > threshold) | required[d:].reshape(-1, d, d)
    return DynotearsFit(W, A, now, before, found.h, found.objective, cut)


def _checked(now: npt.ArrayLike, before: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Both centred; what does not fit together is refused."""
    present, past = np.asarray(now, float), np.asarray(before, float)
    if present.ndim != 2 or past.ndim != 3 or past.shape[::2] != present.shape:
        raise FormatError(
            f"{present.shape} now and {past.shape} before",
            hint="give shapes (M, d) and (M, lags, d) of the same moments and variables",
        )
    present = present - present.mean(axis=0)
    check_covariance(present.T @ present / len(present), len(present))
    if not np.isfinite(past).all():
        raise FormatError("values before are missing", hint="leave out moments whose past is not known")
    return present, past - past.mean(axis=0)


def _may_before(allowed: npt.ArrayLike | None, lags: int, d: int) -> Edges:
    may = np.ones((d, d), bool) if allowed is None else np.asarray(allowed, bool)
    if may.shape not in ((d, d), (lags, d, d)):
        raise ConfigError(
            f"'allowed_before' has shape {may.shape}",
            hint=f"give {(d, d)} or {(lags, d, d)} of i before on j",
        )
    return np.array(np.broadcast_to(may, (lags, d, d)))
