"""The graph of factors as a picture: time runs down, an arrow is as wide as it is strong.

Rows are tiers of time. Colour is the sign, paleness how few half samples hold an arrow, dashes that the data
do not turn it; an arrow from a step before begins with a ring and ends with a hollow head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import isfinite
from typing import Final

from telltale.causal.discovery import FactorEdge
from telltale.report.layered import Layered, lay_out
from telltale.report.svg import COLOURS, fitted, picture, said, text, text_width

MOST: Final = 40
"""Arrows that are drawn; the table holds all."""
TIERS: Final = ("there before", "the broadcast", "the viewer", "what viewers do", "what comes of it")
_LEFT: Final = 120.0
_HIGH: Final = 24.0
_FALL: Final = 58.0
_TOP: Final = 14.0
_WIDEST: Final = 150.0
_PORT: Final = 15.0
"""Pixels between arrows at one node."""
_ROOM: Final = 760.0
_RING: Final = 8.0
"""Pixels of the ring with which an arrow from a step before begins."""
_SPREAD: Final = 0.5
_LEGEND: Final = 58.0


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An arrow's ends: x at the upper and lower node, and its slots between."""

    edge: FactorEdge
    upper: int
    lower: int
    slots: tuple[float, ...]
    turned: bool
    """Whether its head is at the upper end."""


def graph_figure(edges: Sequence[FactorEdge], tiers: Mapping[str, int], grid_s: float) -> str:
    """The strongest arrows, in layers by tier.

    Parameters
    ----------
    tiers
        Of each factor; 0 is what was there before.
    """
    shown = sorted(edges, key=lambda edge: -abs(edge.weight))[:MOST]
    # Arrows within the step come first and so all go down; one from a step before may go up.
    shown.sort(key=lambda edge: edge.lag > 0)
    names = list(dict.fromkeys(name for edge in shown for name in (edge.cause, edge.effect)))
    place = {name: k for k, name in enumerate(names)}
    arrows = [(place[edge.cause], place[edge.effect]) for edge in shown]
    widths = [_width(name, k, arrows) for k, name in enumerate(names)]
    laid = lay_out([tiers[name] for name in names], widths, arrows, _ROOM)
    width = _LEFT + max(laid.width, _ROOM) + 8
    shift = _LEFT + max(_ROOM - laid.width, 0.0) / 2
    foot = _TOP + (int(laid.layer.max(initial=0)) + 1) * (_HIGH + _FALL) - _FALL
    drawn = [_drawn(edge, *arrows[k], laid, laid.routes[k]) for k, edge in enumerate(shown)]
    strongest = max((abs(edge.weight) for edge in shown), default=1.0)
    ways = [(a, *one.slots, b) for one, (a, b) in zip(drawn, _ports(drawn, laid, widths), strict=True)]
    bends = _bends(drawn, ways, laid)
    parts = _bands(names, tiers, laid, width)
    for k in range(len(drawn) - 1, -1, -1):
        parts.append(_arrow(drawn[k], ways[k], bends[k], laid, shift, strongest))
    parts += [_node(name, laid, k, widths[k], shift) for k, name in enumerate(names)]
    parts.append(_legend(foot + 30, grid_s, shown))
    return picture("Which factors move which", width, foot + _LEGEND, "".join(parts))


def _width(name: str, node: int, arrows: Sequence[tuple[int, int]]) -> float:
    """Room for the words, and for all arrows of the busier side to stand apart."""
    busy = max(sum(arrow[end] == node for arrow in arrows) for end in (0, 1))
    return max(min(text_width(said(name)), _WIDEST) + 8, _PORT * busy + 12)


def _drawn(edge: FactorEdge, cause: int, effect: int, laid: Layered, slots: tuple[float, ...]) -> _Drawn:
    turned = bool(laid.layer[cause] > laid.layer[effect])
    upper, lower = (effect, cause) if turned else (cause, effect)
    return _Drawn(edge, upper, lower, slots, turned)


