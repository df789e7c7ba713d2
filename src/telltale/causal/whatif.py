"""What if a factor were set: what follows for others, how sure that is, and whether the data ever went there.

Setting a factor (Pearl's do) cuts what usually moves it and holds it at a value; the rest follows along the
arrows, step after step. In a linear graph the change is what was set, less the mean, times what one unit
does (`paths.py`); intervals draw whole clusters, fit the weights anew and are widened for how few
clusters there are; they hold for the arrows that were found: that others were missed is in no interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.discovery import FactorGraph
from telltale.causal.draw_ends import draws_for, ends_of
from telltale.causal.graph_faults import PLURAL
from telltale.causal.linear_graph import LaggedEdges, LinearGraph, weights_of
from telltale.causal.responses import held_response, weights_in
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
    reached: bool
    """Whether a way was found to it from what is held, within these steps."""

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
    draws: int | None = None,
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
    draws
        Resamples of the clusters; 200, or as many as the level needs, where nobody says.
    """
    linear, clusters = graph.linear, graph.rows.clusters
    draws = draws_for(draws, level, clusters.clusters, PLURAL[graph.rows.cluster])
    _refuse(linear, settings, outcomes, steps)
    places = {linear.place(name): value for name, value in settings.items()}
    told = [linear.place(name) for name in (outcomes or [n for n in linear.names if n not in settings])]
    edges = LaggedEdges(linear.now != 0, linear.before != 0)
    covariances = clusters.covariances(clusters.draws(stream(seed, "what if"), draws))
    put = [value - linear.mean[place] for place, value in places.items()]
    change = held_response(weights_in(linear), list(places), put, steps)
    drawn = held_response(weights_of(covariances, edges), list(places), put, steps)
    low, high = ends_of(drawn, level, clusters.clusters)
    reached = _reached(linear, list(places), steps)
    answers = tuple(
        WhatIf(
            linear.names[k],
            change[:, k],
            low[:, k],
            high[:, k],
            float(linear.mean[k]),
            float(linear.sd[k]),
            bool(reached[k]),
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


def _reached(linear: LinearGraph, held: list[int], steps: int) -> npt.NDArray[np.bool_]:
    """Shape (n,): to which factors a way leads from one of those that are held."""
    # One after another, so that where one is held or how two make up for each other hides no way.
    weights, one = weights_in(linear), np.eye(len(held))
    moved = [held_response(weights, held, put.tolist(), steps).any(axis=0) for put in one]
    reached: npt.NDArray[np.bool_] = np.any(moved, axis=0)
    return reached


def _warnings(graph: FactorGraph, places: Mapping[int, float]) -> tuple[str, ...]:
    """Where the rows that were kept never went."""
    linear, rows, out = graph.linear, graph.rows.sample.values, []
    if not len(rows):
        return ()
    for place, value in places.items():
        side = np.sign(value - linear.mean[place])
        as_far = int((side * (rows[:, place] - value) >= 0).sum())
        if as_far < _FAR / 2 * len(rows):
            away = abs(value - linear.mean[place]) / linear.sd[place]
            out.append(
                f"{linear.names[place]} = {value:g} lies {away:.1f} standard deviations from its mean:"
                f" {_of_rows(as_far, len(rows))} as far out, so this rests on the line alone"
            )
    if len(places) > 1 and not out:
        held = sorted(places)
        spread = graph.rows.clusters.total().covariance[np.ix_(held, held)]
        weights = np.linalg.pinv(spread, hermitian=True)
        away_all = np.array([places[k] - linear.mean[k] for k in held])
        others = rows[:, held] - linear.mean[held]
        far = np.einsum("ri,ij,rj->r", others, weights, others) >= away_all @ weights @ away_all
        if far.mean() < _FAR:
            names = ", ".join(linear.names[k] for k in held)
            out.append(
                f"{names} are hardly ever so together ({_of_rows(int(far.sum()), len(rows))} as far from"
                " what is usual), so this rests on the line alone"
            )
    return tuple(out)


def _of_rows(count: int, rows: int) -> str:
    return f"{count or 'none'} of {rows:,} rows looked at {'is' if count <= 1 else 'are'}"
