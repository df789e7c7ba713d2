"""A number and how sure it is: value, interval, p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from telltale.host.glm import t_test
from telltale.host.shown import Array


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate; NaN where nothing could be told."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided."""

    @classmethod
    def of(cls, value: float, error: float, freedom: float, level: float = 0.95) -> Estimate:
        """By Student's t.

        >>> Estimate.of(1.0, 0.5, 1e9).low
        0.02...
        """
        return estimates(np.array([value]), np.array([error]), freedom, level)[0]

    def against(self, value: float) -> bool:
        """Whether it has the other sign."""
        return self.value * value < 0

    def one_sided(self, sign: float) -> float:
        """p of the question whether it lies on the side of `sign`.

        >>> round(Estimate(1.0, 0.0, 2.0, 0.04).one_sided(-3.0), 2)
        0.98
        """
        return self.p / 2 if self.value * sign > 0 else 1 - self.p / 2


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Many of them, shapes (E,)."""

    value: Array
    low: Array
    high: Array
    p: Array

    def __getitem__(self, k: int) -> Estimate:
        return Estimate(*(float(part[k]) for part in (self.value, self.low, self.high, self.p)))


def estimates(value: Array, error: Array, freedom: float, level: float = 0.95) -> Estimates:
    """By Student's t, from values and standard errors of shape (E,)."""
    half = stats.t.ppf((1 + level) / 2, freedom) * error
    return Estimates(value, value - half, value + half, t_test(value, error, freedom))
