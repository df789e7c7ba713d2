"""DirectLiNGAM: the order of causes, read from noise that is not normal by taking out the first cause.

With X = X W + noise and noise that is not normal, the residual of an effect on its cause is independent of
that cause, and not the other way round. The variable that looks most like a cause of all others is first; its
part is taken out of the others and the next is sought. What is more likely of a pair is measured by the
difference of their entropies:

    R(i, j) = H(x_j) + H(r_i by j / sd) - H(x_i) - H(r_j by i / sd)
    first   = argmin over i of sum over j of min(0, R(i, j))^2

With normal noise nothing of this holds: look at `normality_of` first. The units of the variables do not
count.

Shimizu and others (2011), "DirectLiNGAM"; Hyvarinen and Smith (2013), "Pairwise likelihood ratios for
estimation of non-Gaussian structural equation models"; entropy by Hyvarinen (1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from telltale.causal.dag import Edges, Known, known_edges, topological_order
from telltale.causal.grow_shrink import GrowShrink
from telltale.causal.scores import check_covariance, gaussian_score
from telltale.core.errors import FormatError

Floats = npt.NDArray[np.float64]

_NORMAL_ENTROPY = 0.5 * (1.0 + np.log(2.0 * np.pi))
_K1, _K2, _GAMMA = 79.047, 7.4129, 0.37457
"""Hyvarinen's approximation: expectations of log cosh u and u exp(-u^2 / 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class LingamFit:
    """What DirectLiNGAM found."""

    order: tuple[int, ...]
    """Causes first."""
    edges: Edges
    """Shape (d, d), a DAG."""
    W: Floats
    """Shape (d, d), in the units of the data."""
    normality: Normality
    """Whether the residuals allow it."""


@dataclass(frozen=True, slots=True, eq=False)
class Normality:
    """How far residuals are from normal."""

    p_values: Floats
    """Shape (d,): Jarque and Bera's test of each."""
    share: float
    """Share of the residuals that are not normal at 5 %, after Holm's correction."""
    excess_kurtosis: Floats
    """Shape (d,)."""

    @property
    def may_use_lingam(self) -> bool:
        """At most one residual may be normal, or the order of two is a guess."""
        return round((1.0 - self.share) * len(self.p_values)) <= 1


def direct_lingam(
    X: npt.ArrayLike,  # noqa: N803
    *,
    penalty: float = 2.0,
    allowed: npt.ArrayLike | None = None,
    required: npt.ArrayLike | None = None,
) -> LingamFit:
    """Find a DAG by the order in which variables look like causes.

    Parameters
    ----------
    X
        Shape (n, d).
    penalty
        Price of an edge in BIC's, by which parents are picked once the order is known.
    allowed, required
        Shape (d, d): see `dag.known_edges`. Where they leave only some that can be first, one of those is.

    >>> from telltale.core.rng import stream
    >>> noise = stream(0, "doctest").exponential(size=(2000, 2))
    >>> direct_lingam(np.column_stack([noise[:, 0], noise[:, 0] + noise[:, 1]])).order
    (0, 1)
    """
    data = np.asarray(X, float)
    if data.ndim != 2:
        raise FormatError(f"data of shape {data.shape}", hint="give one row for each moment, shape (n, d)")
    data = data - data.mean(axis=0)
    covariance = data.T @ data / len(data)
    spread = check_covariance(covariance, len(data))
    known = known_edges(data.shape[1], allowed, required)
    order = causes_first(data / spread, known)
    edges = parents_in_order(order, covariance, len(data), penalty, known)
    W = weights_of(edges, covariance)  # noqa: N806
    return LingamFit(tuple(order), edges, W, normality_of(data - data @ W))


def normality_of(residuals: npt.ArrayLike) -> Normality:
    """Test whether residuals, shape (n, d), are normal, each by Jarque and Bera's test.

    >>> from telltale.core.rng import stream
    >>> normality_of(stream(0, "doctest").standard_normal((500, 4))).may_use_lingam
    False
    """
    given = np.asarray(residuals, float)
    p = np.asarray(stats.jarque_bera(given, axis=0).pvalue, float)
    place = np.argsort(np.argsort(p))
    # Holm: the smallest against 5 % / d, the next against 5 % / (d - 1), until one stands.
    stands = np.sort(p) > 0.05 / (len(p) - np.arange(len(p)))
    first = int(np.argmax(stands)) if stands.any() else len(p)
    kurtosis = np.asarray(stats.kurtosis(given, axis=0), float)
    return Normality(p, float(np.mean(place < first)), kurtosis)


