"""The page of paths: through what a factor moves another, how much goes which way, and how it builds up."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from telltale.causal.asked_graph import AskedGraph
from telltale.causal.path_intervals import Band, SurePaths
from telltale.effects.variance import Floats
from telltale.report.causal_paths import paths_figure
from telltale.report.causal_sections import sentence
from telltale.report.html_parts import Cell, careful, figure, simulated_note, soft, table, three_sentences
from telltale.report.page import write_page
from telltale.report.svg import COLOURS, Chart, round_ticks, said
from telltale.report.svg_rows import told

_WRONG: Final = (
    "It is wrong if something that no column tells moves both ends of an arrow, if an arrow was missed, or "
    "if what one does is no straight line."
)
_LINES: Final = [("in all", COLOURS[0]), ("directly", COLOURS[2]), ("through others", COLOURS[5])]
"""Orange would say that it lowers."""


def write_paths_page(
    found: SurePaths, out: Path, *, asked: AskedGraph, study: str, simulated: bool = False
) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path.

    Parameters
    ----------
    found
        In standard deviations of the effect for a step of the cause, as `asked.for_step` tells them.
    asked
        The graph that they lead through.
    """
    paths, grid_s = found.paths, asked.graph.rows.grid_s
    notes = asked.notes([paths.cause], [paths.effect])
    seconds = (len(paths.total) - 1) * grid_s
    title = f"Through what {paths.cause} moves {paths.effect}, in {study}"
    moves, figures = bool(paths.total.any()), {}
    if moves:
        figures["chains"] = paths_figure(found, seconds=seconds, switch=paths.cause in asked.switches)
    if moves and seconds:
        figures["response"] = _response_figure(found, grid_s)
    parts = [
        f"<h1>{escape(title)}</h1>",
        *three_sentences((_answer(found, seconds, asked), _how_sure(found, asked), _WRONG)),
        simulated_note(simulated),
        careful(asked.left_open([paths.cause], [paths.effect])),
        *(_body(found, figures, seconds) if moves else ()),
        *soft(asked.graph.rows.notes),
    ]
    numbers = {"grid_s": grid_s, "step": asked.step(paths.cause), "notes": notes, "paths": found}
    return write_page(out, title, parts, figures, numbers, simulated=simulated)


def _answer(found: SurePaths, seconds: float, asked: AskedGraph) -> str:
    paths = found.paths
    if not paths.total.any():
        return f"No way leads from {said(paths.cause)} to {said(paths.effect)}."
    how = "in one step" if paths.push == "pulse" else "from then on"
    does = "raises" if paths.total[-1] > 0 else "lowers"
    cause = said(paths.cause)
    switch = paths.cause in asked.switches
    more = f"{cause} on instead of off" if switch else f"one standard deviation more of {cause}"
    return sentence(
        f"{more} {how} {does} {said(paths.effect)} by "
        f"{abs(paths.total[-1]):.2f} standard deviations after {seconds:g} s."
    )


def _how_sure(found: SurePaths, asked: AskedGraph) -> str:
    paths = found.paths
    cause, size = paths.cause, ""
    if cause not in asked.switches:
        size = f" One standard deviation of {said(cause)} is {asked.sd(cause):.3g}."
    parts = ((paths.direct, found.direct), (paths.indirect, found.indirect))
    direct, indirect = (f"{value[-1]:+.3f} ({_between(band)})" for value, band in parts)
    return (
        f"{100 * found.level:.3g} % interval {_between(found.total)}; {direct} of it directly, {indirect} "
        f"through others. Intervals hold for the arrows that were found.{size}"
    )


def _body(found: SurePaths, figures: dict[str, str], seconds: float) -> Iterable[str]:
    yield "<h2>Through what?</h2>"
    yield figure(
        figures, "chains", "The strongest chains, as wide as what each brings, in standard deviations."
    )
    yield figure(
        figures, "response", f"How it builds up, with {100 * found.level:.3g} % intervals of the whole."
    )
    paths = found.paths
    rows = [
        (" > ".join(said(name) for name in chain.factors), _cell(chain.response, band))
        for chain, band in zip(paths.chains, found.chains, strict=True)
    ]
    rows.append(("all other chains", _cell(paths.other_chains, found.other_chains)))
    rows.append(("all together", _cell(paths.total, found.total)))
    yield table(("chain", f"after {seconds:g} s"), rows)


def _response_figure(found: SurePaths, grid_s: float) -> str:
    paths = found.paths
    x = np.arange(len(paths.total), dtype=np.float64) * grid_s
    drawn = (paths.total, paths.direct, paths.indirect, found.total.low, found.total.high)
    ends = np.concatenate([one[np.isfinite(one)] for one in drawn])
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    margin = 0.08 * (high - low or 1.0)
    chart = Chart(
        f"How {said(paths.effect)} follows {said(paths.cause)}",
        (0.0, float(x[-1])),
        (low - margin, high + margin),
        x_label="seconds",
        y_label="standard deviations",
        names=list(_LINES),
    )
    if np.isfinite(found.total.low).all():
        chart.band(x, found.total.low, found.total.high, "in all")
    chart.level(0.0, "")
    for (name, _), values in zip(_LINES, (paths.total, paths.direct, paths.indirect), strict=True):
        chart.line(x, values, name)
    ticks = [(tick, told(tick)) for tick in round_ticks(0, float(x[-1]))]
    return chart.svg(ticks, round_ticks(low, high), told)


def _between(band: Band) -> str:
    if not np.isfinite(band.low[-1]):
        return "not known"
    return f"{band.low[-1]:+.3f} to {band.high[-1]:+.3f}"


def _cell(values: Floats, band: Band) -> Cell:
    return Cell(f"{values[-1]:+.3f}", _between(band))
