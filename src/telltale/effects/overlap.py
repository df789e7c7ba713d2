"""Overlap: whether each unit could have got either arm, in numbers, and trimming of those that could not.

Crump, Hotz, Imbens & Mitnik (Biometrika 96, 2009): keep e in [a, 1 - a], where a is the least value with

    1 / (a (1 - a)) <= 2 E[ 1 / (e (1 - e)) | a <= e <= 1 - a ]

which gives the average effect of the units kept the least variance. What is kept is another population, and
every effect of it has to say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.effects.design import Design
from telltale.effects.variance import Bools, Floats, Ints

Trim = Literal["crump"] | float | None

BINS: Final = 20
_POOR_SHARE: Final = 0.05
_POOR_SIZE: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """How the chances of treatment lie in both arms."""

    edges: Floats
    """Shape (BINS + 1,), of bins of the chance from 0 to 1."""
    treated: Ints
    """Shape (BINS,): treated rows in each bin."""
    control: Ints
    size_treated: float
    """How many rows of equal weight the treated are worth once weighted by 1 / e."""
    size_control: float
    outside: float
    """Share of rows whose chance the other arm never reached."""
    crump: float
    """The bound that Crump's rule would trim at."""
    crump_kept: float
    """Share of rows inside it."""

    @property
    def poor(self) -> bool:
        """Whether an average over all should not be believed before trimming."""
        rows = float(self.treated.sum()), float(self.control.sum())
        worth = min(self.size_treated / rows[0], self.size_control / rows[1])
        return self.outside > _POOR_SHARE or worth < _POOR_SIZE

    def __str__(self) -> str:
        word = "poor" if self.poor else "good"
        return (
            f"overlap is {word}: {100 * self.outside:.1f} % outside the common support, treated worth "
            f"{self.size_treated:,.0f} of {self.treated.sum():,} rows, control {self.size_control:,.0f} "
            f"of {self.control.sum():,}; Crump's rule keeps {100 * self.crump_kept:.0f} % "
            f"(chances {self.crump:.2f} to {1 - self.crump:.2f})"
        )


def measure_overlap(treated: Bools, chance: Floats) -> Overlap:
    """The overlap of two arms from chances of treatment, both shape (N,).

    >>> found = measure_overlap(np.array([True, False] * 50), np.full(100, 0.5))
    >>> print(found)
    overlap is good: 0.0 % outside the common support, treated worth 50 of 50 rows, control 50 of 50;
    Crump's rule keeps 100 % (chances 0.00 to 1.00)
    """
    edges = np.linspace(0, 1, BINS + 1)
    one, other = chance[treated], chance[~treated]
    low, high = max(one.min(), other.min()), min(one.max(), other.max())
    bound = crump_bound(chance)
    return Overlap(
        edges,
        np.histogram(one, edges)[0],
        np.histogram(other, edges)[0],
        effective_size(1 / one),
        effective_size(1 / (1 - other)),
        float(((chance < low) | (chance > high)).mean()),
        bound,
        float(within(chance, bound).mean()),
    )


def effective_size(weight: Floats) -> float:
    """Kish's size (sum w)^2 / sum w^2 of weights of shape (n,).

    >>> effective_size(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    return float(weight.sum() ** 2 / (weight @ weight))


def crump_bound(chance: Floats) -> float:
    """The bound a of Crump's rule for chances of shape (N,); 0 where nothing need be trimmed."""
    cost = 1 / (chance * (1 - chance))
    order = np.sort(cost)
    mean = np.cumsum(order) / np.arange(1, len(order) + 1)
    if order[-1] <= 2 * mean[-1]:
        return 0.0
    # Kept are the cheapest rows; the bound is where the cost first passes twice the mean of those kept.
    keep = int(np.flatnonzero(order <= 2 * mean)[-1])
    return float(0.5 - np.sqrt(max(0.25 - 1 / (2 * mean[keep]), 0.0)))


def within(chance: Floats, bound: float) -> Bools:
    """Shape (N,): chances from the bound to one less the bound."""
    return (chance >= bound) & (chance <= 1 - bound)


def kept_rows(chance: Floats, trim: Trim) -> tuple[Bools, tuple[str, ...]]:
    """Which rows a trimming keeps, shape (N,), and what to say of it."""
    if trim is None:
        return np.ones(len(chance), dtype=bool), ()
    bound = crump_bound(chance) if trim == "crump" else float(trim)
    kept = within(chance, bound)
    if kept.all():
        return kept, ()
    rule = "Crump's rule" if trim == "crump" else "a fixed bound"
    note = (
        f"true only of the {kept.sum():,} rows with chances from {bound:.3f} to {1 - bound:.3f}"
        f" (trimmed by {rule})"
    )
    return kept, (note,)


def trim_design(design: Design, chance: npt.ArrayLike, trim: Trim = "crump") -> Design:
    """The rows with overlap, by Crump's rule or a bound such as .05; the design says who was left out."""
    if trim is not None and trim != "crump" and not 0 <= trim < 0.5:
        raise ConfigError(f"trim is {trim}", hint="choose 'crump', or a bound from 0, below .5")
    kept, notes = kept_rows(np.asarray(chance, dtype=np.float64), trim)
    return design.take(kept, *notes)
