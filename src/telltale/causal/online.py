"""A graph that is kept up to date as sessions come, at a cost that does not grow with how many have come.

What is kept are sums and products of columns, and whose the rows were, to count these. So the graph after k
sessions is the one that a batch of the same k gives, but for rounding. Replicas of these sums, in each of
which a session counts as often as Poisson draws say, stand for resamples of the sessions: intervals cost the
same however long it has run. Ends are told as a batch tells them (`draw_ends.py`), not narrowed by replicas
or by people or rooms being few; where there are too few replicas for that there is no interval. Poisson
draws of G differ by themselves as much as they should, which these ends take for sqrt((G - 1) / G) of it: of
ten they are wide by a twentieth.

What a whole room shares at one moment and no factor tells is taken out where rows come in parts
(`shared_sums.py`): each row is told against the others who were there, so rows of a room are made together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.draw_ends import ends_of, fewest_draws
from telltale.causal.linear_graph import LaggedEdges, LinearGraph, fit_linear_graph, weights_of
from telltale.causal.moments import Moments, moments_of
from telltale.causal.shared_shocks import SharedColumns
from telltale.causal.shared_sums import freed, freed_covariances, with_raw
from telltale.core.errors import FormatError
from telltale.core.rng import stream

REPLICAS: Final = 119
"""As many as 95 % need from ten people or rooms on, the fewest that a graph is learnt from."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveWeights:
    """The graph as it stands."""

    graph: LinearGraph
    low: Floats
    """Shape (1 + L, n, n): of now, then of each step before, in the factors' own units. NaN where
    replicas that hold rows are fewer than the level needs of so many clusters."""
    high: Floats
    drawn: Floats
    """Shape (R, 1 + L, n, n): the weights of each resample that holds rows by now; none where there are too
    few for the level."""
    sessions: int
    clusters: int
    """People or rooms whose rows came: among how many the replicas draw."""


class OnlineGraph:
    """Weights of given arrows, session after session.

    Parameters
    ----------
    names
        Of the d = n (1 + L) columns, as `linear_graph.lagged_names` gives them.
    edges
        Which arrows there are; `edges` may be set anew at any time, nothing has to be read again.
    origin
        Shape (d,): about where the columns lie, such as their means in the first session. With `shared`,
        of rows in parts.
    shared
        Whose the columns are, where what a room shares is to be taken out.
    replicas
        Resamples kept for intervals, see `draw_ends.fewest_draws`; 0 for none.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        edges: LaggedEdges,
        origin: Floats,
        *,
        shared: SharedColumns | None = None,
        replicas: int = REPLICAS,
        seed: int = 0,
    ) -> None:
        d = len(names)
        if len(edges.now) * (1 + edges.lags) != d:
            raise FormatError(
                f"{d} columns for {len(edges.now)} factors", hint="name those of now and before"
            )
        self.edges = edges
        self._names, self._origin, self._shared = names, np.asarray(origin, dtype=np.float64), shared
        wide = names if shared is None else with_raw(names, shared)
        self._total = Moments(wide, self._origin, 0.0, np.zeros(len(wide)), np.zeros((len(wide),) * 2))
        self._counts = np.zeros(replicas)
        self._sums = np.zeros((replicas, len(wide)))
        self._products = np.zeros((replicas, len(wide), len(wide)))
        self._seed, self.sessions = seed, 0
        self._owners: set[str | int] = set()

    @property
    def factors(self) -> tuple[str, ...]:
        """The n names."""
        return self._names[: len(self.edges.now)]

    @property
    def moments(self) -> Moments:
        """Of all that has come: a batch search over these gives what it gives over all rows."""
        return self._total if self._shared is None else freed(self._total, self._shared)

    def add(self, rows: npt.ArrayLike, owner: str | None = None) -> None:
        """Take a session's rows.

        Parameters
        ----------
        rows
            Shape (M, d); with `shared` as `in_parts` gives them, shape (M, d + own).
        owner
            With whose other sessions it is drawn: a person or a room. By itself where nobody is named.
        """
        part = moments_of(self._total.names, rows, self._origin)
        self._total = self._total + part
        whose = self.sessions if owner is None else owner
        if part.count:
            self._owners.add(whose)
        drawn = stream(self._seed, "online", whose)
        often = drawn.poisson(1.0, len(self._counts)).astype(np.float64)
        self._counts += often * part.count
        self._sums += often[:, None] * part.sums
        for replica in np.flatnonzero(often).tolist():
            self._products[replica] += often[replica] * part.products
        self.sessions += 1

    def weights(self, level: float = 0.95) -> LiveWeights:
        """The graph now, with intervals."""
        if self._total.count < 2:
            raise FormatError("no rows have come yet", hint="add a session first")
        graph = fit_linear_graph(self.moments, self.edges)
        held = self._counts > 1
        if held.sum() < fewest_draws(level, clusters := len(self._owners)):
            nothing = np.full((1 + self.edges.lags, *graph.now.shape), np.nan)
            return LiveWeights(graph, nothing, nothing, nothing[None][:0], self.sessions, clusters)
        offset = self._sums[held] / self._counts[held, None]
        covariances = self._products[held]
        covariances /= self._counts[held, None, None]
        covariances -= offset[:, :, None] * offset[:, None, :]
        if self._shared is not None:
            covariances = freed_covariances(covariances, self._shared)
        drawn = weights_of(covariances, self.edges)
        there = np.concatenate([self.edges.now[None], self.edges.before])
        low, high = np.zeros((2, *there.shape))
        low[there], high[there] = ends_of(drawn[:, there], level, clusters)
        return LiveWeights(graph, low, high, drawn, self.sessions, clusters)
