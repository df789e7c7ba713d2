"""Figures of what comes with sales: at first sight, after all, and what was lost on the way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from telltale.host.driver import Answer, Verdict
from telltale.host.driver_words import change, of_the_time, verdict_words
from telltale.host.evidence_words import marked
from telltale.host.report_case import HostCase
from telltale.host.rungs import RUNGS, Rung
from telltale.report.svg import COLOURS, Chart, fitted, picture, round_ticks, text
from telltale.report.svg_rows import Mark, upright, verdict_mark

MARKS: Final[dict[Verdict, Mark]] = {
    "driver": "pass",
    "unresolved": "cannot tell",
    "explained": "",
    "none": "",
}
RUNG_LABELS: Final[dict[Rung, str]] = {
    "alone": "at first sight",
    "host": "host",
    "product": "product, hour",
    "promotion": "promotion",
    "before": "past, other expressions",
    "within": "broadcast",
}
"""What each rung takes out, under the axis; what follows a comma stands on a second line."""
_LINE: Final = 24
_WIDTH: Final = 680
_NAMES: Final = 132
"""Where names end; after them stands how much more of the time a row is told for."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 226, 130, 40, 44
_LATE: Final = 120
"""Further room at the right to say how long before."""
_MOST_ON_LADDER: Final = 6


def named(case: HostCase, name: str) -> str:
    """An expression's name, with its mark."""
    return marked(name, case.evidence_of(name))


def forest(case: HostCase) -> str:
    """Each expression: per how much more, ratio at first sight (ring), after all (dot, interval), verdict."""
    answers = sorted(case.answers, key=lambda one: -one.last.estimate.value)
    low, high = _range(answers)
    chart = Chart(
        f"What comes with {case.outcome}",
        (low, high),
        (float(len(answers)), 0.0),
        x_label=f"change of {case.outcome} when it shows that much more of the time",
        width=_WIDTH,
        height=_TOP + _BOTTOM + _LINE * len(answers),
        left=_LEFT,
        right=_RIGHT + (_LATE if any(verdict_words(one) and one.lag_s for one in answers) else 0),
        top=_TOP,
        bottom=_BOTTOM,
    )
    ticks = round_ticks(100 * low, 100 * high)
    chart.parts += [upright(chart, tick / 100, 0.6 if tick == 0 else 0.12) for tick in ticks]
    for place, one in enumerate(answers):
        chart.parts += _row(chart, case, one, chart.y(place + 0.5))
    chart.parts += _legend()
    return chart.svg([(tick / 100, f"{tick:+.0f} %" if tick else "0") for tick in ticks])


def _range(answers: Sequence[Answer]) -> tuple[float, float]:
    """From the lowest to the highest of what is told; a wild interval of the rest may reach beyond."""
    told = [end for one in answers if _tells(one) for end in _ends(one)]
    every = [end for one in answers for end in _ends(one)]
    wide = max([float(np.quantile(np.abs(every), 0.98)) if every else 0.1, *map(abs, told)])
    low, high = max(min([0.0, *every]), -wide), min(max([0.0, *every]), wide)
    margin = 0.06 * (high - low or 0.1)
    return low - margin, high + margin


def _ends(one: Answer) -> list[float]:
    """What a row spans, as changes."""
    last = one.last.estimate
    values = (one.steps[0].estimate.value, last.value, last.low, last.high)
    return [math.expm1(value) for value in values if math.isfinite(value)]


def _row(chart: Chart, case: HostCase, one: Answer, y: float) -> list[str]:
    after, first = one.last.estimate, one.steps[0].estimate
    strong = one.verdict == "driver"
    bold = 'font-weight="600"' if strong else ""
    parts = [
        fitted(_NAMES, y + 4, named(case, one.name), _NAMES - 6, anchor="end", more=bold),
        text(_LEFT - 14, y + 4, of_the_time(one), anchor="end", size=11, more='opacity="0.75"'),
    ]
    colour = COLOURS[0] if one.verdict in ("driver", "unresolved") else COLOURS[5]
    if math.isfinite(after.low):
        x0, x1 = (_held(chart, math.expm1(end)) for end in (after.low, after.high))
        parts.append(
            f'<line x1="{x0:.1f}" x2="{x1:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
            f'stroke-width="{4 if strong else 2.5}" opacity="0.45" stroke-linecap="round"/>'
        )
    x = _held(chart, math.expm1(first.value))
    parts.append(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="none" stroke="{COLOURS[5]}" '
        'stroke-width="1.5" opacity="0.7"/>'
    )
    parts.append(
        f'<circle cx="{_held(chart, math.expm1(after.value)):.1f}" cy="{y:.1f}" r="{5.5 if strong else 4}" '
        f'fill="{colour}"/>'
    )
    far = chart.width - chart.right
    parts.append(verdict_mark(MARKS[one.verdict], far + 16, y))
    if words := verdict_words(one):
        x = far + (30 if MARKS[one.verdict] else 10)
        parts.append(fitted(x, y + 4, words, _WIDTH - x, anchor="start", size=11, more=bold))
    return parts


def _held(chart: Chart, value: float) -> float:
    """Where a value stands, at the edge if it lies beyond."""
    low, high = chart.x_range
    return chart.x(min(max(value, low), high))


