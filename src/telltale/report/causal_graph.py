"""The page of a graph of causes: the picture, every arrow and how sure it is, what would make it wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any, Final

from telltale.causal.discovery import FactorEdge, FactorGraph
from telltale.causal.graph_faults import PLURAL, counted
from telltale.causal.graph_search import NAMES
from telltale.causal.graph_words import ARROW_WRONG, what_it_reads
from telltale.causal.side_by_side import SideBySide
from telltale.causal.sortability import sortability_words
from telltale.report.causal_arrows import MOST, graph_figure
from telltale.report.causal_compared import compared_facts, compared_section
from telltale.report.causal_sections import sentence
from telltale.report.html_parts import Cell, simulated_note, soft, table
from telltale.report.page import write_page
from telltale.report.svg import said

_TOLD: Final = 3
"""Causes that the first sentence names."""


def write_graph_page(
    found: FactorGraph,
    out: Path,
    *,
    study: str,
    simulated: bool = False,
    compared: SideBySide | None = None,
) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path.

    Parameters
    ----------
    compared
        What other methods find in the same rows, where they were asked.
    """
    rows, figures = found.rows, {}
    if found.edges:
        tiers = dict(zip(rows.factors, rows.tiers, strict=True))
        figures["graph"] = graph_figure(found.edges, tiers, rows.grid_s)
    numbers = _numbers(found)
    if compared is not None:
        numbers["side_by_side"] = compared_facts(compared)
    parts = [
        *_head(found, study),
        simulated_note(simulated),
        *_body(found, figures),
        *(compared_section(compared) if compared is not None else ()),
        *soft(rows.notes),
    ]
    return write_page(out, f"What moves what, in {study}", parts, figures, numbers, simulated=simulated)


def _head(found: FactorGraph, study: str) -> Iterable[str]:
    yield f"<h1>What moves what, in {escape(study)}</h1>"
    yield f'<p class="first">{escape(_answer(found))}</p>'
    yield f"<p>{escape(_how_sure(found))}</p>"
    yield f"<p>{ARROW_WRONG}</p>"


def _answer(found: FactorGraph) -> str:
    """Of the factor that most arrows lead to: what moves it most, now and later together."""
    if not found.edges:
        return f"No arrow was found among {len(found.names)} factors."
    sure = [edge for edge in found.edges if edge.oriented]
    if not sure:
        return f"{_arrows(found)} were found, and none is sure of its way."
    into = Counter(edge.effect for edge in sure)
    target = max(into, key=lambda name: (into[name], name))
    pushes: dict[str, float] = {}
    for edge in sure:
        if edge.effect == target:
            pushes[edge.cause] = pushes.get(edge.cause, 0.0) + edge.weight
    causes = sorted(pushes, key=lambda name: -abs(pushes[name]))
    told = [f"{said(name)} ({'up' if pushes[name] > 0 else 'down'})" for name in causes[:_TOLD]]
    listed = " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))
    most = f"{len(causes)} factors, most by " if len(causes) > _TOLD else ""
    return f"{sentence(said(target))[:-1]} is moved by {most}{listed}."


def _arrows(found: FactorGraph) -> str:
    return f"{len(found.edges)} arrow{'s' * (len(found.edges) != 1)}"


def _how_sure(found: FactorGraph) -> str:
    rows, halves = found.rows, found.settings.halves
    data = f"{rows.rows:,} rows of {counted(rows.clusters.clusters, rows.cluster)}"
    if not found.edges:
        return f"From {data}; what is weaker than {found.settings.least:g} standard deviations is left out."
    joined = len({name for edge in found.edges for name in (edge.cause, edge.effect)})
    rests = f"{_arrows(found)} among {joined} of {len(found.names)} factors, from {data}"
    turned = sum(not edge.oriented for edge in found.edges)
    either = f"; {turned} may point either way" if turned else ""
    if not halves:
        return f"{rests}; how stable they are was not asked{either}."
    always = sum(edge.seen >= 1 for edge in found.edges)
    return f"{rests}; {always} of them stand in every one of {halves} half samples{either}."


def _body(found: FactorGraph, figures: dict[str, str]) -> Iterable[str]:
    if not found.edges:
        return
    if math.isfinite(found.sortability.by_variance):
        yield f'<p class="soft">{escape(_sortability(found))}</p>'
    drawn = min(MOST, len(found.edges))
    which = (
        f"The {drawn} strongest of {len(found.edges)} arrows" if drawn < len(found.edges) else "All arrows"
    )
    yield (
        f'<figure class="wide">{figures["graph"]}<figcaption>{which}. Time runs down: within '
        f"{found.rows.grid_s:g} s nothing moves what stands higher.</figcaption></figure>"
    )
    yield "<h2>Every arrow</h2>"
    yield (
        "<p>Standard deviations of the effect for one of the cause, all its other causes held, with "
        f"intervals of {100 * found.settings.level:.3g} % over whole {PLURAL[found.rows.cluster]}. "
        "<em>Seen</em> and <em>one way</em> are shares of half samples.</p>"
    )
    yield table(("arrow", "weight", "after", "seen", "one way"), map(_row, found.edges))
    yield f"<p>{escape(f'Found by {NAMES[found.method]}: {found.chosen_because}.')}</p>"


def _sortability(found: FactorGraph) -> str:
    """How far sorting by one number would have led, before any graph is shown."""
    by = found.sortability
    return (
        f"Varsortability {by.by_variance:.2f}, R2-sortability {by.by_r2:.2f}. "
        f"{sortability_words(by.by_variance, 'variance')} {sortability_words(by.by_r2, 'R2')} "
        f"{what_it_reads(found.method)}"
    )


def _row(edge: FactorEdge) -> tuple[str | Cell, ...]:
    pair = f"{said(edge.cause)} > {said(edge.effect)}"
    return (
        pair if edge.oriented else Cell(pair, "or back"),
        Cell(f"{edge.weight:+.2f}", f"{edge.low:+.2f} to {edge.high:+.2f}" * math.isfinite(edge.low)),
        f"{edge.lag} step{'s' * (edge.lag != 1)}",
        _share(edge.seen),
        _share(edge.one_way),
    )


def _share(value: float) -> str:
    """Of half samples; nothing where there were none."""
    return f"{value:.0%}" if math.isfinite(value) else "-"


def _numbers(found: FactorGraph) -> dict[str, Any]:
    rows = found.rows
    return {
        "factors": [
            {"name": name, "tier": tier} for name, tier in zip(rows.factors, rows.tiers, strict=True)
        ],
        "grid_s": rows.grid_s,
        "rows": rows.rows,
        "clusters": rows.clusters.clusters,
        "cluster": rows.cluster,
        "notes": rows.notes,
        "method": found.method,
        "chosen_because": found.chosen_because,
        "sortability": asdict(found.sortability),
        "settings": asdict(found.settings),
        "edges": [asdict(edge) for edge in found.edges],
    }
