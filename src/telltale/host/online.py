"""Correlation of what a host shows with what is counted, kept up to date as a broadcast runs.

Every stretch i that ended has a weight w_i = 2^(-age_i / half_life), 1 for all without a half-life. With sums
S of weighted squares and products about the weighted means,

    r = S_xy / sqrt(S_xx S_yy),     n = (sum w)^2 / sum w^2,     n_eff = n (1 - a_x a_y) / (1 + a_x a_y)

where a is the weighted correlation of a series with itself one stretch before (Bartlett 1935): neighbours
tell much the same, so there is less to go by than stretches. The interval is Fisher's with n_eff - 3. A new
stretch is one addition to means and sums, and the numbers are those of all stretches at once, to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from telltale.core.errors import ConfigError

Array = npt.NDArray[np.float64]

_LEAST: Final = 8.0
"""Effective stretches below which nothing is told."""
_STILL: Final = 1e-12
"""A variance below this is none: it never showed, or nothing was counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Correlations:
    """Correlations of E expressions with K counts at L lags; NaN where nothing can be told yet."""

    names: tuple[str, ...]
    outcomes: tuple[str, ...]
    lags: tuple[int, ...]
    """Stretches by which the count comes later than the face."""
    r: Array
    """Shape (L, E, K)."""
    low: Array
    high: Array
    effective: Array
    """Shape (L, E, K): how many independent stretches it is worth."""
    stretches: int
    """How many were added."""


class OnlineCorrelation:
    """Sums over the stretches of one broadcast so far.

    Parameters
    ----------
    names, outcomes
        What is shown and what is counted.
    lags
        Stretches by which counts may come later.
    half_life
        Stretches after which one weighs half; all weigh the same if left out.

    >>> live = OnlineCorrelation(("elation",), ("purchases",))
    >>> for k in range(60):
    ...     shown = k * 7 % 11
    ...     live.add(np.array([shown]), np.array([shown + k * 5 % 13]))
    >>> found = live.correlations()
    >>> [round(float(value[0, 0, 0]), 2) for value in (found.low, found.r, found.high)]
    [0.41, 0.63, 0.78]
    """

    def __init__(
        self,
        names: tuple[str, ...],
        outcomes: tuple[str, ...],
        lags: tuple[int, ...] = (0,),
        half_life: float | None = None,
    ) -> None:
        if not lags or min(lags) < 0 or len(set(lags)) < len(lags):
            raise ConfigError(f"lags {lags}", hint="give different whole numbers from 0 on")
        if half_life is not None and not half_life > 0:
            raise ConfigError(f"a half-life of {half_life:g} stretches", hint="give a number above 0")
        self.names, self.outcomes, self.lags = names, outcomes, lags
        self._keep = 1.0 if half_life is None else float(0.5 ** (1 / half_life))
        self._past: list[Array] = []
        self._stretches = 0
        size = len(names) + len(outcomes)
        self._pairs = [_Moments(size, self._keep) for _ in lags]
        # A series and itself one stretch before, for n_eff.
        self._own = _Moments(2 * size, self._keep)
        self._last: Array | None = None

    def add(self, shares: Array, counts: Array) -> None:
        """Add a stretch; one in which the face was not read or nothing was counted (NaN) is passed over.

        Parameters
        ----------
        shares
            Shape (E,).
        counts
            Shape (K,).
        """
        shares, counts = np.asarray(shares, dtype=np.float64), np.asarray(counts, dtype=np.float64)
        self._past = [shares, *self._past[: max(self.lags)]]
        self._stretches += 1
        for lag, moments in zip(self.lags, self._pairs, strict=True):
            known = lag < len(self._past) and np.isfinite(self._past[lag]).all() and np.isfinite(counts).all()
            moments.add(np.concatenate([self._past[lag], counts]) if known else None)
        now = np.concatenate([shares, counts])
        both = self._last is not None and np.isfinite(now).all() and np.isfinite(self._last).all()
        self._own.add(np.concatenate([now, self._last]) if both and self._last is not None else None)
        self._last = now

    def correlations(self, level: float = 0.95) -> Correlations:
        """What is known by now."""
        e, size = len(self.names), len(self.names) + len(self.outcomes)
        own = self._own.correlation()
        again = np.array([own[i, size + i] for i in range(size)])
        both = np.nan_to_num(again[:e, None] * again[None, e:])
        found = [moments.correlation()[:e, e:] for moments in self._pairs]
        n = np.array([moments.effective for moments in self._pairs])[:, None, None]
        # A face and counts that go up and down by turns would be worth more than there are: no.
        worth = n * ((1 - np.maximum(both, 0.0)) / (1 + np.maximum(both, 0.0)))[None]
        r = np.where(worth >= _LEAST, np.array(found), np.nan)
        low, high = fisher_interval(r, worth, level)
        return Correlations(self.names, self.outcomes, self.lags, r, low, high, worth, self._stretches)


def fisher_interval(r: Array, n: Array, level: float) -> tuple[Array, Array]:
    """Where a correlation lies, by Fisher's z.

    >>> low, high = fisher_interval(np.array(0.5), np.array(103.0), 0.95)
    >>> round(float(low), 3), round(float(high), 3)
    (0.339, 0.632)
    """
    inside = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    reach = float(ndtri((1 + level) / 2)) / np.sqrt(np.maximum(n - 3, 1e-9))
    return np.tanh(np.arctanh(inside) - reach), np.tanh(np.arctanh(inside) + reach)


class _Moments:
    """Weighted mean and sums of products about it, one row at a time; older rows fade at every step."""

    def __init__(self, size: int, keep: float) -> None:
        self._keep = keep
        self._weight = self._squared = 0.0
        self._mean = np.zeros(size)
        self._products = np.zeros((size, size))

    def add(self, row: Array | None) -> None:
        """Add a row of weight 1; without one the others fade alone."""
        self._weight *= self._keep
        self._squared *= self._keep**2
        self._products *= self._keep
        if row is None:
            return
        self._weight += 1.0
        self._squared += 1.0
        off = row - self._mean
        self._mean += off / self._weight
        self._products += np.outer(off, row - self._mean)

    @property
    def effective(self) -> float:
        """(sum w)^2 / sum w^2."""
        return self._weight**2 / self._squared if self._squared > 0 else 0.0

    def correlation(self) -> Array:
        """Shape (size, size); NaN where something never varied."""
        size = np.sqrt(np.maximum(np.diag(self._products), 0.0))
        varied = size > np.sqrt(_STILL * max(self._weight, 1.0))
        scale = np.where(varied, size, np.nan)
        found: Array = np.clip(self._products / scale[:, None] / scale[None, :], -1.0, 1.0)
        return found
