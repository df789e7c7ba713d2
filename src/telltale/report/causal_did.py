"""The page of before and after: what changed in those who got it, less what changed in others like them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from html import escape
from pathlib import Path

import numpy as np

from telltale.effects.contract import Effect
from telltale.effects.did_balance import balance_line
from telltale.effects.did_case import DidCase
from telltale.effects.parallel_trends import ParallelTrends
from telltale.effects.sizes import Size, scale_of, told_words, unit_words
from telltale.report.causal_balance import love_figure
from telltale.report.causal_checks import amount, checks_figure
from telltale.report.causal_sections import balance_words, checks_section, head, sentence
from telltale.report.causal_trends import arms_figure, event_figure, staggered_figure
from telltale.report.html_parts import figure
from telltale.report.page import write_page
from telltale.report.svg_rows import Row, Rows, rows_chart


def write_did_page(case: DidCase, out: Path, *, study: str, simulated: bool = False) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    title = f"Before and after {case.effect.treatment}, in {study}"
    figures = did_figures(case)
    parts = [
        *head(title, case.sentences, case.warnings, simulated=simulated),
        *_around(case, figures),
        *checks_section(case.finding, figures),
        *_alike(case, figures),
        *_otherwise(case, figures),
        *_rests(case),
    ]
    return write_page(out, title, parts, figures, _numbers(case), simulated=simulated)


def did_figures(case: DidCase) -> dict[str, str]:
    """SVG by name."""
    did, step, kind = case.did, case.asked.panel.step, case.told
    found = {"ways": _ways_figure(case)}
    if did.weight.any():
        found["arms"] = arms_figure(case, kind)
        found["checks"] = checks_figure(case.finding, kind)
        found["periods"] = event_figure(did.study, did.trends, step, kind)
    if did.balance.names:
        found["balance"] = love_figure(did.balance, did.alone if did.adjusted else None)
    if case.staggered is not None and len(np.unique(case.staggered.group)) > 1:
        found["starts"] = staggered_figure(case.staggered, step, case.asked.panel.origin, kind)
    return found


def _ways(case: DidCase) -> list[Effect]:
    ways = [case.effect, case.did.beside, case.did.plain, case.did2s]
    if case.staggered is not None:
        ways.append(case.staggered.effect)
    return [way for way in ways if way is not None]


def _ways_figure(case: DidCase) -> str:
    kind = case.told
    rows = [
        Row(way.method, way.value, way.low, way.high, after=amount(way.value, kind), main=way is case.effect)
        for way in _ways(case)
    ]
    return rows_chart(
        "Other ways to ask",
        [Rows("", rows)],
        x_label=f"change, {unit_words(kind)}",
        band=(case.effect.low, case.effect.high),
        scale=scale_of(kind),
        left=270,
        right=90,
    )


def _around(case: DidCase, figures: dict[str, str]) -> Iterable[str]:
    panel = case.asked.panel
    name, window = panel.outcome_name.split(" in the ")[0], case.asked.after * panel.step
    counted = f" (how often it came per 100 viewers, scaled to {window:g} s)" if case.asked.counted else ""
    yield "<h2>What happened around the moment?</h2>"
    yield figure(
        figures,
        "arms",
        f"Mean of {name}{counted}: those who got it, and those like them who did not. "
        "Dashed: where those who got it would have gone had they moved as the others did; shaded, what is "
        "more or less than that.",
    )
    yield figure(
        figures,
        "periods",
        f"The difference of both, period by period, with {100 * case.did.study.level:.3g} % intervals; the "
        "hollow point is the reference. Before the moment (grey) all should meet 0. "
        + _trend_words(case.did.trends, partial(told_words, told=case.told)),
    )


def _trend_words(trends: ParallelTrends, size: Size) -> str:
    """The test in numbers, where there is one."""
    told = f"parallel trends: {trends.verdict}; {trends.why}"
    return sentence(trends.line(size) if np.isfinite(trends.p) else told)


def _alike(case: DidCase, figures: dict[str, str]) -> Iterable[str]:
    if "balance" not in figures:
        return
    yield "<h2>Were those who got it like those they are compared with?</h2>"
    words = balance_words(case.did.balanced_by, balance_line(case.did))
    if case.did.adjusted:
        words += " Upright lines: after matching alone, before a regression took out the rest."
    yield figure(figures, "balance", words)


def _otherwise(case: DidCase, figures: dict[str, str]) -> Iterable[str]:
    yield "<h2>Do other ways to ask say the same?</h2>"
    yield figure(figures, "ways", "Shaded: the interval of the effect that is told above.")
    if case.starts_note:
        yield f'<p class="soft">{escape(sentence(case.starts_note))}</p>'
    yield figure(
        figures,
        "starts",
        "Each start compared with who was never reached, period by period; neighbouring starts stand "
        "together where there are many.",
    )


def _rests(case: DidCase) -> Iterable[str]:
    yield "<h2>What it rests on</h2>"
    yield f"<p>{escape(sentence(case.effect.line(partial(told_words, told=case.told))))}</p>"
    yield (
        "<p>It assumes that, had nobody got it, those who did would have moved as those like them; that "
        "nobody changed because it was to come; and that nobody's treatment moved others.</p>"
    )
    if case.asked.by_lot:
        yield (
            "<p>Here a lot decided who got it, and its chances are on record: "
            "<code>telltale causal effect</code> uses them and is the better evidence.</p>"
        )


def _numbers(case: DidCase) -> dict[str, object]:
    """All of a case, but for what is told of single viewers."""
    did = case.did
    return {
        "sentences": case.sentences,
        "warnings": case.warnings,
        "stands": case.finding.stands,
        "effect": case.effect,
        "outcome_unit": case.unit,
        "drawn": case.asked.drawn,
        "checks": case.finding.checks,
        "smallest_effect": case.smallest,
        "seconds": case.seconds,
        "treated": case.treated,
        "control": case.control,
        "event_study": did.study,
        "event_study_plain": did.study_plain,
        "trends": did.trends,
        "trends_plain": did.trends_plain,
        "balance": did.balance,
        "balanced_by": did.balanced_by,
        "matched_alone": did.alone,
        "beside": did.beside,
        "plain": did.plain,
        "staggered": case.staggered,
        "sun_abraham": case.sun_abraham,
        "did2s": case.did2s,
        "starts_note": case.starts_note,
    }
