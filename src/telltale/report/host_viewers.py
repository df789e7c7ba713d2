"""What of it reaches the viewers: who buys sooner, who stays, and what goes from face to face."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Final

from telltale.host.contagion import Contagion, Contagions
from telltale.host.evidence_words import mark_legend, marked, weakest
from telltale.host.hazards import Hazard, Hazards
from telltale.host.person_time import Event
from telltale.host.survival import Curves
from telltale.host.viewer_words import (
    WHO,
    contagion_lines,
    hazard_lines,
    moderation_lines,
    note_lines,
    path_assumptions,
    path_lines,
    seconds,
)
from telltale.host.viewers import ViewerStudy
from telltale.report.html_parts import figure, slug, soft, unbroken
from telltale.report.svg import Chart, round_ticks
from telltale.report.svg_rows import Row, Rows, rows_chart

_MOST: Final = 8
_PAIRS: Final = 4
_SAID: Final = 6
_CERTAIN: Final = 0.05
_DOING: Final[dict[Event, str]] = {
    "purchase": "buying",
    "add_to_cart": "putting something into the cart",
    "leave": "leaving",
}


def viewer_figures(told: ViewerStudy) -> dict[str, str]:
    """SVG by name."""
    figures = {}
    for name, found in _hazards(told):
        figures[name] = hazards_figure(found)
    figures |= {f"curve-{slug(one.expression)}": curves_figure(one) for one in told.curves}
    if told.contagion is not None:
        figures |= {
            f"face-{slug(one.expression)}-{one.affect}": lags_figure(one) for one in _pairs(told.contagion)
        }
    return figures


def viewer_section(told: ViewerStudy, figures: dict[str, str]) -> Iterable[str]:
    """Sooner, longer, and face to face."""
    yield "<h2>Who buys sooner, and who stays?</h2>"
    for name, found in _hazards(told):
        yield _lines(hazard_lines(found))
        certain = any(one.certain for one in found.found)
        clear = "Marked: what stays once all that were asked are counted; the rest may be chance."
        none = "None stays once all that were asked are counted."
        words = (
            f"{found.events:,} of {found.visits:,} visits. How much likelier {_DOING[found.event]} is in any"
            f" minute, where the host showed it so much longer in the {found.window_s:g} s before (right);"
            " the clearest, each 95 % interval for itself."
            f" {clear if certain else none}"
            f"{mark_legend(kind for one in found.found for kind in one.evidence)}"
        )
        drawn = figure(figures, name, words)
        shown = min(_MOST, len(found.found))
        yield drawn if certain else _folded(f"The {shown} clearest, none of them sure", drawn)
    for one in told.curves:
        yield figure(
            figures,
            f"curve-{slug(one.expression)}",
            f"Who has not bought yet, by how much {one.expression} the minute before had; nothing else is"
            " taken out.",
        )
    if told.moderators is not None and told.time_to_sale is not None:
        yield "<h3>In which viewers?</h3>"
        yield _lines(moderation_lines(told.moderators, told.time_to_sale))
    yield "<h2>From face to face</h2>"
    yield from _face_to_face(told, figures)
    yield from soft([*(f"Not asked: {why}" for why in told.untold), *map(_sentence, note_lines(told))])


def _face_to_face(told: ViewerStudy, figures: dict[str, str]) -> Iterable[str]:
    if told.contagion is None:
        yield "<p>Whether viewers' faces follow the host's cannot be told here.</p>"
        return
    lines = contagion_lines(told.contagion)
    yield (
        "<p>How closely viewers' faces follow their host's is told as a correlation: 0 is not at all, 1 is"
        " wholly.</p>"
    )
    yield _lines(lines[:_SAID])
    if len(lines) > _SAID:
        yield _folded(f"{len(lines) - _SAID} weaker ones", _lines(lines[_SAID:]))
    pairs = _pairs(told.contagion)
    if pairs:
        yield '<div class="two">'
        for one in pairs:
            yield figure(
                figures,
                f"face-{slug(one.expression)}-{one.affect}",
                f"{one.expression} and the viewers' {one.affect}: right of 0 viewers follow. Grey: where 95 %"
                " of pairings with hosts of other broadcasts lie.",
            )
        yield "</div>"
    if told.paths is not None:
        yield "<h3>How much of a sale runs this way?</h3>"
        yield _lines(path_lines(told.paths))
        assumed = "".join(soft([_sentence(one) for one in path_assumptions(told.paths)]))
        certain = any(one.certain for one in told.paths.found)
        yield assumed if certain else _folded("What this assumes", assumed)


def hazards_figure(found: Hazards) -> str:
    """The clearest expressions, each a ratio."""
    clear = sorted(found.found, key=lambda one: one.within.p if math.isfinite(one.within.p) else 2.0)[:_MOST]
    rows = [_row(one, found.window_s) for one in sorted(clear, key=lambda one: -one.within.value)]
    return rows_chart(
        f"{WHO[found.event][:1].upper()}{WHO[found.event][1:]}",
        [Rows("", rows)],
        x_label=f"how much likelier {_DOING[found.event]} is in any minute, %",
        scale=100.0,
        right=100,
    )


def _row(one: Hazard, window_s: float) -> Row:
    ratio = one.within
    return Row(
        marked(one.expression, weakest(one.evidence)),
        ratio.value - 1,
        ratio.low - 1,
        ratio.high - 1,
        mark="pass" if one.certain else "",
        after=seconds(one.sd, window_s),
    )


def curves_figure(curves: Curves) -> str:
    """Who has not bought yet, by thirds of what was shown."""
    longest = max(float(one.minutes[-1]) for one in curves.thirds if len(one.minutes))
    low = min(float(one.low.min()) for one in curves.thirds if len(one.low))
    chart = Chart(
        f"Who has not bought yet, by {curves.expression}",
        (0.0, longest),
        (max(low - 0.03, 0.0), 1.0),
        x_label="minutes since joining",
        y_label="not bought yet",
        height=260,
    )
    for one in curves.thirds:
        if len(one.minutes):
            chart.band(one.minutes, one.low, one.high, f"{one.third} ({one.share:.0%})")
            chart.line(one.minutes, one.without, f"{one.third} ({one.share:.0%})")
    ticks = round_ticks(max(low - 0.03, 0.0), 1.0)
    return chart.svg([(x, f"{x:g}") for x in round_ticks(0, longest)], ticks, "{:.0%}".format)


def lags_figure(one: Contagion) -> str:
    """Correlation by lag within the band of shuffled pairings."""
    every = (one.r, one.low, one.high)
    low, high = min(float(part.min()) for part in every), max(float(part.max()) for part in every)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    chart = Chart(
        f"{one.expression} and {one.affect}",
        (float(one.lags_s[0]), float(one.lags_s[-1])),
        (low, high),
        x_label="seconds by which viewers come later",
        y_label="correlation",
        width=420,
        height=240,
    )
    points = [f"{chart.x(x):.1f},{chart.y(y):.1f}" for x, y in zip(one.lags_s, one.high, strict=True)]
    points += [
        f"{chart.x(x):.1f},{chart.y(y):.1f}" for x, y in zip(one.lags_s[::-1], one.low[::-1], strict=True)
    ]
    chart.parts.append(f'<polygon points="{" ".join(points)}" fill="currentColor" opacity="0.1"/>')
    chart.guide([0.0, 0.0], [low, high])
    chart.line(one.lags_s, one.r, one.expression)
    ticks = [tick for tick in (-60, -30, 0, 30, 60) if one.lags_s[0] <= tick <= one.lags_s[-1]]
    return chart.svg([(tick, f"{tick:g}") for tick in ticks], round_ticks(low, high))


def _hazards(told: ViewerStudy) -> list[tuple[str, Hazards]]:
    asked = (("sooner", told.time_to_sale), ("cart", told.time_to_cart), ("staying", told.staying))
    return [(name, found) for name, found in asked if found is not None]


def _pairs(found: Contagions) -> list[Contagion]:
    """The clearest pairs, told or not."""
    return sorted(found.found, key=lambda one: (one.q > _CERTAIN, -abs(one.best_r)))[:_PAIRS]


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>"


def _lines(lines: Iterable[str]) -> str:
    """Sentences as a list; one of them as a paragraph."""
    told = [unbroken(escape(_sentence(line))) for line in lines]
    if len(told) < 2:
        return f"<p>{told[0]}.</p>" if told else ""
    return "<ul>" + "".join(f"<li>{line}.</li>" for line in told) + "</ul>"


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}".rstrip(".")
