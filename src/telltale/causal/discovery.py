"""From a panel of factors to a graph of causes: each arrow with its weight and with how stable it is.

    panel > rows of now and before > moments by cluster
    all moments      > order search (BIC, no unit matters, time order kept), or LiNGAM where noise is not
                       normal and tells the order (`graph_search.py`)       > a graph
    half of clusters > the same, many times                                 > how often each arrow is found
    what is found often enough > least squares > weights, in standard deviations, intervals by cluster

An arrow that is found both ways about as often stays unoriented; without half samples, one that the graph of
all rows leaves tied, and how stable an arrow is was not asked. What is weaker than `least` is left out, for
with many rows noise in the readings makes weak arrows that are certain and not there. The score reads
no order of variances or of R2 (the order search begins at that of R2, among other starts):
`sortability.py` says how far either would have led.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np

from telltale.causal.dag import Edges, Floats
from telltale.causal.draw_ends import draws_for, ends_of
from telltale.causal.graph_faults import PLURAL
from telltale.causal.graph_rows import GraphRows
from telltale.causal.graph_search import (
    Choice,
    Method,
    Searched,
    by_noise,
    by_score,
    by_squares,
    choose,
)
from telltale.causal.linear_graph import LaggedEdges, LinearGraph, fit_linear_graph, weights_of
from telltale.causal.moments import Moments
from telltale.causal.sortability import r2_sortability, varsortability
from telltale.core.errors import ConfigError, FormatError
from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.core.settings import finite, not_share, not_whole

_NOTEARS_READS: Final = (
    "it reads the order of variances, which are all 1 here: what time does not order may point back as well"
)
_STILL: Final = 1e-9
"""Of a column's variance: less in a half of the clusters is rounding, and it never changes there."""
_HALVES_TRIED: Final = 500
"""A factor that changes in one cluster alone is in every second half."""


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """How a graph is sought.

    >>> DiscoverySettings(seen=1.4)
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: seen must be from 0 to 1, not 1.4: mend these settings
    """

    penalty: float = 2.0
    """How many times BIC's price an arrow costs."""
    least: float = 0.03
    """Arrows of fewer standard deviations are left out."""
    halves: int = 20
    """Half samples of the clusters; 0 asks nobody how stable the arrows are."""
    seen: float = 0.5
    """Share of the half samples in which an arrow must be found."""
    one_way: float = 0.75
    """Share of those in which it must point the same way, else it stays unoriented."""
    draws: int | None = None
    """Resamples of the clusters, for intervals; 200, or as many as the level needs, where nobody says. 0 for
    no intervals."""
    level: float = 0.95
    starts: int = 3
    method: Method | Literal["auto"] = "auto"
    """order: a score over orders; lingam: what noise tells; notears: the paper's; auto: order or lingam,
    whichever fits, see `graph_search.py`."""
    seed: int = 0

    def __post_init__(self) -> None:
        bounded = [
            ("method", self.method in ("auto", *get_args(Method)), f"auto, {' or '.join(get_args(Method))}"),
            *(
                (name, finite(value := getattr(self, name)) and value >= 0, "0 or more")
                for name in ("penalty", "least")
            ),
            *(
                (name, finite(value := getattr(self, name)) and 0 <= value <= 1, "from 0 to 1")
                for name in ("seen", "one_way")
            ),
        ]
        faults = [
            *not_whole(0, halves=self.halves, seed=self.seed),
            *not_whole(0, draws=0 if self.draws is None else self.draws),
            *not_whole(1, starts=self.starts),
            *(
                f"{name} must be {what}, not {getattr(self, name)!r}"
                for name, fits, what in bounded
                if not fits
            ),
            *not_share(level=self.level),
        ]
        if faults:
            raise ConfigError("; ".join(faults), hint="mend these settings")


@dataclass(frozen=True, slots=True)
class FactorEdge:
    """One arrow."""

    cause: str
    effect: str
    lag: int
    """Steps until it arrives."""
    weight: float
    """Standard deviations of the effect for one of the cause, all its other causes held."""
    low: float
    high: float
    seen: float
    """Share of half samples in which the two are joined at this lag; NaN where there were none."""
    one_way: float
    """Share of those that point as it does; 1 from step to step, for time tells."""
    oriented: bool
    """Whether data or time say which way it points; if not, it may as well point back."""


@dataclass(frozen=True, slots=True)
class Sortability:
    """How far the order within the step could be guessed without a search, see `sortability.py`; NaN where
    no arrow is within the step."""

    by_variance: float
    by_r2: float


