"""Several methods side by side, as a section of a graph's page and as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from typing import Any

from telltale.causal.side_by_side import ComparedPair, SideBySide
from telltale.report.html_parts import table
from telltale.report.svg import said


def compared_section(compared: SideBySide) -> Iterable[str]:
    """Which pairs how many methods join, how far any two agree, and what did not run."""
    methods = compared.methods
    yield "<h2>By other methods</h2>"
    yield (
        f"<p>All {len(methods)} methods join {len(compared.by_all)} of {len(compared.pairs)} pairs. An arrow "
        "that methods of different kinds find does not hang on the assumptions of one.</p>"
    )
    if compared.pairs:
        rows = [_row(pair, methods) for pair in compared.pairs]
        yield table(("pair", "joined", "so", "back", "after", "not by"), rows)
    yield "<p>How far two methods join the same pairs (F1):</p>"
    agreement = zip(methods, compared.agreement.tolist(), strict=True)
    yield table(("", *methods), [(name, *(f"{one:.2f}" for one in row)) for name, row in agreement])
    for graph in compared.graphs:
        if graph.not_run:
            yield f'<p class="soft">{escape(f"{graph.method} was not run: {graph.not_run}")}.</p>'


def compared_facts(compared: SideBySide) -> dict[str, Any]:
    """All numbers of the comparison."""
    return {
        "methods": [
            {"name": one.method, "seconds": one.seconds, "not_run": one.not_run} for one in compared.graphs
        ],
        "pairs": [asdict(pair) for pair in compared.pairs],
        "agreement": compared.agreement,
        "joined_by_all": len(compared.by_all),
    }


def _row(pair: ComparedPair, methods: tuple[str, ...]) -> tuple[str, ...]:
    counts = (len(pair.joined), len(pair.forwards), len(pair.backwards))
    without = ", ".join(method for method in methods if method not in pair.joined)
    after = f"{pair.lag} step{'s' * (pair.lag != 1)}"
    return (f"{said(pair.cause)} > {said(pair.effect)}", *map(str, counts), after, without or "none")
