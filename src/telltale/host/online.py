"""Correlation of what a host shows with what is counted, kept up to date as a broadcast runs.

Every stretch i that ended has a weight w_i = 2^(-age_i / half_life), 1 for all without a half-life. With sums
S of weighted squares and products about the weighted means,

    r = S_xy / sqrt(S_xx S_yy),     n = (sum w)^2 / sum w^2,     n_eff = n (1 - a_x a_y) / (1 + a_x a_y)

where a is the weighted correlation of a series with itself one stretch before (Bartlett 1935): neighbours
tell much the same, so there is less to go by than stretches. The interval is Fisher's with n_eff - 3.

Each pair has sums of its own, over the stretches in which both were known: likes that nobody counted for a
minute take nothing from purchases. A new stretch is one addition to means and sums, and the numbers are those
of all stretches at once, to rounding.
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
        self._pairs = _Moments((len(lags), len(names), len(outcomes)), self._keep)
        # A series and itself one stretch before, for n_eff.
        self._own = _Moments((len(names) + len(outcomes),), self._keep)

    def add(self, shares: Array, counts: Array) -> None:
        """Add a stretch; what was not read or not counted in it (NaN) is passed over, and that alone.

        Parameters
        ----------
        shares
            Shape (E,).
        counts
            Shape (K,).
        """
        shares, counts = np.asarray(shares, dtype=np.float64), np.asarray(counts, dtype=np.float64)
        now = np.concatenate([shares, counts])
        unknown = np.full(len(now), np.nan)
        self._own.add(now, self._past[0] if self._past else unknown)
        self._past = [now, *self._past[: max(self.lags)]]
        self._stretches += 1
        earlier = [self._past[lag] if lag < len(self._past) else unknown for lag in self.lags]
        self._pairs.add(np.stack(earlier)[:, : len(shares), None], counts)

    def correlations(self, level: float = 0.95) -> Correlations:
        """What is known by now."""
        again, e = np.nan_to_num(self._own.correlation()), len(self.names)
        # A face and counts that go up and down by turns would be worth more than there are: no.
        both = np.maximum(again[:e, None] * again[None, e:], 0.0)
        worth = self._pairs.effective * (1 - both) / (1 + both)
        r = np.where(worth >= _LEAST, self._pairs.correlation(), np.nan)
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
    """Weighted means of pairs (x, y) and sums of products about them, one step at a time; older steps fade.

    Each pair has its own, over the steps in which both are known. Arrays are of one shape, a place a pair.
    """

    def __init__(self, shape: tuple[int, ...], keep: float) -> None:
        self._keep = keep
        self._weight, self._squared = np.zeros(shape), np.zeros(shape)
        self._x, self._y = np.zeros(shape), np.zeros(shape)
        self._xx, self._yy, self._xy = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def add(self, x: Array, y: Array) -> None:
        """Add a step of weight 1, in shapes that broadcast; where x or y is NaN the rest fades alone."""
        known = np.isfinite(x) & np.isfinite(y)
        for sums in (self._weight, self._xx, self._yy, self._xy):
            sums *= self._keep
        self._squared *= self._keep**2
        self._weight += known
        self._squared += known
        off_x, off_y = np.where(known, x - self._x, 0.0), np.where(known, y - self._y, 0.0)
        step = known / np.maximum(self._weight, 1.0)
        self._x += off_x * step
        self._y += off_y * step
        self._xx += off_x**2 * (1 - step)
        self._yy += off_y**2 * (1 - step)
        self._xy += off_x * off_y * (1 - step)

    @property
    def effective(self) -> Array:
        """(sum w)^2 / sum w^2 of each pair."""
        some = self._squared > 0
        found: Array = np.where(some, self._weight**2 / np.where(some, self._squared, 1.0), 0.0)
        return found

    def correlation(self) -> Array:
        """Of each pair; NaN where either never varied."""
        least = _STILL * np.maximum(self._weight, 1.0)
        varied = (self._xx > least) & (self._yy > least)
        size = np.sqrt(np.where(varied, self._xx * self._yy, np.nan))
        found: Array = np.clip(self._xy / size, -1.0, 1.0)
        return found
