"""Through what a factor moves another: equation 10 as a sum over all directed paths, in closed form.

    IE(T -> Y) = sum over paths p from T to Y of the product of w_ij along p

In a panel every factor stands once for each step, and a path may wait in a factor (its persistence) before it
goes on. Three ways to the same sum are here, and tests hold them together:

- the whole, by recursion: R(0) = (I - now)^-1, R(h) = sum_k before_k' R(h - k), one step after another;
- by chains of factors (host > chat > desire): an arrow is a polynomial in steps, waiting in a factor a
  geometric series, a chain their product; a chain holds every timed path through these factors in this order;
- by counting out every timed path (`every_path`), for small graphs.

The whole holds the direct arrow: so whole, direct and indirect are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

import numpy as np

from telltale.causal.dag import Floats
from telltale.causal.linear_graph import LinearGraph
from telltale.causal.responses import (
    Push,
    chain_response,
    held_response,
    pulse_response,
    response,
    summed,
    weights_in,
)
from telltale.core.errors import ConfigError

Way = tuple[int, ...]

_LONGEST: Final = 8
"""Factors in a chain that is listed; longer ones are in `other_chains`."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A way through factors."""

    factors: tuple[str, ...]
    response: Floats
    """Shape (H + 1,): what it brings the effect after 0, 1, ... steps."""

    @property
    def arrows(self) -> int:
        """How many it has."""
        return len(self.factors) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """What one unit of a cause does to an effect, step by step, and through what."""

    cause: str
    effect: str
    push: Push
    total: Floats
    """Shape (H + 1,): over all paths."""
    direct: Floats
    """Shape (H + 1,): by the arrow alone, with what waits in the two factors themselves."""
    chains: tuple[Chain, ...]
    """The strongest first, by what they have brought at the last step (held) or in all steps (pulse)."""

    @property
    def indirect(self) -> Floats:
        """Shape (H + 1,): through other factors."""
        indirect: Floats = self.total - self.direct
        return indirect

    @property
    def other_chains(self) -> Floats:
        """Shape (H + 1,): what the chains that are listed leave."""
        listed = sum((chain.response for chain in self.chains), np.zeros_like(self.total))
        other: Floats = self.total - listed
        return other


def find_paths(
    graph: LinearGraph, cause: str, effect: str, *, steps: int = 0, push: Push = "pulse", strongest: int = 5
) -> Paths:
    """What a cause does to an effect over the next steps, and the strongest chains.

    Parameters
    ----------
    steps
        H, how far to look; 0 is within the step, as in a graph without time.
    strongest
        How many chains to list.
    """
    source, target = graph.place(cause), graph.place(effect)
    if source == target:
        raise ConfigError(f"'{cause}' is cause and effect", hint="name two factors")
    if steps < 0:
        raise ConfigError(f"{steps} steps are none", hint="take 0 or more")
    weights = weights_in(graph)
    total = response(weights, source, target, steps, push)
    direct = chain_response(weights, (source, target), steps, push)
    chains = tuple(
        Chain(tuple(graph.names[place] for place in way), summed(brought, push))
        for way, brought in _strongest(_arrows(graph, source, steps, push), source, target, push, strongest)
    )
    return Paths(cause, effect, push, total, direct, chains)


def total_effects(graph: LinearGraph, steps: int = 0, push: Push = "pulse") -> Floats:
    """What one unit of each factor does to each.

    Returns
    -------
    Shape (H + 1, n, n): [h, i, j] is what i does to j after h steps; to itself, what is left of it.
    """
    weights = weights_in(graph)
    if push == "pulse":
        rows = [pulse_response(weights, source, steps) for source in range(len(graph.names))]
    else:
        rows = [held_response(weights, [source], [1.0], steps) for source in range(len(graph.names))]
    return np.stack(rows, axis=1)


