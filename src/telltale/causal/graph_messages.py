"""Messages over a graph of factors: equation 3, weighted by the graph, run in numpy.

    h_i(t)^(0)    =  s( sum_m P_m x_i(t - m) + e_i )
    m_j(t)^(l)    =  [ h_j(t)^(l) + sum_i now_ij h_i(t)^(l) + sum_i before_ij h_i(t - 1)^(l) ] / c_j
    h_j(t)^(l+1)  =  s( W^(l) m_j(t)^(l) + b^(l) )
    c_j           =  sqrt( 1 + sum_i now_ij^2 + sum_i before_ij^2 )
    told          =  V [ h_y(t)^(L), y(t), ..., y(t - k + 1) ] + v of the target y: value, log odds of a rise

`now` and `before` are the edges: without them in the messages they would learn nothing of the task. c takes
the place of the paper's c_ij: it balances factors of many causes against those of few, and as a factor's own
state counts 1, the weights have a scale. s is the leaky rectifier. Each layer looks one step further back, so
L layers over a base of f steps see f + L of the k steps.

Arrays have factors first, (n, steps, rows, width): a layer is then one product of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats

Inputs = npt.NDArray[np.float32] | npt.NDArray[np.float64]
LEAK: Final = 0.1
_ROWS_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class GraphWeights:
    """All that a graph network has learnt; n factors, width w, L layers, a base of f steps."""

    target: int
    now: Floats
    """Shape (n, n): [i, j] is i -> j within a step."""
    before: Floats
    """Shape (n, n): i -> j from the step before."""
    base: Floats
    """P, shape (f, w)."""
    node: Floats
    """e, shape (n, w)."""
    mix: Floats
    """W, shape (L, w, w)."""
    bias: Floats
    """b, shape (L, w)."""
    head: Floats
    """V, shape (w + k, 2)."""
    offset: Floats
    """v, shape (2,)."""

    @property
    def layers(self) -> int:
        """L."""
        return len(self.mix)

    @property
    def history(self) -> int:
        """k."""
        return len(self.head) - len(self.node[0])


def tell(weights: GraphWeights, inputs: Inputs) -> Floats:
    """What the network tells.

    Parameters
    ----------
    inputs
        Shape (M, n, k), scaled; [:, :, 0] is the last step.

    Returns
    -------
    Shape (M, 2): the value, in standard deviations from the mean, and the log odds of a rise.
    """
    parts = [
        _tell(weights, inputs[start : start + _ROWS_AT_ONCE].astype(np.float64))
        for start in range(0, len(inputs), _ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 2))


def _tell(weights: GraphWeights, inputs: Floats) -> Floats:
    return read_out(weights, states(weights, inputs)[-1][weights.target, 0], inputs)


def states(weights: GraphWeights, inputs: Floats) -> list[Floats]:
    """Of every layer from 0 to L: shape (n, L - l + 1, M, w)."""
    out = [embed(weights, inputs)]
    for layer in range(weights.layers):
        out.append(pass_on(weights, layer, gathered(weights, out[-1])))
    return out


def embed(weights: GraphWeights, inputs: Floats) -> Floats:
    """h^(0), shape (n, L + 1, M, w)."""
    f, by_factor = len(weights.base), inputs.transpose(1, 0, 2)
    frames = np.stack([by_factor[:, :, step : step + f] for step in range(weights.layers + 1)], axis=1)
    return leaky(frames @ weights.base + weights.node[:, None, None, :])


def gathered(weights: GraphWeights, state: Floats) -> Floats:
    """What comes in at each node, shape (n, T - 1, M, w) of states (n, T, M, w)."""
    now, before = normalised(weights)
    at_once = np.tensordot(now.T, state[:, :-1], axes=1)
    late = np.tensordot(before.T, state[:, 1:], axes=1)
    found: Floats = at_once + late
    return found


def pass_on(weights: GraphWeights, layer: int, coming: Floats) -> Floats:
    """The next layer's states from what came in."""
    return leaky(coming @ weights.mix[layer] + weights.bias[layer])


def read_out(weights: GraphWeights, state: Floats, inputs: Floats) -> Floats:
    """Shape (M, 2) from the target's last state, shape (M, w)."""
    told: Floats = np.concatenate([state, inputs[:, weights.target]], axis=1) @ weights.head + weights.offset
    return told


def normalised(weights: GraphWeights) -> tuple[Floats, Floats]:
    """The edges over c, a node's own state among those of now.

    >>> nothing = np.zeros((2, 2))
    >>> edges = np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> now, _ = normalised(GraphWeights(0, edges, nothing, *[nothing] * 6))
    >>> now.round(3).tolist()
    [[1.0, 0.707], [0.0, 0.707]]
    """
    size = np.sqrt(1.0 + np.sum(weights.now**2, axis=0) + np.sum(weights.before**2, axis=0))
    return (np.eye(len(weights.now)) + weights.now) / size, weights.before / size


def leaky(values: Floats) -> Floats:
    """s."""
    return np.maximum(values, LEAK * values)
