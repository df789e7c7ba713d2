"""The parents that one variable picks among those before it: grow-shrink, remembered in a tree.

Each branch of the tree is a set of parents and the candidates that would raise the score, best first. Two
orders that offer the same good candidates walk the same branch, so nearly every question is answered by
looking it up.
"""

from __future__ import annotations

import numpy as np

from telltale.causal.dag import Floats, Known
from telltale.causal.scores import GaussianScore

_GAIN = 1e-6


class _Branch:
    """A set of parents, what may be added, and what is left of it after shrinking."""

    __slots__ = ("candidates", "grown", "next", "parents", "score", "shrunk", "shrunk_score")

    def __init__(self, parents: tuple[int, ...], score: float) -> None:
        self.parents = parents
        self.score = score
        self.candidates: list[int] | None = None
        self.grown: Floats
        self.next: dict[int, _Branch] = {}
        self.shrunk: tuple[int, ...] | None = None
        self.shrunk_score = score


class GrowShrink:
    """Picks the parents of one variable."""

    __slots__ = ("_root", "_score", "allows", "node", "required")

    def __init__(self, score: GaussianScore, known: Known, node: int) -> None:
        self.node = node
        self.required = tuple(np.flatnonzero(known.required[:, node]).tolist())
        self.allows: list[bool] = known.allowed[:, node].tolist()
        self._score = score
        self._root = _Branch(self.required, score.local(node, self.required))

    def score(self, before: bytearray) -> float:
        """The best score with parents among those that `before`, d bytes of 0 and 1, marks."""
        return self._walk(before).shrunk_score

    def parents(self, before: bytearray) -> tuple[int, ...]:
        """Those parents."""
        return self._walk(before).shrunk or ()

    def _walk(self, before: bytearray) -> _Branch:
        branch = self._root
        while True:
            candidates = branch.candidates
            if candidates is None:
                candidates = self._expand(branch)
            for one in candidates:
                if before[one]:
                    branch = branch.next.get(one) or self._grow(branch, one)
                    break
            else:
                if branch.shrunk is None:
                    self._shrink(branch)
                return branch

    def _expand(self, branch: _Branch) -> list[int]:
        grown = self._score.with_one_more(self.node, branch.parents)
        better = np.flatnonzero((grown > branch.score + _GAIN) & self.allows)
        better = better[np.argsort(-grown[better], kind="stable")]
        branch.candidates = better.tolist()
        branch.grown = grown
        return branch.candidates

    def _grow(self, branch: _Branch, one: int) -> _Branch:
        branch.next[one] = _Branch((*branch.parents, one), float(branch.grown[one]))
        return branch.next[one]

    def _shrink(self, branch: _Branch) -> None:
        """Drop the parent whose leaving helps most until none helps."""
        parents, score = branch.parents, branch.score
        while len(parents) > len(self.required):
            fewer = self._score.with_one_less(self.node, parents)
            fewer[[one in self.required for one in parents]] = -np.inf
            gone = int(np.argmax(fewer))
            if fewer[gone] <= score + _GAIN:
                break
            parents, score = parents[:gone] + parents[gone + 1 :], float(fewer[gone])
        # Afresh, so that one set has one score by whatever way it was reached.
        branch.shrunk, branch.shrunk_score = parents, self._score.local(self.node, parents)
