"""What a panel's columns hold, one line each, for a report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.factors.factor import Factor, Kind, Level

Array = npt.NDArray[np.float64]

RARE_SHARE = 0.01
"""A factor that leaves its usual value in a smaller share of rows is called rare."""


@dataclass(frozen=True, slots=True)
class FactorFacts:
    """One factor in numbers."""

    name: str
    source: str
    level: Level
    kind: Kind
    tier: int
    unit: str
    mean: float
    """Of the rows where it was seen; NaN where it never was."""
    sd: float
    low: float
    high: float
    missing: float
    """Share of rows in which it was not seen."""
    remark: str
    """`never seen`, `constant`, `rare` or nothing."""
    says: str


def facts_of(factor: Factor, values: Array) -> FactorFacts:
    """The facts of one column, shape (N,).

    >>> values = np.array([0.0, 1.0, 1.0, np.nan])
    >>> found = facts_of(Factor("shown", "frame", "viewer", "binary", 2), values)
    >>> round(found.mean, 3), found.missing, found.remark
    (0.667, 0.25, '')
    """
    seen = values[np.isfinite(values)]
    some = len(seen) > 0
    return FactorFacts(
        name=factor.name,
        source=factor.source,
        level=factor.level,
        kind=factor.kind,
        tier=factor.tier,
        unit=factor.unit,
        mean=float(seen.mean()) if some else float("nan"),
        sd=float(seen.std()) if some else float("nan"),
        low=float(seen.min()) if some else float("nan"),
        high=float(seen.max()) if some else float("nan"),
        missing=1.0 - len(seen) / len(values) if len(values) else 1.0,
        remark=_remark(seen),
        says=factor.says,
    )


def is_constant(values: Array) -> bool:
    """Whether a column, shape (N,), never differs where it was seen, or was never seen."""
    seen = values[np.isfinite(values)]
    return len(seen) == 0 or bool(seen.min() == seen.max())


def _remark(seen: Array) -> str:
    if len(seen) == 0:
        return "never seen"
    low, high = seen.min(), seen.max()
    if low == high:
        return "constant"
    # A usual value is the lowest or the highest one: no share of time, no count and no switch has another.
    usual = max(np.mean(seen == low), np.mean(seen == high))
    return "rare" if 1.0 - usual < RARE_SHARE else ""
