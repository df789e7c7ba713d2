"""Folds for cross-fitting: whole clusters, with the same share of treated in each as far as can be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from telltale.core.rng import stream
from telltale.effects.variance import Bools, Floats, Ints


def cluster_folds(cluster: Ints, by: Floats | Bools, folds: int, seed: int, *names: str | int) -> Ints:
    """The fold of each row, shape (N,), 0 to folds - 1; rows of one cluster share a fold.

    Parameters
    ----------
    cluster
        Shape (N,), codes.
    by
        Shape (N,): what each fold should hold a like share of, such as who was treated.
    names
        What the folds are for; each name has a draw of its own.

    >>> fold = cluster_folds(np.arange(10), np.arange(10) < 4, 2, 0, "doc")
    >>> sorted(fold[:4].tolist()), sorted(fold[4:].tolist())
    ([0, 0, 1, 1], [0, 0, 0, 1, 1, 1])
    """
    _, code = np.unique(cluster, return_inverse=True)
    count = np.bincount(code)
    share = np.bincount(code, weights=np.asarray(by, dtype=np.float64)) / count
    lot = stream(seed, "folds", *names).random(len(count))
    order = np.lexsort((lot, share))
    of_cluster = np.empty(len(count), dtype=np.int64)
    of_cluster[order] = np.arange(len(count)) % min(folds, len(count))
    return of_cluster[code]


def split(fold: Ints) -> Iterator[tuple[Bools, Bools]]:
    """Of each fold: which rows to learn from, and which to judge; both shape (N,)."""
    for k in range(int(fold.max()) + 1):
        held = fold == k
        if held.any():
            yield ~held, held
