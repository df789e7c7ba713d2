"""What a graph is learnt from: rows of now and before, summed up by cluster, and which arrows time allows.

A column stands for a factor now (n of them), or one, two, ... steps ago. A broadcast's factors are the same
for all who watch at one moment, so these rows say one thing many times over: `independent` counts them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Edges, Floats
from telltale.causal.linear_graph import lagged_names, lagged_rows
from telltale.causal.moments import ClusterMoments, cluster_moments
from telltale.core.errors import FormatError
from telltale.factors.order import Background, allowed, required
from telltale.factors.panel import FactorPanel

Cluster = Literal["person", "room", "session"]
Codes = npt.NDArray[np.int64]
_NO_SPREAD: Final = 1e-8
_NO_PART: Final = 1e-3
_FEWEST_CLUSTERS: Final = 10

NO_WAY_UP: Final = Background(viewers_move_rooms=False)
"""By default a viewer, one among many, does not move the broadcast."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphRows:
    """Rows, summed up; d = n (1 + L) columns."""

    factors: tuple[str, ...]
    """The n names."""
    lags: int
    grid_s: float
    clusters: ClusterMoments
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
    """Rows that say something of their own of the factor with the fewest."""
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
) -> GraphRows:
    """Sum a panel up.

    Parameters
    ----------
    panel
        Rows with a hole are left out, and so are factors that never change; the notes say which.
    lags
        Steps that arrows may look back.
    background
        What is known of the arrows; without any, viewers do not move the broadcast.
    cluster
        Whose rows are drawn together: people, or rooms where viewers of one room move each other.
    """
    if lags < 0:
        raise FormatError(f"{lags} lags are none", hint="take 0 or more")
    given = panel.complete().panel.varying()
    rows, now, before = given.lagged(lags) if lags else _unlagged(given)
    codes = getattr(given, cluster)[rows]
    table = lagged_rows(now, before)
    _refuse(given, table, codes, cluster)
    sums = cluster_moments(lagged_names(given.names, lags), table, codes)
    known = background or NO_WAY_UP
    may, must = allowed(given, known), required(given, known)
    return GraphRows(
        factors=given.names,
        lags=lags,
        grid_s=given.grid_s,
        clusters=sums,
        cluster=cluster,
        allowed=_spread(may.now.T, may.before.T, lags),
        required=_spread(must.now.T, must.before.T, lags),
        moving=_moving(given, lags),
        turnable=may.now & may.now.T,
        rows=len(rows),
        independent=_independent(given, rows),
        notes=given.notes,
    )


def _unlagged(
    panel: FactorPanel,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    count, size = panel.values.shape
    return np.arange(count), panel.values, np.empty((count, 0, size))


def _refuse(panel: FactorPanel, table: Floats, codes: Codes, cluster: str) -> None:
    """All that no graph can be learnt from, at once."""
    size = len(panel.factors)
    faults = []
    if size < 2:
        faults.append(f"{size} factors that change")
    if len(table) < 5 * table.shape[1]:
        faults.append(f"{len(table)} rows for {table.shape[1]} columns")
    if len(np.unique(codes)) < _FEWEST_CLUSTERS:
        faults.append(f"{len(np.unique(codes))} {cluster}s, {_FEWEST_CLUSTERS} at least")
    if not faults:
        names = [panel.names[k] for k in _collinear(np.asarray(np.corrcoef(panel.values.T)))]
        if names:
            faults.append(f"{', '.join(names)} say the same together: one follows from the others")
    if faults:
        raise FormatError("; ".join(faults), hint="leave such factors out, or gather more rows")


def _collinear(correlation: Floats) -> list[int]:
    """Factors that have a part in a combination without spread."""
    spread, ways = np.linalg.eigh(correlation)
    still = ways[:, spread < _NO_SPREAD]
    return np.flatnonzero((np.abs(still) > _NO_PART).any(axis=1)).tolist()


def _spread(now: Edges, before: Edges, lags: int) -> Edges:
    """Arrows into the factors now, from now and from each step before."""
    size = len(now)
    out = np.zeros((size * (1 + lags), size * (1 + lags)), bool)
    out[:size, :size] = now
    for lag in range(1, lags + 1):
        out[lag * size : (lag + 1) * size, :size] = before
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
