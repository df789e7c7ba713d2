"""One question of before and after, answered whole: the matched effect, its checks, all that a page draws.

    a `StrategyDid` > DidCase

Three checks have the chance to sink it: whether both arms moved alike before the moment, whether a moment
that is pretended earlier did anything, and whether matching on the outcome's own past says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError, TelltaleError
from telltale.effects.attrition import left_out_by_arm
from telltale.effects.contract import Effect
from telltale.effects.did import DidSettings, MatchedDid, matched_did
from telltale.effects.did_balance import far_from, unlike
from telltale.effects.did_beside import other_matches
from telltale.effects.did_panel import DidPanel
from telltale.effects.refutation import Finding, Refutation, Verdict, placebo, untold
from telltale.effects.sizes import Told, size_words, told_words
from telltale.effects.smallest_effect import smallest_value
from telltale.effects.staggered import Staggered, staggered
from telltale.effects.staggered_library import did2s, sun_abraham
from telltale.effects.strategy_did import StrategyDid
from telltale.effects.variance import Bools, Floats, Ints
from telltale.effects.words import answer_words, how_sure_words, wrong_if

_MOST_SINGLE: Final = 400
"""Starts by periods: the library makes a column of each, in every row."""
_VERDICTS: Final[dict[str, Verdict]] = {
    "holds": "pass",
    "does not hold": "fail",
    "cannot tell": "cannot tell",
}
_TRENDS: Final = {
    "holds": "Both arms moved alike before it",
    "does not hold": "Both arms moved apart already before it",
    "cannot tell": "Whether both arms moved alike before it nobody can tell",
}


@dataclass(frozen=True, slots=True, eq=False)
class SunAbraham:
    """The effect by period of Sun and Abraham, by the library pyfixest."""

    relative: Ints
    """Shape (K,), without the reference."""
    value: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True, eq=False)
class DidCase:
    """What a strategy changed, and everything that speaks for and against it."""

    asked: StrategyDid
    did: MatchedDid
    """The effect, its event study, trends, balance and weights."""
    finding: Finding
    sentences: tuple[str, str, str]
    """What it did, how sure that is, what would make it wrong."""
    warnings: tuple[str, ...]
    """What a reader should know before believing the number."""
    smallest: float
    """The effect that would have been seen with 80 % power at the 5 % level, in the outcome's unit."""
    seconds: Floats
    """Shape (K,): when each period of the event study begins, from the moment."""
    treated: Floats
    """Shape (K,): mean outcome of the matched who got it."""
    control: Floats
    """Shape (K,): of those they were matched with."""
    staggered: Staggered | None
    """Each start compared with who was not reached yet; None where it was not asked for."""
    sun_abraham: SunAbraham | None
    did2s: Effect | None
    starts_note: str
    """Why there are no starts to compare, or why the library told nothing; empty where both were told, or not
    asked."""

    @property
    def effect(self) -> Effect:
        """On those who got it."""
        return self.finding.effect

    @property
    def told(self) -> Told:
        """How values of the outcome are told in words, tables and figures."""
        return _told(self.asked)

    @property
    def unit(self) -> str:
        """Of the values that are held here, whatever they are told in."""
        if self.asked.counted:
            return f"times per viewer in {self.asked.after * self.asked.panel.step:g} s"
        return "share of steps" if self.asked.event else "its own"


def did_case(asked: StrategyDid, settings: DidSettings | None = None, *, by_start: bool = False) -> DidCase:
    """Answer one question.

    Parameters
    ----------
    settings
        How to match; its periods are those of `asked`.
    by_start
        Whether starts are compared with each other too, for treatments that began at different times.
    """
    chosen = replace(settings or DidSettings(), before=asked.before, after=asked.after)
    did = matched_did(asked.panel, chosen)
    effect = did.effect
    if not np.isfinite(effect.value):
        raise FormatError("nobody who got it has a match", hint="match on less: name fewer covariates")
    finding = Finding(replace(effect, drawn=asked.drawn), tuple(_checks(asked, did, chosen)))
    windows = did.windows
    late = windows.outcome[~windows.treated][:, windows.relative >= 0]
    spread = float(late.mean(axis=1).std())

    told = _told(asked)

    def size(value: float) -> str:
        return told_words(value, told) if told == "events" else size_words(value, told, spread)

    least = smallest_value(effect)
    sure = how_sure_words(finding.effect, least, _lot(asked), size, asked.drawn)
    sentences = answer_words(finding, size), sure, _wrong(finding, did)
    found = _by_start(asked.panel, chosen.level) if by_start else _ByStart()
    return DidCase(
        asked,
        did,
        finding,
        sentences,
        (
            *([asked.unlogged] if asked.unlogged else []),
            *unlike(did.balance, did.balanced_by),
            *far_from(did.alone, did.balance),
            *([] if asked.left is None else [asked.left.words()]),
        ),
        least,
        np.asarray(windows.relative * asked.panel.step, dtype=np.float64),
        _mean_by_period(did, windows.treated),
        _mean_by_period(did, ~windows.treated),
        found.own,
        found.sun_abraham,
        found.did2s,
        found.note,
    )


def _told(asked: StrategyDid) -> Told:
    if asked.counted:
        return "events"
    return "binary" if asked.event else "continuous"


