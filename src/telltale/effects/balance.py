"""Balance: how unlike both arms are in each covariate, before and after weighting or matching.

    d = (mean treated - mean control) / sqrt((var treated + var control) / 2)

Variances are those before weighting, so that both numbers have one scale. Under .1 is called balanced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.effects.design import Design
from telltale.effects.variance import Floats

BALANCED: Final = 0.1
TRUSTED: Final = 0.25
"""Up to which a regression may be trusted with what is left (Stuart, Stat Sci 25, 2010, after Rubin 2001)."""


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """The two arms in p covariates; what a Love plot draws."""

    names: tuple[str, ...]
    before: Floats
    """Shape (p,): standardised differences of means; NaN where a covariate does not vary."""
    after: Floats
    ratio_before: Floats
    """Shape (p,): variance of the treated over that of control."""
    ratio_after: Floats

    @property
    def worst(self) -> float:
        """The largest difference that is left, without its sign; NaN where nobody is left."""
        if not len(self.after):
            return 0.0
        told = np.isfinite(self.after)
        return float(np.abs(self.after[told]).max()) if told.any() else float("nan")

    def __str__(self) -> str:
        left = int((np.abs(self.after) > BALANCED).sum())
        return (
            f"{left} of {len(self.names)} covariates differ by more than {BALANCED} SD after adjustment "
            f"({int((np.abs(self.before) > BALANCED).sum())} before); the worst by {self.worst:.2f}"
        )


def measure_balance(design: Design, weight: Floats | None = None) -> Balance:
    """Balance of a design under weights of shape (N,), 0 for what is left out; unweighted twice if not given.

    >>> rows = {"t": [0, 1] * 20, "y": list(range(40)), "x": [0.0, 1.0, 1.0, 2.0] * 10}
    >>> design = Design.from_frame(rows, treatment="t", outcome="y", covariates=["x"])
    >>> measure_balance(design).before.round(2).tolist()
    [2.0]
    """
    ones = np.ones(len(design))
    mean_1, var_1 = _moments(design.covariates, ones * design.treated)
    mean_0, var_0 = _moments(design.covariates, ones * ~design.treated)
    weight = ones if weight is None else weight
    after_1, var_after_1 = _moments(design.covariates, weight * design.treated)
    after_0, var_after_0 = _moments(design.covariates, weight * ~design.treated)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt((var_1 + var_0) / 2)
        return Balance(
            design.names,
            (mean_1 - mean_0) / scale,
            (after_1 - after_0) / scale,
            var_1 / var_0,
            var_after_1 / var_after_0,
        )


def _moments(x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    total = weight.sum()
    if not total > 0:
        return np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    mean: Floats = weight @ x / total
    variance: Floats = weight @ (x - mean) ** 2 / total
    return mean, variance
