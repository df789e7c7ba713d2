"""How far coders agree on how strong something is: intraclass correlations of Shrout and Fleiss (1979).

    ICC(2,1) = (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)      do they give the same numbers?
    ICC(3,1) = (BMS - EMS) / (BMS + (k - 1) EMS)                          the same but for a constant?

BMS, JMS and EMS are the mean squares between n things, between k coders, and of what is left. In the first
the coders are a sample of all that there might be, in the second these alone count. Intervals are those of F,
for ICC(2,1) by Satterthwaite's degrees of freedom; they take the things as independent of one another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri

from telltale.host.kappa import Interval

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Icc:
    """Both correlations of one thing that was rated."""

    absolute: Interval
    """ICC(2,1)."""
    consistent: Interval
    """ICC(3,1)."""
    things: int
    coders: int


def icc(ratings: Array, level: float = 0.95) -> Icc | None:
    """Both of ratings, shape (things, coders), none missing; None where nothing differs or nothing is there.

    >>> found = icc(np.array([[1.0, 2.0], [2.0, 3.0], [4.0, 5.0]]))
    >>> round(found.absolute.value, 3), round(found.consistent.value, 3)
    (0.824, 1.0)
    """
    n, k = ratings.shape
    if n < 2 or k < 2 or np.ptp(ratings) == 0:
        return None
    mean = ratings.mean()
    by_thing, by_coder = ratings.mean(axis=1), ratings.mean(axis=0)
    left = ratings - by_thing[:, None] - by_coder + mean
    bms = k * float(((by_thing - mean) ** 2).sum()) / (n - 1)
    jms = n * float(((by_coder - mean) ** 2).sum()) / (k - 1)
    ems = float((left**2).sum()) / ((n - 1) * (k - 1))
    if bms + (k - 1) * ems == 0:
        return None
    return Icc(_absolute(bms, jms, ems, n, k, level), _consistent(bms, ems, n, k, level), n, k)


def _consistent(bms: float, ems: float, n: int, k: int, level: float) -> Interval:
    value = (bms - ems) / (bms + (k - 1) * ems)
    if ems <= 1e-12 * bms:
        return Interval(value, value, value)
    ratio, upper = bms / ems, (1 + level) / 2
    low = ratio / _f(upper, n - 1, (n - 1) * (k - 1))
    high = ratio * _f(upper, (n - 1) * (k - 1), n - 1)
    return Interval(value, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def _absolute(bms: float, jms: float, ems: float, n: int, k: int, level: float) -> Interval:
    value = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    if ems <= 1e-12 * max(bms, jms):
        # Nothing is left over: two coders who differ by a constant, of whom F says nothing.
        return Interval(value, np.nan, np.nan) if jms > 0 else Interval(value, value, value)
    ratio, upper = jms / ems, (1 + level) / 2
    inner = n * (1 + (k - 1) * value) - k * value
    freedom = (k - 1) * (n - 1) * (k * value * ratio + inner) ** 2
    freedom /= (n - 1) * k**2 * value**2 * ratio**2 + inner**2
    above, below = _f(upper, n - 1, freedom), _f(upper, freedom, n - 1)
    shared = k * jms + (k * n - k - n) * ems
    low = n * (bms - above * ems) / (above * shared + n * bms)
    high = n * (below * bms - ems) / (shared + n * below * bms)
    return Interval(value, low, high)


def _f(share: float, over: float, under: float) -> float:
    """The value that F, with these degrees of freedom, stays below with this probability."""
    return float(fdtri(over, under, share))
