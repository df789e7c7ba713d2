"""What of it reaches the viewers: who buys sooner, who stays, and what goes from face to face."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Final

from telltale.host.contagion import Contagion, Contagions
from telltale.host.hazards import Hazard, Hazards
from telltale.host.survival import Curves
from telltale.host.viewer_words import (
    contagion_lines,
    hazard_lines,
    moderation_lines,
    path_assumptions,
    path_lines,
)
from telltale.host.viewers import ViewerStudy
from telltale.report.html_parts import figure, slug, soft
from telltale.report.svg import Chart, round_ticks
from telltale.report.svg_rows import Row, Rows, rows_chart

_MOST: Final = 8
_PAIRS: Final = 4
_SAID: Final = 6
_CERTAIN: Final = 0.05
_TITLES: Final = {"purchase": "buying", "add_to_cart": "taking it into the cart", "leave": "leaving"}


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
        words = (
            f"{found.events:,} of {found.visits:,} visits. How much likelier {_TITLES[found.event]} is in any"
            f" minute, with one standard deviation more of it in the {found.window_s:g} s before; the eight"
            " clearest, each interval for itself. Marked: what stays once all that were asked are counted."
        )
        certain = any(one.certain for one in found.found)
        drawn = figure(figures, name, words)
        yield (
            drawn
            if certain
            else f"<details><summary>The eight clearest all the same</summary>{drawn}</details>"
        )
    for one in told.curves:
        yield figure(
            figures,
            f"curve-{slug(one.expression)}",
            f"Who has not bought yet, by how much {one.expression} the minute before had; nothing else is"
            " taken out.",
        )
    if told.moderators is not None:
        yield "<h3>In which viewers?</h3>"
        yield _lines(moderation_lines(told.moderators))
    yield "<h2>From face to face</h2>"
    yield from _face_to_face(told, figures)
    if told.untold:
        yield from soft([f"Not asked: {why}" for why in told.untold])


def _face_to_face(told: ViewerStudy, figures: dict[str, str]) -> Iterable[str]:
    if told.contagion is None:
        yield "<p>Whether viewers' faces follow the host's cannot be told here.</p>"
        return
    lines = contagion_lines(told.contagion)
    yield _lines(lines[:_SAID])
    if len(lines) > _SAID:
        more = f"{len(lines) - _SAID} weaker ones"
        yield f"<details><summary>{more}</summary>{_lines(lines[_SAID:])}</details>"
    pairs = _pairs(told.contagion)
    if pairs:
        yield '<div class="two">'
        for one in pairs:
            yield figure(
                figures,
                f"face-{slug(one.expression)}-{one.affect}",
                f"{one.expression} and the viewers' {one.affect}: right of 0 viewers follow. Grey: viewers "
                "paired with hosts of other broadcasts.",
            )
        yield "</div>"
    if told.paths is not None:
        yield "<h3>How much of a sale runs this way?</h3>"
        yield _lines(path_lines(told.paths))
        yield from soft([_sentence(one) for one in path_assumptions(told.paths)])


def hazards_figure(found: Hazards) -> str:
    """The clearest expressions, each a ratio."""
    clear = sorted(found.found, key=lambda one: one.within.p if math.isfinite(one.within.p) else 2.0)[:_MOST]
    rows = [_row(one) for one in sorted(clear, key=lambda one: -one.within.value)]
    return rows_chart(
        f"Hazard of {_TITLES[found.event]}",
        [Rows("", rows)],
        x_label=f"how much likelier {_TITLES[found.event]} is in any minute, %",
        scale=100.0,
    )


def _row(one: Hazard) -> Row:
    ratio = one.within
    return Row(
        one.expression,
        ratio.value - 1,
        ratio.low - 1,
        ratio.high - 1,
        mark="pass" if one.certain else "",
        after="" if one.certain else "may be chance",
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
    reach = 1.1 * max(float(abs(one.r).max()), float(abs(one.low).max()), float(abs(one.high).max()))
    chart = Chart(
        f"{one.expression} and {one.affect}",
        (float(one.lags_s[0]), float(one.lags_s[-1])),
        (-reach, reach),
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
    chart.guide([0.0, 0.0], [-reach, reach])
    chart.line(one.lags_s, one.r, one.expression)
    ticks = [tick for tick in (-60, -30, 0, 30, 60) if one.lags_s[0] <= tick <= one.lags_s[-1]]
    return chart.svg([(tick, f"{tick:g}") for tick in ticks], round_ticks(-reach, reach))


def _hazards(told: ViewerStudy) -> list[tuple[str, Hazards]]:
    sale = told.time_to_sale or told.time_to_cart
    return [
        (name, found) for name, found in (("sooner", sale), ("staying", told.staying)) if found is not None
    ]


def _pairs(found: Contagions) -> list[Contagion]:
    """The clearest pairs, told or not."""
    return sorted(found.found, key=lambda one: (one.q > _CERTAIN, -abs(one.best_r)))[:_PAIRS]


def _lines(lines: Iterable[str]) -> str:
    """Sentences as a list; one of them as a paragraph."""
    told = [_sentence(line) for line in lines]
    if len(told) < 2:
        return f"<p>{escape(told[0])}.</p>" if told else ""
    return "<ul>" + "".join(f"<li>{escape(line)}.</li>" for line in told) + "</ul>"


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}".rstrip(".")