def _ports(drawn: Sequence[_Drawn], laid: Layered, widths: Sequence[float]) -> list[tuple[float, float]]:
    """Where each arrow leaves its upper node and meets its lower one: side by side, in the order they go."""
    out = [[0.0, 0.0] for _ in drawn]
    for node in range(len(widths)):
        for end in (0, 1):
            own = [k for k, one in enumerate(drawn) if (one.upper, one.lower)[end] == node]
            own.sort(key=lambda k: _next_x(drawn[k], end, laid))
            reach = min(widths[node] - 20, 1.4 * _PORT * (len(own) - 1))
            for turn, k in enumerate(own):
                share = turn / (len(own) - 1) - 0.5 if len(own) > 1 else 0.0
                out[k][end] = float(laid.x[node]) + share * reach
    return [(a, b) for a, b in out]


def _next_x(one: _Drawn, end: int, laid: Layered) -> float:
    if one.slots:
        return one.slots[0] if end == 0 else one.slots[-1]
    return float(laid.x[one.lower if end == 0 else one.upper])


def _bends(
    drawn: Sequence[_Drawn], ways: Sequence[tuple[float, ...]], laid: Layered
) -> list[dict[int, float]]:
    """By how much each arrow bends later than the middle in each fall, shares of it.

    Of arrows that go the same way the foremost bends first: they neither cross nor lie upon each other.
    """
    out: list[dict[int, float]] = [{} for _ in drawn]
    gaps: dict[tuple[int, bool], list[tuple[float, int, int]]] = {}
    for k, (one, xs) in enumerate(zip(drawn, ways, strict=True)):
        for step, (a, b) in enumerate(pairwise(xs)):
            gap = int(laid.layer[one.upper]) + step, a < b
            gaps.setdefault(gap, []).append((-a if a < b else a, k, step))
    for found in gaps.values():
        for turn, (_, k, step) in enumerate(sorted(found)):
            out[k][step] = _SPREAD * (turn / (len(found) - 1) - 0.5) if len(found) > 1 else 0.0
    return out


def _row_y(layer: int) -> float:
    """The upper edge of a layer's row."""
    return _TOP + layer * (_HIGH + _FALL)


def _arrow(
    one: _Drawn,
    xs: tuple[float, ...],
    bends: Mapping[int, float],
    laid: Layered,
    shift: float,
    strongest: float,
) -> str:
    edge = one.edge
    wide = 1.2 + 5.0 * abs(edge.weight) / strongest
    head = 6.0 + 1.1 * wide if edge.oriented else 0.0
    first = int(laid.layer[one.upper])
    y0, last = _row_y(first) + _HIGH, len(xs) - 2
    ring = _RING if edge.lag else 0.0
    begin = y0 + (head if one.turned else ring)
    path = [f"M{xs[0] + shift:.1f} {begin:.1f}"]
    for step in range(len(xs) - 1):
        top, floor = _row_y(first + step) + _HIGH, _row_y(first + step + 1)
        stop = floor - (ring if one.turned else head) if step == last else floor
        start = begin if step == 0 else top
        down, up = ((0.55 + sign * bends[step]) * (stop - start) for sign in (1, -1))
        a, b = xs[step] + shift, xs[step + 1] + shift
        if step:
            path.append(f"L{a:.1f} {start:.1f}")
        path.append(f"C{a:.1f} {start + down:.1f} {b:.1f} {stop - up:.1f} {b:.1f} {stop:.1f}")
    colour = COLOURS[0] if edge.weight > 0 else COLOURS[1]
    # Where nobody asked how stable arrows are, none is paler than another.
    seen = edge.seen if isfinite(edge.seen) else 1.0
    dash = "" if edge.oriented else ' stroke-dasharray="6 5"'
    end_x, end_y = (xs[0] + shift, y0) if one.turned else (xs[-1] + shift, _row_y(first + last + 1))
    tail_x, tail_y = (xs[-1] + shift, _row_y(first + last + 1)) if one.turned else (xs[0] + shift, y0)
    return (
        f'<g opacity="{0.3 + 0.65 * seen:.2f}"><title>{_words(edge)}</title>'
        f'<path d="{" ".join(path)}" fill="none" stroke="{colour}" stroke-width="{wide:.1f}"{dash}/>'
        + _head(end_x, end_y, head, colour, up=one.turned, hollow=edge.lag > 0)
        + _ring(tail_x, tail_y, colour, up=one.turned, there=edge.lag > 0)
        + "</g>"
    )


