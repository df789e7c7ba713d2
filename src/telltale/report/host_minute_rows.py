"""Parts of the stream beside each other: how much time each takes, how much of all it brings, and per minute.

Three small charts share their rows: bars of the share of the time and of all that was counted, a dot with its
interval for what a minute brings, and what an hour that a viewer watches brings, as a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from telltale.host.efficiency import Bin
from telltale.report.svg import COLOURS, Chart, fitted, round_ticks, text
from telltale.report.svg_rows import upright

_LINE: Final = 28
_HEAD: Final = 28
_TOP, _BOTTOM = 54, 26
_BARS, _BAR_ROOM = 134.0, 120.0
"""Where the bars begin, and the room for the longest with its number."""
_LEFT, _RIGHT, _WIDTH = 286, 84, 640
"""Of the middle chart within the picture."""


def minute_rows(title: str, groups: Iterable[tuple[str, Sequence[Bin]]], outcome: str, overall: Bin) -> str:
    """A figure of parts of the stream, group by group; a heading of no words takes no room."""
    told = [(heading, list(bins)) for heading, bins in groups if bins]
    every = [one for _, bins in told for one in bins]
    inside = sum(_LINE * len(bins) + (_HEAD if heading else 0) for heading, bins in told)
    high = _reach(every)
    chart = Chart(
        title,
        (0.0, high),
        (float(inside), 0.0),
        width=_WIDTH,
        height=inside + _TOP + _BOTTOM,
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=_BOTTOM,
    )
    ticks = [tick for tick in round_ticks(0.0, high) if tick > 0]
    chart.parts += [upright(chart, tick, 0.12) for tick in ticks]
    chart.parts += [upright(chart, 0.0, 0.6), *_overall(chart, overall.a_minute.value)]
    chart.parts += _heads(outcome, by_viewer=any(one.a_viewer_hour is not None for one in every))
    longest = max(max(one.share_of_time, one.share_of_all) for one in every)
    y = float(_TOP)
    for heading, bins in told:
        if heading:
            bold = 'font-weight="600" opacity="0.7"'
            chart.parts.append(text(8, y + _HEAD - 9, heading, anchor="start", more=bold))
            y += _HEAD
        for one in bins:
            chart.parts += _row(chart, one, y + _LINE / 2, longest)
            y += _LINE
    return chart.svg([(tick, tick_words(tick)) for tick in (0.0, *ticks)])


def _reach(bins: Sequence[Bin]) -> float:
    """The highest end, but no more than twice the highest value, so that one wild interval leaves room."""
    value = max(one.a_minute.value for one in bins)
    ends = [one.a_minute.high for one in bins if math.isfinite(one.a_minute.high)]
    return 1.05 * (min(max([value, *ends]), 2 * value) or 1.0)


def _overall(chart: Chart, value: float) -> list[str]:
    x, floor = chart.x(value), chart.height - _BOTTOM
    return [
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 4}" y2="{floor}" stroke="currentColor" '
        'stroke-dasharray="4 4" opacity="0.5"/>'
    ]


def _heads(outcome: str, *, by_viewer: bool) -> list[str]:
    """What each of the three shows; a key of the two bars."""
    parts = []
    keys = (("of the time", COLOURS[5], 14.0), (f"of all {outcome}", COLOURS[0], 32.0))
    for words, colour, y in keys:
        parts += [
            f'<rect x="{_BARS}" y="{y - 8}" width="10" height="8" rx="2" fill="{colour}"/>',
            fitted(_BARS + 15, y, words, _LEFT - _BARS - 20, anchor="start", size=11),
        ]
    parts += [
        text(_LEFT, 14, f"{outcome} a minute", anchor="start", size=11),
        text(_LEFT, 32, "dashed: all together", anchor="start", size=11, more='opacity="0.7"'),
    ]
    if by_viewer:
        parts += [
            text(_WIDTH - 6, 14, "for each hour", anchor="end", size=11),
            text(_WIDTH - 6, 32, "a viewer watches", anchor="end", size=11),
        ]
    return parts


def _row(chart: Chart, one: Bin, y: float, longest: float) -> list[str]:
    rate, colour = one.a_minute, COLOURS[0]
    parts = [fitted(_BARS - 12, y + 4, one.name, _BARS - 16, anchor="end")]
    room = (_BAR_ROOM - 34) / (longest or 1.0)
    for share, ink, off in ((one.share_of_time, COLOURS[5], -10.0), (one.share_of_all, colour, 1.0)):
        long = max(room * share, 1.0)
        parts += [
            f'<rect x="{_BARS}" y="{y + off:.1f}" width="{long:.1f}" height="8" rx="2" fill="{ink}" '
            'opacity="0.85"/>',
            text(_BARS + long + 5, y + off + 7.5, percent(share), anchor="start", size=9),
        ]
    if math.isfinite(rate.low) and math.isfinite(rate.high):
        x0, x1 = chart.x(rate.low), chart.x(min(rate.high, chart.x_range[1]))
        parts.append(
            f'<line x1="{x0:.1f}" x2="{x1:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="3" '
            'opacity="0.45" stroke-linecap="round"/>'
        )
    parts.append(f'<circle cx="{chart.x(rate.value):.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
    if one.a_viewer_hour is not None:
        parts.append(text(_WIDTH - 6, y + 4, amount(one.a_viewer_hour.value), anchor="end", size=11))
    return parts


def percent(share: float) -> str:
    """
    >>> percent(0.364), percent(0.034), percent(0.0)
    ('36 %', '3.4 %', '0 %')
    """
    return f"{100 * share:.{0 if share >= 0.1 or not share else 1}f} %"


def tick_words(value: float) -> str:
    """
    >>> tick_words(1_000_000.0), tick_words(2.5), tick_words(0.0)
    ('1,000,000', '2.5', '0')
    """
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"


def amount(value: float) -> str:
    """
    >>> amount(1234.5), amount(8.02), amount(0.0312), amount(0.8)
    ('1,234', '8.0', '0.031', '0.80')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 1 else f"{value:#.2g}"
