"""Where the minutes go: what a minute brings, by place and kind, and what faces do with the time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

import numpy as np

from telltale.host.efficiency import Bin, Efficiency
from telltale.host.report_case import HostCase
from telltale.report.host_forest import OURS
from telltale.report.html_parts import Cell, figure, table
from telltale.report.svg import COLOURS, Chart, fitted, picture, round_ticks, text
from telltale.report.svg_rows import Row, Rows, rows_chart

_LINE, _LEFT = 22, 170


def minutes_figures(case: HostCase) -> dict[str, str]:
    """SVG by name."""
    figures = {"by-place": _by_place(case.efficiency), "showed": _showed(case)}
    if len(case.efficiency.by_category) > 1 or len(case.efficiency.by_promotion) > 1:
        figures["by-what"] = _by_what(case.efficiency)
    return figures


def minutes_section(case: HostCase, figures: dict[str, str]) -> Iterable[str]:
    """Time efficiency, in words and pictures."""
    told, held = case.efficiency, case.efficiency.concentration
    rate = told.overall.a_minute
    yield "<h2>Where the minutes go</h2>"
    hour = told.overall.a_viewer_hour
    per_viewer = "" if hour is None else f", {hour.value:.2g} for each hour that a viewer watches"
    yield (
        f"<p>A minute of stream brings {_amount(rate.value)} {escape(told.outcome)}{per_viewer}. "
        f"In {held.nothing:.0%} of the time nothing was counted; the best tenth of the time holds "
        f"{held.best_tenth:.0%} of it{_chance(held.by_chance)}.</p>"
    )
    yield figure(figures, "by-place", "By tenths of the broadcast, with 95 % intervals.")
    yield figure(figures, "by-what", "With 95 % intervals. That one sells more says nothing of why.")
    if case.groups[0].showed:
        yield "<h3>What faces do with the time</h3>"
        yield figure(
            figures,
            "showed",
            f"Share of the time in which each expression shows. {OURS} its look is our inference.",
        )


def held_table(case: HostCase) -> str:
    """What the study holds, and what was counted a minute."""
    rows = []
    for group in case.groups:
        held = group.held
        counted = {one.outcome: one for one in group.counted}
        main = counted.get(case.outcome)
        rows.append(
            (
                group.name,
                f"{held.points:,}",
                f"{held.hours:.1f}",
                f"{held.broadcasts:,}",
                f"{held.hosts:,}",
                "" if main is None else Cell(_amount(main.mean), f"sd {_amount(main.sd)}"),
                "" if main is None else f"{main.zeros:.0%}",
            )
        )
    head = ("", "points", "hours", "broadcasts", "hosts", f"{case.outcome} a minute", "with none")
    return table(head, rows)


def _chance(by_chance: float) -> str:
    return "" if math.isnan(by_chance) else f" ({by_chance:.0%} if all had come at random)"


def _amount(value: float) -> str:
    """
    >>> _amount(1234.5), _amount(8.02), _amount(0.0312)
    ('1,234', '8.0', '0.031')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def _by_place(told: Efficiency) -> str:
    bins = told.by_place
    value = np.array([one.a_minute.value for one in bins])
    low = np.array([_or(one.a_minute.low, one.a_minute.value) for one in bins])
    high = np.array([_or(one.a_minute.high, one.a_minute.value) for one in bins])
    top = 1.08 * float(high.max())
    chart = Chart(
        "By place in the broadcast",
        (0.0, 100.0),
        (0.0, top),
        x_label="place in the broadcast, %",
        y_label=f"{told.outcome} a minute",
        height=230,
    )
    edges = np.linspace(0, 100, len(bins) + 1)
    chart.steps(edges, value, low, high, told.outcome)
    return chart.svg([(x, f"{x:g}") for x in (0, 20, 40, 60, 80, 100)], round_ticks(0, top), _amount)


def _or(value: float, other: float) -> float:
    return value if math.isfinite(value) else other


def _by_what(told: Efficiency) -> str:
    groups = [
        ("product category", told.by_category),
        ("promotion", told.by_promotion),
        ("hour", told.by_hour),
    ]
    rows = [Rows(name, [_bin_row(one) for one in bins]) for name, bins in groups if len(bins) > 1]
    return rows_chart("What a minute brings", rows, x_label=f"{told.outcome} a minute")


def _bin_row(one: Bin) -> Row:
    rate = one.a_minute
    return Row(one.name, rate.value, rate.low, rate.high, after=f"{one.share_of_time:.0%} of the time")


def _showed(case: HostCase) -> str:
    """Bars, the most shown first."""
    showed = sorted(case.groups[0].showed, key=lambda one: -one.mean)
    widest = max(one.mean for one in showed) or 1.0
    room, width = 360.0, 640
    parts = []
    for row, one in enumerate(showed):
        y = 10 + _LINE * row
        ours = one.evidence == "ours"
        label = f"{one.expression}{OURS}" if ours else one.expression
        long = max(room * one.mean / widest, 1.0)
        colour = COLOURS[5] if ours else COLOURS[0]
        parts += [
            fitted(_LEFT - 12, y + 13, label, _LEFT - 18, anchor="end"),
            f'<rect x="{_LEFT}" y="{y + 3}" width="{long:.1f}" height="13" rx="2" fill="{colour}" '
            'opacity="0.85"/>',
            text(_LEFT + long + 8, y + 13, f"{100 * one.mean:.1f} %", anchor="start", size=11),
        ]
    return picture("What faces do with the time", width, 20 + _LINE * len(showed), "".join(parts))