@dataclass(frozen=True, slots=True, eq=False)
class FactorGraph:
    """What was found."""

    edges: tuple[FactorEdge, ...]
    """Between different factors, strongest first."""
    linear: LinearGraph
    """All arrows with weights in the factors' own units, a factor's own persistence too."""
    rows: GraphRows
    settings: DiscoverySettings
    method: Method
    """By which it was found."""
    chosen_because: str
    sortability: Sortability

    @property
    def names(self) -> tuple[str, ...]:
        """All factors."""
        return self.linear.names

    @property
    def unoriented(self) -> tuple[tuple[str, str], ...]:
        """Cause and effect of arrows that may as well point back: what follows from them is one reading."""
        return tuple((edge.cause, edge.effect) for edge in self.edges if not edge.oriented)

    def joined(self) -> Edges:
        """Shape (n, n): which factors an arrow joins, at any lag, either way."""
        place = {name: k for k, name in enumerate(self.names)}
        out = np.zeros((len(place), len(place)), bool)
        for edge in self.edges:
            out[place[edge.cause], place[edge.effect]] = out[place[edge.effect], place[edge.cause]] = True
        return out


def learn_graph(
    rows: GraphRows, settings: DiscoverySettings | None = None, progress: Progress = silent
) -> FactorGraph:
    """Find the graph of a panel.

    Parameters
    ----------
    rows
        See `graph_rows.graph_rows`.
    settings
        Those of `DiscoverySettings` where not given.
    """
    settings = _with_draws(settings or DiscoverySettings(), rows)
    choice, whole = _whole(rows, settings)
    halves = []
    for half in progress(range(settings.halves), total=settings.halves, label="half samples"):
        chosen = _half(rows, stream(settings.seed, "graph", "half", half))
        halves.append(_search(rows, choice.method, chosen, settings))
    seen, way = _stability(whole, halves, rows.size)
    kept = _consensus(whole, seen, settings)
    kept = _strong_enough(rows, kept, settings.least)
    total = rows.clusters.total()
    linear = fit_linear_graph(total, kept)
    low, high = _intervals(rows, kept, settings)
    return FactorGraph(
        edges=_edges(rows, linear, low, high, seen, way, _turned(rows, whole, way, settings)),
        linear=linear,
        rows=rows,
        settings=settings,
        method=choice.method,
        chosen_because=choice.because,
        sortability=sortability_of(total, kept),
    )


def _half(rows: GraphRows, draw: np.random.Generator) -> Floats:
    """Weights, shape (G,), of half of the clusters; drawn again where a rare factor never changes in them."""
    moves = np.diagonal(rows.structure.total().covariance)[rows.moving]
    for _ in range(_HALVES_TRIED):
        chosen = rows.clusters.half(draw)
        found = np.diagonal(rows.structure.total(chosen).covariance)[rows.moving]
        still = found <= _STILL * moves
        if not still.any():
            return chosen
    names = ", ".join(sorted({rows.structure.names[k] for k in rows.moving[still].tolist()}))
    raise FormatError(
        f"{names}: changes in too few {PLURAL[rows.cluster]} to draw halves of them",
        hint="leave such factors out, gather more, or ask for no half samples (--halves 0)",
    )


def _with_draws(settings: DiscoverySettings, rows: GraphRows) -> DiscoverySettings:
    """The same with a number of draws; too few are refused before anything long runs."""
    if settings.draws == 0:
        return settings
    clusters, drawn = rows.clusters.clusters, PLURAL[rows.cluster]
    return replace(settings, draws=draws_for(settings.draws, settings.level, clusters, drawn))


def _whole(rows: GraphRows, settings: DiscoverySettings) -> tuple[Choice, Searched]:
    """The graph of all rows, by the method that was asked for or fits."""
    if settings.method != "auto":
        because = "asked for" + (f"; {_NOTEARS_READS}" if settings.method == "notears" else "")
        return Choice(settings.method, because), _search(rows, settings.method, None, settings)
    return choose(rows, _search(rows, "order", None, settings), settings.penalty)


def _search(rows: GraphRows, method: Method, chosen: Floats | None, settings: DiscoverySettings) -> Searched:
    """The graph of all clusters, or of those with a weight, shape (G,)."""
    often = np.ones(rows.clusters.clusters) if chosen is None else chosen
    moments, share = rows.structure.total(often), float(often.mean())
    if method == "order":
        return by_score(
            rows, moments, penalty=settings.penalty, starts=settings.starts, seed=settings.seed, share=share
        )
    if method == "notears":
        return by_squares(rows, moments)
    return by_noise(rows, moments, rows.sample.of(often), penalty=settings.penalty, share=share)


def sortability_of(moments: Moments, edges: LaggedEdges) -> Sortability:
    """That of a graph: the order from step to step is time's, so only arrows within one count."""
    n = len(edges.now)
    covariance = moments.covariance[:n, :n]
    return Sortability(varsortability(covariance, edges.now), r2_sortability(covariance, edges.now))


