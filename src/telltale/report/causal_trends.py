"""Figures of difference in differences: both arms around the moment, and the effect period by period."""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.effects.did_case import DidCase
from telltale.effects.event_study import REFERENCE, EventStudy
from telltale.effects.parallel_trends import ParallelTrends
from telltale.effects.sizes import Told, scale_of, unit_words
from telltale.effects.staggered import Staggered
from telltale.effects.variance import Floats, Ints
from telltale.report.svg import COLOURS, Chart, round_ticks, text
from telltale.report.svg_rows import Mark, shade, told, upright, verdict_mark

_MARKS: Final[dict[str, Mark]] = {"holds": "pass", "does not hold": "fail", "cannot tell": "cannot tell"}
_WORDS: Final = {
    "holds": "moved alike before",
    "does not hold": "moved apart before",
    "cannot tell": "before: cannot tell",
}
_MOST_ROWS: Final = 24
_SECONDS: Final = "seconds from the moment"


def arms_figure(case: DidCase, kind: Told) -> str:
    """Means of those who got it, of those like them who did not, and where the first would have gone."""
    got, did_not, step_s = case.treated, case.control, case.asked.panel.step
    early = case.seconds < 0
    without = did_not + (got[early].mean() - did_not[early].mean())
    x = case.seconds + step_s / 2
    label = f"mean of each arm, {'%' if kind == 'binary' else unit_words(kind)}"
    chart = _around("Both arms around the moment", x, step_s, (got, did_not, without), label)
    late = ~early
    chart.band(x[late], np.minimum(got, without)[late], np.maximum(got, without)[late], "got it")
    chart.line(x, got, "got it")
    chart.line(x, did_not, "did not")
    chart.guide(x.tolist(), without.tolist())
    return _drawn(chart, scale_of(kind))


def event_figure(study: EventStudy, trends: ParallelTrends, step_s: float, kind: Told) -> str:
    """The difference of both arms in each period, against the last one before the moment."""
    x = _middles(study.relative, step_s)
    ends = [side[np.isfinite(side)] for side in (study.low, study.high)]
    chart = _around(
        f"Effect on {study.outcome} by period",
        x,
        step_s,
        (study.value, *ends),
        f"difference of both arms against just before, {unit_words(kind)}",
    )
    chart.parts.append(_level(chart))
    shown = study.relative != REFERENCE
    colour = chart.colour("effect")
    for k in np.flatnonzero(np.isfinite(study.low)).tolist():
        at = f"{chart.x(x[k]):.1f}"
        chart.parts.append(
            f'<line x1="{at}" x2="{at}" y1="{chart.y(study.low[k]):.1f}" y2="{chart.y(study.high[k]):.1f}" '
            f'stroke="{colour}" stroke-width="2.5" opacity="0.45" stroke-linecap="round"/>'
        )
    for k in range(len(x)):
        hollow = f'fill="none" stroke="{colour}" stroke-width="2"' if not shown[k] else f'fill="{colour}"'
        chart.parts.append(
            f'<circle cx="{chart.x(x[k]):.1f}" cy="{chart.y(study.value[k]):.1f}" r="4" {hollow}/>'
        )
    chart.parts.append(verdict_mark(_MARKS[trends.verdict], chart.left + 16, 44))
    chart.parts.append(text(chart.left + 30, 48, _WORDS[trends.verdict], anchor="start"))
    return _drawn(chart, scale_of(kind))


def staggered_figure(
    found: Staggered, step_s: float, origin_s: float = 0.0, kind: Told = "continuous"
) -> str:
    """Effects by when it began (rows; many starts are put together) and by period from there on (columns)."""
    scale, unit = scale_of(kind), "" if scale_of(kind) == 1 else f" {unit_words(kind)}"
    relative = found.period - found.group
    starts = np.unique(found.group)
    # Up to so many starts have a row each.
    bands = min(len(starts), _MOST_ROWS)
    band = np.searchsorted(starts, found.group) * bands // len(starts)
    rows = np.unique(band)
    most = float(np.quantile(np.abs(found.value), 0.95)) or 1.0
    low, high = int(relative.min()), int(relative.max()) + 1
    line = 18
    chart = Chart(
        "Effects by when it began",
        (low * step_s, high * step_s),
        (float(len(rows)), 0.0),
        x_label=_SECONDS,
        y_label=f"began at, seconds (strongest shade: {scale * most:.2g}{unit} or more)",
        height=32 + 44 + line * len(rows),
        left=96,
        right=40,
    )
    for place, row in enumerate(rows.tolist()):
        own = band == row
        first, last = (origin_s + at * step_s for at in (found.group[own].min(), found.group[own].max()))
        words = f"{first:g}" if first == last else f"{first:g} to {last:g}"
        chart.parts.append(text(88, chart.y(place + 0.5) + 4, words, anchor="end", size=11))
        for step in np.unique(relative[own]).tolist():
            value = float(found.value[own & (relative == step)].mean())
            x0, x1 = chart.x(step * step_s), chart.x((step + 1) * step_s)
            of = f"{scale * value:+.3g}{unit}"
            chart.parts.append(
                f'<rect x="{x0:.1f}" y="{chart.y(place) + 1:.1f}" width="{max(x1 - x0 - 0.5, 0.5):.1f}" '
                f'height="{line - 2}" fill="{COLOURS[0] if value > 0 else COLOURS[1]}" '
                f'opacity="{min(abs(value) / most, 1.0):.2f}"><title>{of}</title></rect>'
            )
    chart.parts.append(upright(chart, 0.0, 0.8))
    chart.colour("raised")
    chart.colour("lowered")
    ticks = round_ticks(low * step_s, high * step_s)
    return chart.svg([(tick, told(tick)) for tick in ticks])


def _middles(relative: Ints, step_s: float) -> Floats:
    """Seconds in the middle of each period."""
    return relative.astype(np.float64) * step_s + step_s / 2


def _around(title: str, x: Floats, step_s: float, all_y: tuple[Floats, ...], y_label: str) -> Chart:
    """A chart with the time before the moment shaded."""
    values = np.concatenate([*all_y])
    low, high = float(values.min()), float(values.max())
    margin = 0.08 * (high - low or 1.0)
    ends = (float(x[0]) - step_s / 2, float(x[-1]) + step_s / 2)
    # Room above for the verdict and the word.
    chart = Chart(
        title, ends, (low - margin, high + 3 * margin), x_label=_SECONDS, y_label=y_label, height=300, left=64
    )
    chart.parts.append(shade(chart, ends[0], 0.0, opacity=0.1, colour=COLOURS[5]))
    chart.parts.append(upright(chart, 0.0, 0.7))
    return chart


def _level(chart: Chart) -> str:
    y = chart.y(0.0)
    return (
        f'<line x1="{chart.left}" x2="{chart.width - chart.right}" y1="{y:.1f}" y2="{y:.1f}" '
        'stroke="currentColor" opacity="0.5"/>'
    )


def _drawn(chart: Chart, scale: float) -> str:
    x_ticks, (low, high) = round_ticks(*chart.x_range), chart.y_range
    y_ticks = [tick / scale for tick in round_ticks(low * scale, high * scale)]
    return chart.svg([(tick, told(tick)) for tick in x_ticks], y_ticks, lambda y: told(y * scale))
