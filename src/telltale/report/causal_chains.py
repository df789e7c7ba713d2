"""The page of paths: through what a factor moves another, how much goes which way, and how it builds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Final

import numpy as np

from telltale.causal.arrows_anew import ArrowChanges
from telltale.causal.asked_graph import AskedGraph
from telltale.causal.graph_words import (
    WRONG,
    at_end,
    in_line,
    kept_arrows,
    no_arrows_kept,
    no_way,
    undrawn_words,
)
from telltale.causal.path_intervals import Band, SurePaths
from telltale.core.clock import iso
from telltale.effects.variance import Floats
from telltale.report.causal_paths import paths_figure
from telltale.report.causal_sections import sentence
from telltale.report.html_parts import Cell, careful, figure, simulated_note, soft, table, three_sentences
from telltale.report.json_form import jsonable
from telltale.report.page import write_page
from telltale.report.svg import COLOURS, Chart, round_ticks, said
from telltale.report.svg_rows import told

FOLLOWED: Final = "followed"
"""What `report.json` calls the part that says that it is followed."""
_LINES: Final = [("in all", COLOURS[0]), ("directly", COLOURS[2]), ("through others", COLOURS[5])]
"""Orange would say that it lowers."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a page says that is kept up to date."""

    sessions: int
    """That it holds."""
    since: int
    """Of these, how many came after the arrows were chosen."""
    chosen_at: datetime
    told_at: datetime
    every_s: float | None
    """Seconds between looks; None once nobody looks any more."""
    anew: ArrowChanges | None
    """What a search anew would change by now; None where that is not known."""
    question: Mapping[str, Any]
    """Of what study and what is asked, by which whoever takes this page up again knows it."""


def write_paths_page(
    found: SurePaths,
    out: Path,
    *,
    asked: AskedGraph,
    study: str,
    simulated: bool = False,
    followed: Followed | None = None,
    again: bool = False,
) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path.

    Parameters
    ----------
    found
        In standard deviations of the effect for a step of the cause, as `asked.for_step` tells them.
    asked
        The graph that they lead through.
    followed
        Where the page is kept up to date as sessions come.
    again
        Whether it takes the place of the page that is there, see `write_page`.
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
        *three_sentences((_answer(found, seconds, asked), _how_sure(found, asked), WRONG)),
        _followed_words(followed),
        simulated_note(simulated),
        careful(asked.left_open([paths.cause], [paths.effect])),
        *(_body(found, figures, seconds) if moves else ()),
        *soft(asked.graph.rows.notes),
    ]
    step, reload_s = asked.step(paths.cause), None
    numbers: dict[str, Any] = {"grid_s": grid_s, "step": step, "notes": notes, "paths": found}
    if followed is not None:
        chosen_at, told_at = iso(followed.chosen_at), iso(followed.told_at)
        numbers[FOLLOWED] = jsonable(followed) | {"chosen_at": chosen_at, "told_at": told_at}
        reload_s = followed.every_s
    return write_page(
        out, title, parts, figures, numbers, simulated=simulated, again=again, reload_s=reload_s
    )


def write_untold_page(
    why: str,
    out: Path,
    *,
    question: Mapping[str, Any],
    told_at: datetime,
    every_s: float | None,
    simulated: bool = False,
) -> Path:
    """Write a page that says why nothing is told any more, in place of one that told something.

    Its numbers hold none of an answer, and no figure is left.
    """
    title = f"Through what {question['cause']} moves {question['effect']}, in {question['study']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="first">Nothing is told: {escape(sentence(why))}</p>',
        f'<p class="soft">As of {_moment(told_at)}: what stood here before, its numbers and its figures are '
        f"taken away. {escape(sentence(_looks(every_s)))}</p>",
        simulated_note(simulated),
    ]
    about = {"question": dict(question), "told_at": iso(told_at), "every_s": every_s, "untold": why}
    return write_page(
        out, title, parts, {}, {FOLLOWED: about}, simulated=simulated, again=True, reload_s=every_s
    )


def _followed_words(followed: Followed | None) -> str:
    """What it holds, since when, and what does not follow."""
    if followed is None:
        return ""
    came = f"{followed.since:,} of them came" if followed.since else "none of them came"
    return (
        f'<p class="soft">As of {_moment(followed.told_at)}: {followed.sessions:,} sessions; {came} since '
        f"the arrows were chosen ({_moment(followed.chosen_at)}). Weights, intervals and chains follow. "
        "Which arrows there are stays as it was until they are chosen anew, and so do what is noted below, "
        "that factors which never changed by then are left out, and whether what a room shares is taken out. "
        f"{escape(anew_words(followed.anew, followed.since))}{escape(sentence(_looks(followed.every_s)))}</p>"
    )


def anew_words(anew: ArrowChanges | None, since: int) -> str:
    """What a search anew would change, with a space behind it; empty where nothing came.

    >>> anew_words(ArrowChanges(2, 1), 5)
    'A quick search anew would add 2 arrows and drop 1 (start again, or give --relearn-every). '
    """
    if not since:
        return ""
    if anew is None:
        return "What a search anew would change is not known: start again to see, or give --relearn-every. "
    start = " (start again, or give --relearn-every)" if anew.added or anew.dropped else ""
    return f"A quick search anew would {anew}{start}. "


def _looks(every_s: float | None) -> str:
    """Whether anybody keeps it up to date."""
    if every_s is None:
        return "nobody follows the study any more."
    return f"the study is looked at every {every_s:g} s, and this page loads itself anew."


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _answer(found: SurePaths, seconds: float, asked: AskedGraph) -> str:
    paths = found.paths
    if not paths.total.any():
        cause, effect = said(paths.cause), said(paths.effect)
        return no_way(cause, effect, found.clusters, asked.graph.rows.cluster, seconds)
    how = "in one step" if paths.push == "pulse" else "from then on"
    moved, effect = f"{said(asked.moved(paths.cause))} {how}", said(paths.effect)
    value, ends = at_end(paths.total, found.total)
    if value == "none":
        return sentence(f"{moved} moves {effect}, and after {seconds:g} s nothing of it is left.")
    if not ends:
        return sentence(f"{moved} moves {effect} by {value} standard deviations after {seconds:g} s.")
    does = "raises" if paths.total[-1] > 0 else "lowers"
    return sentence(
        f"{moved} {does} {effect} by {abs(paths.total[-1]):.2f} standard deviations after {seconds:g} s."
    )


def _how_sure(found: SurePaths, asked: AskedGraph) -> str:
    paths, cluster = found.paths, asked.graph.rows.cluster
    if not paths.total.any():
        kept = no_arrows_kept(asked.graph, found.clusters, [paths.cause], [paths.effect])
        return kept + undrawn_words(found, asked.graph.rows, said(paths.cause), said(paths.effect))
    cause, size = paths.cause, ""
    if cause not in asked.switches:
        size = f" One standard deviation of {said(cause)} is {asked.sd(cause):.3g}."
    parts = ((paths.direct, found.direct), (paths.indirect, found.indirect))
    direct, indirect = (in_line(value, band) for value, band in parts)
    _, ends = at_end(paths.total, found.total)
    whole = f"{100 * found.level:.3g} % interval {ends}; " if ends else ""
    split = sentence(f"{whole}{direct} of it directly, {indirect} through others.")
    return f"{split} {kept_arrows(found.level, found.clusters, cluster)}{size}"


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
    if at_end(paths.other_chains, found.other_chains)[0] != "none":
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


def _cell(values: Floats, band: Band) -> Cell:
    return Cell(*at_end(values, band))