def _stability(whole: Searched, halves: list[Searched], n: int) -> tuple[Floats, Floats]:
    """How often two are joined, and of that how often it points as in the whole; each like `dag`.

    Nobody is asked without half samples: NaN."""
    if not halves:
        return np.full(whole.dag.shape, np.nan), np.full(whole.dag.shape, np.nan)
    found = np.array([one.dag for one in halves], dtype=np.float64)
    # An arrow that the data do not turn speaks for both ways alike.
    now = np.array([np.where(one.tied, 0.5, one.dag[:n]) for one in halves])
    forwards = found.copy()
    forwards[:, :n] = now
    joined = found.copy()
    joined[:, :n] = np.maximum(found[:, :n], found[:, :n].transpose(0, 2, 1))
    seen = joined.mean(axis=0)
    way = np.divide(forwards.mean(axis=0), seen, out=np.zeros_like(seen), where=seen > 0)
    return seen, way


def _turned(rows: GraphRows, whole: Searched, way: Floats, settings: DiscoverySettings) -> Edges:
    """Which arrows are told their way: by time, by the half samples, or else by the graph of all rows."""
    turned, n = np.ones(whole.dag.shape, bool), rows.size
    told = way[:n] >= settings.one_way if settings.halves else ~whole.tied
    turned[:n] = ~rows.turnable | told
    return turned


def _consensus(whole: Searched, seen: Floats, settings: DiscoverySettings) -> LaggedEdges:
    """Arrows of the whole that are found often enough."""
    n = whole.dag.shape[1]
    kept = whole.dag & (np.isnan(seen) | (seen >= settings.seen))
    lags = kept[n:].reshape(-1, n, n)
    return LaggedEdges(kept[:n], lags)


def _strong_enough(rows: GraphRows, edges: LaggedEdges, least: float) -> LaggedEdges:
    """Leave the weakest arrow out until none is too weak: what it carried goes to the others. A factor's own
    persistence stays."""
    n = rows.size
    own = np.eye(n, dtype=bool)
    required = np.concatenate([rows.required[:n, :n], rows.required[n:, :n]]).reshape(-1, n, n)
    total = rows.clusters.total()
    while True:
        graph = fit_linear_graph(total, edges).standardised()
        weights = np.abs(np.concatenate([graph.now[None], graph.before]))
        mask = np.concatenate([edges.now[None], edges.before])
        weak = mask & (weights < least) & ~own[None] & ~required
        if not weak.any():
            return edges
        # All that are far too weak at once, the others one by one.
        far = weak & (weights < least / 2)
        gone = far if far.any() else weak & (weights == weights[weak].min())
        mask = mask & ~gone
        edges = LaggedEdges(mask[0], mask[1:])


def _intervals(rows: GraphRows, edges: LaggedEdges, settings: DiscoverySettings) -> tuple[Floats, Floats]:
    """Of the weights, each like `dag`, in standard deviations, given the arrows; the fewer the clusters, the
    wider. NaN where none are wanted."""
    if not settings.draws:
        nothing = np.full((rows.size * (1 + rows.lags), rows.size), np.nan)
        return nothing, nothing
    spread = fit_linear_graph(rows.clusters.total(), edges).sd
    ratio = np.where(spread > 0, spread, 1.0)[:, None] / np.where(spread > 0, spread, 1.0)[None, :]
    often = rows.clusters.draws(stream(settings.seed, "graph", "weights"), settings.draws)
    drawn = weights_of(rows.clusters.covariances(often), edges) * ratio
    low, high = ends_of(drawn, settings.level, rows.clusters.clusters)
    return low.reshape(-1, rows.size), high.reshape(-1, rows.size)


def _edges(
    rows: GraphRows,
    linear: LinearGraph,
    low: Floats,
    high: Floats,
    seen: Floats,
    way: Floats,
    turned: Edges,
) -> tuple[FactorEdge, ...]:
    standardised, n = linear.standardised(), rows.size
    weights = np.concatenate([standardised.now, standardised.before.reshape(-1, n)])
    out = []
    for row, effect in np.argwhere(weights != 0).tolist():
        lag, cause = divmod(row, n)
        if cause != effect:
            out.append(
                FactorEdge(
                    cause=linear.names[cause],
                    effect=linear.names[effect],
                    lag=lag,
                    weight=float(weights[row, effect]),
                    low=float(low[row, effect]),
                    high=float(high[row, effect]),
                    seen=float(seen[row, effect]),
                    one_way=float(way[row, effect]),
                    oriented=bool(turned[row, effect]),
                )
            )
    return tuple(sorted(out, key=lambda edge: -abs(edge.weight)))