def _head(x: float, y: float, size: float, colour: str, *, up: bool, hollow: bool) -> str:
    if not size:
        return ""
    back, half = y + (size if up else -size), 0.5 * size
    fill = f'fill="none" stroke="{colour}" stroke-width="1.6"' if hollow else f'fill="{colour}"'
    return f'<path d="M{x - half:.1f} {back:.1f} L{x + half:.1f} {back:.1f} L{x:.1f} {y:.1f} Z" {fill}/>'


def _ring(x: float, y: float, colour: str, *, up: bool, there: bool) -> str:
    if not there:
        return ""
    return (
        f'<circle cx="{x:.1f}" cy="{y + (-1 if up else 1) * _RING / 2:.1f}" r="{_RING / 2 - 0.8:.1f}" '
        f'fill="none" stroke="{colour}" stroke-width="1.6"/>'
    )


def _words(edge: FactorEdge) -> str:
    way = "to" if edge.oriented else "with"
    when = "" if not edge.lag else f", {edge.lag} step{'s' * (edge.lag > 1)} later"
    return escape(f"{edge.cause} {way} {edge.effect}{when}: {edge.weight:+.2f} SD")


def _node(name: str, laid: Layered, k: int, width: float, shift: float) -> str:
    x, y = float(laid.x[k]) + shift, _row_y(int(laid.layer[k]))
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_HIGH:g}" rx="5" '
        'fill="currentColor" fill-opacity="0.07" stroke="currentColor" stroke-opacity="0.35"/>'
        + fitted(x, y + 16, said(name), width)
    )


def _bands(names: Sequence[str], tiers: Mapping[str, int], laid: Layered, width: float) -> list[str]:
    """Each tier's name beside its rows, and a line between tiers."""
    parts = []
    for number, tier in enumerate(sorted({tiers[name] for name in names})):
        rows = [int(laid.layer[k]) for k, name in enumerate(names) if tiers[name] == tier]
        top, floor = _row_y(min(rows)), _row_y(max(rows)) + _HIGH
        if number:
            y = top - _FALL / 2
            parts.append(
                f'<line x1="0" x2="{width:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
                'stroke-dasharray="2 5" opacity="0.3"/>'
            )
        words = TIERS[tier] if tier < len(TIERS) else f"tier {tier}"
        bold = 'font-weight="600" opacity="0.65"'
        parts.append(fitted(2, (top + floor) / 2 + 4, words, _LEFT - 6, anchor="start", size=11, more=bold))
    return parts


def _legend(y: float, grid_s: float, shown: Sequence[FactorEdge]) -> str:
    """What marks mean, of those that are there."""
    at, parts = 2.0, []
    teal, orange = COLOURS[0], COLOURS[1]
    marks: list[tuple[str, str]] = [(f'<path d="M0 0 H22" stroke="{teal}" stroke-width="4"/>', "raises")]
    if any(edge.weight < 0 for edge in shown):
        marks.append((f'<path d="M0 0 H22" stroke="{orange}" stroke-width="4"/>', "lowers"))
    if any(edge.lag for edge in shown):
        hollow = (
            f'<path d="M7 0 H14" stroke="{teal}" stroke-width="2"/>'
            f'<circle cx="3.5" cy="0" r="3.5" fill="none" stroke="{teal}" stroke-width="1.6"/>'
            f'<path d="M14 -4 L14 4 L22 0 Z" fill="none" stroke="{teal}" stroke-width="1.6"/>'
        )
        marks.append((hollow, f"{grid_s:g} s later" if _lags(shown) == 1 else "steps later"))
    if any(not edge.oriented for edge in shown):
        dash = f'<path d="M0 0 H22" stroke="{teal}" stroke-width="2" stroke-dasharray="6 5"/>'
        marks.append((dash, "either way"))
    marks.append(("", "wide: strong; pale: found in fewer half samples"))
    for sign, words in marks:
        parts.append(f'<g transform="translate({at:.1f} {y:.1f})">{sign}</g>')
        at += 28 if sign else 0
        parts.append(text(at, y + 4, words, anchor="start", size=11))
        at += text_width(words, 11) + 16
    return "".join(parts)


def _lags(shown: Sequence[FactorEdge]) -> int:
    return max(edge.lag for edge in shown)
