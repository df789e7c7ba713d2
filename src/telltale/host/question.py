"""One question: an outcome, an expression, and how long before the count its face was.

The expression stands among the others of the same moment. Asked at once it is that of the count's own minute;
asked late all faces of the design are of so many seconds before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from telltale.host.estimate import Estimate
from telltale.host.focus import place_of
from telltale.host.glm import GlmFit, fit_glm, jackknife
from telltale.host.rungs import RUNGS, Design, Ladder
from telltale.host.shown import Array, Codes


class Question(NamedTuple):
    """What is asked."""

    outcome: str
    name: str
    """The expression."""
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """The last rung of a question: a design, the column that is asked about, and the faces beside it."""

    design: Design
    own: Array
    """Shape (n,)."""
    held: Array
    """Shape (n, E - 1)."""

    @property
    def x(self) -> Array:
        """Shape (n, C + E): controls, faces held, and last what is asked about."""
        return np.column_stack([self.design.controls, self.held, self.own])

    def fit(self, x: Array | None = None, cluster: Codes | None = None) -> GlmFit:
        """Fit its columns, or others."""
        one = self.design
        return fit_glm(
            self.x if x is None else x, one.y, offset=one.offset, weight=one.weight,
            cluster=one.cluster if cluster is None else cluster, group=one.group,
        )  # fmt: skip


def lay_out(ladder: Ladder, asked: Question, beside: Array | None = None) -> LaidOut:
    """The last design of a question.

    Parameters
    ----------
    beside
        Shape (N,) or (N, M): further columns of the points; rows where one is missing are left out.
    """
    place = place_of(ladder, asked.name)
    design = ladder.at(asked.lag_s).design(asked.outcome, RUNGS[-1], beside)
    return LaidOut(design, design.shares[:, place], np.delete(design.shares, place, axis=1))


def last_of(one: LaidOut, x: Array, level: float = 0.95, cluster: Codes | None = None) -> Estimate:
    """The coefficient of the last column, errors by the jackknife over clusters (default: the design's)."""
    fit = one.fit(x, cluster=cluster)
    error = float(np.sqrt(jackknife(fit, x)[-1, -1]))
    return Estimate.of(float(fit.beta[-1]), error, fit.freedom, level)
