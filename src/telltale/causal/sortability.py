"""Sortability: how far a graph could be guessed from the order of one number a variable, without any search.

Varsortability goes by variance, R2-sortability by how well all others tell a variable. 1: the number rises
from cause to effect along every path, so sorting by it finds the order. 0: it falls along every path. 0.5: it
says nothing. A variance belongs to the unit that something was measured in; a method that lives on it (least
squares as in NOTEARS) loses it when the unit changes, R2 stays.

Reisach, Seiler and Weichwald (2021), "Beware of the simulated DAG!"; Reisach, Tami, Seiler, Chambaz and
Weichwald (2023), "A scale-invariant sorting criterion to find a causal order in additive noise models".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import is_acyclic
from telltale.core.errors import FormatError

Floats = npt.NDArray[np.float64]
_SAME = 1e-9


def varsortability(covariance: npt.ArrayLike, edges: npt.ArrayLike) -> float:
    """Sortability by variance.

    Parameters
    ----------
    covariance
        Shape (d, d).
    edges
        Shape (d, d), the true DAG, or the one that was found.

    >>> varsortability([[1.0, 1.0], [1.0, 2.0]], [[0, 1], [0, 0]])
    1.0
    """
    return sortability(np.diagonal(np.asarray(covariance, float)), edges)


def r2_sortability(covariance: npt.ArrayLike, edges: npt.ArrayLike) -> float:
    """Sortability by R2; the same whatever the units.

    With two variables both are told equally well, so it says nothing:

    >>> r2_sortability([[1.0, 1.0], [1.0, 2.0]], [[0, 1], [0, 0]])
    0.5
    """
    return sortability(r2_of_each(covariance), edges)


def r2_of_each(covariance: npt.ArrayLike) -> Floats:
    """Shape (d,): the share of each variable's variance that all others tell, 1 - 1 / (S_ii S^-1_ii).

    >>> r2_of_each([[1.0, 0.5], [0.5, 1.0]]).round(3).tolist()
    [0.25, 0.25]
    """
    given = np.asarray(covariance, float)
    spread = np.sqrt(np.diagonal(given))
    precision = np.linalg.pinv(given / np.outer(spread, spread), hermitian=True)
    told: Floats = 1.0 - 1.0 / np.maximum(np.diagonal(precision), 1.0)
    return told


def sortability(by: npt.ArrayLike, edges: npt.ArrayLike) -> float:
    """Share of the paths along which a number rises, a tie counting as half; NaN without an edge.

    A pair counts once for each length of path that joins it, as in the papers.

    Parameters
    ----------
    by
        Shape (d,), not negative.
    edges
        Shape (d, d), a DAG.

    >>> sortability([1.0, 3.0, 2.0], [[0, 1, 0], [0, 0, 1], [0, 0, 0]]).__round__(3)
    0.667
    """
    number, dag = np.asarray(by, float), np.asarray(edges) != 0
    if not is_acyclic(dag):
        raise FormatError("the arrows run in a circle", hint="sortability is of a graph without one")
    # Relative, so that no unit decides what is a tie.
    rises = number[None, :] > number[:, None] * (1 + _SAME)
    falls = number[None, :] < number[:, None] * (1 - _SAME)
    worth = 0.5 + 0.5 * rises - 0.5 * falls
    joined, count, total = dag, 0, 0.0
    while joined.any():
        count += int(joined.sum())
        total += float(worth[joined].sum())
        joined = (joined.astype(np.float32) @ dag.astype(np.float32)) > 0
    return total / count if count else float("nan")


def sortability_words(share: float, by: str) -> str:
    """What a sortability means, in a sentence.

    >>> sortability_words(0.98, "variance")
    'Variance rises along 98 % of the paths: sorting by it alone gives the order away.'
    """
    if not np.isfinite(share):
        return f"Without an edge there is no path along which {by} could rise."
    start = f"{by[0].upper()}{by[1:]} rises along {share:.0%} of the paths".replace("%", " %")
    if share >= 0.8:
        return f"{start}: sorting by it alone gives the order away."
    if share <= 0.2:
        return f"{start}: it falls from cause to effect, and a method that sorts by it turns arrows round."
    if abs(share - 0.5) <= 0.1:
        return f"{start}: it says nothing of the order."
    return f"{start}: it says a little of the order."
