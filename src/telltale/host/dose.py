"""Up to which dose: whether more of an expression goes on coming with more, or turns.

    log E[count] = controls + s(share),     s a natural cubic curve with knots at quantiles of the share

in the last of the ladder's designs. Curvature is what the curve has beyond a straight line; that there is
none is tested in two ways that must agree (`joint.py`). Where there is some, the best dose is the share at
which the curve is highest, with an interval from draws of the coefficients; it is told only if it lies
within the middle nine tenths of what was seen. Beyond that nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import FormatError
from telltale.host.focus import Curve, Focus, focus_on, place_of
from telltale.host.joint import surely_p
from telltale.host.question import Question
from telltale.host.rungs import RUNGS, Ladder, natural_spline
from telltale.host.shown import Array

_FOUR: Final = (0.05, 0.35, 0.65, 0.95)
_THREE: Final = (0.1, 0.5, 0.9)
"""Quantiles of the knots (Harrell 2015)."""
_SEEN: Final = (0.05, 0.95)
_APART: Final = 0.1
"""Knots nearer to each other than this part of the range cannot be told apart."""
_PLACES: Final = 60


@dataclass(frozen=True, slots=True)
class BestDose:
    """Share of the time at which most came (least, where it comes with less)."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Dose:
    """How much came at each share of the time."""

    expression: str
    outcome: str
    curve: Curve
    """Against the usual share; at shares from the 5th to the 95th in a hundred points."""
    usual: float
    """The median share."""
    knots: tuple[float, ...]
    curvature_p: float
    """That the curve is a straight line; NaN where there are too few clusters to say."""
    curved: bool
    best: BestDose | None
    """None where there is no sign of too much within what was seen."""
    told: str
    points: int
    clusters: int


def find_dose(
    ladder: Ladder, asked: Question, seed: int = 0, level: float = 0.05, *, less: bool = False
) -> Dose:
    """Ask how an outcome runs with the share of an expression, as it shows at once or some time earlier.

    Parameters
    ----------
    less
        Whether it comes with less: the best dose is then where least comes.
    """
    outcome, expression, lag_s = asked
    place = place_of(ladder, expression)
    design = ladder.at(lag_s).design(outcome, RUNGS[-1])
    share = design.shares[:, place] * ladder.asked.sd[place] + ladder.asked.mean[place]
    knots = dose_knots(share, expression)
    basis = _basis(share, knots)
    instead = np.array([place])
    focus = focus_on(design, basis, instead_of=instead)
    p = surely_p(design, focus, basis[:, :1], basis[:, 1:], instead_of=instead, seed=seed)
    low, usual, high = np.quantile(share, [_SEEN[0], 0.5, _SEEN[1]]).tolist()
    at = np.linspace(low, high, _PLACES)
    weights = _basis(at, knots) - _basis(np.array([usual]), knots)
    names = ("dose", outcome, expression)
    curved = bool(p <= level)
    best = _best(focus, at, weights, seed, names, less) if curved else None
    return Dose(
        expression, outcome, focus.curve(at, weights, seed, *names), usual, tuple(knots.tolist()), p, curved,
        best, _told(best, p, curved, high, less), focus.rows, focus.clusters,
    )  # fmt: skip


def dose_knots(share: Array, expression: str) -> Array:
    """Four knots, or three where four lie too close.

    >>> dose_knots(np.linspace(0, 1, 101), "awe").round(2).tolist()
    [0.05, 0.35, 0.65, 0.95]
    """
    least = _APART * (np.quantile(share, 0.95) - np.quantile(share, 0.05))
    for places in (_FOUR, _THREE):
        knots: Array = np.quantile(share, places)
        if least > 0 and np.diff(knots).min() >= least:
            return knots
    raise FormatError(
        f"{expression} shows too rarely to say how much of it is too much",
        hint="it is absent, or the same, in most points",
    )


def _basis(share: Array, knots: Array) -> Array:
    """Shape (n, knots - 1), the first a straight line; from 0 at the first knot to 1 at the last."""
    return natural_spline(
        (share - knots[0]) / (knots[-1] - knots[0]), (knots - knots[0]) / (knots[-1] - knots[0])
    )


def _best(
    focus: Focus, at: Array, weights: Array, seed: int, names: tuple[str, ...], less: bool
) -> BestDose | None:
    """Where the curve is highest (lowest), if that lies within what was seen in 39 of 40 draws."""
    weights = -weights if less else weights
    place = int(np.argmax(weights @ focus.beta))
    drawn = at[np.argmax(focus.draws(seed, "best", *names) @ weights.T, axis=1)]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    if place == 0 or high >= at[-1]:
        return None
    return BestDose(float(at[place]), low, high)


def _told(best: BestDose | None, p: float, curved: bool, high: float, less: bool = False) -> str:
    """What the page says of it.

    >>> _told(BestDose(0.2, 0.15, 0.264), 0.01, True, 0.4)
    'most at 20 % of the time (15 to 26 %): beyond that more of it is no longer better'
    """
    if best is not None:
        place = f"{100 * best.share:.0f} % of the time ({100 * best.low:.0f} to {100 * best.high:.0f} %)"
        if less:
            return f"least at {place}: beyond that more of it no longer comes with less"
        return f"most at {place}: beyond that more of it is no longer better"
    most = f"up to {100 * high:.0f} % of the time"
    turn = "that it turns" if less else "of too much"
    seen = f"no sign {turn} within what was seen, {most}"
    if np.isnan(p):
        return f"too few hosts to say whether there can be too much of it ({most} was seen)"
    return f"each further step does not come with the same, but {seen}" if curved else seen
