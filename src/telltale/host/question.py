"""One question: an outcome, an expression, and how long before the count its face was.

At once the expression stands among the others of its point. A minute or two earlier it stands beside them
all, itself as it shows now among them: what is left to it is what comes late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from telltale.host.estimate import Estimate
from telltale.host.focus import place_of
from telltale.host.glm import GlmFit, Kind, fit_glm, jackknife
from telltale.host.rungs import RUNGS, TOGETHER, Design, Ladder, Rung
from telltale.host.shown import Array, Codes


class Question(NamedTuple):
    """What is asked."""

    outcome: str
    name: str
    """The expression."""
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """A design, the column that is asked about, and the faces that are held beside it."""

    design: Design
    own: Array
    """Shape (n,)."""
    held: Array
    """Shape (n, H)."""
    beside: Array
    """Shape (n, M): what was asked for beside."""

    @property
    def x(self) -> Array:
        """Shape (n, C + H + 1): controls, faces held, and last what is asked about."""
        return np.column_stack([self.design.controls, self.held, self.own])

    def fit(self, x: Array | None = None, kind: Kind = "poisson", cluster: Codes | None = None) -> GlmFit:
        """Fit its columns, or others."""
        one = self.design
        return fit_glm(
            self.x if x is None else x, one.y, kind=kind, offset=one.offset, weight=one.weight,
            cluster=one.cluster if cluster is None else cluster, group=one.group,
        )  # fmt: skip


def lay_out(ladder: Ladder, asked: Question, rung: Rung = RUNGS[-1], beside: Array | None = None) -> LaidOut:
    """The design of a question.

    Parameters
    ----------
    beside
        Shape (N,) or (N, M): further columns of the points; rows where one is missing are left out.
    """
    place = place_of(ladder, asked.name)
    columns = [ladder.shares[:, place] if asked.lag_s == 0 else ladder.seen(asked.lag_s)[:, place]]
    columns += [] if beside is None else [beside]
    design = ladder.design(asked.outcome, rung, np.column_stack(columns))
    if rung not in TOGETHER:
        held = design.shares[:, :0]
    else:
        held = np.delete(design.shares, place, axis=1) if asked.lag_s == 0 else design.shares
    return LaidOut(design, design.extra[:, 0], held, design.extra[:, 1:])


def last_of(one: LaidOut, x: Array, level: float = 0.95, cluster: Codes | None = None) -> Estimate:
    """The coefficient of the last column, errors by the jackknife over clusters (default: the design's)."""
    fit = one.fit(x, cluster=cluster)
    error = float(np.sqrt(jackknife(fit, x)[-1, -1]))
    return Estimate.of(float(fit.beta[-1]), error, fit.freedom, level)
