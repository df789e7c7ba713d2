"""What follows from a push, step after step, in one linear graph or in many resamples of it at once.

    x(h) = [push + sum_k x(h - k) before_k] (I - now)^-1

The rows of a resample differ in weights alone, so all of them are run together: weights of shape
(..., 1 + L, n, n), of now and of each step before, give responses of shape (..., H + 1, n). A chain of
factors is a product of polynomials in steps; what waits in a factor is a series of its own persistence.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from telltale.causal.dag import Floats
from telltale.causal.linear_graph import LinearGraph

Push = Literal["pulse", "held"]
"""pulse: one unit more in one step, and what follows from it; held: one unit more from then on, whatever
else would move it."""


def weights_in(graph: LinearGraph) -> Floats:
    """A graph's weights as one array, shape (1 + L, n, n)."""
    return np.concatenate([graph.now[None], graph.before])


def pulse_response(weights: Floats, place: int, steps: int) -> Floats:
    """What one unit more of a factor in one step does to each, shape (..., H + 1, n).

    >>> half = np.array([[[0.0, 0.4], [0.0, 0.0]], [[0.5, 0.0], [0.0, 0.0]]])
    >>> pulse_response(half, 0, 2).tolist()
    [[1.0, 0.4], [0.5, 0.2], [0.25, 0.1]]
    """
    push = np.zeros(weights.shape[-1])
    push[place] = 1.0
    return _run(weights, push, steps, again=False)


def held_response(weights: Floats, places: Sequence[int], put: Sequence[float], steps: int) -> Floats:
    """What follows for each where factors are put so far from their means and held, shape (..., H + 1, n)."""
    push = np.zeros(weights.shape[-1])
    push[list(places)] = put
    return _run(_uncaused(weights, places), push, steps, again=True)


def response(weights: Floats, source: int, target: int, steps: int, push: Push) -> Floats:
    """What one unit of a factor does to another by all paths, shape (..., H + 1)."""
    if push == "pulse":
        return pulse_response(weights, source, steps)[..., target]
    return held_response(weights, [source], [1.0], steps)[..., target]


def chain_response(weights: Floats, way: Sequence[int], steps: int, push: Push) -> Floats:
    """The same by one chain of factors alone, with what waits in each of them, shape (..., H + 1)."""
    out = np.zeros((*weights.shape[:-3], steps + 1))
    out[..., 0] = 1.0
    # What is held waits in nothing: it is moved by nothing, not by itself either.
    if push == "pulse":
        out = _waiting(out, weights, way[0])
    for i, j in pairwise(way):
        out = _waiting(_times(out, weights[..., :, i, j]), weights, j)
    return summed(out, push)


def summed(pulse: Floats, push: Push) -> Floats:
    """What is held has pushed in every step until now; shape (..., H + 1)."""
    return np.cumsum(pulse, axis=-1) if push == "held" else pulse


def _uncaused(weights: Floats, places: Sequence[int]) -> Floats:
    """What is held is moved by nothing."""
    out = weights.copy()
    out[..., list(places)] = 0.0
    return out


def _run(weights: Floats, push: Floats, steps: int, *, again: bool) -> Floats:
    """`again`: in every step, not in the first alone."""
    n, lags = weights.shape[-1], weights.shape[-3] - 1
    at_once = np.linalg.inv(np.eye(n) - weights[..., 0, :, :])
    # Rows of one more axis, so that a resample's row meets its own weights.
    out = np.zeros((*weights.shape[:-3], steps + 1, 1, n))
    for h in range(steps + 1):
        pushed = np.zeros((*weights.shape[:-3], 1, n))
        if again or h == 0:
            pushed += push
        for k in range(1, min(h, lags) + 1):
            pushed += out[..., h - k, :, :] @ weights[..., k, :, :]
        out[..., h, :, :] = pushed @ at_once
    return out[..., 0, :]


def _waiting(comes: Floats, weights: Floats, place: int) -> Floats:
    """What is in a factor that so much comes to, with what its own persistence leaves; shape (..., H + 1)."""
    own, out = weights[..., 1:, place, place], comes.copy()
    for h in range(1, comes.shape[-1]):
        for k in range(1, min(h, own.shape[-1]) + 1):
            out[..., h] += own[..., k - 1] * out[..., h - k]
    return out


def _times(one: Floats, other: Floats) -> Floats:
    """The product of two polynomials in steps, as far as the first goes."""
    out = np.zeros_like(one)
    for k in range(min(one.shape[-1], other.shape[-1])):
        out[..., k:] += other[..., k, None] * one[..., : one.shape[-1] - k]
    return out
