"""Rows on one scale: a name, a point with its interval, a verdict and words after it. A forest of effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from telltale.report.svg import COLOURS, Chart, fitted, round_ticks, text

Mark = Literal["pass", "fail", "cannot tell", ""]
"""A verdict, or none."""

LINE: Final = 30
_TOP: Final = 8
_HEAD: Final = 26
_MARKS: Final[dict[Mark, tuple[str, str]]] = {
    "pass": (COLOURS[3], '<path d="M-4 .5 L-1 3.5 L4 -3" fill="none" stroke="{ink}" stroke-width="2"/>'),
    "fail": (COLOURS[1], '<path d="M-3 -3 L3 3 M3 -3 L-3 3" stroke="{ink}" stroke-width="2"/>'),
    "cannot tell": (COLOURS[5], '<path d="M-3.5 0 L3.5 0" stroke="{ink}" stroke-width="2"/>'),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line; what is NaN is not drawn."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    mark: Mark = ""
    after: str = ""
    """Words at the right end."""
    main: bool = False
    """Drawn larger: what all others are held against."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines under a common heading; a heading of no words takes no room."""

    heading: str
    rows: Sequence[Row]


def rows_chart(
    title: str,
    groups: Sequence[Rows],
    *,
    x_label: str,
    left: int = 190,
    right: int = 130,
    band: tuple[float, float] | None = None,
    scale: float = 1.0,
    width: int = 640,
) -> str:
    """Every row of all groups on one scale that holds nothing.

    Parameters
    ----------
    band
        An interval to shade from top to bottom, that of the main row.
    scale
        Values are told times this: 100 for percentage points.

    >>> rows_chart("Checks", [Rows("", [Row("all", 1.0, 0.5, 1.5)])], x_label="desire").count("<circle")
    1
    """
    height, tops = 0, []
    for group in groups:
        height += _HEAD if group.heading else 0
        tops.append(height)
        height += LINE * len(group.rows)
    chart = _chart(title, groups, height, x_label, left, right, width)
    low, high = chart.x_range
    ticks = [tick / scale for tick in round_ticks(low * scale, high * scale)]
    back = [upright(chart, tick, 0.12) for tick in ticks if tick]
    if band is not None and all(map(math.isfinite, band)):
        back.append(shade(chart, *band))
    chart.parts += [*back, upright(chart, 0.0, 0.6)]
    for group, top in zip(groups, tops, strict=True):
        if group.heading:
            bold = 'font-weight="600" opacity="0.7"'
            chart.parts.append(text(8, chart.y(top) - 7, group.heading, anchor="start", more=bold))
        for place, row in enumerate(group.rows):
            chart.parts.append(_row(chart, row, chart.y(top + LINE * (place + 0.5))))
    return chart.svg([(tick, told(tick * scale)) for tick in ticks])


def told(value: float) -> str:
    """A number of an axis, without 1e-17 and -0.

    >>> told(-1e-17), told(0.30000000000000004)
    ('0', '0.3')
    """
    return f"{round(value, 9) + 0.0:g}"


def verdict_mark(mark: Mark, x: float, y: float) -> str:
    """A small round sign of a verdict; its words for who hears the page.

    >>> "<title>pass</title>" in verdict_mark("pass", 10, 10)
    True
    """
    if not mark:
        return ""
    colour, sign = _MARKS[mark]
    return (
        f'<g transform="translate({x:.1f} {y:.1f})"><title>{mark}</title><circle r="8" fill="{colour}"/>'
        f"{sign.format(ink='#fff')}</g>"
    )


def _chart(
    title: str, groups: Sequence[Rows], height: int, x_label: str, left: int, right: int, width: int
) -> Chart:
    ends = [
        end
        for group in groups
        for row in group.rows
        for end in (row.value, row.low, row.high)
        if math.isfinite(end)
    ]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    margin = 0.05 * (high - low or 1.0)
    return Chart(
        title,
        (low - margin, high + margin),
        (float(height), 0.0),
        x_label=x_label,
        width=width,
        height=height + _TOP + 44,
        top=_TOP,
        left=left,
        right=right,
    )


def _row(chart: Chart, row: Row, y: float) -> str:
    colour, far = COLOURS[0], chart.width - chart.right
    bold = 'font-weight="600"' if row.main else ""
    parts = [fitted(chart.left - 12, y + 4, row.name, chart.left - 18, anchor="end", more=bold)]
    if math.isfinite(row.low) and math.isfinite(row.high):
        parts.append(
            f'<line x1="{chart.x(row.low):.1f}" x2="{chart.x(row.high):.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{colour}" stroke-width="{5 if row.main else 3}" opacity="0.45" stroke-linecap="round"/>'
        )
    if math.isfinite(row.value):
        size = 6 if row.main else 4.5
        parts.append(f'<circle cx="{chart.x(row.value):.1f}" cy="{y:.1f}" r="{size}" fill="{colour}"/>')
    parts.append(verdict_mark(row.mark, far + 18, y))
    if row.after:
        parts.append(text(far + (32 if row.mark else 10), y + 4, row.after, anchor="start", more=bold))
    return "".join(parts)


def upright(chart: Chart, value: float, opacity: float) -> str:
    """A line from the floor to the top at a value of x."""
    x, floor = chart.x(value), chart.height - chart.bottom
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{chart.top - 4}" y2="{floor}" stroke="currentColor" '
        f'opacity="{opacity}"/>'
    )


def shade(chart: Chart, low: float, high: float, *, opacity: float = 0.1, colour: str = COLOURS[0]) -> str:
    """All between two values of x, from the floor to the top."""
    x, y = chart.x(low), chart.top - 4
    wide, tall = chart.x(high) - x, chart.height - chart.bottom - y
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{tall}" fill="{colour}" opacity="{opacity}"/>'
    )
