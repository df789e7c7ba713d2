"""Where the minutes go: what a minute brings, by place and kind, and what faces do with the time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Final

import numpy as np

from telltale.host.efficiency import Bin, Efficiency
from telltale.host.evidence_words import mark_legend, marked
from telltale.host.report_case import HostCase
from telltale.report.host_forest import named
from telltale.report.host_minute_rows import amount, minute_rows, percent, tick_words
from telltale.report.html_parts import Cell, figure, table, unbroken
from telltale.report.svg import COLOURS, Chart, fitted, picture, round_ticks, text

_LINE, _LEFT = 22, 170
_MOST: Final = 30
"""Rows of one figure."""


def minutes_figures(case: HostCase) -> dict[str, str]:
    """SVG by name."""
    told = case.efficiency
    figures = {"by-place": _by_place(told)}
    if case.groups[0].showed:
        figures["showed"] = _showed(case)
    faces = [replace(one, name=named(case, one.name)) for one in told.by_face]
    parts = {
        "by-what": ("What a minute brings", _by_what(told)),
        "by-face": ("What a minute brings, by what the face showed most", _alone(faces)),
        "by-host": ("What a minute brings, by host", _alone(told.by_host)),
    }
    for name, (title, groups) in parts.items():
        if groups:
            figures[name] = minute_rows(title, groups, told.outcome, told.overall)
    return figures


def minutes_section(case: HostCase, figures: dict[str, str]) -> Iterable[str]:
    """Time efficiency, in words and pictures."""
    told, held = case.efficiency, case.efficiency.concentration
    rate = told.overall.a_minute
    yield "<h2>Where the minutes go</h2>"
    hour = told.overall.a_viewer_hour
    per_viewer = "" if hour is None else f", {hour.value:.2g} for each hour that a viewer watches"
    yield unbroken(
        f"<p>A minute of stream brings {amount(rate.value)} {escape(told.outcome)}{per_viewer}. "
        f"In {percent(held.nothing)} of the time nothing was counted; the best tenth of the time holds "
        f"{percent(held.best_tenth)} of it{_chance(held.by_chance)}.</p>"
    )
    yield figure(figures, "by-place", "By tenths of the broadcast, with 95 % intervals.")
    yield figure(
        figures,
        "by-what",
        f"Grey beside blue: a part that brings more than its share of the time has the longer blue bar. Dots:"
        f" {told.outcome} a minute, with 95 % intervals. That one brings more says nothing of why.",
    )
    drawn = figure(
        figures,
        "showed",
        f"Share of the time in which each expression shows.{mark_legend(case.evidence.values())}",
    )
    yield _folded("How much of the time each expression shows", drawn)
    drawn = figure(
        figures,
        "by-face",
        "By the expression that showed most in each stretch. A description: it holds what the product, the"
        f" hour and {told.outcome} themselves do to the face.{_only_most(told.by_face)}",
    )
    yield _folded(f"{_said(told.outcome)} by what the face showed most", drawn)
    drawn = figure(
        figures,
        "by-host",
        "Hosts differ in products, hours and audience too: this is no ranking of people, and one host alone"
        f" has no interval.{_only_most(told.by_host)}",
    )
    yield _folded(f"{_said(told.outcome)} by host", drawn)


def _alone(bins: Sequence[Bin]) -> list[tuple[str, Sequence[Bin]]]:
    """Without a heading, and nothing where there is only one part."""
    return [("", _most_of(bins))] if len(bins) > 1 else []


def _only_most(bins: Sequence[Bin]) -> str:
    left = len(bins) - _MOST
    return f" The {_MOST} with the most time; {left} more stand in report.json." if left > 0 else ""


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>" if inside else ""


def _said(outcome: str) -> str:
    return f"{outcome[:1].upper()}{outcome[1:]} a minute"


def held_table(case: HostCase) -> str:
    """What the study holds, and what was counted a minute."""
    rows = []
    for group in case.groups:
        held = group.held
        counted = {one.outcome: one for one in group.counted}
        main = counted.get(case.outcome)
        rows.append(
            (
                group.name if group.by == "all" else Cell(group.name, group.by),
                f"{held.points:,}",
                f"{held.hours:.1f}",
                f"{held.broadcasts:,}",
                f"{held.hosts:,}",
                "" if main is None else amount(main.mean),
                "" if main is None else percent(main.zeros),
            )
        )
    head = ("", "stretches", "hours", "broadcasts", "hosts", f"{case.outcome} a minute", "stretches without")
    return table(head, rows)


def _chance(by_chance: float) -> str:
    return "" if math.isnan(by_chance) else f" ({percent(by_chance)} if all had come at random)"


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
    return chart.svg([(x, f"{x:g}") for x in (0, 20, 40, 60, 80, 100)], round_ticks(0, top), tick_words)


def _or(value: float, other: float) -> float:
    return value if math.isfinite(value) else other


def _by_what(told: Efficiency) -> list[tuple[str, Sequence[Bin]]]:
    """Parts that a plan is made of; what is all of one kind says nothing."""
    groups = (
        ("product category", told.by_category),
        ("promotion", told.by_promotion),
        ("hour", told.by_hour),
    )
    return [(name, bins) for name, bins in groups if len(bins) > 1]


def _most_of(bins: Sequence[Bin]) -> list[Bin]:
    """Those of the most time, what a minute brings falling."""
    most = sorted(bins, key=lambda one: -one.share_of_time)[:_MOST]
    return sorted(most, key=lambda one: -one.a_minute.value)


def _showed(case: HostCase) -> str:
    """Bars, the most shown first."""
    showed = sorted(case.groups[0].showed, key=lambda one: -one.mean)
    widest = max(one.mean for one in showed) or 1.0
    room, width = 360.0, 640
    parts = []
    for row, one in enumerate(showed):
        y = 10 + _LINE * row
        label = marked(one.expression, one.evidence)
        long = max(room * one.mean / widest, 1.0)
        colour = COLOURS[0] if label == one.expression else COLOURS[5]
        parts += [
            fitted(_LEFT - 12, y + 13, label, _LEFT - 18, anchor="end"),
            f'<rect x="{_LEFT}" y="{y + 3}" width="{long:.1f}" height="13" rx="2" fill="{colour}" '
            'opacity="0.85"/>',
            text(_LEFT + long + 8, y + 13, f"{100 * one.mean:.1f} %", anchor="start", size=11),
        ]
    return picture("What faces do with the time", width, 20 + _LINE * len(showed), "".join(parts))
