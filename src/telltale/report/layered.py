"""Places for the nodes and arrows of a graph, in layers: few arrows cross, and none goes through a node.

After Sugiyama, Tagawa & Toda (IEEE Trans. SMC 11, 1981):

    arrows of a circle are turned for the while      > every arrow goes down
    each node as high as its rank and causes allow   > layers
    an arrow over several layers gets a slot in each > it passes between nodes, never through one
    barycentres, down and up, the best of all sweeps > the order within layers
    nearest to their neighbours, in that order       > places (isotonic regression)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SLOT: Final = 14.0
"""Pixels that an arrow takes where it passes a layer."""
_GAP: Final = 16.0
_SWEEPS: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class Layered:
    """Where everything stands."""

    layer: npt.NDArray[np.int64]
    """Shape (n,)."""
    x: Floats
    """Shape (n,): the middle of each node, pixels."""
    routes: tuple[tuple[float, ...], ...]
    """For each arrow, the x of its slots in the layers between its upper and its lower end, downwards."""
    width: float


def lay_out(
    ranks: Sequence[int], widths: Sequence[float], arrows: Sequence[tuple[int, int]], room: float
) -> Layered:
    """Place n nodes.

    Parameters
    ----------
    ranks
        Nodes of a higher rank stand below all of a lower one.
    widths
        Of the nodes, pixels.
    arrows
        From and to; where they run in circles the earlier ones go down.
    room
        Pixels that a layer should not be wider than; slots of arrows come on top.

    >>> found = lay_out([0, 0, 1], [50, 50, 50], [(0, 2), (1, 2)], room=400)
    >>> found.layer.tolist(), bool(found.x[0] < found.x[2] < found.x[1])
    ([0, 0, 1], True)
    """
    down = _downwards(ranks, arrows)
    layer = _layers(ranks, widths, down, room)
    spans = [(a, b) if layer[a] <= layer[b] else (b, a) for a, b in down]
    wide, level, links, slots = _with_slots(layer, widths, spans)
    order = _ordered(level, links)
    x = _placed(order, wide, links)
    edge = float((x + wide / 2).max()) if len(x) else 0.0
    routes = tuple(tuple(float(x[slot]) for slot in chain) for chain in slots)
    return Layered(layer, x[: len(ranks)], routes, edge)


def _downwards(ranks: Sequence[int], arrows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Arrows so turned that none goes up and there is no circle."""
    below: dict[int, set[int]] = {}
    out = []
    for a, b in arrows:
        up = ranks[a] > ranks[b] or (ranks[a] == ranks[b] and _leads(below, b, a))
        first, last = (b, a) if up else (a, b)
        below.setdefault(first, set()).add(last)
        out.append((first, last))
    return out


def _leads(below: dict[int, set[int]], start: int, end: int) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for further in below.get(stack.pop(), ()):
            if further == end:
                return True
            if further not in seen:
                seen.add(further)
                stack.append(further)
    return start == end


def _layers(
    ranks: Sequence[int], widths: Sequence[float], down: Sequence[tuple[int, int]], room: float
) -> npt.NDArray[np.int64]:
    """As high as rank, causes and room allow; each rank begins below the last of the one before."""
    layer, first = np.zeros(len(ranks), np.int64), 0
    for rank in sorted(set(ranks)):
        own = [k for k, of in enumerate(ranks) if of == rank]
        within = [(a, b) for a, b in down if ranks[a] == rank == ranks[b]]
        taken: dict[int, float] = {}
        for node in _in_order(own, within):
            at = max([first, *(int(layer[a]) + 1 for a, b in within if b == node)])
            while at in taken and taken[at] + widths[node] > room:
                at += 1
            layer[node] = at
            taken[at] = taken.get(at, 0.0) + widths[node] + _GAP
        first = max(taken) + 1
    return layer


def _in_order(nodes: Sequence[int], arrows: Sequence[tuple[int, int]]) -> Iterable[int]:
    """Causes before effects; those that lead to most first, so that they get the room."""
    left, open_arrows = set(nodes), list(arrows)
    reach = {node: sum(a == node for a, _ in arrows) for node in nodes}
    while left:
        free = left - {b for _, b in open_arrows}
        node = min(free, key=lambda k: (-reach[k], k))
        yield node
        left.remove(node)
        open_arrows = [(a, b) for a, b in open_arrows if a != node]


