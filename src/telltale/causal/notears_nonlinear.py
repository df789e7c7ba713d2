"""NOTEARS for causes that are not linear: a small network for each variable, acyclic in its first layer.

    x_j = v_j' sigmoid(A_j' x + b_j) + c_j + noise,   W_ij = || A_j[i, :] ||_2

    min  1/2n sum_j ||x_j - f_j(X)||^2 + l1 sum |A| + l2/2 sum (A^2 + v^2)
    so that   h(W) = tr(exp(W o W)) - d = 0

Gradients are written out. Made for ten variables or so. As the linear form it sees the units of the data, and
as it begins with no edge it overlooks an arrow that has no slope on the whole, such as a wave that is even.

Zheng, Dan, Aragam, Ravikumar and Xing (2020), "Learning sparse nonparametric DAGs".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from telltale.causal.acyclicity import closed_walks
from telltale.causal.dag import Edges, Known, known_edges
from telltale.causal.notears_linear import cut_to_dag
from telltale.causal.scores import check_covariance
from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.core.settings import whole

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Network:
    """What is fitted, and how far.

    >>> Network(hidden=0)
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: 'hidden' is 0: choose a whole number, 1 or more
    """

    hidden: int = 8
    """Units of the one hidden layer."""
    l1: float = 0.01
    l2: float = 0.01
    threshold: float = 0.3
    """Norms up to this size are cut."""
    h_tolerance: float = 1e-8
    rho_max: float = 1e16
    seed: int = 0

    def __post_init__(self) -> None:
        if not whole(self.hidden, 1):
            raise ConfigError(f"'hidden' is {self.hidden!r}", hint="choose a whole number, 1 or more")


@dataclass(frozen=True, slots=True, eq=False)
class NonlinearFit:
    """What was found."""

    W: Floats
    """Shape (d, d): norm of the first layer's weights from i to j."""
    edges: Edges
    """Shape (d, d), a DAG."""
    h: float
    loss: float
    """Squares alone, 1/2n."""
    threshold: float


def notears_nonlinear(
    X: npt.ArrayLike,  # noqa: N803
    network: Network | None = None,
    *,
    allowed: npt.ArrayLike | None = None,
    required: npt.ArrayLike | None = None,
) -> NonlinearFit:
    """Find a DAG whose arrows may be any smooth function.

    Parameters
    ----------
    X
        Shape (n, d).
    network
        Its size and prices.
    allowed, required
        Shape (d, d): see `dag.known_edges`. A required edge costs no L1 and is never cut.
    """
    data, settings = np.asarray(X, float), network or Network()
    if data.ndim != 2:
        raise FormatError(f"data of shape {data.shape}", hint="give one row for each moment, shape (n, d)")
    data = data - data.mean(axis=0)
    check_covariance(data.T @ data / len(data), len(data))
    known = known_edges(data.shape[1], allowed, required)
    layers = _Layers(data, settings, known)
    start, h, rho, alpha = layers.start(), math.inf, 1.0, 0.0
    while rho < settings.rho_max and h > settings.h_tolerance:
        found = start
        while rho < settings.rho_max:
            found = layers.minimise(start, rho, alpha)
            reached = closed_walks(layers.norms(found))[0]
            if reached <= 0.25 * h:
                break
            rho *= 10.0
        start, h = found, reached
        alpha += rho * h
    W = layers.norms(start)  # noqa: N806
    edges, cut = cut_to_dag(W, settings.threshold, known.required)
    return NonlinearFit(W, edges, h, layers.squares(layers.unpack(start))[0], cut)


@dataclass(slots=True, eq=False)
class _Parts:
    """Weights, or their gradient."""

    first: Floats
    """A, shape (d from, d to, hidden)."""
    bias: Floats
    """b, shape (d to, hidden)."""
    second: Floats
    """v, shape (d to, hidden)."""
    offset: Floats
    """c, shape (d to,)."""