def _size(brought: Floats, push: Push) -> float:
    """How strong a chain is: what a pulse brings in all steps, what is held has brought by the last."""
    return float(abs(brought.sum())) if push == "held" else float(np.abs(brought).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Arrows:
    """Arrows as polynomials in steps."""

    between: Floats
    """Shape (n, n, H + 1): i -> j after h steps; nothing from a factor to itself."""
    waiting: Floats
    """Shape (n, H + 1): what is left of one unit of a factor after h steps, by its own persistence."""


def _arrows(graph: LinearGraph, source: int, steps: int, push: Push) -> _Arrows:
    now, before = graph.now.copy(), graph.before.copy()
    if push == "held":
        # What is held is moved by nothing.
        now[:, source] = 0.0
        before[:, :, source] = 0.0
    n, lags = len(now), min(len(before), steps)
    between = np.zeros((n, n, steps + 1))
    between[:, :, 0] = now
    between[:, :, 1 : lags + 1] = before[:lags].transpose(1, 2, 0)
    own = between[np.arange(n), np.arange(n)].copy()
    between[np.arange(n), np.arange(n)] = 0.0
    waiting = np.zeros((n, steps + 1))
    waiting[:, 0] = 1.0
    for h in range(1, steps + 1):
        waiting[:, h] = sum((own[:, k] * waiting[:, h - k] for k in range(1, min(h, lags) + 1)), np.zeros(n))
    return _Arrows(between, waiting)


def _through(arrows: _Arrows, way: tuple[int, ...], response: Floats, place: int) -> tuple[Way, Floats]:
    """A way, one arrow further."""
    steps = len(response)
    arrived = np.convolve(response, arrows.between[way[-1], place])[:steps]
    return (*way, place), np.convolve(arrived, arrows.waiting[place])[:steps]


def _strongest(
    arrows: _Arrows, source: int, target: int, push: Push, wanted: int
) -> Iterator[tuple[Way, Floats]]:
    """The strongest chains that visit no factor twice, the strongest first.

    The way that may still bring most goes on first, so what arrives first is strongest.
    """
    linked = np.abs(arrows.between).sum(axis=2) > 0
    promise = _promise(arrows, target)
    start: Way = (source,)
    heap = [(-np.inf, start, arrows.waiting[source])]
    while heap and wanted > 0:
        _, way, response = heappop(heap)
        if way[-1] == target:
            wanted -= 1
            yield way, response
        elif len(way) < _LONGEST:
            for place in np.flatnonzero(linked[way[-1]] & (promise > 0)).tolist():
                if place not in way:
                    further, brought = _through(arrows, way, response, place)
                    at_most = _size(brought, push) if place == target else np.abs(brought).sum()
                    if at_most > 0:
                        heappush(heap, (-float(at_most * promise[place]), further, brought))


def _promise(arrows: _Arrows, target: int) -> Floats:
    """Shape (n,): by how much the best way from a factor on multiplies at most; 0 where none leads there."""
    factor = np.abs(arrows.between).sum(axis=2) * np.abs(arrows.waiting).sum(axis=1)
    best = np.zeros(len(factor))
    best[target] = 1.0
    for _ in range(_LONGEST):
        best = np.maximum(best, (factor * best).max(axis=1))
        best[target] = 1.0
    return best


def every_path(graph: LinearGraph, cause: str, effect: str, steps: int = 0) -> Floats:
    """Equation 10 by counting out: every timed path of a pulse, one after another. For small graphs.

    Returns
    -------
    Shape (H + 1,): the sum of products after 0, 1, ... steps.
    """
    source, target = graph.place(cause), graph.place(effect)
    out = np.zeros(steps + 1)
    stack = [(source, 0, 1.0)]
    while stack:
        place, step, product = stack.pop()
        if place == target:
            out[step] += product
        for k, weights in enumerate((graph.now, *graph.before)):
            if step + k <= steps:
                onward = np.flatnonzero(weights[place]).tolist()
                stack += [(j, step + k, product * weights[place, j]) for j in onward]
    return out
