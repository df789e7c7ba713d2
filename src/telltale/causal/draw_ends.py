"""The ends of an interval from draws: few draws, and draws of few clusters, must not make it narrow.

Of R draws the k-th lowest stands for the quantile k / (R + 1). With quantiles of the R values themselves, 40
draws hold a true value in 90 % where 95 % were asked for; with these it is 95 % however few they are, as long
as one draw at least can lie beyond each end. And of G clusters that are drawn again less is cut off,

    tail = Phi(t sqrt(G / (G - 1)))      t: Student's quantile at (1 - level) / 2, G - 1 degrees of freedom

for such draws differ too little, by sqrt((G - 1) / G), and G clusters tell of their own spread no more than
G - 1 can (Hesterberg, The American Statistician 69, 2015).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import ndtr, stdtrit

from telltale.causal.dag import Floats
from telltale.core.errors import ConfigError
from telltale.core.settings import not_share, not_whole

_USUAL: Final = 200
"""Draws where nobody says how many."""
_MOST: Final = 20_000
"""Draws that are taken without being asked for: more take minutes and gigabytes."""
_NONE: Final = 1e-9
"""A tail that no draw reaches: two clusters tell next to nothing of their spread, one nothing."""


def tail_of(level: float, clusters: float = math.inf) -> float:
    """What is cut off either end.

    Parameters
    ----------
    clusters
        G, among how many was drawn.

    >>> [round(tail_of(0.95, clusters), 4) for clusters in (10, 40, 1000, math.inf)]
    [0.0086, 0.0203, 0.0248, 0.025]
    """
    if clusters < 2:
        return _NONE
    away = stdtrit(clusters - 1, (1 - level) / 2) / math.sqrt(1 - 1 / clusters)
    return max(float(ndtr(away)), _NONE)


def fewest_draws(level: float, clusters: float = math.inf) -> int:
    """How many draws an interval needs: the fewer the clusters, the more.

    >>> fewest_draws(0.95), fewest_draws(0.9), fewest_draws(0.95, 10)
    (39, 19, 116)
    """
    return math.ceil(1 / tail_of(level, clusters) - 1 - 1e-9)


def draws_for(asked: int | None, level: float, clusters: int, drawn: str = "clusters") -> int:
    """How many draws to take; what gives no interval of that level is refused.

    Parameters
    ----------
    asked
        Where somebody says so; else 200, or as many as the level needs of so few clusters.
    drawn
        What the clusters are, such as people.

    >>> draws_for(None, 0.95, 40), draws_for(None, 0.99, 40), draws_for(60, 0.95, 40)
    (200, 327, 60)
    >>> draws_for(40, 0.95, 10, "people")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: 40 draws give no interval of 95 % from 10 people: take 116 draws or more
    """
    faults = [*(() if asked is None else not_whole(2, draws=asked)), *not_share(level=level)]
    if faults:
        raise ConfigError("; ".join(faults), hint="mend these settings")
    fewest, of = fewest_draws(level, clusters), f"{100 * level:g} % from {clusters:,} {drawn}"
    if asked is None and fewest > _MOST:
        raise ConfigError(
            f"an interval of {of} needs {fewest:,} draws", hint="take a lower level, or gather more of them"
        )
    if asked is not None and asked < fewest:
        raise ConfigError(f"{asked} draws give no interval of {of}", hint=f"take {fewest} draws or more")
    return max(_USUAL, fewest) if asked is None else asked


def at_least(draws: int, level: float, clusters: int) -> int:
    """A usual number of draws, or as many as the level needs of so few clusters.

    >>> at_least(500, 0.95, 30), at_least(500, 0.95, 4), at_least(500, 0.95, 2)
    (500, 8401, 20000)
    """
    return max(draws, min(fewest_draws(level, clusters), _MOST))


def ends_of(drawn: Floats, level: float, clusters: float = math.inf) -> tuple[Floats, Floats]:
    """Low and high, shape (...) each, of draws of shape (R, ...); fewer than `fewest_draws` give the ends of
    a lower level.

    >>> low, high = ends_of(np.arange(1.0, 40.0), 0.95)
    >>> round(float(low), 6), round(float(high), 6)
    (1.0, 39.0)
    """
    tail = tail_of(level, clusters)
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0, method="weibull")
    return low, high
