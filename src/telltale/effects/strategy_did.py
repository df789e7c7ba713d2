"""From a study to a panel for difference in differences: sessions around the moment of a strategy.

    r = 0, 1, ...      the periods that begin at the moment or later
    r = -1, -2, ...    those that end by it

A period is `every_s` long and counted from the session's own moment, so that none holds time from both sides;
a step of the grid in which the moment falls is neither. Sessions of the other arm have the moment at which
they were held back. Calendar time, for what compares starts with each other, is that of the session.

An event is counted by its own time, in all periods: who left does it no more, so those are 0 and no holes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.attrition import Attrition
from telltale.effects.did_panel import DidPanel
from telltale.effects.drawn import ALONE, Drawn
from telltale.effects.exposed import read_exposed
from telltale.effects.strategy_columns import means, parts_of
from telltale.effects.strategy_design import strategy_design
from telltale.effects.strategy_events import Came, came_of
from telltale.effects.variance import Floats, Ints
from telltale.effects.whole_rooms import Cluster
from telltale.factors.panel import FactorPanel
from telltale.study.store import Study

_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class StrategyDid:
    """Sessions in periods around a strategy's moment, and how the question was put."""

    panel: DidPanel
    before: int
    """Periods before the moment."""
    after: int
    """Periods from it on."""
    event: bool
    """Whether the outcome is the share of steps with a flag."""
    by_lot: bool
    """Whether the arm was drawn, its chance logged: then `telltale causal effect` has the better evidence."""
    drawn: Drawn = ALONE
    """Who a cluster is."""
    counted: bool = False
    """Whether the outcome is how often a logged event came: per viewer, in as long as all periods after."""
    unlogged: str = ""
    """That some units have no logged chance where others do, in words."""
    left: Attrition | None = None
    """Who was assigned and was not seen in all periods; None where all were."""


def strategy_did(
    study: Study,
    panel: FactorPanel,
    strategy: str,
    outcome: str,
    *,
    every_s: float | None = None,
    before_s: float = 60.0,
    after_s: float = 60.0,
    covariates: Sequence[str] | None = None,
    cluster: Cluster = "auto",
) -> StrategyDid:
    """Sessions that were assigned to a strategy, to either arm, in periods around the moment.

    Parameters
    ----------
    every_s
        Length of a period, whole steps of the grid; a step when not given.
    before_s, after_s
        How far to look, whole periods.
    covariates
        As in `strategy_design`, but for the outcome before the moment: what lasts falls out by itself.
    """
    every = panel.grid_s if every_s is None else every_s
    steps, before, after = whole_periods(panel.grid_s, every, before_s, after_s)
    asked = strategy_design(
        study, panel, strategy, outcome, covariates=covariates, within_s=after_s, cluster=cluster
    )
    design = asked.design
    exposed = read_exposed(study, strategy)
    times = dict(zip(exposed.session, exposed.time_s.tolist(), strict=True))
    places = {session: k for k, session in enumerate(panel.session_ids)}
    place = np.array([places[unit] for unit in asked.units], dtype=np.int64)
    moment = np.array([times[unit] for unit in asked.units])
    zero = np.floor((moment + _ROUNDING) / every).astype(np.int64)
    got = zero[design.treated]
    came = came_of(study, panel, outcome)
    counted, flag = came is not None, came is None and panel.factor(outcome).kind != "continuous"
    if came is None:
        unit, relative, y = _periods(panel, outcome, place, moment, steps, flag=flag)
    else:
        last = int(got.max() - zero.min()) + after
        unit, relative, y = _counts(came, place, moment, every, zero, last)
        # So that an effect, a mean over the periods after, is of all of them together.
        y = y * after
    near = (relative >= -before) & (relative < after)
    whole = np.bincount(unit[near], minlength=len(place)) == before + after
    left = asked.left_with(whole, "they were not seen in all periods")
    # Of who got it the window alone counts; the others serve at all times at which somebody got it.
    kept = ~design.treated[unit] | near
    clock = zero[unit] + relative
    kept &= (clock >= got.min() - before) & (clock < got.max() + after)
    unit, clock, y = unit[kept], clock[kept], y[kept]
    own, unit = np.unique(unit, return_inverse=True)
    if not len(own):
        raise FormatError(f"no session has a whole period of {every:g} s", hint="take shorter periods")
    first = int(clock.min())
    begin = (zero - first).astype(np.float64)
    columns = [k for k, name in enumerate(design.names) if name != outcome]
    name = f"the share of steps with {outcome}" if flag else outcome
    found = DidPanel(
        unit,
        clock - first,
        y,
        np.where(design.treated, begin, np.nan)[own],
        begin[own],
        design.covariates[own][:, columns],
        tuple(design.names[k] for k in columns),
        np.unique(design.cluster[own], return_inverse=True)[1],
        "viewer",
        strategy,
        f"{name} in the {after_s:g} s after it",
        first * every,
        every,
        design.facts,
    )
    by_lot = design.propensity is not None
    return StrategyDid(found, before, after, flag, by_lot, design.drawn, counted, asked.unlogged, left)


