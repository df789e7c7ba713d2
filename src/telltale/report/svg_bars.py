"""Bars to either side of nothing: names down the left, each with a bar and its interval for every series."""

from __future__ import annotations

from collections.abc import Sequence

from telltale.report.svg import Chart, round_ticks, text
from telltale.report.svg_rows import upright

Measured = tuple[float, float, float]
"""Value, low, high."""

_BAR = 9
_GAP = 9
_LEFT = 220


def bars_chart(
    title: str, rows: Sequence[tuple[str, Sequence[Measured]]], series: Sequence[str], *, x_label: str
) -> str:
    """Each row is a name and, for each of the series, a value with its interval.

    >>> bars_chart("Units", [("AU12", [(0.4, 0.2, 0.5)])], ["carts"], x_label="log odds").count("<rect")
    1
    """
    ends = [end for _, values in rows for value in values for end in value]
    low, high = min(0.0, *ends), max(0.0, *ends)
    margin = 0.04 * (high - low or 1.0)
    each = len(series) * _BAR + _GAP
    chart = Chart(
        title,
        (low - margin, high + margin),
        (float(each * len(rows)), 0.0),
        x_label=x_label,
        height=32 + 44 + each * len(rows),
        left=_LEFT,
    )
    # A step from below to nothing leaves 1e-17, and -0.
    ticks = [round(tick, 9) + 0.0 for tick in round_ticks(low, high)]
    chart.parts += [upright(chart, value, 0.12) for value in ticks if value]
    for row, (name, values) in enumerate(rows):
        top = row * each + _GAP / 2
        middle = chart.y(row * each + each / 2)
        chart.parts.append(text(_LEFT - 10, middle + 4, name, anchor="end"))
        for place, (of, value) in enumerate(zip(series, values, strict=True)):
            chart.parts.append(_bar(chart, of, value, top + place * _BAR))
    chart.parts.append(upright(chart, 0.0, 0.6))
    return chart.svg([(value, f"{value:g}") for value in ticks])


def _bar(chart: Chart, of: str, measured: Measured, top: float) -> str:
    """One bar from nothing to its value, and a line from low to high through its middle."""
    value, low, high = measured
    start, stop = sorted((chart.x(0.0), chart.x(value)))
    y, middle = chart.y(top), chart.y(top + _BAR / 2)
    colour = chart.colour(of)
    return (
        f'<rect x="{start:.1f}" y="{y + 1:.1f}" width="{max(stop - start, 0.5):.1f}" height="{_BAR - 2}" '
        f'fill="{colour}"/>'
        f'<line x1="{chart.x(low):.1f}" x2="{chart.x(high):.1f}" y1="{middle:.1f}" y2="{middle:.1f}" '
        'stroke="currentColor" stroke-width="1.2" opacity="0.7"/>'
    )