def _with_slots(
    layer: npt.NDArray[np.int64], widths: Sequence[float], spans: Sequence[tuple[int, int]]
) -> tuple[Floats, npt.NDArray[np.int64], list[tuple[int, int]], list[list[int]]]:
    """Nodes and slots together: widths, layers, links from layer to layer, and the slots of each arrow."""
    wide, level = [w + _GAP for w in widths], layer.tolist()
    links, slots = [], []
    for a, b in spans:
        between = range(int(layer[a]) + 1, int(layer[b]))
        chain = list(range(len(wide), len(wide) + len(between)))
        wide += [SLOT] * len(between)
        level += list(between)
        slots.append(chain)
        links += list(pairwise([a, *chain, b]))
    return np.array(wide, np.float64), np.array(level, np.int64), links, slots


def _ordered(level: npt.NDArray[np.int64], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The order within each layer with the fewest crossings that the sweeps meet."""
    order = [np.flatnonzero(level == k).tolist() for k in range(int(level.max(initial=-1)) + 1)]
    above, below = _neighbours(len(level), links)
    best, least = [list(row) for row in order], _crossings(order, below)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        rows = order if down else order[::-1]
        for fixed, free in pairwise(rows):
            place = {item: k for k, item in enumerate(fixed)}
            near = above if down else below
            now = {item: k * len(fixed) / max(len(free), 1) for k, item in enumerate(free)}
            key = {i: np.mean([place[j] for j in near[i]]) if near[i] else now[i] for i in free}
            free.sort(key=lambda item: key[item])
        _exchange(order, above, below)
        count = _crossings(order, below)
        if count < least:
            best, least = [list(row) for row in order], count
    return best


def _exchange(order: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Two that stand side by side change places where that leaves fewer crossings."""
    place = {item: k for row in order for k, item in enumerate(row)}
    for row in order:
        for k in range(len(row) - 1):
            a, b = row[k], row[k + 1]
            gain = sum(
                sum(place[i] > place[j] for i in near[a] for j in near[b])
                - sum(place[i] < place[j] for i in near[a] for j in near[b])
                for near in (above, below)
            )
            if gain > 0:
                row[k], row[k + 1], place[a], place[b] = b, a, k + 1, k


def _neighbours(count: int, links: Sequence[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for a, b in links:
        above[b].append(a)
        below[a].append(b)
    return above, below


def _crossings(order: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    count = 0
    for upper, lower in pairwise(order):
        place = {item: k for k, item in enumerate(lower)}
        ends = np.array([place[j] for i in upper for j in sorted(below[i], key=place.__getitem__)])
        count += sum(int((ends[:k] > end).sum()) for k, end in enumerate(ends))
    return count


def _placed(order: Sequence[Sequence[int]], wide: Floats, links: Sequence[tuple[int, int]]) -> Floats:
    """The middles, each as near to its neighbours as order and widths allow; none left of 0."""
    x, total = np.zeros(len(wide)), max((wide[list(row)].sum() for row in order), default=0.0)
    above, below = _neighbours(len(wide), links)
    for row in order:
        x[list(row)] = (total - wide[list(row)].sum()) / 2 + np.cumsum(wide[list(row)]) - wide[list(row)] / 2
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for row in order if sweep % 2 == 0 else order[::-1]:
            items = list(row)
            asked = np.array([np.mean(x[near[i]]) if near[i] else x[i] for i in items])
            offset = np.cumsum(wide[items]) - wide[items] / 2
            far = total - wide[items].sum()
            x[items] = np.clip(_isotonic(asked - offset), 0.0, far) + offset
    return x


def _isotonic(asked: Floats) -> Floats:
    """The nearest numbers in squares that never fall (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for value in asked.tolist():
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (b, n), (a, m) = blocks.pop(), blocks.pop()
            blocks.append(((a * m + b * n) / (m + n), m + n))
    return np.repeat([value for value, _ in blocks], [count for _, count in blocks])
