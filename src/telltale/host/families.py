"""Many questions at once: how many of the answers are chance.

    q      Benjamini & Hochberg (1995), within one outcome's family of expressions
    over outcomes: Simes's p of each family, Benjamini-Hochberg over families; with R of m families selected,
           each is asked at level a R / m (Benjamini & Bogomolov 2014)

so that among the families told, the expected share of false claims is a. A q here is already stretched by
m / R: it is held against a itself. Of a family that was not selected no q lies under a.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from telltale.host.shown import Array


def benjamini_hochberg(p: Array) -> Array:
    """q of each p, NaN where there is none. Shape as p.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, np.nan])).round(3).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return q


def simes(p: Array) -> float:
    """p of the family: that none of its questions has an answer. NaN where none was asked.

    >>> round(simes(np.array([0.01, 0.5, 0.9])), 3)
    0.03
    """
    q = benjamini_hochberg(p)
    return float(np.nanmin(q)) if np.isfinite(q).any() else float("nan")


def over_families(p: Array, level: float = 0.05) -> Array:
    """q of each p, families as rows. Shape (families, questions).

    >>> over_families(np.array([[0.001, 0.9], [0.3, 0.8]])).round(3).tolist()
    [[0.004, 1.0], [0.6, 0.8]]
    """
    return np.array(across([benjamini_hochberg(row) for row in p], level)).reshape(p.shape)


def across(own: Sequence[Array], level: float = 0.05) -> list[Array]:
    """The same from each family's own q, of any number of questions.

    >>> [q.round(3).tolist() for q in across([np.array([0.002, 0.9]), np.array([0.6]), np.array([])])]
    [[0.004, 1.0], [0.6], []]
    """
    smallest = [float(np.nanmin(q)) if np.isfinite(q).any() else float("nan") for q in own]
    whole = benjamini_hochberg(np.array(smallest))
    chosen = whole <= level
    stretch = int(np.isfinite(whole).sum()) / max(int(chosen.sum()), 1)
    return [
        np.minimum(q * stretch, 1.0) if picked else np.fmax(q, family)
        for q, picked, family in zip(own, chosen, whole, strict=True)
    ]
