"""The page of a what-if: what follows second by second, how sure that is, and where the data never went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from telltale.causal.asked_graph import AskedGraph
from telltale.causal.graph_words import WRONG, kept_arrows, no_arrows_kept, no_way_on
from telltale.causal.whatif import WhatIf, WhatIfAnswer
from telltale.report.html_parts import (
    Cell,
    careful,
    figure,
    simulated_note,
    slug,
    soft,
    table,
    three_sentences,
)
from telltale.report.page import write_page
from telltale.report.svg import Chart, round_ticks, said
from telltale.report.svg_rows import told

_MOST: Final = 8
"""Factors that get a figure; the table holds all."""


def write_whatif_page(
    answer: WhatIfAnswer, out: Path, *, asked: AskedGraph, study: str, simulated: bool = False
) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path.

    Parameters
    ----------
    asked
        The graph that answered.
    """
    moved = sorted((one for one in answer.outcomes if one.reached), key=_size, reverse=True)
    span = _span(moved[:_MOST])
    figures = {_figure_name(one): response_figure(one, answer.grid_s, span) for one in moved[:_MOST]}
    told_of = [one.factor for one in answer.outcomes]
    parts = [
        *_head(answer, moved, study, asked),
        simulated_note(simulated),
        careful([*answer.warnings, *asked.left_open(answer.settings, told_of)]),
        *_body(answer, moved, figures),
        *soft(asked.graph.rows.notes),
    ]
    numbers = {
        "settings": answer.settings,
        "compared_with": {
            name: {"mean": asked.mean(name), "words": asked.compared_with(name)} for name in answer.settings
        },
        "grid_s": answer.grid_s,
        "level": answer.level,
        "warnings": answer.warnings,
        "notes": asked.notes(answer.settings, told_of),
        "outcomes": answer.outcomes,
    }
    return write_page(out, f"What if, in {study}", parts, figures, numbers, simulated=simulated)


def response_figure(one: WhatIf, grid_s: float, span: tuple[float, float]) -> str:
    """One factor's change over seconds with its band, in standard deviations on a span that all share."""
    seconds = np.arange(len(one.change), dtype=np.float64) * grid_s
    chart = Chart(
        f"What follows for {said(one.factor)}",
        (0.0, float(seconds[-1]) or 1.0),
        span,
        x_label="seconds from then on",
        y_label=f"{said(one.factor)}, standard deviations",
        width=360,
        height=240,
    )
    if one.sd > 0:
        chart.band(seconds, one.low / one.sd, one.high / one.sd, "change")
        chart.level(0.0, "")
        chart.line(seconds, one.in_sd, "change")
    return chart.svg([(tick, told(tick)) for tick in round_ticks(*chart.x_range)], round_ticks(*span), told)


def _figure_name(one: WhatIf) -> str:
    return f"what-if-{slug(one.factor)}"


def _size(one: WhatIf) -> float:
    return float(np.nan_to_num(abs(one.in_sd[-1])))


def _span(shown: Sequence[WhatIf]) -> tuple[float, float]:
    ends = [end / one.sd for one in shown if one.sd > 0 for end in (one.low.min(), one.high.max())]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    margin = 0.08 * (high - low or 1.0)
    return float(low - margin), float(high + margin)


def _head(answer: WhatIfAnswer, moved: Sequence[WhatIf], study: str, asked: AskedGraph) -> Iterable[str]:
    held = " and ".join(
        f"{said(asked.called(name))} is held {asked.held(name, value)} ({asked.compared_with(name)})"
        for name, value in answer.settings.items()
    )
    follows, sure = _follows(answer, moved, asked)
    yield f"<h1>What if, in {escape(study)}</h1>"
    yield from three_sentences((f"If {held}{follows}", sure, WRONG))


def _follows(answer: WhatIfAnswer, moved: Sequence[WhatIf], asked: AskedGraph) -> tuple[str, str]:
    """What moves most, and how sure that is."""
    graph, seconds = asked.graph, _seconds(answer)
    drawn = graph.rows.clusters.clusters, graph.rows.cluster
    if not moved:
        effects = [one.factor for one in answer.outcomes]
        way = no_way_on([said(name) for name in effects], *drawn, seconds)
        return f": {way}", no_arrows_kept(graph, drawn[0], answer.settings, effects)
    best, kept = moved[0], kept_arrows(answer.level, *drawn)
    if not _size(best):
        return f", all is as it was after {seconds:g} s.", kept
    does, by = "rises" if best.change[-1] > 0 else "falls", abs(best.in_sd[-1])
    low, high = best.low[-1] / best.sd, best.high[-1] / best.sd
    return (
        f", {said(best.factor)} {does} by {by:.2f} standard deviations within {seconds:g} s.",
        f"{100 * answer.level:.3g} % interval {low:+.2f} to {high:+.2f} standard deviations. {kept}",
    )


def _seconds(answer: WhatIfAnswer) -> float:
    """How far it looks."""
    return (len(answer.outcomes[0].change) - 1) * answer.grid_s


def _body(answer: WhatIfAnswer, moved: Sequence[WhatIf], figures: dict[str, str]) -> Iterable[str]:
    if not moved:
        return
    yield "<h2>What follows, second by second</h2>"
    yield '<div class="two">'
    for one in moved[:_MOST]:
        yield figure(figures, _figure_name(one), "")
    yield "</div>"
    yield f'<p class="soft">{_shown_words(len(moved), answer.level)}</p>'
    yield f"<h2>After {_seconds(answer):g} s</h2>"
    yield table(("factor", "change, in its own unit", "standard deviations"), map(_row, moved))
    if far := len(answer.outcomes) - len(moved):
        yield f'<p class="soft">To {far} other{"s" * (far > 1)} no way was found.</p>'


def _shown_words(count: int, level: float) -> str:
    shown = f"The {_MOST} of {count} factors that move most" if count > _MOST else "All that moves"
    return f"{shown}, on one scale; the band is the {100 * level:.3g} % interval."


def _row(one: WhatIf) -> tuple[str | Cell, ...]:
    change = Cell(f"{one.change[-1]:+.3g}", f"{one.low[-1]:+.3g} to {one.high[-1]:+.3g}")
    return said(one.factor), change, f"{one.in_sd[-1]:+.2f}" if one.sd > 0 else "does not vary"
