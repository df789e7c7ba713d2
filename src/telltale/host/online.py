"""Correlation of what a host shows with what is counted, kept up to date as a broadcast runs.

Over two hours almost anything drifts, and any two drifts go along with each other. So a correlation is told
beyond covariates z: a straight trend t, always, and what else is given (viewers). Every stretch i that ended
has a weight w_i = 2^(-age_i / half_life), 1 for all without a half-life. With sums S of weighted squares and
products about the weighted means,

    S_xy.z = S_xy - S_xz S_zz^-1 S_zy,     r = S_xy.z / sqrt(S_xx.z S_yy.z)
    n = (sum w)^2 / sum w^2,     n_eff = n (1 - a_x a_y) / (1 + a_x a_y)

where a is the same correlation of a series with itself one stretch before (Bartlett 1935): neighbours tell
much the same, so there is less to go by than stretches. The interval is Fisher's with n_eff - 3 - (number of
z). A line alone is taken out: what rises and falls again within the broadcast is not.

Each pair has sums of its own, over the stretches in which all of it was known: likes that nobody counted for
a minute take nothing from purchases. A new stretch is one addition to means and sums, and the numbers are
those of all stretches at once, to rounding.
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
_LEFT: Final = 1e-9
"""Less than this of a variance beyond covariates is rounding: they tell all of it."""
TREND: Final = "trend"
"""The covariate that is always there: the number of the stretch."""


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
    beyond: tuple[str, ...]
    """The covariates that r is beyond."""


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
    covariates
        What else than a trend is held fixed.

    >>> live = OnlineCorrelation(("elation",), ("purchases",))
    >>> for k in range(60):
    ...     shown = k * 7 % 11
    ...     live.add(np.array([shown]), np.array([shown + k * 5 % 13]))
    >>> found = live.correlations()
    >>> [round(float(value[0, 0, 0]), 2) for value in (found.low, found.r, found.high)]
    [0.41, 0.63, 0.79]
    """

    def __init__(
        self,
        names: tuple[str, ...],
        outcomes: tuple[str, ...],
        lags: tuple[int, ...] = (0,),
        half_life: float | None = None,
        covariates: tuple[str, ...] = (),
    ) -> None:
        if not lags or min(lags) < 0 or len(set(lags)) < len(lags):
            raise ConfigError(f"lags {lags}", hint="give different whole numbers from 0 on")
        if half_life is not None and not half_life > 0:
            raise ConfigError(f"a half-life of {half_life:g} stretches", hint="give a number above 0")
        self.names, self.outcomes, self.lags = names, outcomes, lags
        self._keep = 1.0 if half_life is None else float(0.5 ** (1 / half_life))
        self._past: list[Array] = []
        self._stretches = 0
        self.beyond = (TREND, *covariates)
        self._pairs = _Moments((len(lags), len(names), len(outcomes)), len(self.beyond), self._keep)
        # A series and itself one stretch before, for n_eff.
        self._own = _Moments((len(names) + len(outcomes),), len(self.beyond), self._keep)

    def add(self, shares: Array, counts: Array, covariates: Array | tuple[()] = ()) -> None:
        """Add a stretch; what was not read or not counted in it (NaN) is passed over, and that alone.

        Parameters
        ----------
        shares
            Shape (E,).
        counts
            Shape (K,).
        covariates
            Shape (covariates,), of the stretch of the counts; where one is NaN the stretch is passed over.
        """
        shares, counts = np.asarray(shares, dtype=np.float64), np.asarray(counts, dtype=np.float64)
        now, fixed = np.concatenate([shares, counts]), np.array([self._stretches, *covariates], np.float64)
        unknown = np.full(len(now), np.nan)
        self._own.add(now, self._past[0] if self._past else unknown, fixed)
        self._past = [now, *self._past[: max(self.lags)]]
        self._stretches += 1
        earlier = [self._past[lag] if lag < len(self._past) else unknown for lag in self.lags]
        self._pairs.add(np.stack(earlier)[:, : len(shares), None], counts, fixed)

    def correlations(self, level: float = 0.95) -> Correlations:
        """What is known by now."""
        again, e = np.nan_to_num(self._own.correlation()), len(self.names)
        # A face and counts that go up and down by turns would be worth more than there are: no.
        both = np.maximum(again[:e, None] * again[None, e:], 0.0)
        worth = self._pairs.effective * (1 - both) / (1 + both)
        r = np.where(worth >= _LEAST, self._pairs.correlation(), np.nan)
        low, high = fisher_interval(r, worth - len(self.beyond), level)
        return Correlations(
            self.names, self.outcomes, self.lags, r, low, high, worth, self._stretches, self.beyond
        )


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
    """Weighted means of (x, y, z) and sums of products about them, one step at a time; older steps fade.

    Each pair has its own, over the steps in which x, y and all covariates z are known. Means are of shape
    (pairs..., 2 + z), products of shape (pairs..., 2 + z, 2 + z).
    """

    def __init__(self, shape: tuple[int, ...], covariates: int, keep: float) -> None:
        size = 2 + covariates
        self._keep = keep
        self._weight, self._squared = np.zeros(shape), np.zeros(shape)
        self._means, self._products = np.zeros((*shape, size)), np.zeros((*shape, size, size))

    def add(self, x: Array, y: Array, z: Array) -> None:
        """Add a step of weight 1; where x, y or any z is NaN the rest fades alone.

        Parameters
        ----------
        x, y
            In shapes that broadcast to that of pairs.
        z
            Shape (z,), the same for all pairs.
        """
        now = np.stack(
            [np.broadcast_to(one, self._weight.shape) for one in (x, y, *z)], axis=-1, dtype=np.float64
        )
        known = np.asarray(np.isfinite(now).all(axis=-1))
        self._weight *= self._keep
        self._products *= self._keep
        self._squared *= self._keep**2
        self._weight += known
        self._squared += known
        off = np.where(known[..., None], now - self._means, 0.0)
        step = known / np.maximum(self._weight, 1.0)
        self._means += off * step[..., None]
        self._products += off[..., :, None] * off[..., None, :] * (1 - step)[..., None, None]

    @property
    def effective(self) -> Array:
        """(sum w)^2 / sum w^2 of each pair."""
        some = self._squared > 0
        found: Array = np.where(some, self._weight**2 / np.where(some, self._squared, 1.0), 0.0)
        return found

    def correlation(self) -> Array:
        """Of each pair beyond z; NaN where either never varied, or z tells all of it."""
        left = self._products.copy()
        own = np.diagonal(left, axis1=-2, axis2=-1).copy()
        least = np.maximum(_STILL * np.maximum(self._weight, 1.0)[..., None], _LEFT * own)
        # S_zz^-1 by one covariate after the other; one that never varied, or that others tell, takes nothing.
        for z in range(2, left.shape[-1]):
            size = left[..., z, z]
            column = left[..., :, z] / np.sqrt(np.where(size > least[..., z], size, np.inf))[..., None]
            left -= column[..., :, None] * column[..., None, :]
        xx, yy = left[..., 0, 0], left[..., 1, 1]
        varied = (xx > least[..., 0]) & (yy > least[..., 1])
        found: Array = np.clip(left[..., 0, 1] / np.sqrt(np.where(varied, xx * yy, np.nan)), -1.0, 1.0)
        return found
