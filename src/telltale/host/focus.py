"""What a whole design says of a few columns of special interest, errors by jackknife over clusters.

One column has an interval by t with G - 1 degrees of freedom. That R sums of coefficients are all 0 is
asked by Hotelling's statistic: T of R sums and f degrees of freedom has (f - R + 1) / (f R) T ~ F(R, f - R
+ 1). With few clusters it claims too much of columns that vary within them; `joint.py` stands beside it
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.glm import Kind, fit_glm, jackknife
from telltale.host.rungs import Design, Ladder
from telltale.host.shown import Array, Codes

DRAWS: Final = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Ratios along something (lag in seconds, share of time), with two bands of 95 %."""

    at: Array
    """Shape (R,)."""
    ratio: Array
    low: Array
    high: Array
    """Each place's own interval."""
    band_low: Array
    band_high: Array
    """Holds all places at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """Coefficients of M columns."""

    beta: Array
    """Shape (M,), logarithms of ratios."""
    cov: Array
    """Shape (M, M)."""
    clusters: int
    rows: int

    @property
    def freedom(self) -> float:
        """G - 1."""
        return float(self.clusters - 1)

    def along(self, weights: Array) -> tuple[Array, Array]:
        """Weighted sums of the coefficients and their errors; weights of shape (R, M), both of shape (R,)."""
        error: Array = np.sqrt(np.einsum("rm,mk,rk->r", weights, self.cov, weights))
        return weights @ self.beta, error

    def interval(self, weights: Array, freedom: float | None = None) -> tuple[float, float, float]:
        """Ratio of one weighted sum, weights of shape (M,), and the ends of its interval."""
        value, error = self.along(weights[None])
        wide = float(stats.t.ppf(0.975, self.freedom if freedom is None else freedom)) * error[0]
        return float(np.exp(value[0])), float(np.exp(value[0] - wide)), float(np.exp(value[0] + wide))

    def curve(self, at: Array, weights: Array, seed: int, *names: str) -> Curve:
        """Ratios of many weighted sums; weights of shape (R, M)."""
        value, error = self.along(weights)
        own, band = stats.t.ppf(0.975, self.freedom) * error, self.at_once(weights, seed, *names) * error
        ends = (value, value - own, value + own, value - band, value + band)
        return Curve(at, *(np.exp(end) for end in ends))

    def wald_p(self, weights: Array, freedom: float | None = None) -> float:
        """That all these sums are 0; weights (R, M). NaN where there are too few clusters to say."""
        asked, f = len(weights), self.freedom if freedom is None else freedom
        if f < asked:
            return float("nan")
        value, cov = weights @ self.beta, weights @ self.cov @ weights.T
        told = float(value @ np.linalg.solve(cov, value)) * (f - asked + 1) / (f * asked)
        return float(stats.f.sf(told, asked, f - asked + 1))

    def draws(self, seed: int, *names: str) -> Array:
        """Coefficients that would do as well, multivariate t. Shape (DRAWS, M)."""
        rng = stream(seed, "host", *names)
        value, vectors = np.linalg.eigh(self.cov)
        root = vectors * np.sqrt(np.maximum(value, 0.0))
        wide = np.sqrt(self.freedom / rng.chisquare(self.freedom, DRAWS))
        spread: Array = (rng.normal(size=(DRAWS, len(self.beta))) @ root.T) * wide[:, None]
        return self.beta + spread

    def at_once(self, weights: Array, seed: int, *names: str) -> float:
        """How many errors a band reaches that holds all these sums at once in 95 %; weights (R, M)."""
        value, error = self.along(weights)
        there = error > 0
        away = np.abs(self.draws(seed, *names) @ weights.T - value)[:, there] / error[there]
        return float(np.quantile(away.max(axis=1), 0.95))


def place_of(ladder: Ladder, expression: str) -> int:
    """Place of an expression among those that can be asked about."""
    if expression not in ladder.asked.names:
        raise ConfigError(
            f"{expression!r} cannot be asked about in this study",
            hint=f"there are {', '.join(ladder.asked.names)}",
        )
    return ladder.asked.names.index(expression)


def focus_on(
    design: Design, columns: Array, *, instead_of: Codes | None = None, kind: Kind = "poisson"
) -> Focus:
    """Fit a design with columns of interest in it.

    Parameters
    ----------
    design
        Its expressions stand among the controls.
    columns
        Shape (n, M): rows are the design's.
    instead_of
        Places of expressions of the design that the columns take the place of.
    """
    others = np.delete(design.shares, instead_of, axis=1) if instead_of is not None else design.shares
    x = np.column_stack([design.controls, others, columns])
    fit = fit_glm(
        x, design.y, kind=kind, offset=design.offset, weight=design.weight, cluster=design.cluster,
        group=design.group,
    )  # fmt: skip
    first, width = x.shape[1] - columns.shape[1], columns.shape[1]
    if not np.isin(np.arange(first, first + width), fit.kept).all():
        raise FormatError(
            f"{design.outcome}: these columns cannot be told from what is taken into account",
            hint="ask for less at once, or give more points",
        )
    return Focus(fit.beta[first:], jackknife(fit, x)[first:, first:], fit.clusters, len(fit.rows))