class _Layers:
    """The networks of all variables as one flat vector: A+ and A- of allowed edges, then b, v, c."""

    def __init__(self, X: Floats, settings: Network, known: Known) -> None:  # noqa: N803
        self._X, self._settings = X, settings
        d, hidden = X.shape[1], settings.hidden
        self._shape = (d, d, hidden)
        self._free = np.flatnonzero(np.repeat(known.allowed.ravel(), hidden))
        self._price = np.repeat(np.where(known.required, 0.0, settings.l1).ravel(), hidden)[self._free]

    def start(self) -> Floats:
        """No edge, as in the paper; the rest drawn at random so that hidden units differ."""
        d, _, hidden = self._shape
        chance = stream(self._settings.seed, "nonlinear notears")
        drawn = chance.uniform(-1.0, 1.0, (2, d, hidden)) / math.sqrt(hidden)
        return np.concatenate([np.zeros(2 * len(self._free)), drawn.ravel(), np.zeros(d)])

    def unpack(self, flat: Floats) -> _Parts:
        d, _, hidden = self._shape
        many, layer = len(self._free), d * hidden
        first = np.zeros(d * layer)
        first[self._free] = flat[:many] - flat[many : 2 * many]
        bias, second, offset = np.split(flat[2 * many :], [layer, 2 * layer])
        return _Parts(first.reshape(self._shape), bias.reshape(d, hidden), second.reshape(d, hidden), offset)

    def norms(self, flat: Floats) -> Floats:
        """W, shape (d, d)."""
        return np.asarray(np.sqrt(np.sum(self.unpack(flat).first ** 2, axis=2)))

    def squares(self, parts: _Parts) -> tuple[float, _Parts]:
        """1/2n of the squares, and its gradient."""
        n, d = self._X.shape
        out = expit((self._X @ parts.first.reshape(d, -1)).reshape(n, d, -1) + parts.bias)
        missed = np.einsum("njm,jm->nj", out, parts.second) + parts.offset - self._X
        back = (missed / n)[:, :, None] * parts.second * out * (1.0 - out)
        slope = _Parts(
            (self._X.T @ back.reshape(n, -1)).reshape(self._shape),
            back.sum(axis=0),
            np.einsum("nj,njm->jm", missed / n, out),
            missed.mean(axis=0),
        )
        return float(np.sum(missed**2)) / (2 * n), slope

    def lagrangian(self, flat: Floats, rho: float, alpha: float) -> tuple[float, Floats]:
        """What is brought to its minimum, and its gradient."""
        parts, l2 = self.unpack(flat), self._settings.l2
        value, slope = self.squares(parts)
        h, walks = closed_walks(np.sqrt(np.sum(parts.first**2, axis=2)))
        value += alpha * h + 0.5 * rho * h * h
        value += 0.5 * l2 * float(np.sum(parts.first**2) + np.sum(parts.second**2))
        # h by a weight of A is h by (W o W)_ij times twice that weight.
        slope.first += (2.0 * (rho * h + alpha) * walks[:, :, None] + l2) * parts.first
        slope.second += l2 * parts.second
        many = len(self._free)
        value += float(self._price @ (flat[:many] + flat[many : 2 * many]))
        of_first = slope.first.ravel()[self._free]
        rest = (slope.bias.ravel(), slope.second.ravel(), slope.offset)
        return value, np.concatenate([of_first + self._price, self._price - of_first, *rest])

    def minimise(self, start: Floats, rho: float, alpha: float) -> Floats:
        many = 2 * len(self._free)
        bounds: list[tuple[float | None, float | None]] = [(0.0, None)] * many
        bounds += [(None, None)] * (len(start) - many)

        def value(flat: Floats) -> tuple[float, Floats]:
            return self.lagrangian(flat, rho, alpha)

        found = minimize(
            value,
            start,
            method="L-BFGS-B",
            jac=True,
            bounds=bounds,
            options={"maxiter": 300, "ftol": 1e-7},
        )
        return np.asarray(found.x, float)
