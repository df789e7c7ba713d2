"""Sessions that come after a graph was learnt: their rows, laid as the batch laid its own, and a live graph.

    panel of new sessions > whole rows > the graph's factors > now and before (> against the others there)

A row looks at nothing but its own session and, where what a room shares is taken out, at who else was in that
room at that moment: so the rows of some sessions, or of some whole rooms, are those that a batch of all has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.discovery import FactorGraph
from telltale.causal.graph_rows import GraphRows
from telltale.causal.linear_graph import LaggedEdges, lagged_names, lagged_rows
from telltale.causal.online import REPLICAS, OnlineGraph
from telltale.causal.shared_shocks import against_others, shared_columns
from telltale.causal.shared_sums import in_parts
from telltale.factors.panel import FactorPanel


@dataclass(frozen=True, slots=True, eq=False)
class SessionRows:
    """What a session adds."""

    session: str
    owner: str
    """The person, or the room: with whom it is drawn again for intervals."""
    rows: Floats
    """Shape (M, columns), as `OnlineGraph.add` takes them; none where no step has all factors and a past."""


def further_rows(panel: FactorPanel, learnt: GraphRows) -> tuple[SessionRows, ...]:
    """The rows of each session of a panel.

    Parameters
    ----------
    panel
        All factors that the batch was given, those too that never changed in it: a row with a hole in one of
        them is left out there as here. Where what a room shares was taken out, of whole rooms.
    learnt
        What the graph was learnt from.
    """
    given = panel.complete().panel.select(learnt.factors)
    places, table = _laid(given, learnt.lags)
    if learnt.adjusted:
        columns = shared_columns(given.factors, learnt.lags)
        differs = against_others(given, places, learnt.lags)
        places = places[np.isfinite(differs).all(axis=1)]
        table = in_parts(table, differs, columns)
    ids = {"person": panel.person_ids, "room": panel.room_ids, "session": panel.session_ids}[learnt.cluster]
    owner = dict(zip(panel.session.tolist(), getattr(panel, learnt.cluster).tolist(), strict=True))
    of = panel.session[:0] if not len(places) else given.session[places]
    ends = np.searchsorted(of, np.arange(len(panel.session_ids) + 1))
    return tuple(
        SessionRows(name, ids[owner[code]] if code in owner else name, table[ends[code] : ends[code + 1]])
        for code, name in enumerate(panel.session_ids)
    )


def live_graph(
    graph: FactorGraph, rows: tuple[SessionRows, ...], panel: FactorPanel, *, replicas: int = REPLICAS
) -> OnlineGraph:
    """The graph of a batch, to which sessions may be added.

    Parameters
    ----------
    rows, panel
        Of the sessions that it was learnt from.
    """
    learnt = graph.rows
    factors = [panel.factor(name) for name in learnt.factors]
    live = OnlineGraph(
        lagged_names(learnt.factors, learnt.lags),
        LaggedEdges(graph.linear.now != 0, graph.linear.before != 0),
        np.concatenate([one.rows for one in rows]).mean(axis=0),
        shared=shared_columns(factors, learnt.lags) if learnt.adjusted else None,
        replicas=replicas,
        seed=graph.settings.seed,
    )
    for one in rows:
        live.add(one.rows, one.owner)
    return live


def _laid(panel: FactorPanel, lags: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Places and rows of the steps that have a past; none where no step has."""
    if not lags:
        return np.arange(len(panel)), panel.values.copy()
    places, now, before = panel.lagged(lags)
    return places, lagged_rows(now, before)
