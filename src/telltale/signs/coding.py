"""How much of each expression a face shows, ten times a second: what every coder takes and gives.

A coder may be Telltale's own (`coder_prototypes`), which goes by the table of expressions, or a user's.
Scores are soft: at each moment the probabilities of all expressions and of none of them add up to 1. A face
at rest shows none, and what could not be read has no score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from telltale.core.signal import Signal, Times, Values
from telltale.signs.expressions import Evidence

_SLACK = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """What one face showed."""

    times_s: Times
    """Shape (T,), those of the signal."""
    names: tuple[str, ...]
    """The expressions, in the order of the columns."""
    scores: Values
    """Shape (T, E), 0 to 1: how probable it is that this expression is what shows; NaN where unread."""
    rest: Values
    """Shape (T,): how probable it is that none of them shows; NaN where unread. Rows of both add up to 1."""

    def __post_init__(self) -> None:
        if self.scores.shape != (len(self.times_s), len(self.names)) or self.rest.shape != self.times_s.shape:
            raise ValueError(f"scores {self.scores.shape}, rest {self.rest.shape}: give (T, E) and (T,)")
        sums = self.scores.sum(axis=1) + self.rest
        if (np.abs(sums[~np.isnan(sums)] - 1) > _SLACK).any():
            raise ValueError("scores and rest do not add up to 1 in every row that was read")

    @property
    def read(self) -> Values:
        """Shape (T,): 1 where the face was coded, 0 where not."""
        return np.isfinite(self.rest).astype(np.float32)


class Coder(Protocol):
    """What codes a face."""

    @property
    def names(self) -> tuple[str, ...]:
        """The expressions that it tells apart."""
        ...

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How well each of them is known: published, recalled, ours or own; carried along to every report."""
        ...

    def code(self, signal: Signal) -> Coding:
        """Code one face; rows that were not read have NaN."""
        ...