def _lot(asked: StrategyDid) -> str:
    """Whether a lot was drawn, and who makes use of it."""
    if asked.by_lot:
        return "it was assigned by lot, which 'telltale causal effect' uses"
    return f"{asked.unlogged}, so no lot is used" if asked.unlogged else "no lot is used"


def _wrong(finding: Finding, did: MatchedDid) -> str:
    trend = _TRENDS[did.trends.verdict]
    return f"{trend}. {wrong_if(finding)} something else reached those who got it at that very moment."


def _mean_by_period(did: MatchedDid, rows: Bools) -> Floats:
    """Shape (K,); NaN where nobody was matched."""
    weight = did.weight[rows]
    if not weight.any():
        return np.full(did.windows.outcome.shape[1], np.nan)
    found: Floats = weight @ did.windows.outcome[rows] / weight.sum()
    return found


def _checks(asked: StrategyDid, did: MatchedDid, settings: DidSettings) -> Iterator[Refutation]:
    yield _alike(asked, did)
    yield _in_time(asked, did.effect, settings)
    if did.beside is not None:
        yield other_matches(did, partial(told_words, told=_told(asked)))
    if asked.left is not None:
        late = did.windows.outcome[:, did.windows.relative >= 0]
        yield left_out_by_arm(asked.left, did.effect.value, float(late.mean(axis=1).std()))


def _alike(asked: StrategyDid, did: MatchedDid) -> Refutation:
    what, trends = "Compared how both moved before the moment.", did.trends
    if not np.ptp(did.windows.outcome[did.weight != 0][:, did.windows.relative < 0]):
        return untold("parallel trends", what, _never(asked, "before the moment"))
    if asked.counted and np.isnan(trends.p) and 0 < trends.leads <= trends.freedom:
        # In some periods it came to nobody, so their differences have no errors to hold them against.
        why = f"{_name(asked)} came too rarely before the moment to compare."
        return untold("parallel trends", what, f"{why[0].upper()}{why[1:]}")
    why = trends.told(partial(told_words, told=_told(asked)))
    found = f"{why[0].upper()}{why[1:]}"
    if np.isfinite(trends.p):
        found += f" (F = {trends.statistic:.2f} over {trends.leads} periods, p = {trends.p:.3g})"
    slope = trends.slope, trends.slope_low, trends.slope_high
    return Refutation("parallel trends", _VERDICTS[trends.verdict], what, f"{found}.", *slope)


def _name(asked: StrategyDid) -> str:
    """The outcome without its time."""
    return asked.panel.outcome_name.split(" in the ")[0]


def _never(asked: StrategyDid, when: str) -> str:
    """That the outcome was the same for all, in words: of an event, that it came to nobody."""
    name = _name(asked)
    moved = f"No {name} came" if asked.counted else f"{name} was the same for all"
    return f"{moved[0].upper()}{moved[1:]} {when}, so there is nothing to compare."


def _in_time(asked: StrategyDid, effect: Effect, settings: DidSettings) -> Refutation:
    shift = asked.before // 2
    seconds = shift * asked.panel.step
    did = f"Pretended that it came {seconds:g} s earlier, and asked what followed until it really came."
    if not shift:
        return untold("placebo in time", did, "One period before is too few.")
    early = asked.panel.period < asked.panel.moment[asked.panel.unit]
    if not np.ptp(asked.panel.outcome[early]):
        return untold("placebo in time", did, _never(asked, "before it really came"))
    try:
        panel = pretend_earlier(asked.panel, shift)
        found = matched_did(panel, replace(settings, before=asked.before - shift, after=shift)).effect
    except TelltaleError as error:
        return untold("placebo in time", did, f"It could not be asked: {error.message}.")
    return placebo("placebo in time", did, found, effect, partial(told_words, told=_told(asked)))


def pretend_earlier(panel: DidPanel, periods: int) -> DidPanel:
    """The panel of moments that many periods earlier, with what was before the real ones alone."""
    rows = panel.period < panel.moment[panel.unit]
    own, unit = np.unique(panel.unit[rows], return_inverse=True)
    return replace(
        panel,
        unit=unit,
        period=panel.period[rows],
        outcome=panel.outcome[rows],
        start=panel.start[own] - periods,
        moment=panel.moment[own] - periods,
        covariates=panel.covariates[own],
        cluster=np.unique(panel.cluster[own], return_inverse=True)[1],
        facts=(*panel.facts, f"the moment was pretended {periods} periods earlier"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _ByStart:
    """As in `DidCase`."""

    own: Staggered | None = None
    sun_abraham: SunAbraham | None = None
    did2s: Effect | None = None
    note: str = ""


def _by_start(panel: DidPanel, level: float) -> _ByStart:
    if len(panel.starts) < 2:
        return _ByStart(
            note=f"all began within one period of {panel.step:g} s: there are no starts to compare"
        )
    own = staggered(panel, level=level)
    single = len(own.value)
    if single > _MOST_SINGLE:
        why = f"pyfixest was not asked: {single:,} starts by periods are too many for it; take longer periods"
        return _ByStart(own, note=why)
    try:
        return _ByStart(own, SunAbraham(*sun_abraham(panel)), did2s(panel, level))
    except ConfigError as error:
        return _ByStart(own, note=f"{error.message}: {error.hint}")
