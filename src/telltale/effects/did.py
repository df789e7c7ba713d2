"""Matching and difference in differences: what changed in the treated less what changed in units like them.

    tau = mean over matched i of  (post_i - pre_i) - mean over its matches j of (post_j - pre_j)

(Heckman, Ichimura & Todd 1997). Matches are the nearest in the propensity, from what is known before the
treatment, and what is left between them is regressed away (Abadie & Imbens 2011): it is right where either
the propensity or the line is. A lasting difference in level falls out by itself, and the periods before the
moment stay a test: matches that were not chosen by them either move alike there or do not. So covariates
alone are matched on, unless `history` asks for more:

    nothing         right where covariates that last say why trends differ, whatever lasting level drives the
                    treatment; those that pass, such as attention just before, have some of the next fault
    last, level     right where a passing high or low called for the treatment (Ashenfelter's dip); where the
                    level lasts they bring regression to the mean (Daw & Hatfield 2018)
    trend           where a trend of the unit's own drives the treatment, as far as few periods tell it

They err differently, so the other kind is always told beside, and what comes without any matching.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from telltale.core.errors import ConfigError
from telltale.effects.balance import Balance, measure_balance
from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.did_panel import DidPanel
from telltale.effects.did_window import Windows, cut_windows
from telltale.effects.event_study import EventStudy, fit_event_study
from telltale.effects.matching import Matching
from telltale.effects.parallel_trends import ParallelTrends, parallel_trends
from telltale.effects.propensity import PropensitySettings
from telltale.effects.strategy_columns import told_by
from telltale.effects.variance import Bools, Floats, count_clusters, spread_of_mean

History = Literal["level", "trend", "last"]
_ALL: Final[tuple[History, ...]] = ("last", "level", "trend")


@dataclass(frozen=True, slots=True)
class DidSettings:
    """How treated units are matched and compared.

    >>> DidSettings(caliper=0.0)
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: caliper is 0.0: choose one over 0, or None
    """

    before: int | None = None
    """Periods before the moment; as many as nine of ten treated units have if not given."""
    after: int | None = None
    """Periods from the moment on."""
    history: tuple[History, ...] | None = None
    """What of the outcome before the moment is matched on, beside the covariates: its last value, its mean,
    its slope. Nothing if not given; all three where there are no covariates."""
    neighbours: int = 5
    """Of several near ones the noise is less than of one, and as much of the difference falls out."""
    caliper: float | None = 0.2
    """No match is further away, in standard deviations of the log odds (Austin, Pharm Stat 10, 2011)."""
    replacement: bool = True
    adjust: bool = True
    """Whether what is left between matches is regressed away; never where matches are too few for it."""
    propensity: PropensitySettings | None = None
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.caliper is not None and not self.caliper > 0:
            raise ConfigError(f"caliper is {self.caliper}", hint="choose one over 0, or None")
        if not 0 < self.level < 1:
            raise ConfigError(f"level is {self.level}", hint="choose one between 0 and 1, such as .95")
        odd = [word for word in self.history or () if word not in _ALL]
        if odd:
            raise ConfigError(
                f"history {odd[0]!r}", hint="choose some of 'last', 'level' and 'trend', or none"
            )


@dataclass(frozen=True, slots=True, eq=False)
class MatchedDid:
    """The effect on the treated, and all that could sink it."""

    effect: Effect
    """Method psm-did."""
    beside: Effect | None
    """Matched with the history where `effect` is not, or without it where it is; None where nothing is left
    to match on."""
    plain: Effect
    """Without matching, method did."""
    balance: Balance
    """Before, and after matching and, where `adjusted`, regression: in what these count."""
    alone: Balance
    """Before and after matching alone, in what was matched on: how much was left to the regression."""
    weight: Floats
    """Shape (m,), of the windows: 1 for a matched treated unit, what a match counts once the rest is
    regressed away (it may be a little under 0), 0 for who is left out."""
    weight_beside: Floats | None
    """The same of `beside`."""
    design: Design
    """The change of each window, and what was matched on."""
    design_beside: Design | None
    """The same of `beside`."""
    adjusted: bool
    """Whether what matching left was regressed away."""
    windows: Windows
    study: EventStudy
    """Period by period, matched."""
    study_plain: EventStudy
    """The same without matching."""
    trends: ParallelTrends
    """Of the matched; leads that were matched on are no test, and the verdict says so."""
    trends_plain: ParallelTrends

    @property
    def balanced_by(self) -> str:
        """What made both arms alike, in words."""
        return "matching and regression" if self.adjusted else "matching"


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """One way to match, and what it says."""

    design: Design
    effect: Effect
    weight: Floats
    """Of the windows, shape (m,)."""
    alone: Balance
    """What matching alone did to what was matched on."""
    adjusted: bool


def matched_did(panel: DidPanel, settings: DidSettings | None = None) -> MatchedDid:
    """Matched difference in differences around each unit's moment.

    Rows in any order give the same. The balance covers the history too, whether it was matched on or not; the
    event studies take the weights as given, while the effect's errors know that matches were chosen.
    """
    chosen = settings or DidSettings()
    windows = cut_windows(panel, chosen.before, chosen.after)
    history = chosen.history if chosen.history is not None else () if panel.names else _ALL
    match = _match(panel, windows, chosen, history)
    effect, weight = match.effect, match.weight
    told = tuple(dict.fromkeys((*history, *_ALL)))  # What was matched on first: it is not left out.
    balance = measure_balance(_design(panel, windows, told), weight)
    other: tuple[History, ...] = () if history else _ALL
    beside = _match(panel, windows, chosen, other) if other or panel.names else None
    plain = plain_did(panel, windows, chosen.level)
    study_plain = _study(panel, windows, even_weights(windows), chosen.level)
    study = _study(panel, windows, weight, chosen.level) if weight.any() else study_plain
    trends = parallel_trends(study, effect.value)
    if history:
        trends = _not_a_test(trends, history)
    return MatchedDid(
        effect, None if beside is None else beside.effect, plain, balance, match.alone,
        weight, None if beside is None else beside.weight,
        match.design, None if beside is None else beside.design, match.adjusted,
        windows, study, study_plain, trends, parallel_trends(study_plain, plain.value),
    )  # fmt: skip


def _match(panel: DidPanel, windows: Windows, chosen: DidSettings, history: tuple[History, ...]) -> _Match:
    design = _design(panel, windows, history)
    matching = Matching(
        caliper=chosen.caliper, neighbours=chosen.neighbours, replacement=chosen.replacement,
        exact=(_MOMENT,) if _MOMENT in design.names else (), bias_adjust=chosen.adjust,
        propensity=chosen.propensity, level=chosen.level, seed=chosen.seed,
    ).fit(design)  # fmt: skip
    found = matching.effect()
    weight, pure = np.zeros(len(design)), np.zeros(len(design))
    notes = found.notes
    if np.isfinite(found.value):
        matched = matching.matched_
        weight[matching.order_] = matched.weight
        pure[matching.order_] = matched.member + matched.served
    alone = measure_balance(design, pure)
    adjusted = bool((weight != pure).any())
    if adjusted:
        notes += (f"what matching left between both arms, {alone.worst:.2f} SD at most, is regressed away",)
    treated, control, left = _count(panel, windows, weight != 0)
    words = f"psm-did ({', '.join(history)} before)" if history else "psm-did"
    effect = replace(
        found, method=words, outcome=panel.outcome_name, treated=treated, control=control, left_out=left,
        notes=notes,
    )  # fmt: skip
    return _Match(design, effect, weight, alone, adjusted)


def plain_did(panel: DidPanel, windows: Windows, level: float = 0.95) -> Effect:
    """The difference of mean changes, without matching: control units are compared within each moment.

    tau = mean over treated i of (gain_i - mean gain of the control units at i's moment), errors by cluster.
    """
    gain, treated, group = windows.gain, windows.treated, windows.group
    count = np.bincount(group[~treated], minlength=group.max() + 1)
    mean = np.bincount(group[~treated], gain[~treated], len(count)) / np.maximum(count, 1)
    rest = gain - mean[group]
    value = float(rest[treated].mean())
    weight = even_weights(windows)
    influence = np.where(treated, rest - value, -weight * rest) * (len(gain) / treated.sum())
    spread = spread_of_mean(influence, windows.cluster)
    low, high = spread.interval(value, level)
    own, other, left = _count(panel, windows, np.ones(len(gain), dtype=bool))
    return Effect(
        "ATT", value, low, high, spread.standard_error, level, "did", panel.kind, panel.treatment_name,
        panel.outcome_name, own, other, count_clusters(windows.cluster), left, "observed", spread.freedom,
        (*windows.notes, *panel.facts),
    )  # fmt: skip


def _count(panel: DidPanel, windows: Windows, used: Bools) -> tuple[int, int, int]:
    """Treated and control units behind used windows, each counted once, and units behind none."""
    treated = int((used & windows.treated).sum())
    control = len(np.unique(windows.unit[used & ~windows.treated]))
    return treated, control, panel.units - treated - control


def even_weights(windows: Windows) -> Floats:
    """Shape (m,): 1 for treated; control units of a moment share the number of its treated evenly."""
    size = int(windows.group.max()) + 1
    treated = np.bincount(windows.group[windows.treated], minlength=size)
    control = np.bincount(windows.group[~windows.treated], minlength=size)
    share = treated / np.maximum(control, 1)
    return np.where(windows.treated, 1.0, share[windows.group])


_MOMENT = "moment"


def _design(panel: DidPanel, windows: Windows, history: tuple[History, ...]) -> Design:
    """The change as the outcome, and what is matched on as covariates."""
    early = np.flatnonzero(windows.relative < 0)
    known = {"last": windows.outcome[:, early[-1]], "level": windows.before, "trend": windows.slope}
    names, columns = list(panel.names), list(panel.covariates[windows.unit].T)
    # Of one period before there is one thing to say, of two there are two.
    told = [word for word in history if word != "trend" or len(early) > 1][: len(early)]
    first = len(columns)
    for word in told:
        # Of what comes rarely the last period may hold all that there was: then the mean says it once more.
        own = list(range(first, len(columns)))
        follows = bool(own) and told_by(np.column_stack([*columns, known[word]]), len(columns), own)
        if np.ptp(known[word]) > 0 and not follows:
            names.append(f"{panel.outcome_name} before, {word}")
            columns.append(known[word])
    if not columns:
        raise ConfigError("nothing to match on", hint="name covariates, or a history")
    if windows.stacked and windows.group.max() > windows.group.min():
        names.append(_MOMENT)
        columns.append(windows.group.astype(np.float64))
    return Design(
        windows.treated, windows.gain, np.column_stack(columns), tuple(names), windows.cluster, None,
        panel.kind,
        panel.treatment_name, f"change of {panel.outcome_name}", "continuous", (*windows.notes, *panel.facts),
    )  # fmt: skip


def _study(panel: DidPanel, windows: Windows, weight: Floats, level: float) -> EventStudy:
    """Weights are taken as given: what choosing the matches adds to the errors is in the effect alone."""
    width = windows.outcome.shape[1]
    used = np.flatnonzero(weight != 0)
    unit = np.repeat(np.arange(len(used)), width)
    relative = np.tile(windows.relative, len(used))
    return fit_event_study(
        unit, relative, np.where(windows.treated[used][unit], relative, np.nan),
        windows.outcome[used].ravel(),
        windows.cluster[used], weight=weight[used], level=level,
        names=(panel.outcome_name, panel.treatment_name), notes=(*windows.notes, *panel.facts),
    )  # fmt: skip


def _not_a_test(trends: ParallelTrends, history: tuple[History, ...]) -> ParallelTrends:
    if trends.verdict == "does not hold":
        return trends
    words = " and ".join(history)
    return replace(
        trends,
        verdict="cannot tell",
        why=f"matches were chosen by {words} of the periods before, so these agree by choice:"
        " match without history to test them",
    )
