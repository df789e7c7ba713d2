"""What each edge of a graph network is worth: its cause is set, for this edge alone, and the forecast moves.

    do along i -> j:   j hears i as if x_i were that of another row; all else hears i as it was
    moved              mean of |change of the forecast|, in standard deviations of the target
    effect             sum of change x shift of x_i / sum of shift^2: standard deviations for one

The other row is one in which the rest makes about the same x_i likely: rows are ordered by a ridge regression
of x_i on the rest, and swapped among twenty neighbours. So what is set was once seen, and is about what the
rest would have: the network is not asked of worlds that it never saw.

Both are sums over windows by person, so that their intervals draw people: they are of this network as it is,
asked of other people, and not of what another training would have learnt.

The weights of the edges into a factor are then shared out anew: half by what was learnt, half by what moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.draw_ends import at_least
from telltale.causal.forecast_scores import Measure, people_drawn, ratio
from telltale.causal.graph_messages import (
    GraphWeights,
    gathered,
    leaky,
    normalised,
    pass_on,
    read_out,
    states,
)
from telltale.core.rng import stream

Codes = npt.NDArray[np.int64]
_ALIKE: Final = 20
"""Rows among which values are swapped."""
_RIDGE: Final = 1e-2


@dataclass(frozen=True, slots=True)
class EdgeEffect:
    """One edge, with intervals over people."""

    cause: int
    effect: int
    lag: int
    moved: Measure
    slope: Measure
    """The effect; NaN where the cause is the same in all rows."""


def edge_effects(
    weights: GraphWeights,
    inputs: npt.NDArray[np.float32],
    person: Codes,
    *,
    draws: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[EdgeEffect, ...]:
    """What an intervention along each edge does to the forecast of the target.

    Parameters
    ----------
    inputs
        Shape (M, n, k), scaled.
    person
        Shape (M,): who is drawn as a whole for the intervals.
    """
    values = inputs.astype(np.float64)
    seen = states(weights, values)
    told = read_out(weights, seen[-1][weights.target, 0], values)[:, 0]
    into = normalised(weights)
    coming = [gathered(weights, state) for state in seen[:-1]]
    rest, heard_of = _Rest(values), len(weights.base) + weights.layers
    draws = at_least(draws, level, len(np.unique(person)))
    whose, often = people_drawn(person, draws, stream(seed, "graph network", "effects"))
    out = []
    for cause in np.flatnonzero((weights.now != 0).any(axis=1) | (weights.before != 0).any(axis=1)).tolist():
        other = rest.swapped(cause, stream(seed, "graph network", "swap", cause))
        shift = (values[other, cause, :heard_of] - values[:, cause, :heard_of]).mean(axis=1)
        heard = _heard(weights, into, seen, coming, cause, values[other, cause])
        for lag, edges in enumerate((weights.now, weights.before)):
            for effect in np.flatnonzero(edges[cause]).tolist():
                state = _reached(weights, into, seen, coming, heard, (cause, effect, lag))
                changed = read_out(weights, state, values)[:, 0] - told
                out.append(_effect((cause, effect, lag), changed, shift, whose, often, level))
    return tuple(out)


def reweighted(
    weights: GraphWeights, effects: tuple[EdgeEffect, ...], trust: float, least: float
) -> tuple[Floats, Floats]:
    """Edges of now and before, shared out anew.

    Of all weight into a factor, the share `trust` is given by how far each edge moves the forecast, the rest
    as it was; signs stay. What ends below `least` is cut, and so are the edges into what moves nothing.

    >>> edges = np.array([[0.0, 0.6], [0.0, 0.0]])
    >>> nothing = np.zeros((2, 2))
    >>> weights = GraphWeights(1, edges, 0.5 * edges, *[nothing] * 6)
    >>> little, much = Measure(0.1, 0.0, 0.2), Measure(0.3, 0.2, 0.4)
    >>> told = (EdgeEffect(0, 1, 0, little, little), EdgeEffect(0, 1, 1, much, much))
    >>> [round(float(part[0, 1]), 4) for part in reweighted(weights, told, trust=0.5, least=0.1)]
    [0.4125, 0.4875]
    """
    edges = np.stack([weights.now, weights.before])
    moved = np.zeros_like(edges)
    for one in effects:
        moved[one.lag, one.cause, one.effect] = one.moved.value
    size = np.abs(edges)
    total, all_moved = size.sum(axis=(0, 1)), moved.sum(axis=(0, 1))
    fair = total * np.divide(moved, all_moved, out=np.zeros_like(moved), where=all_moved > 0)
    new = (1 - trust) * size + trust * fair
    new[(new < least) | (all_moved == 0)] = 0.0
    now, before = np.sign(edges) * new
    return now, before


class _Rest:
    """What the rest of a row says of one factor."""

    def __init__(self, values: Floats) -> None:
        self._flat = values.reshape(len(values), -1)
        self._steps = values.shape[2]
        self._products = np.cov(self._flat.T, bias=True)
        self._products[np.diag_indices_from(self._products)] += _RIDGE

    def swapped(self, factor: int, rng: np.random.Generator) -> Codes:
        """Of each row another, in which the rest makes about the same of this factor likely; shape (M,)."""
        mine = np.zeros(self._flat.shape[1], bool)
        mine[factor * self._steps : (factor + 1) * self._steps] = True
        pull = self._products[np.ix_(~mine, mine)].mean(axis=1)
        slopes = np.linalg.solve(self._products[np.ix_(~mine, ~mine)], pull)
        order = np.argsort(self._flat[:, ~mine] @ slopes, kind="stable")
        other = np.empty(len(order), dtype=np.int64)
        for start in range(0, len(order), _ALIKE):
            block = order[start : start + _ALIKE]
            other[block] = np.roll(block, int(rng.integers(1, len(block)))) if len(block) > 1 else block
        return other


def _heard(
    weights: GraphWeights,
    into: tuple[Floats, Floats],
    seen: list[Floats],
    coming: list[Floats],
    cause: int,
    put: Floats,
) -> list[Floats]:
    """How far the cause's own states move when its values are those of `put`, shape (M, k); of each layer but
    the last, shape (T, M, w)."""
    f = len(weights.base)
    frames = np.stack([put[:, step : step + f] for step in range(weights.layers + 1)])
    moved = [leaky(frames @ weights.base + weights.node[cause]) - seen[0][cause]]
    for layer in range(weights.layers - 1):
        more = into[0][cause, cause] * moved[-1][:-1] + into[1][cause, cause] * moved[-1][1:]
        moved.append(pass_on(weights, layer, coming[layer][cause] + more) - seen[layer + 1][cause])
    return moved


def _reached(
    weights: GraphWeights,
    into: tuple[Floats, Floats],
    seen: list[Floats],
    coming: list[Floats],
    heard: list[Floats],
    edge: tuple[int, int, int],
) -> Floats:
    """The target's last state, shape (M, w), when only this edge tells of the other values of its cause."""
    cause, effect, lag = edge
    moved: dict[int, Floats] = {}
    for layer in range(weights.layers):
        late = heard[layer][1:] if lag else heard[layer][:-1]
        more: dict[int, Floats] = {effect: into[lag][cause, effect] * late}
        for node, change in moved.items():
            for there in np.flatnonzero((into[0][node] != 0) | (into[1][node] != 0)).tolist():
                step = into[0][node, there] * change[:-1] + into[1][node, there] * change[1:]
                more[there] = more[there] + step if there in more else step
        if layer == weights.layers - 1:
            more = {node: change for node, change in more.items() if node == weights.target}
        moved = {
            node: pass_on(weights, layer, coming[layer][node] + change) - seen[layer + 1][node]
            for node, change in more.items()
        }
    last: Floats = seen[-1][weights.target, 0]
    return last + moved[weights.target][0] if weights.target in moved else last


def _effect(
    edge: tuple[int, int, int],
    changed: Floats,
    shift: Floats,
    whose: npt.NDArray[np.intp],
    often: Floats,
    level: float,
) -> EdgeEffect:
    moved = ratio(np.abs(changed), np.ones_like(changed), whose, often, level)
    return EdgeEffect(*edge, moved, ratio(changed * shift, shift**2, whose, often, level))
