"""What a graph is learnt from: rows of now and before, summed up by cluster, and which arrows time allows.

A column stands for a factor now (n of them), or one, two, ... steps ago. A broadcast's factors are the same
for all who watch at one moment, so these rows say one thing many times over: `independent` counts them once.
A fact of a session is the same at all its moments, and `worth` counts it once a session. Where sessions
differ in length their rows weigh in that much, and what they are worth together is

    (sum of rows)^2 / sum of rows^2        Kish: 150 of one length are 150, of unlike lengths fewer
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Edges, Floats
from telltale.causal.graph_faults import (
    Cluster,
    refuse_asked,
    refuse_gaps,
    refuse_rows,
    still_known,
    whole_rows,
)
from telltale.causal.linear_graph import lagged_names, lagged_rows
from telltale.causal.moments import ClusterMoments, cluster_moments
from telltale.causal.normal_scores import Types, normal_scores
from telltale.causal.row_sample import RowSample, sample_rows
from telltale.causal.shared_shocks import (
    Shared,
    SharedPart,
    against_others,
    is_shared,
    often_together,
    shared_columns,
    shared_parts,
    shared_words,
    without_shared,
)
from telltale.causal.shared_sums import freed_moments, in_parts
from telltale.factors.order import Background, allowed, required
from telltale.factors.panel import FactorPanel

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class GraphRows:
    """Rows, summed up; d = n (1 + L) columns."""

    factors: tuple[str, ...]
    """The n names."""
    tiers: tuple[int, ...]
    """Of each, its place in time within a step (`factors/factor.py`)."""
    lags: int
    grid_s: float
    clusters: ClusterMoments
    structure: ClusterMoments
    """What arrows are sought in: the same, or normal scores."""
    sample: RowSample
    """Some of the rows themselves."""
    cluster: Cluster
    """What a cluster is."""
    allowed: Edges
    """Shape (d, d): [i, j] is i -> j; only into the factors now."""
    required: Edges
    """Shape (d, d)."""
    moving: npt.NDArray[np.intp]
    """Columns that change: a fact of the session has none from before."""
    turnable: Edges
    """Shape (n, n): pairs that may be joined either way within a step."""
    rows: int
    independent: int
    """Rows that say something of their own of what changes."""
    worth: Floats
    """Shape (n,): as many of each factor; of a fact, sessions, people or rooms, whose it is."""
    shared: tuple[SharedPart, ...]
    """What a room shares and no factor tells, by factor; empty where nobody is together or nobody asked."""
    adjusted: bool
    """Whether that was taken out."""
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """n."""
        return len(self.factors)


def graph_rows(
    panel: FactorPanel,
    *,
    lags: int = 1,
    background: Background | None = None,
    cluster: Cluster = "person",
    shared: Shared = "auto",
    types: Types = "as they are",
) -> GraphRows:
    """Sum a panel up.

    Parameters
    ----------
    panel
        Rows with a hole are left out, and so are factors that never change; the notes say which.
    lags
        Steps that arrows may look back, 0 or more.
    background
        What is known of the arrows. Viewers move the broadcast only where it says so.
    cluster
        Whose rows are drawn together: people, or rooms where viewers of one room move each other.
    shared
        Whether what a whole room shares at one moment and no factor tells is taken out, see
        `shared_shocks.py`. By default it is measured first.
    types
        Whether arrows are sought among values as they are or among their normal scores; weights are of the
        values either way. Scores find more where readings are bent or counts are skewed (F1 of joined pairs
        .91 for .86 in simulated graphs of mixed types, 2,000 rows), nothing where they are not (.99 for
        .98, `benchmarks/causal/mixed.py`), and a little less in simulated studies (.92 for .93).
    """
    refuse_asked(lags, cluster, shared, types)
    known = background or Background()
    # What contradicts itself is told before any row is read.
    allowed(panel, known)
    given = whole_rows(panel).varying()
    known = still_known(known, given)
    rows, table = _laid(given, lags)
    codes = getattr(given, cluster)[rows]
    refuse_rows(given, table, codes, cluster)
    parts = shared_parts(given, rows, table, lags) if shared != "keep" else ()
    told = shared_words(parts, adjusted=False)
    independent = _independent(given, rows)
    adjusted = shared == "adjust" or (is_shared(parts) and often_together(given, rows))
    names = lagged_names(given.names, lags)
    if adjusted:
        less = without_shared(given, rows, table, lags)
        columns = shared_columns(given.factors, lags)
        clusters: ClusterMoments = freed_moments(
            names, in_parts(table, less.differs, columns), codes[less.kept], columns
        )
        told = shared_words(parts, adjusted=True, left_out=int((~less.kept).sum()))
        rows, table, codes = rows[less.kept], less.table, codes[less.kept]
        refuse_rows(given, table, codes, cluster)
        # In each moment one row says nothing: all together are at the mean.
        independent = min(_independent(given, rows), len(rows) - less.moments)
    else:
        clusters = cluster_moments(names, table, codes)
    scored = types == "normal scores"
    structure = _of_scores(given, lags, codes, adjusted=adjusted) if scored else clusters
    may, must = (cause_to_effect(*arrows, lags) for arrows in (allowed(given, known), required(given, known)))
    within = may[: len(given.names), : len(given.names)]
    return GraphRows(
        factors=given.names,
        tiers=tuple(factor.tier for factor in given.factors),
        lags=lags,
        grid_s=given.grid_s,
        clusters=clusters,
        structure=structure,
        sample=sample_rows(table, codes),
        cluster=cluster,
        allowed=may,
        required=must,
        moving=_moving(given, lags),
        turnable=within & within.T,
        rows=len(rows),
        independent=independent,
        worth=_worth(given, rows, independent),
        shared=parts,
        adjusted=adjusted,
        notes=(*given.notes, *told, *_drawn(given, cluster)),
    )


def _drawn(panel: FactorPanel, cluster: Cluster) -> tuple[str, ...]:
    """What drawing people does not see."""
    if cluster != "person" or not any(factor.level == "room" for factor in panel.factors):
        return ()
    return (
        "people are drawn again for intervals: of arrows from what a whole room shares they are"
        " too narrow, draw rooms for these",
    )


def _laid(panel: FactorPanel, lags: int) -> tuple[Codes, Floats]:
    """The rows that have a past, and now and before beside each other."""
    if lags:
        rows, now, before = panel.lagged(lags)
        refuse_gaps(panel, rows, lags)
        return rows, lagged_rows(now, before)
    return np.arange(len(panel)), panel.values.copy()


def _of_scores(panel: FactorPanel, lags: int, codes: Codes, *, adjusted: bool) -> ClusterMoments:
    """The same rows of normal scores, summed up."""
    scored, names = normal_scores(panel), lagged_names(panel.names, lags)
    rows, table = _laid(scored, lags)
    if not adjusted:
        return cluster_moments(names, table, codes)
    columns = shared_columns(panel.factors, lags)
    return freed_moments(names, in_parts(table, against_others(scored, rows, lags), columns), codes, columns)


def cause_to_effect(now: Edges, before: Edges, lags: int) -> Edges:
    """Arrows of `factors/order.py`, whose rows are effects, as this part wants them: [i, j] is i -> j.

    Parameters
    ----------
    now, before
        Shape (n, n): within a step, and from each step before.

    Returns
    -------
    Shape (d, d): into the factors now, from now and from before.
    """
    size = len(now)
    out = np.zeros((size * (1 + lags), size * (1 + lags)), bool)
    out[:, :size] = np.concatenate([now.T, *[before.T] * lags])
    return out


def _moving(panel: FactorPanel, lags: int) -> npt.NDArray[np.intp]:
    fixed = np.array([factor.level == "session" for factor in panel.factors])
    kept = np.concatenate([np.ones(len(fixed), bool), *[~fixed for _ in range(lags)]])
    return np.flatnonzero(kept)


def _independent(panel: FactorPanel, rows: Codes) -> int:
    """Moments of broadcasts where a factor is a broadcast's, rows where all are viewers' own."""
    if not any(factor.level == "room" for factor in panel.factors):
        return len(rows)
    pairs = panel.room[rows].astype(np.int64) * (int(panel.moment.max()) + 1) + panel.moment[rows]
    return len(np.unique(pairs))


def _worth(panel: FactorPanel, rows: Codes, independent: int) -> Floats:
    """Shape (n,): independent rows of each factor."""
    worth = np.full(len(panel.factors), float(independent))
    for place, factor in enumerate(panel.factors):
        if factor.level == "session":
            values, person = panel.values[rows, place], panel.person[rows]
            owner = "room" if factor.shared else "person" if _same_within(person, values) else "session"
            size = np.bincount(getattr(panel, owner)[rows]).astype(np.float64)
            worth[place] = min(size.sum() ** 2 / (size**2).sum(), independent)
    return worth


def _same_within(codes: Codes, values: Floats) -> bool:
    """Whether rows of one code share one value."""
    _, first, where = np.unique(codes, return_index=True, return_inverse=True)
    return bool((values == values[first][where]).all())