def _legend() -> list[str]:
    y, x = 16.0, _LEFT + 30.0
    return [
        text(_LEFT - 14, y + 4, "of the time", anchor="end", size=11),
        f'<circle cx="{x:.1f}" cy="{y}" r="3.5" fill="none" stroke="{COLOURS[5]}" stroke-width="1.5"/>',
        text(x + 9, y + 4, "at first sight", anchor="start", size=11),
        f'<circle cx="{x + 105:.1f}" cy="{y}" r="4" fill="{COLOURS[0]}"/>',
        text(x + 114, y + 4, "after all that is known is taken out", anchor="start", size=11),
    ]


def ladder(case: HostCase) -> str | None:
    """What is left of the strongest as more is taken out; None where nothing stood out."""
    told = [one for one in case.answers if one.verdict in ("driver", "unresolved", "explained")]
    order = ("driver", "unresolved", "explained")
    told.sort(key=lambda one: (order.index(one.verdict), -abs(one.steps[0].estimate.value)))
    told = told[:_MOST_ON_LADDER]
    if not told:
        return None
    values = [math.expm1(step.estimate.value) for one in told for step in one.steps]
    low, high = min([0.0, *values]), max([0.0, *values])
    margin = 0.1 * (high - low or 0.1)
    chart = Chart(
        "What is left as more is taken out",
        (-0.2, len(RUNGS) - 0.8),
        (low - margin, high + margin),
        y_label=f"change of {case.outcome}",
        width=_WIDTH,
        height=314,
        right=150,
        left=64,
        bottom=58,
    )
    chart.level(0.0, "")
    places = _apart([chart.y(math.expm1(one.last.estimate.value)) for one in told])
    for k, (one, at) in enumerate(zip(told, places, strict=True)):
        colour, y = COLOURS[k % len(COLOURS)], [math.expm1(step.estimate.value) for step in one.steps]
        points = " ".join(f"{chart.x(i):.1f},{chart.y(v):.1f}" for i, v in enumerate(y))
        dash = "" if one.verdict == "driver" else ' stroke-dasharray="5 4"'
        chart.parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        chart.parts += [
            f'<circle cx="{chart.x(i):.1f}" cy="{chart.y(v):.1f}" r="3.5" fill="{colour}"/>'
            for i, v in enumerate(y)
        ]
        end = chart.width - chart.right
        chart.parts.append(fitted(end + 12, at + 4, named(case, one.name), 130, anchor="start"))
    ticks = [tick / 100 for tick in round_ticks(100 * (low - margin), 100 * (high + margin))]
    labels = []
    for i, rung in enumerate(RUNGS):
        first, _, second = RUNG_LABELS[rung].partition(", ")
        labels.append((float(i), f"{first}," if second else first))
        chart.parts.append(text(chart.x(i), chart.height - chart.bottom + 30, second, size=11))
    return chart.svg(labels, ticks, lambda value: f"{100 * value:+.0f} %" if value else "0")


def _apart(places: Sequence[float], least: float = 15.0) -> list[float]:
    """Heights of labels, moved so that none covers another.

    >>> _apart([50.0, 52.0, 90.0])
    [50.0, 65.0, 90.0]
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    moved = list(places)
    for before, k in itertools.pairwise(order):
        moved[k] = max(moved[k], moved[before] + least)
    return moved


def silent(case: HostCase) -> list[str]:
    """Expressions of which no count tells anything, with their marks."""
    loud = {one.name for one in case.drivers.answers if _tells(one)}
    names = dict.fromkeys(one.name for one in case.drivers.answers)
    return [named(case, name) for name in names if name not in loud]


def everything(case: HostCase) -> str | None:
    """Expressions by every count: the larger a dot the stronger, full where it stays; None where none is."""
    names = list(dict.fromkeys(one.name for one in case.drivers.answers if _tells(one)))
    if not names:
        return None
    left, cell, line = 150, 74, 30
    outcomes = case.drivers.outcomes
    width, height = left + cell * len(outcomes) + 12, 44 + line * len(names)
    parts = [text(left + cell * (k + 0.5), 24, outcome, size=11) for k, outcome in enumerate(outcomes)]
    most = (
        max((abs(one.last.estimate.value) for one in case.drivers.answers if _tells(one)), default=0.1) or 0.1
    )
    for row, name in enumerate(names):
        y = 36 + line * (row + 0.5)
        parts.append(fitted(left - 12, y + 4, named(case, name), left - 18, anchor="end"))
        parts.append(
            f'<line x1="{left}" x2="{width - 12}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
            'opacity="0.08"/>'
        )
        for k, outcome in enumerate(outcomes):
            parts.append(_dot(case.drivers.of(outcome, name), left + cell * (k + 0.5), y, most))
    return picture("What stood out, by every count", max(width, _WIDTH), height, "".join(parts))


def _tells(one: Answer) -> bool:
    return one.verdict in ("driver", "unresolved") and math.isfinite(one.last.estimate.value)


def _dot(one: Answer, x: float, y: float, most: float) -> str:
    value = one.last.estimate.value
    told = f"{one.name}: {change(value, one.outcome)} ({verdict_words(one) or 'nothing'})"
    if not _tells(one):
        dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.5" fill="currentColor" opacity="0.3"/>'
        return f"<g><title>{told}</title>{dot}</g>"
    size = 3.5 + 6.5 * min(abs(value) / most, 1.0)
    colour = COLOURS[0] if value > 0 else COLOURS[1]
    fill = (
        f'fill="{colour}"' if one.verdict == "driver" else f'fill="none" stroke="{colour}" stroke-width="1.8"'
    )
    return f'<g><title>{told}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {fill}/></g>'
