"""The figure of what something hidden could do, by how strong it is, beside how strong known causes are."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from telltale.effects.contract import Effect
from telltale.effects.design import OutcomeKind
from telltale.effects.sensitivity import BiasCurve, Strength
from telltale.effects.sizes import scale_of
from telltale.report.causal_checks import effect_axis
from telltale.report.svg import COLOURS, Chart, fitted, round_ticks, said, text, text_width
from telltale.report.svg_rows import told

_LEFT: Final = 190
_PLOT: Final = 230
_LINE: Final = 18
_KNOWN: Final = 5
_SHARE: Final = "strength: % that it explains of what is left of both"


def bias_figure(curve: BiasCurve, effect: Effect, kind: OutcomeKind) -> str:
    """How far a hidden cause of rising strength moves the effect, and beneath, how strong covariates are."""
    known = [(one, strength_alike(curve, effect, one)) for one in curve.known[:_KNOWN]]
    far = _reach(curve, [strength for _, strength in known])
    seen = curve.strength <= far
    scale = scale_of(kind)
    low, high = (float(f(side[seen])) for f, side in ((np.min, curve.sure_low), (np.max, curve.sure_high)))
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = float(curve.low[seen].min()), float(curve.high[seen].max())
    low, high = min(low, 0.0), max(high, 0.0)
    # Words stand beyond nothing, on the side that the effect is not on.
    space = high - low or 1.0
    under, over = (0.2, 0.06) if effect.value > 0 else (0.06, 0.2)
    strip = _LINE * len(known) + (14 if known else 0)
    chart = Chart(
        f"How strong something hidden must be to undo the effect on {effect.outcome}",
        (0.0, far),
        (low - under * space, high + over * space),
        x_label="",
        y_label=effect_axis(effect.outcome, kind),
        height=_PLOT + 44 + strip,
        left=_LEFT,
        bottom=44 + strip,
    )
    x = curve.strength[seen]
    if np.isfinite(curve.sure_low).all():
        chart.band(x, curve.sure_low[seen], curve.sure_high[seen], "effect")
    chart.band(x, curve.low[seen], curve.high[seen], "effect")
    near = curve.low if effect.value > 0 else curve.high
    chart.line(x, near[seen], "effect")
    chart.guide([0.0, far], [effect.value, effect.value])
    chart.parts.append(_zero(chart))
    chart.parts += _crossings(chart, curve, above=effect.value > 0)
    y_ticks = [tick / scale for tick in round_ticks(low * scale, high * scale)]
    x_ticks = round_ticks(0, 100 * far)
    chart.parts.append(text((_LEFT + chart.width - chart.right) / 2, _PLOT + 34, _SHARE, size=12))
    if known:
        top = _PLOT + 40
        bold = 'font-weight="600" opacity="0.7"'
        chart.parts.append(text(_LEFT - 12, top + 2, "as strong as", anchor="end", size=11, more=bold))
        for row, (one, strength) in enumerate(known):
            chart.parts.append(_bar(chart, one.name, strength, top + 10 + _LINE * (row + 0.5)))
    # The axis stands above the strip; its words stay at the foot.
    axis = [(tick / 100, f"{tick:g}") for tick in x_ticks]
    return chart.svg(axis, y_ticks, lambda value: told(value * scale))


def strength_alike(curve: BiasCurve, effect: Effect, known: Strength) -> float:
    """Where on the curve a cause stands that brings as much as a known one does.

    A covariate is rarely as strong in the treatment as in the outcome, and the curve is of those that are.
    """
    brought = max(known.high - effect.value, 0.0)
    return float(np.interp(brought, curve.high - effect.value, curve.strength))


def _reach(curve: BiasCurve, known: list[float]) -> float:
    """How far to draw: past where nothing is left, and past the strongest that is known."""
    asked = [strength for strength in (curve.zero_at, *known) if math.isfinite(strength)]
    wanted = 1.3 * max([0.02, *asked])
    end = float(curve.strength[-1])
    return float(curve.strength[np.searchsorted(curve.strength, min(wanted, end))])


def _zero(chart: Chart) -> str:
    y = chart.y(0.0)
    return (
        f'<line x1="{chart.left}" x2="{chart.width - chart.right}" y1="{y:.1f}" y2="{y:.1f}" '
        'stroke="currentColor" opacity="0.7"/>'
    )


def _crossings(chart: Chart, curve: BiasCurve, *, above: bool) -> list[str]:
    """Where nothing is left of the effect, and where it is no longer sure."""
    parts, y, edge = [], chart.y(0.0), float(chart.width - chart.right)
    # The words stand where the curve does not go: of the first on the effect's side, of the second beyond it.
    upper, lower = y - 9, y + 17
    for at, words, row in (
        (curve.zero_at, "nothing left", upper if above else lower),
        (curve.unsure_at, "no longer sure", lower if above else upper),
    ):
        if math.isfinite(at) and 0 < at <= chart.x_range[1]:
            label, first = f"{words}: {100 * at:.2g} %", words == "nothing left"
            wide, x = text_width(label, 11), chart.x(at)
            start = min(x + 4, edge - wide) if first else max(x - wide, chart.left + 2.0)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{COLOURS[1]}"/>')
            parts.append(text(start, row, label, anchor="start", size=11))
    return parts


def _bar(chart: Chart, name: str, strength: float, y: float) -> str:
    x = chart.x(strength)
    return fitted(_LEFT - 12, y + 4, said(name), _LEFT - 18, anchor="end", size=11) + (
        f'<line x1="{chart.x(0.0):.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{COLOURS[2]}" '
        f'stroke-width="2"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{COLOURS[2]}"/>'
    )
