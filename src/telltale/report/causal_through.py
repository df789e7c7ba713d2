"""The page of what carried an effect: how much went through a factor, how much past it, and on what terms."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from telltale.effects.natural_effects import NaturalEffects
from telltale.effects.natural_words import natural_answer, natural_doubt, natural_sureness
from telltale.report.causal_checks import amount, effect_axis, scale_of
from telltale.report.causal_sections import checks_table, head, sentence
from telltale.report.html_parts import figure
from telltale.report.page import write_page
from telltale.report.svg import said
from telltale.report.svg_rows import Row, Rows, rows_chart


def write_through_page(found: NaturalEffects, out: Path, *, study: str, simulated: bool = False) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    title = f"What carried {found.treatment}, in {study}"
    sentences = natural_answer(found), natural_sureness(found), natural_doubt(found)
    figures = {"through": _figure(found)}
    parts = [
        *head(title, sentences, [found.unlogged] if found.unlogged else [], simulated=simulated),
        *_body(found, figures),
    ]
    return write_page(
        out, title, parts, figures, {"sentences": sentences, "effects": found}, simulated=simulated
    )


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


def _body(found: NaturalEffects, figures: dict[str, str]) -> Iterable[str]:
    yield "<h2>What carried it?</h2>"
    yield figure(
        figures,
        "through",
        f"With {100 * found.level:.3g} % intervals, each for itself and not corrected for the two parts; "
        "both ways add up to what it did in all.",
    )
    if found.checks:
        yield "<h2>Does the way through stand?</h2>"
        yield checks_table(found.checks)
    yield "<h2>What it rests on</h2>"
    listed = "".join(f"<li>{escape(one)}</li>" for one in found.assumptions)
    yield f"<p>This holds if</p><ul>{listed}</ul>"
    yield f'<p class="soft">{escape(sentence("; ".join(found.notes)))}</p>'