def weights_of(edges: Edges, covariance: Floats) -> Floats:
    """Least-squares weights of each variable on its parents, shape (d, d)."""
    W = np.zeros_like(covariance)  # noqa: N806
    for node in range(len(edges)):
        parents = np.flatnonzero(edges[:, node])
        W[parents, node] = np.linalg.solve(covariance[np.ix_(parents, parents)], covariance[parents, node])
    return W


def entropy(u: Floats) -> Floats:
    """Entropy of columns of mean 0 and variance 1, by two moments; shape (n, ...) to (...).

    A normal one has 1.419.
    """
    # log cosh without overflow.
    size = np.abs(u)
    log_cosh = np.mean(size + np.log(1.0 + np.exp(-2.0 * size)), axis=0) - np.log(2.0)
    skewed = np.mean(u * np.exp(-0.5 * u * u), axis=0)
    found: Floats = _NORMAL_ENTROPY - _K1 * (log_cosh - _GAMMA) ** 2 - _K2 * skewed**2
    return found


def causes_first(X: Floats, known: Known) -> list[int]:  # noqa: N803
    """The variables in the order in which they look like causes.

    Parameters
    ----------
    X
        Shape (n, d), centred, of variance 1.
    """
    left, order = list(range(X.shape[1])), []
    while len(left) > 1:
        may = [one for one in left if not known.required[left, one].any()]
        # Nobody else that is left may cause it: time order alone says that it is first.
        alone = [one for one in may if not known.allowed[left, one].any()]
        can = alone or [one for one in may if not _must_follow(one, left, known)] or may
        first = can[0] if alone or len(can) == 1 else can[int(np.argmin(_dependence(X, left, can, known)))]
        left.remove(first)
        order.append(first)
        X = _without(X, first, left)  # noqa: N806
    return order + left


def parents_in_order(
    order: list[int], covariance: Floats, n: npt.ArrayLike, penalty: float, known: Known
) -> Edges:
    """The parents that each variable picks among those before it, shape (d, d)."""
    score = gaussian_score(covariance, n, penalty=penalty)
    edges = np.zeros(covariance.shape, bool)
    before = bytearray(len(order))
    for node in order:
        edges[list(GrowShrink(score, known, node).parents(before)), node] = True
        before[node] = 1
    topological_order(edges)
    return edges


def _must_follow(node: int, left: list[int], known: Known) -> bool:
    """Whether some other that is left may cause the node, but never the other way round."""
    others = [one for one in left if one != node]
    return bool((known.allowed[others, node] & ~known.allowed[node, others]).any())


def _without(X: Floats, first: int, left: list[int]) -> Floats:  # noqa: N803
    """The rest after the first cause has been taken out, at variance 1."""
    rest = X.copy()
    cause = X[:, first]
    # What never changes in these rows tells nothing.
    slopes = cause @ X[:, left] / max(float(cause @ cause), np.finfo(float).tiny)
    rest[:, left] -= np.outer(cause, slopes)
    spread = rest[:, left].std(axis=0)
    rest[:, left] /= np.where(spread > 0, spread, 1.0)
    return rest


def _dependence(X: Floats, left: list[int], candidates: list[int], known: Known) -> Floats:  # noqa: N803
    """Of each candidate, how much speaks against its being first; shape (candidates,).

    Only who may cause it speaks against it. A pair is looked at once, for R(j, i) = -R(i, j).
    """
    own = dict(zip(left, entropy(X[:, left]).tolist(), strict=True))
    against = dict.fromkeys(candidates, 0.0)
    seen: set[int] = set()
    for one in candidates:
        met = {one} | {other for other in seen if known.allowed[one, other]}
        rivals = [other for other in left if other not in met and known.allowed[other, one]]
        for other, ratio in zip(rivals, _ratios(X, own, one, rivals), strict=True):
            against[one] += min(0.0, ratio) ** 2
            if other in against and known.allowed[one, other]:
                against[other] += max(0.0, ratio) ** 2
        seen.add(one)
    return np.array(list(against.values()))


def _ratios(X: Floats, own: dict[int, float], one: int, rivals: list[int]) -> list[float]:  # noqa: N803
    """R of one against each rival; positive where it looks like the cause."""
    cause, others = X[:, one : one + 1], X[:, rivals]
    r = np.clip(cause.T @ others / len(X), -1.0 + 1e-12, 1.0 - 1e-12)
    scale = np.sqrt(1.0 - r**2)
    of_it = entropy((cause - others * r) / scale)
    of_others = entropy((others - cause * r) / scale)
    found: list[float] = (np.array([own[other] for other in rivals]) + of_it - own[one] - of_others).tolist()
    return found
