"""What if a factor were set: what follows for others, how sure that is, and whether the data ever went there.

Setting a factor (Pearl's do) cuts what usually moves it and holds it at a value; the rest follows along the
arrows, step after step. In a linear graph the change is what was set, less the mean, times what one unit
does (`paths.py`); intervals draw whole clusters and fit the weights anew, so they hold for the arrows that
were found: that others were missed is in no interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr
from scipy.stats import chi2

from telltale.causal.dag import Floats
from telltale.causal.discovery import FactorGraph
from telltale.causal.linear_graph import LaggedEdges, LinearGraph, weights_of
from telltale.core.errors import ConfigError
from telltale.core.rng import stream

_FAR: Final = 0.01
"""Share of rows that are as far out or farther: below it a warning is given."""


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """What follows for one factor."""

    factor: str
    change: Floats
    """Shape (H + 1,): in the factor's unit, after 0, 1, ... steps, against its mean."""
    low: Floats
    high: Floats
    mean: float
    sd: float

    @property
    def in_sd(self) -> Floats:
        """Shape (H + 1,): the change in standard deviations."""
        in_sd: Floats = self.change / self.sd if self.sd > 0 else np.full_like(self.change, np.nan)
        return in_sd


@dataclass(frozen=True, slots=True, eq=False)
class WhatIfAnswer:
    """What follows, with what would make it wrong."""

    settings: Mapping[str, float]
    """Each factor that is held, and its value."""
    outcomes: tuple[WhatIf, ...]
    grid_s: float
    level: float
    warnings: tuple[str, ...]


def what_if(
    graph: FactorGraph,
    settings: Mapping[str, float],
    outcomes: Sequence[str] | None = None,
    *,
    steps: int = 12,
    draws: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> WhatIfAnswer:
    """Set factors and see what follows.

    Parameters
    ----------
    settings
        Values in the factors' own units, held from now on.
    outcomes
        Factors to tell of; all others when not given.
    steps
        H, how far to look.
    """
    linear = graph.linear
    _refuse(linear, settings, outcomes, steps)
    places = {linear.place(name): value for name, value in settings.items()}
    told = [linear.place(name) for name in (outcomes or [n for n in linear.names if n not in settings])]
    edges = LaggedEdges(linear.now != 0, linear.before != 0)
    clusters = graph.rows.clusters
    covariances = clusters.covariances(clusters.draws(stream(seed, "what if"), draws))
    drawn = [_change(w, linear.mean, places, steps) for w in weights_of(covariances, edges)]
    change = _change(np.concatenate([linear.now[None], linear.before]), linear.mean, places, steps)
    tail = (1 - level) / 2
    low, high = np.quantile(np.array(drawn), [tail, 1 - tail], axis=0)
    answers = tuple(
        WhatIf(
            linear.names[k],
            change[:, k],
            low[:, k],
            high[:, k],
            float(linear.mean[k]),
            float(linear.sd[k]),
        )
        for k in told
    )
    return WhatIfAnswer(dict(settings), answers, graph.rows.grid_s, level, _warnings(graph, places))


def _refuse(
    linear: LinearGraph, settings: Mapping[str, float], outcomes: Sequence[str] | None, steps: int
) -> None:
    faults = [
        f"no factor is called '{name}'" for name in (*settings, *(outcomes or ())) if name not in linear.names
    ]
    faults += [f"'{name}' is set to {value}" for name, value in settings.items() if not np.isfinite(value)]
    faults += [f"'{name}' is set and asked for" for name in outcomes or () if name in settings]
    if not settings:
        faults.append("nothing is set")
    if steps < 0:
        faults.append(f"{steps} steps are none")
    if faults:
        raise ConfigError("; ".join(faults), hint=f"factors are {', '.join(linear.names)}")


def _change(weights: Floats, mean: Floats, places: Mapping[int, float], steps: int) -> Floats:
    """The graph run for the expected change, shape (H + 1, n): set factors stay where they were put.

    `weights` has shape (1 + L, n, n): of now, then of each step before.
    """
    n = len(mean)
    held = np.array(sorted(places))
    put = np.array([places[k] - mean[k] for k in held.tolist()])
    now = weights[0].copy()
    now[:, held] = 0.0
    at_once = np.linalg.inv(np.eye(n) - now)
    out = np.zeros((steps + 1, n))
    for h in range(steps + 1):
        pushed = np.zeros(n)
        for k in range(1, min(h, len(weights) - 1) + 1):
            pushed += out[h - k] @ weights[k]
        pushed[held] = put
        out[h] = pushed @ at_once
    return out


def _warnings(graph: FactorGraph, places: Mapping[int, float]) -> tuple[str, ...]:
    """Where the data never went, as far as a normal spread tells."""
    linear, out = graph.linear, []
    for place, value in places.items():
        away = abs(value - linear.mean[place]) / linear.sd[place]
        share = 2 * float(ndtr(-away))
        if share < _FAR:
            out.append(
                f"{linear.names[place]} = {value:g} lies {away:.1f} standard deviations from its mean:"
                " hardly any row of the data is as far out, so this rests on the line alone"
            )
    if len(places) > 1 and not out:
        held = sorted(places)
        spread = graph.rows.clusters.total().covariance[np.ix_(held, held)]
        away_all = np.array([places[k] - linear.mean[k] for k in held])
        distance = float(away_all @ np.linalg.pinv(spread, hermitian=True) @ away_all)
        if float(chi2.sf(distance, len(held))) < _FAR:
            names = ", ".join(linear.names[k] for k in held)
            out.append(f"{names} are hardly ever so together, so this rests on the line alone")
    return tuple(out)
