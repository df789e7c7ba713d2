"""Parallel trends: whether treated and control moved alike before the treatment, as far as the data can tell.

Two looks at the leads b of an event study, with covariance V and L leads:

    F = b' V^-1 b (d - L + 1) / (d L)    any difference from 0: Hotelling's test with d = clusters - 1 degrees
                                         of freedom, F-distributed with L and d - L + 1
    slope of b over time       a steady drift; times the distance it has until the treated periods, it is
                               what a straight trend would add to the effect

A test that finds nothing is no proof (Roth, AER: Insights 4, 2022). So there are three verdicts: it "holds"
only where even the steepest drift inside the interval would be smaller than the effect; where a drift as
large as the effect would not have been seen, nobody "can tell".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import f as f_distribution

from telltale.core.errors import ConfigError
from telltale.effects.event_study import REFERENCE, EventStudy
from telltale.effects.sizes import Size, from_to, plain_words
from telltale.effects.variance import Floats

Verdict = Literal["holds", "does not hold", "cannot tell"]


@dataclass(frozen=True, slots=True)
class ParallelTrends:
    """What the periods before the treatment say."""

    verdict: Verdict
    why: str
    """In one sentence."""
    statistic: float
    """F of all leads; NaN where there are none."""
    p: float
    leads: int
    freedom: float
    slope: float
    """By which treated and control drift apart, in the outcome's unit a period; NaN without leads."""
    slope_low: float
    slope_high: float
    drift: float
    """What the steepest slope inside the interval would add to the effect, without its sign."""
    against: float
    """The effect that this is measured against, without its sign."""
    level: float

    def __str__(self) -> str:
        """One line for a report."""
        return self.line()

    def line(self, size: Size = plain_words) -> str:
        """The same with words of one's own for a size."""
        said = f"parallel trends: {self.verdict}; {self.told(size)}"
        if not np.isfinite(self.statistic):
            return said
        return (
            f"{said} (F = {self.statistic:.2f} over {self.leads} leads, p = {self.p:.3g}; slope"
            f" {size(self.slope)} a period, {from_to(self.slope_low, self.slope_high, size)})"
        )

    def told(self, size: Size) -> str:
        """`why` with words of one's own for a size."""
        sized = self.why == _unseen(self.drift, self.against, plain_words)
        return _unseen(self.drift, self.against, size) if sized else self.why


def parallel_trends(study: EventStudy, effect: float | None = None, alpha: float = 0.05) -> ParallelTrends:
    """Test the leads of an event study.

    Parameters
    ----------
    effect
        That a drift is measured against, in the outcome's unit; the mean of the treated periods if not given.
    alpha
        A p below it says that trends are not parallel.

    >>> relative, value = np.array([-3, -2, -1, 0]), np.array([0.4, 0.2, 0.0, 1.0])
    >>> variance = np.diag([1e-4, 1e-4, 0.0, 1e-4])
    >>> found = parallel_trends(EventStudy(relative, value, value, value, variance, np.full(4, 50), 100, 99.0,
    ...     0.95, "y", "t"))
    >>> found.verdict, round(found.slope, 3)
    ('does not hold', -0.2)
    """
    if not 0 < alpha < 1:
        raise ConfigError(f"alpha is {alpha}", hint="choose one between 0 and 1, such as .05")
    leads = study.leads
    size = abs(study.average()[0] if effect is None else effect)
    nothing = float("nan")
    if not len(leads):
        why = "one period before the treatment shows no trend"
        return ParallelTrends(
            "cannot tell", why, nothing, nothing, 0, study.freedom, nothing, nothing, nothing, nothing,
            size, study.level
        )  # fmt: skip
    statistic, p = wald(study.value[leads], study.covariance[np.ix_(leads, leads)], study.freedom)
    weight = slope_weights(study)
    slope, spread = study.combine(weight)
    low, high = spread.interval(slope, study.level)
    drift = max(abs(low), abs(high)) * float(study.relative[study.lags].mean() - REFERENCE)
    verdict, why = _judge(p, alpha, drift, size)
    return ParallelTrends(
        verdict, why, statistic, p, len(leads), study.freedom, slope, low, high, drift, size, study.level
    )  # fmt: skip


def wald(value: Floats, covariance: Floats, freedom: float) -> tuple[float, float]:
    """F of values of shape (L,) with their covariance, and its p; NaN where too few clusters stand behind it.

    V is told from few clusters: without Hotelling's factor many leads would be taken for a difference.

    >>> wald(np.array([1.96]), np.eye(1), 1e9)
    (3.84..., 0.0499...)
    """
    count = len(value)
    if freedom < count or np.linalg.matrix_rank(covariance, hermitian=True) < count:
        return float("nan"), float("nan")
    rest = freedom - count + 1
    statistic = float(value @ np.linalg.solve(covariance, value)) * rest / (freedom * count)
    return statistic, float(f_distribution.sf(statistic, count, rest))


def slope_weights(study: EventStudy) -> Floats:
    """Shape (K,): weights under which the periods before the treatment give the slope of a straight line."""
    early = study.relative < 0
    at = study.relative[early] - study.relative[early].mean()
    weight = np.zeros(len(study.relative))
    weight[early] = at / (at @ at)
    return weight


def _judge(p: float, alpha: float, drift: float, size: float) -> tuple[Verdict, str]:
    if np.isnan(p):
        return "cannot tell", "there are fewer clusters than leads"
    if p < alpha:
        return "does not hold", "treated and control moved apart before the treatment"
    return "holds" if drift < size else "cannot tell", _unseen(drift, size, plain_words)


def _unseen(drift: float, against: float, size: Size) -> str:
    """What could have been missed where no difference was seen."""
    if drift < against:
        more = f"and any drift that could have been missed adds less than {size(drift)}"
    else:
        missed = f"but a drift that adds {size(drift)} could have been missed"
        more = f"{missed}, and the effect is {size(against)}"
    return f"no difference was seen, {more}"
