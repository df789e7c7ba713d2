"""How far weights are from having no circle, and the way down: h(W) = 0 where W is a DAG, else more.

    h(W) = tr(exp(W o W)) - d                      Zheng and others (2018); equation 9 of the paper
    h(W) = tr((I + W o W / d)^d) - d               Yu and others (2019), which most implementations take
    h(W) = d log s - log det(s I - W o W)          Bello and others (2022); s exceeds the spectral radius

All have the gradient of a sum over closed walks, so all live within strongly connected components alone:
what lies outside of any circle adds nothing and is left out, exactly, which makes a sparse W cheap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm, inv
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Form = Literal["exponential", "polynomial"]
_WORTH_CUTTING = 12
_TOO_MUCH = 100.0


def exponential_h(W: Floats) -> tuple[float, Floats]:  # noqa: N803
    """h = tr(exp(W o W)) - d and its gradient exp(W o W)' o 2 W, equation 9.

    Parameters
    ----------
    W
        Shape (d, d), weight of the arrow i -> j.

    Returns
    -------
        h, 0 for a DAG, and its gradient, shape (d, d).

    >>> h, slope = exponential_h(np.array([[0.0, 2.0], [0.0, 0.0]]))
    >>> h, slope.tolist()
    (0.0, [[0.0, 0.0], [0.0, 0.0]])
    """
    h, walks = closed_walks(W)
    return h, 2.0 * W * walks


def closed_walks(W: Floats, form: Form = "exponential") -> tuple[float, Floats]:  # noqa: N803
    """h, and the sums of walks from j to i: the gradient of h by W o W, 0 outside of circles.

    Twice the second is also the diagonal of the curvature of h by W, but for what W itself adds.
    """
    squared = W * W
    walks = np.zeros_like(W)
    h = 0.0
    for block in _circles(squared):
        lived = squared[block]
        # No minimum lies out there; a line search that strays so far only has to hear "too much".
        lived *= min(1.0, _TOO_MUCH / max(float(lived.sum(axis=0).max()), 1e-300))
        if form == "polynomial":
            step = lived / len(W)
            step[np.diag_indices_from(step)] += 1.0
            before = np.linalg.matrix_power(step, len(W) - 1)
            h += float(np.sum(before.T * step)) - len(step)
            walks[block] = before.T
            continue
        inside = expm(lived)
        # The sum of what exceeds 1 keeps the digits that tr - d would lose.
        h += float(np.sum(np.diagonal(inside) - 1.0))
        walks[block] = inside.T
    # Rounding can end below 0, h cannot.
    return max(h, 0.0), walks


def log_determinant_h(W: Floats, s: float = 1.0) -> tuple[float, Floats]:  # noqa: N803
    """h = d log s - log det(s I - W o W) and its gradient (s I - W o W)^-T o 2 W.

    Infinite, with a gradient of NaN, where s does not exceed the spectral radius of W o W.

    >>> round(log_determinant_h(np.array([[0.0, 0.5], [0.5, 0.0]]))[0], 6)
    0.064539
    """
    squared = W * W
    gradient = np.zeros_like(W)
    h = 0.0
    for block in _circles(squared):
        inside = s * np.eye(len(block[0])) - squared[block]
        inverse = inv(inside) if np.linalg.det(inside) > 0 else np.full_like(inside, -1.0)
        # An M-matrix, and nothing else of this form, has an inverse without a negative entry.
        if (inverse < -1e-12).any():
            return math.inf, np.full_like(W, np.nan)
        h += len(inside) * math.log(s) - float(np.linalg.slogdet(inside)[1])
        gradient[block] = 2.0 * W[block] * inverse.T
    return h, gradient


def _circles(squared: Floats) -> Iterator[tuple[npt.NDArray[np.intp], ...]]:
    """The strongly connected components that hold more than one variable, or one that points at itself."""
    d = len(squared)
    if d < _WORTH_CUTTING:
        yield np.ix_(np.arange(d), np.arange(d))
        return
    count, member = connected_components(csr_array(squared), connection="strong")
    if count == 1:
        yield np.ix_(np.arange(d), np.arange(d))
        return
    sizes = np.bincount(member, minlength=count)
    looped = member[np.diagonal(squared) > 0]
    for one in np.flatnonzero((sizes > 1) | np.isin(np.arange(count), looped)):
        inside = np.flatnonzero(member == one)
        yield np.ix_(inside, inside)
