"""Does the face come before the sales, or after them? Questions whose answer must be no if it drives them.

All are asked of minutes of the same broadcast, with what shows in the same point in the design.

    later     what shows one point later                       the future must not explain the past
    around    its mean over the four points that follow and the three that end three before, with the two
              before it in, and without past counts: those would hide it. A slow hidden cause (a promotion
              that nobody wrote down) moves many points alike; the face itself acts within two points.
    shifted   the same stretch some seconds earlier less some seconds later. A face that answers sales goes
              with them best when looked at a little later, within the same point too; one that drives them
              does so when looked at a little earlier, or at the same time.
    nearby    compared only with the few points next to it, which share what changes slowly

`later` alone misses a host who smiles at once and soon stops, and sees little of hidden causes: hence the
others. Where a share is read with noise, what shows later tells a little of what truly shows now, so these
questions err towards doubt.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.host.estimate import Estimate, Estimates, estimates
from telltale.host.glm import fit_added, fit_glm, jackknife
from telltale.host.rungs import Design, Ladder, earlier
from telltale.host.shown import Array

_AROUND: Final = (-4, -3, -2, -1, 3, 4, 5)
"""Points back; negative ones are later."""
_LAGS: Final = (1, 2)
_SHIFT: Final = 1 / 3
"""Of a point."""
_MOST_SHIFT_S: Final = 30.0
NEARBY_POINTS: Final = 5


def later(ladder: Ladder, outcome: str, level: float = 0.95) -> Estimates:
    """Of each expression: what shows one point later, all that shows now in the full design."""
    asked = ladder.design(outcome, "within", earlier(ladder.points, ladder.shares, -1))
    fit = fit_glm(asked.together, asked.y, offset=asked.offset, cluster=asked.fine)
    x = asked.together[np.ix_(fit.rows, fit.kept)]
    value, error = fit_added(fit, x, asked.y[fit.rows], asked.offset[fit.rows], asked.extra[fit.rows])
    return estimates(value, error, fit.freedom, level)


def around(ladder: Ladder, outcome: str, k: int, level: float = 0.95) -> Estimate:
    """Of expression k: the points before and after that it cannot act from."""
    points, own = ladder.points, ladder.shares[:, k]
    beside = np.stack([earlier(points, own, back) for back in _AROUND])
    known = np.isfinite(beside)
    mean = np.where(known, beside, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    lags = [earlier(points, own, back) for back in _LAGS]
    asked = ladder.design(outcome, "within", np.column_stack([*lags, mean]))
    past = {f"{outcome} {back} before" for back in (1, 2)}
    keep = [j for j, name in enumerate(asked.control_names) if name not in past]
    return _last(asked, asked.controls[:, keep], level)


def shifted(ladder: Ladder, outcome: str, k: int, level: float = 0.95) -> Estimate:
    """Of expression k: the stretch a little earlier less the stretch a little later."""
    by = min(_SHIFT * ladder.points.step_s, _MOST_SHIFT_S)
    gap = ladder.standard(ladder.points.lagged(by)) - ladder.standard(ladder.points.lagged(-by))
    asked = ladder.design(outcome, "within", gap[:, k])
    return _last(asked, asked.controls, level)


def nearby(ladder: Ladder, outcome: str, k: int, level: float = 0.95) -> Estimate:
    """Of expression k: its share itself, compared within stretches of a few points."""
    asked = ladder.design(outcome, "within")
    first = np.searchsorted(ladder.points.room, asked.room)
    stretch = asked.room * len(ladder.points) + (asked.rows - first) // NEARBY_POINTS
    slow = ("broadcast ", "place ", f"{outcome} ", "intercept")
    keep = [j for j, name in enumerate(asked.control_names) if not name.startswith(slow)]
    others = np.delete(asked.shares, k, axis=1)
    x = np.column_stack([asked.controls[:, keep], others, asked.shares[:, k]])
    group = np.unique(stretch, return_inverse=True)[1]
    fit = fit_glm(x, asked.y, offset=asked.offset, cluster=asked.fine, group=group)
    return Estimate.of(fit.beta[-1], float(np.sqrt(jackknife(fit, x)[-1, -1])), fit.freedom, level)


def _last(asked: Design, controls: Array, level: float) -> Estimate:
    """The coefficient of the last extra column, all expressions in."""
    x = np.column_stack([controls, asked.shares, asked.extra])
    fit = fit_glm(x, asked.y, offset=asked.offset, cluster=asked.fine)
    return Estimate.of(fit.beta[-1], float(np.sqrt(jackknife(fit, x)[-1, -1])), fit.freedom, level)
