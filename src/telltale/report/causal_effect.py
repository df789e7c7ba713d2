"""The page of what a strategy did: the answer in three sentences, its checks, and what could sink it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Final, Literal

import numpy as np

from telltale.effects.group_effects import WhoGains
from telltale.effects.sizes import told_words
from telltale.effects.strategy_case import StrategyCase
from telltale.effects.words import size_in
from telltale.report.causal_balance import love_figure, overlap_figure
from telltale.report.causal_checks import checks_figure
from telltale.report.causal_gains import gains_figure, halves_figure
from telltale.report.causal_hidden import bias_figure
from telltale.report.causal_sections import balance_words, checks_section, head, sentence
from telltale.report.html_parts import figure
from telltale.report.page import write_page

_Lot = Literal["used", "not used", "none"]
_NAMED: Final = 3
_WHOM: Final = {
    "ATE": "the effect on all",
    "ATT": "the effect on those who got it",
    "ATO": "the effect on those for whom both were open",
}
_LOTS: Final[dict[_Lot, str]] = {
    "used": "A lot decided, with chances that are on record: what both differ in is chance, and in the "
    "interval.",
    "not used": "A lot decided, but this method does not use its chances, and they were not the same for "
    "all: both must be made alike by what was known before.",
    "none": "No lot decided who got it: both must be made alike by what was known before.",
}


def write_effect_page(case: StrategyCase, out: Path, *, study: str, simulated: bool = False) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    title = f"What {case.effect.treatment} did, in {study}"
    figures = effect_figures(case)
    parts = [
        *head(title, case.sentences, case.warnings, simulated=simulated),
        *checks_section(case.finding, figures),
        *_alike(case, figures),
        *_hidden(case, figures),
        *_who(case, figures),
        *_rests(case),
    ]
    return write_page(out, title, parts, figures, _numbers(case), simulated=simulated)


def effect_figures(case: StrategyCase) -> dict[str, str]:
    """SVG by name."""
    kind, effect = case.design.outcome_kind, case.effect
    found = {"checks": checks_figure(case.finding, kind)}
    if case.balance.names:
        found["balance"] = love_figure(case.balance)
    if len(np.unique(case.chance)) > 1:
        found["overlap"] = overlap_figure(case.overlap)
    if math.isfinite(effect.value) and not case.by_lot:
        found["hidden"] = bias_figure(case.bias, effect, kind)
    if case.who is not None:
        found["who-gains"] = gains_figure(case.who, effect, kind)
        if case.who.halves:
            found["halves"] = halves_figure(case.who, effect, kind)
    return found


def _alike(case: StrategyCase, figures: dict[str, str]) -> Iterable[str]:
    yield "<h2>Were those who got it like those who did not?</h2>"
    yield f"<p>{_LOTS[_lot(case)]}</p>"
    words = balance_words(case.balanced_by, str(case.balance), by_lot=case.by_lot)
    yield figure(figures, "balance", words)
    if "overlap" not in figures:
        yield f"<p>All had one chance of getting it: {case.chance[0]:.0%}.</p>"
    crump = " Grey is what Crump's rule would leave out." if 0 < case.overlap.crump < 0.5 else ""
    yield figure(figures, "overlap", f"{sentence(str(case.overlap))}{crump}")


def _lot(case: StrategyCase) -> _Lot:
    if case.by_lot:
        return "used"
    return "none" if case.design.propensity is None else "not used"


def _hidden(case: StrategyCase, figures: dict[str, str]) -> Iterable[str]:
    if case.by_lot:
        yield (
            "<p>How strong something hidden would have to be is not asked: a lot decided who got it, and "
            "nothing hidden moves a lot.</p>"
        )
        return
    yield "<h2>How strong would something hidden have to be?</h2>"
    yield f"<p>{escape(_tipping(case))}</p>"
    yield figure(
        figures,
        "hidden",
        "Where the effect would lie, at worst, if something hidden were that strong (dark), and its interval "
        "(pale). Beneath: hidden causes as strong as the strongest that are known.",
    )
    e, unit = case.e_value, case.effect.unit
    words = []
    if math.isfinite(e.point):
        words.append(
            f"Told as a ratio (E-value), it would have to make both getting it and the outcome {e.point:.2g} "
            f"times likelier to explain the effect away"
            + (f", and {e.interval:.2g} times to make it unsure." if math.isfinite(e.interval) else ".")
        )
    if case.bounds is not None and math.isfinite(case.bounds.odds):
        words.append(
            f"Matched {unit}s may differ in their odds of getting it by {case.bounds.odds:.2g} times before "
            f"the difference is no longer sure (Rosenbaum's bound, {case.bounds.pairs:,} pairs)."
        )
    if words:
        yield f'<p class="soft">{escape(" ".join(words))}</p>'


def _tipping(case: StrategyCase) -> str:
    bias = case.bias
    if not math.isfinite(bias.zero_at):
        return "How strong cannot be told."
    words = (
        f"Nothing would be left of the effect if something hidden explained {100 * bias.zero_at:.2g} % of "
        "what is left of who got it, and as much of what came of it"
    )
    if bias.unsure_at > 0:
        words += f"; at {100 * bias.unsure_at:.2g} % it would no longer be sure"
    elif bias.unsure_at == 0:
        words += "; it is not sure as it stands"
    if not bias.known:
        return f"{words}."
    known = bias.known[0]
    return (
        f"{words}. The strongest that is known, {known.name}, explains {100 * known.of_treatment:.2g} % and "
        f"{100 * known.of_outcome:.2g} %."
    )


def _who(case: StrategyCase, figures: dict[str, str]) -> Iterable[str]:
    yield "<h2>Who gains?</h2>"
    who = case.who
    if who is None:
        yield f"<p>There are too few {case.effect.unit}s to tell.</p>"
        return
    yield f"<p>{escape(_gain_words(who, case.effect.unit))}</p>"
    yield figure(
        figures,
        "who-gains",
        f"{case.effect.unit.capitalize()}s in {len(who.groups)} groups, by how much a model that never saw "
        "them expects them to gain; what is drawn is what they did gain. The last interval allows for all "
        "that was looked at. Shaded: "
        f"{_WHOM[case.effect.estimand]}.",
    )
    yield figure(
        figures,
        "halves",
        "The upper half of a covariate against the lower: how much more it gained. Intervals allow for "
        "all that was looked at: the groups above and every covariate.",
    )


def _gain_words(who: WhoGains, unit: str) -> str:
    """Whether the groups differ, and which covariates go along with the gain."""
    groups = f"Put into groups by what they are expected to gain, {unit}s differ by no more than chance."
    words = f"Some {unit}s gain more than others, beyond chance."
    if not who.differs:
        words = groups
    elif not who.groups_differ:
        words += f" {groups}"
    sure = [half for half in who.halves if half.differs]
    if not sure:
        return f"{words} No covariate was found that goes along with it."
    named = ", ".join(
        f"{'more' if half.apart.value > 0 else 'less'} where {half.name} is above {half.cut:.3g}"
        for half in sure[:_NAMED]
    )
    return f"{words} By single covariates they gain {named}; that it goes along does not say that it is why."


def _rests(case: StrategyCase) -> Iterable[str]:
    yield "<h2>What it rests on</h2>"
    yield f"<p>{escape(sentence(case.effect.line(partial(told_words, told=case.design.outcome_kind))))}</p>"
    yield f"<p>{escape(sentence(case.smallest.line(size_in(case.design))))}</p>"
    if not case.by_lot:
        yield (
            "<p>It assumes that the covariates tell all that drove both who got it and what came of it, that "
            "each could have got either, and that nobody's treatment moved others.</p>"
        )
    else:
        yield (
            "<p>It assumes that the lot was drawn as recorded, and that nobody's treatment moved others.</p>"
        )


def _numbers(case: StrategyCase) -> dict[str, object]:
    """All of a case, but for what is told of single viewers."""
    return {
        "sentences": case.sentences,
        "warnings": case.warnings,
        "stands": case.finding.stands,
        "effect": case.effect,
        "outcome_unit": case.unit,
        "drawn": case.design.drawn,
        "checks": case.finding.checks,
        "smallest_effect": case.smallest,
        "overlap": case.overlap,
        "balance": case.balance,
        "balanced_by": case.balanced_by,
        "e_value": case.e_value,
        "rosenbaum_bounds": case.bounds,
        "bias_curve": case.bias,
        "who_gains": None
        if case.who is None
        else replace(case.who, expected=np.empty(0), group=np.empty(0, np.int64)),
    }