def _periods(
    panel: FactorPanel, outcome: str, place: Ints, moment: Floats, steps: int, *, flag: bool
) -> tuple[Ints, Ints, Floats]:
    """Means of the outcome by session and period, shape (q,) each: whose, relative to the moment, how much.

    Of a flag: the share of steps in which it was up.

    Sorted by both; periods without all of their steps, or in which nothing was seen, are not among them.
    """
    before, after = parts_of(panel, place, moment, np.full(len(place), np.inf))
    whose = np.maximum(before, after)
    rows = np.flatnonzero(whose >= 0)
    unit, at = whose[rows], moment[whose[rows]]
    starts = panel.step[rows] * panel.grid_s
    # Steps are counted away from the moment, so the one in which it falls leaves no hole.
    later = np.floor((starts - at) / panel.grid_s + _ROUNDING)
    early = np.ceil((starts + panel.grid_s - at) / panel.grid_s - _ROUNDING) - 1
    step = np.where(after[rows] >= 0, later, early).astype(np.int64)
    relative = np.floor_divide(step, steps)
    least = int(relative.min(initial=0))
    width = int(relative.max(initial=0)) - least + 1
    key = unit * width + relative - least
    count = np.bincount(key, minlength=len(place) * width)
    values = panel.column(outcome)[rows]
    if flag:
        values = np.where(np.isfinite(values), values > 0, np.nan)
    mean = means(values, key, len(count))
    found = np.flatnonzero((count == steps) & np.isfinite(mean))
    return found // width, found % width + least, mean[found]


def _counts(
    came: Came, place: Ints, moment: Floats, every: float, zero: Ints, last: int
) -> tuple[Ints, Ints, Floats]:
    """The same of an event: how often it came, from a session's start on and on after its end.

    Parameters
    ----------
    zero
        Shape (n,): whole periods of each session before its moment.
    last
        Periods from the moment on.
    """
    periods = np.arange(-int(zero.max()), last)
    often = came.often(place, moment, every, periods)
    unit, at = np.nonzero(periods >= -zero[:, None])
    return unit, periods[at], often[unit, at]


def whole_periods(grid_s: float, every_s: float, before_s: float, after_s: float) -> tuple[int, int, int]:
    """Steps in a period, and periods before and after; refused where they are no whole numbers.

    >>> whole_periods(5.0, 15.0, 60.0, 30.0)
    (3, 4, 2)
    """
    found = []
    for seconds, unit, what in (
        (every_s, grid_s, "a period"),
        (before_s, every_s, "before"),
        (after_s, every_s, "after"),
    ):
        count = round(seconds / unit) if unit > 0 and np.isfinite(seconds) else 0
        if count < 1 or abs(count * unit - seconds) > _ROUNDING:
            raise ConfigError(
                f"{what}: {seconds:g} s are no whole number of {unit:g} s", hint="take a multiple of it"
            )
        found.append(count)
    return found[0], found[1], found[2]
