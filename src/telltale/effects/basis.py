"""Bends and products of covariates, so that a linear model may follow what is not linear."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from telltale.effects.variance import Floats

MOST_PAIRS_OF: Final = 20
"""With more columns than this no products are made."""
_FEWEST_VALUES: Final = 6
_LIMIT: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """How columns are made from p covariates; what it needs of the data it was made from."""

    mean: Floats
    """Shape (p,)."""
    scale: Floats
    """Shape (p,)."""
    knots: tuple[Floats, ...]
    """Of each covariate, on the standardised scale; none for one that stays straight."""
    products: bool

    def columns(self, covariates: Floats) -> Floats:
        """Shape (n, p) to (n, q): the standardised covariates, then bends, then products of two.

        >>> line = np.linspace(-1, 1, 50)[:, None]
        >>> make_basis(line, knots=4).columns(line).shape
        (50, 3)
        """
        z = np.clip((covariates - self.mean) / self.scale, -_LIMIT, _LIMIT)
        bent = [_bends(z[:, j], knots) for j, knots in enumerate(self.knots) if len(knots)]
        twos = [z[:, [i]] * z[:, [j]] for i, j in combinations(range(z.shape[1]), 2)] if self.products else []
        return np.hstack([z, *bent, *twos])


def make_basis(covariates: Floats, *, knots: int = 0, products: bool = False) -> Basis:
    """A basis for covariates of shape (n, p).

    Parameters
    ----------
    knots
        Of the natural cubic spline of each covariate with more than a few values: 0 for none, or 3 and more.
    products
        Whether every pair is multiplied.
    """
    mean, scale = covariates.mean(axis=0), covariates.std(axis=0)
    # A column may be constant in one fold.
    scale = np.where(scale > 0, scale, 1.0)
    z = (covariates - mean) / scale
    share = np.linspace(0.05, 0.95, knots) if knots else np.empty(0)
    places = tuple(np.unique(np.quantile(x, share)) if knots and _many(x) else np.empty(0) for x in z.T)
    usable = tuple(place if len(place) > 2 else np.empty(0) for place in places)
    return Basis(mean, scale, usable, products and z.shape[1] <= MOST_PAIRS_OF)


def _many(x: Floats) -> bool:
    return len(np.unique(x[:5000])) >= _FEWEST_VALUES


def _bends(x: Floats, knots: Floats) -> Floats:
    """A restricted cubic spline's terms beyond the line (Stone & Koo 1985), shape (n, knots - 2)."""
    last, before = knots[-1], knots[-2]
    size = (last - knots[0]) ** 2

    def cube(at: float) -> Floats:
        found: Floats = np.maximum(x - at, 0.0) ** 3
        return found

    ends = (cube(before), cube(last))
    terms = [
        cube(k) - ends[0] * (last - k) / (last - before) + ends[1] * (before - k) / (last - before)
        for k in knots[:-2]
    ]
    found: Floats = np.column_stack(terms) / size
    return found
