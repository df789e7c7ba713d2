"""The page of what carried an effect: how much went through a factor, how much past it, and on what terms."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from telltale.effects.mediated_case import MediatedCase
from telltale.effects.natural_effects import NaturalEffects
from telltale.effects.sizes import scale_of
from telltale.report.causal_checks import amount, checks_figure, effect_axis
from telltale.report.causal_sections import checks_section, checks_table, head, sentence
from telltale.report.html_parts import figure
from telltale.report.page import write_page
from telltale.report.svg import said
from telltale.report.svg_rows import Row, Rows, rows_chart


def write_through_page(case: MediatedCase, out: Path, *, study: str, simulated: bool = False) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    found = case.effects
    title = f"What carried {found.treatment}, in {study}"
    figures = {"through": _figure(found), "checks": checks_figure(case.finding, found.outcome_kind)}
    parts = [*head(title, case.sentences, case.warnings, simulated=simulated), *_body(case, figures)]
    numbers = {
        "sentences": case.sentences,
        "warnings": case.warnings,
        "stands": case.finding.stands,
        "checks": case.finding.checks,
        "effects": found,
        "outcome_unit": case.unit,
    }
    return write_page(out, title, parts, figures, numbers, simulated=simulated)


def _figure(found: NaturalEffects) -> str:
    kind, through = found.outcome_kind, " and ".join(said(name) for name in found.mediators)
    whole, *rest = (
        Row(name, part.value, part.low, part.high, after=amount(part.value, kind), main=name == "in all")
        for name, part in (
            ("in all", found.total),
            (f"through {through}", found.indirect),
            (said(found.past), found.direct),
        )
    )
    return rows_chart(
        f"What carried the effect on {found.outcome}",
        [Rows("", [whole]), Rows("of which", rest)],
        x_label=effect_axis(found.outcome, kind),
        scale=scale_of(kind),
        left=270,
        right=90,
    )


def _body(case: MediatedCase, figures: dict[str, str]) -> Iterable[str]:
    found = case.effects
    yield "<h2>What carried it?</h2>"
    yield figure(
        figures,
        "through",
        f"With {100 * found.level:.3g} % intervals, each for itself and not corrected for the two parts; "
        "both ways add up to what it did in all.",
    )
    yield from checks_section(case.finding, figures)
    if found.checks:
        yield "<h2>Does the way through stand?</h2>"
        yield checks_table(found.checks)
    yield "<h2>What it rests on</h2>"
    listed = "".join(f"<li>{escape(one)}</li>" for one in found.assumptions)
    yield f"<p>This holds if</p><ul>{listed}</ul>"
    yield f'<p class="soft">{escape(sentence("; ".join(found.notes)))}</p>'
