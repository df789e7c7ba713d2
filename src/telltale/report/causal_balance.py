"""Figures of who got it and who did not: how alike both were, and whether each could have been either."""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.effects.balance import BALANCED, Balance
from telltale.effects.overlap import Overlap
from telltale.report.svg import COLOURS, Chart, fitted, round_ticks, said
from telltale.report.svg_rows import shade, upright

_LEFT: Final = 190
_LINE: Final = 20
_MOST: Final = 20


def love_figure(balance: Balance, alone: Balance | None = None) -> str:
    """Standardised differences of the covariates before (hollow) and after (filled); the worst first.

    Parameters
    ----------
    alone
        After matching alone, of those that were matched on: an upright line. A regression took out the rest.
    """
    left = {} if alone is None else dict(zip(alone.names, alone.after.tolist(), strict=True))
    before, after = np.abs(balance.before), np.abs(balance.after)
    worst = np.argsort(-np.nan_to_num(np.maximum(before, after)), kind="stable")[:_MOST]
    most = float(np.nanmax([before[worst], after[worst], np.full(len(worst), 2 * BALANCED)], initial=0.0))
    most = max([most, *(abs(left.get(balance.names[k], 0.0)) for k in worst)])
    chart = Chart(
        "How unlike those who got it and those who did not are",
        (0.0, 1.06 * most),
        (float(len(worst)), 0.0),
        x_label="difference, standard deviations (its size)",
        height=32 + 44 + _LINE * len(worst),
        left=_LEFT,
    )
    ticks = round_ticks(0, most)
    chart.parts += [upright(chart, tick, 0.12) for tick in ticks if tick]
    chart.parts += [shade(chart, 0.0, BALANCED, colour=COLOURS[3]), upright(chart, 0.0, 0.6)]
    told = (("before", COLOURS[1]), *((("matched", COLOURS[2]),) if left else ()), ("after", COLOURS[0]))
    chart.names += told
    for row, place in enumerate(worst.tolist()):
        y = chart.y(row + 0.5)
        chart.parts.append(
            fitted(_LEFT - 12, y + 4, said(balance.names[place]), _LEFT - 18, anchor="end", size=11)
        )
        chart.parts.append(_pair(chart, float(before[place]), float(after[place]), y))
        if np.isfinite(matched := abs(left.get(balance.names[place], np.nan))):
            chart.parts.append(_dash(chart, matched, y))
    return chart.svg([(tick, f"{tick:g}") for tick in ticks])


def _pair(chart: Chart, before: float, after: float, y: float) -> str:
    parts = []
    if np.isfinite(before) and np.isfinite(after):
        parts.append(
            f'<line x1="{chart.x(before):.1f}" x2="{chart.x(after):.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="currentColor" opacity="0.25"/>'
        )
    if np.isfinite(before):
        parts.append(
            f'<circle cx="{chart.x(before):.1f}" cy="{y:.1f}" r="4" fill="none" stroke="{COLOURS[1]}" '
            'stroke-width="2"/>'
        )
    if np.isfinite(after):
        parts.append(f'<circle cx="{chart.x(after):.1f}" cy="{y:.1f}" r="4.5" fill="{COLOURS[0]}"/>')
    return "".join(parts)


def _dash(chart: Chart, matched: float, y: float) -> str:
    x = chart.x(matched)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 5:.1f}" y2="{y + 5:.1f}" stroke="{COLOURS[2]}" '
        'stroke-width="2.5"/>'
    )


def overlap_figure(overlap: Overlap) -> str:
    """Both arms by the chance of being treated: those who got it upwards, those who did not downwards."""
    up, down = (arm / max(float(arm.sum()), 1.0) for arm in (overlap.treated, overlap.control))
    top = float(max(up.max(), down.max(), 0.05))
    chart = Chart(
        "How likely each was to get it",
        (0.0, 1.0),
        (-1.12 * top, 1.12 * top),
        x_label="chance of getting it, by what was known before",
        y_label="share of each, %",
        height=320,
    )
    if 0 < overlap.crump < 0.5:
        for low, high in ((0.0, overlap.crump), (1 - overlap.crump, 1.0)):
            chart.parts.append(shade(chart, low, high, opacity=0.12, colour=COLOURS[5]))
    for name, share, sign in (("got it", up, 1.0), ("did not", down, -1.0)):
        colour = chart.colour(name)
        for k, height in enumerate(share.tolist()):
            if height:
                x0, x1 = chart.x(overlap.edges[k]), chart.x(overlap.edges[k + 1])
                y0, y1 = sorted((chart.y(0.0), chart.y(sign * height)))
                chart.parts.append(
                    f'<rect x="{x0 + 1:.1f}" y="{y0:.1f}" width="{x1 - x0 - 2:.1f}" height="{y1 - y0:.1f}" '
                    f'fill="{colour}" opacity="0.85"/>'
                )
    ticks = round_ticks(0, top)
    zero = chart.y(0.0)
    chart.parts.append(
        f'<line x1="{chart.left}" x2="{chart.width - chart.right}" y1="{zero:.1f}" y2="{zero:.1f}" '
        'stroke="currentColor" opacity="0.6"/>'
    )
    both = [-tick for tick in ticks[:0:-1]] + ticks
    tenths = [(k / 10, f"{k / 10:g}") for k in range(0, 11, 2)]
    return chart.svg(tenths, both, lambda share: f"{100 * abs(share):g}")
