"""Some of the rows themselves: what sums and products do not tell, such as whether noise is normal.

Whole clusters by chance, as many as fit, so that half of the clusters is half of these rows too and what is
kept does not grow with the study.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.core.rng import stream

MOST_ROWS: Final = 20_000
_MANY_CLUSTERS: Final = 20
"""As many are kept at least where there are as many: with fewer, half of the clusters could have no row."""


@dataclass(frozen=True, slots=True, eq=False)
class RowSample:
    """Rows of a panel, now and before."""

    values: Floats
    """Shape (M, d)."""
    owner: npt.NDArray[np.int64]
    """Shape (M,): the cluster of each, as `ClusterMoments` counts them."""

    def of(self, often: Floats) -> Floats:
        """The rows of the clusters with a weight, shape (G,)."""
        chosen: Floats = self.values[often[self.owner] > 0]
        return chosen


def sample_rows(values: Floats, cluster: npt.ArrayLike, *, most: int = MOST_ROWS) -> RowSample:
    """Keep at most `most` rows.

    Parameters
    ----------
    values, cluster
        Shapes (N, d) and (N,), as `cluster_moments` takes them. A cluster too large for twenty of its size
        to fit gives rows at even distances.

    >>> sample_rows(np.zeros((1000, 2)), np.arange(1000) // 5, most=102).values.shape
    (100, 2)
    """
    _, owner = np.unique(np.asarray(cluster), return_inverse=True)
    count = np.bincount(owner)
    order = np.argsort(owner, kind="stable")
    starts = np.concatenate([[0], np.cumsum(count)])
    kept: list[npt.NDArray[np.int64]] = []
    room, share = most, max(1, most // max(1, min(len(count), _MANY_CLUSTERS)))
    for chosen in stream(0, "rows of a graph").permutation(len(count)).tolist():
        take = min(int(count[chosen]), share)
        if take <= room:
            own = np.linspace(0, count[chosen] - 1, take).round().astype(np.int64)
            kept.append(order[starts[chosen] + own])
            room -= take
    places = np.sort(np.concatenate(kept)) if kept else np.empty(0, np.int64)
    return RowSample(values[places], owner[places].astype(np.int64))
