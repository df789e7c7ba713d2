"""After how many seconds: what came of an expression at each lag from 0 to 120 s.

    log E[count of a stretch] = controls + sum over lags l of b(l) share(l seconds earlier)

All lags enter one regression, the last of the ladder's designs, in bins. So that neighbours do not fight
each other over what they share, b runs along a natural cubic curve (Almon's idea, with a spline): four
numbers for all bins. exp b(l) is the ratio per standard deviation of the share; the sum of b is what one
more standard deviation, kept up for two minutes, comes with.

Half of it has come where the running sum of b, without what runs against the whole, passes one half. It is
told in whole bins: a bin knows no better. Counts by the minute can tell 20 s from 60 s, because the face is
known more finely than the counts; they cannot tell 20 s from 30 s.

Leads (the face after the count) are fitted beside the lags in a second regression: they must tell nothing.
That all lags, or all leads, tell nothing is asked in two ways that must agree (`joint.py`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import FormatError
from telltale.host.focus import Curve, Focus, focus_on, place_of
from telltale.host.joint import surely_p
from telltale.host.rungs import RUNGS, Ladder, natural_spline
from telltale.host.shown import Array, HostShown

REACH_S: Final = 120.0
LEADS_S: Final = 60.0
_KNOTS: Final = np.array([0.0, 0.2, 0.5, 1.0])
"""Of the curve, as parts of its reach: closer where lags are short."""
_LEAD_KNOTS: Final = np.array([0.0, 0.5, 1.0])
_FINE_S: Final = 10.0
_COARSE_S: Final = 20.0
_VAGUE_S: Final = 60.0
"""An interval of the half that is wider than this says nothing."""


@dataclass(frozen=True, slots=True)
class When:
    """By when half of it has come, in seconds after the face."""

    half_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Lags:
    """What came of one expression at each lag."""

    expression: str
    outcome: str
    bin_s: float
    by_lag: Curve
    """At the middle of each bin; ratio per standard deviation shown in that bin alone."""
    leads: Curve
    """The same of the face after the count, at lags under 0."""
    so_far: Curve
    """Up to the end of each bin."""
    total: tuple[float, float, float]
    """Ratio of one more standard deviation kept up over the whole reach, and the ends of its interval."""
    p: float
    """That nothing comes at any lag."""
    leads_p: float
    """That the leads tell nothing; NaN where there are too few clusters to say."""
    when: When | None
    """None where it cannot be told; the notes say why."""
    points: int
    clusters: int
    notes: tuple[str, ...]


def find_lags(ladder: Ladder, outcome: str, expression: str, seed: int = 0) -> Lags:
    """Ask at which lags an outcome follows an expression."""
    points, place = ladder.points, place_of(ladder, expression)
    if points.step_s > REACH_S:
        raise FormatError(
            f"counts of {points.step_s:g} s cannot tell what came within {REACH_S:g} s",
            hint="give the platform's counts by the minute or finer",
        )
    bin_s = _bin(points.step_s, points.shown.step_s)
    back, ahead = (
        _bins(0.0, REACH_S, bin_s, points.shown.step_s),
        _bins(-LEADS_S, 0.0, bin_s, points.shown.step_s),
    )
    columns = _columns(ladder, place, np.concatenate([ahead, back]))
    curve, lead_curve = _curve(back, REACH_S, _KNOTS), _curve(-ahead, LEADS_S, _LEAD_KNOTS)
    instead = np.array([place])
    design = ladder.design(outcome, RUNGS[-1], columns[:, len(ahead) :])
    focus = focus_on(design, design.extra @ curve, instead_of=instead)
    both = ladder.design(outcome, RUNGS[-1], columns)
    # What comes at once has a sharp edge at 0, which a smooth curve would share with the leads.
    lags, ahead_of = both.extra[:, len(ahead) :], both.extra[:, : len(ahead)] @ lead_curve
    beside = np.column_stack([lags @ curve, lags[:, 0], ahead_of])
    led = focus_on(both, beside, instead_of=instead)
    names = (outcome, expression)
    lead_weights = np.column_stack([np.zeros((len(ahead), curve.shape[1] + 1)), lead_curve])
    total = focus.interval(curve.sum(axis=0))
    when, why = _when(focus, curve, back.mean(axis=1), bin_s, total, seed, names)
    return Lags(
        expression, outcome, bin_s,
        focus.curve(back.mean(axis=1), curve, seed, "lags", *names),
        led.curve(ahead.mean(axis=1), lead_weights, seed, "leads", *names),
        focus.curve(back[:, -1] + points.shown.step_s, np.cumsum(curve, axis=0), seed, "so far", *names),
        total,
        surely_p(design, focus, design.extra[:, :0], design.extra @ curve, instead_of=instead, seed=seed),
        surely_p(both, led, beside[:, : curve.shape[1] + 1], ahead_of, instead_of=instead, seed=seed),
        when, focus.rows, focus.clusters, (_told(points.step_s, bin_s), *why),
    )  # fmt: skip


def _bin(stretch_s: float, step_s: float) -> float:
    """Length of a bin: whole steps of the grid, coarser where counts are."""
    least = _FINE_S if stretch_s <= _COARSE_S else _COARSE_S
    return float(step_s * np.ceil(least / step_s - 1e-9))


def _bins(start_s: float, end_s: float, bin_s: float, step_s: float) -> Array:
    """Lags of the grid's steps in each bin, shape (bins, steps of a bin).

    >>> _bins(-20, 0, 10, 5).tolist(), _bins(0, 20, 10, 5).tolist()
    ([[-20.0, -15.0], [-10.0, -5.0]], [[0.0, 5.0], [10.0, 15.0]])
    """
    each = round(bin_s / step_s)
    count = max(int((end_s - start_s) / bin_s + 1e-9), 1)
    first = start_s if start_s >= 0 else -count * bin_s
    return first + step_s * np.arange(count * each, dtype=np.float64).reshape(count, each)


def _columns(ladder: Ladder, place: int, bins: Array) -> Array:
    """Share of the expression in each bin before each point, in standard deviations. Shape (N, bins)."""
    points, asked = ladder.points, ladder.asked
    thin = _only(points.shown, list(asked.members[place]))

    def shares(lag_s: float) -> Array:
        found: Array = thin.over(points.room, points.start_s - lag_s, points.end_s - lag_s)[0].mean(axis=1)
        return found

    by_bin = np.column_stack([np.mean([shares(lag) for lag in lags], axis=0) for lags in bins.tolist()])
    standard: Array = (by_bin - asked.mean[place]) / asked.sd[place]
    return standard


def _only(shown: HostShown, members: list[int]) -> HostShown:
    """Some of the expressions alone."""
    return dataclasses.replace(
        shown,
        names=tuple(shown.names[k] for k in members),
        evidence=tuple(shown.evidence[k] for k in members),
        shares=shown.shares[:, members],
    )


def _curve(bins: Array, reach_s: float, knots: Array) -> Array:
    """Values at each bin of the functions that make up the curve. Shape (bins, knots)."""
    middle = bins.mean(axis=1) / reach_s
    return np.column_stack([np.ones(len(middle)), natural_spline(middle, knots)])


def _when(
    focus: Focus, curve: Array, middle_s: Array, bin_s: float, total: tuple[float, float, float],
    seed: int, names: tuple[str, str],
) -> tuple[When | None, tuple[str, ...]]:  # fmt: skip
    if total[1] <= 1 <= total[2]:
        return None, ("when it comes cannot be told: all lags together may come with nothing",)
    halves = half_of(focus.draws(seed, "when", *names) @ curve.T, middle_s, bin_s)
    low, high = np.quantile(halves, [0.025, 0.975])
    low, high = bin_s * np.floor(low / bin_s), bin_s * np.ceil(high / bin_s)
    if high - low > _VAGUE_S:
        return None, (f"when it comes cannot be told: half of it by {low:g} to {high:g} s",)
    half = half_of((curve @ focus.beta)[None], middle_s, bin_s)[0]
    return When(float(half), float(low), float(high)), ()


def half_of(by_lag: Array, middle_s: Array, bin_s: float) -> Array:
    """When half of the sum has come, for each of many curves of shape (R, bins); shape (R,).

    >>> half_of(np.array([[1.0, 1.0, 0.0], [0.0, -2.0, 0.5]]), np.array([5.0, 15.0, 25.0]), 10.0).tolist()
    [10.0, 15.0]
    """
    along = np.maximum(by_lag * np.sign(by_lag.sum(axis=1, keepdims=True)), 0.0)
    after = np.cumsum(along, axis=1)
    half = after[:, -1:] / 2
    which = np.argmax(after >= half, axis=1)
    rows = np.arange(len(along))
    here = along[rows, which]
    part = (half[:, 0] - (after[rows, which] - here)) / np.where(here > 0, here, 1.0)
    found: Array = np.maximum(middle_s[which] - bin_s / 2 + part * bin_s, 0.0)
    return found


def _told(stretch_s: float, bin_s: float) -> str:
    if stretch_s <= _COARSE_S:
        return f"lags in steps of {bin_s:g} s"
    return f"counts of {stretch_s:g} s: lags in steps of {bin_s:g} s, along a smooth curve"
