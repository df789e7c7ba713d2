"""The Gaussian score of a graph, from correlations alone: BIC, and BIC with many variables in mind.

    score(G) = sum over i of  -n_i/2 log(1 - R2 of i by its parents) - |parents of i| (c/2 log n + g log d)

Higher is better. n_i are the rows that say something of their own of i, n the most of them: a fact of a
session is told once a session, however long it lasts, and an edge costs the same wherever it points. Mostly
all n_i are n. c = 1 and g = 0 is Schwarz's BIC; c above 1 wants more evidence for an edge; g is the EBIC of
Chen and Chen (2008), Foygel and Drton (2010). It does not change with the unit of any variable, and all
graphs of one equivalence class have the same, if those who may be turned have the same n_i: it cannot read
an order that the data do not tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dpotrf, dpotrs

from telltale.core.errors import FormatError

Floats = npt.NDArray[np.float64]
_LEAST_LEFT = 1e-10
"""Share of a variable's variance below which it counts as told wholly by others."""


@dataclass(frozen=True, slots=True, eq=False)
class GaussianScore:
    """Scores of nodes given their parents, each worked out once.

    >>> score = gaussian_score(np.array([[1.0, 0.5], [0.5, 1.0]]), n=100)
    >>> round(score.local(1, [0]) - score.local(1, []), 3)
    12.082
    """

    correlation: Floats
    """Shape (d, d)."""
    n: Floats
    """Shape (d,): independent rows behind each variable as an effect."""
    per_edge: float
    """What an edge costs."""
    seen: dict[tuple[int, frozenset[int]], float] = field(default_factory=dict, repr=False)

    def local(self, node: int, parents: Iterable[int]) -> float:
        """The score of one node given its parents."""
        key = (node, frozenset(parents))
        if key not in self.seen:
            chosen = sorted(key[1])
            left = float(self.left(node, chosen))
            self.seen[key] = -0.5 * float(self.n[node]) * math.log(left) - self.per_edge * len(chosen)
        return self.seen[key]

    def left(self, node: int, parents: Sequence[int]) -> float:
        """Share of a node's variance that its parents leave."""
        if not parents:
            return 1.0
        chosen = list(parents)
        joint = self.correlation[np.ix_(chosen, chosen)]
        toward = self.correlation[chosen, node]
        factor, fault = dpotrf(joint, lower=1)
        if fault:
            return _LEAST_LEFT
        return max(1.0 - float(toward @ dpotrs(factor, toward, lower=1)[0]), _LEAST_LEFT)

    def with_one_more(self, node: int, parents: Sequence[int]) -> Floats:
        """Shape (d,): the score of a node given its parents and each other variable in turn.

        -inf for the node itself and its parents.
        """
        chosen = list(parents)
        r = self.correlation
        if not chosen:
            toward, spread, left = r[node], np.ones(len(r)), 1.0
        else:
            factor, fault = dpotrf(r[np.ix_(chosen, chosen)], lower=1)
            if fault:
                return np.full(len(r), -np.inf)
            weights = dpotrs(factor, r[chosen], lower=1)[0]
            toward = r[node] - r[node, chosen] @ weights
            spread = 1.0 - np.einsum("kj,kj->j", r[chosen], weights)
            left = max(float(spread[node]), _LEAST_LEFT)
        # A candidate that the parents tell wholly adds nothing but rounding.
        useful = spread > _LEAST_LEFT
        told = np.divide(toward**2, spread, out=np.zeros_like(spread), where=useful)
        found = -0.5 * self.n[node] * np.log(np.maximum(left - told, _LEAST_LEFT))
        found -= self.per_edge * (len(chosen) + 1)
        found[~useful] = -np.inf
        found[[node, *chosen]] = -np.inf
        return np.asarray(found, float)

    def with_one_less(self, node: int, parents: Sequence[int]) -> Floats:
        """Shape (parents,): the score of a node given its parents but for each in turn."""
        chosen = list(parents)
        count = len(chosen)
        toward = self.correlation[chosen, node]
        factor, fault = dpotrf(self.correlation[np.ix_(chosen, chosen)], lower=1)
        if fault:
            others = [[one for one in chosen if one != gone] for gone in chosen]
            return np.array([self.local(node, fewer) for fewer in others])
        inverse = dpotrs(factor, np.eye(count), lower=1)[0]
        weights = inverse @ toward
        # What a parent tells beyond the others.
        left = 1.0 - float(toward @ weights) + weights**2 / np.diagonal(inverse)
        found = -0.5 * self.n[node] * np.log(np.maximum(left, _LEAST_LEFT))
        return np.asarray(found - self.per_edge * (count - 1), float)

    def total(self, edges: npt.ArrayLike) -> float:
        """The score of a DAG, shape (d, d); 0 for the empty one."""
        dag = np.asarray(edges) != 0
        return sum(self.local(node, np.flatnonzero(dag[:, node]).tolist()) for node in range(len(dag)))


def gaussian_score(
    covariance: npt.ArrayLike, n: npt.ArrayLike, *, penalty: float = 1.0, ebic: float = 0.0
) -> GaussianScore:
    """Make a score from a covariance.

    Parameters
    ----------
    covariance
        Shape (d, d), finite, no variance of 0.
    n
        Independent rows behind it: a number, or shape (d,), of each variable as an effect.
    penalty
        c: how many times BIC's price an edge costs.
    ebic
        g: 0 for BIC, up to 1 where variables are many for the rows.
    """
    given = np.asarray(covariance, float)
    each = np.asarray(n, dtype=np.float64)
    most = float(each.max(initial=0.0))
    spread = check_covariance(given, most)
    if each.shape not in ((), (len(given),)) or each.min() < 1:
        raise FormatError(
            f"rows of shape {each.shape}, {each.min():g} at the least, for {len(given)} variables",
            hint="give one number, or one for each, of 1 or more",
        )
    price = 0.5 * penalty * math.log(most) + ebic * math.log(len(given))
    correlation = given / np.outer(spread, spread)
    np.fill_diagonal(correlation, 1.0)
    return GaussianScore((correlation + correlation.T) / 2, np.full(len(given), each), price)


def check_covariance(covariance: Floats, n: float) -> Floats:
    """The standard deviations, shape (d,); what no graph can be learnt from is refused, all at once."""
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1] or not len(covariance):
        raise FormatError(f"a covariance of shape {covariance.shape}", hint="give one of shape (d, d)")
    if not np.isfinite(covariance).all():
        raise FormatError("a covariance with values missing", hint="fill or leave out rows with gaps first")
    faults = []
    constant = np.flatnonzero(np.diagonal(covariance) <= 0)
    if len(constant):
        faults.append(f"variables {constant.tolist()} never change")
    if n <= len(covariance):
        faults.append(f"{n:g} rows for {len(covariance)} variables")
    if faults:
        raise FormatError("; ".join(faults), hint="leave out such variables, or gather more rows")
    return np.asarray(np.sqrt(np.diagonal(covariance)))
