"""Small charts as SVG text: axes, lines, bands, bars, dots with intervals. Colours follow the page's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

COLOURS: Final = ("#0b7285", "#c2410c", "#6d28d9", "#4d7c0f", "#be185d", "#52525b")
"""Told apart with every kind of colour vision, on white and on dark."""
_FONT: Final = 'font-family="system-ui, sans-serif"'
_WIDEST: Final = 0.62
"""Mean width of a letter of the widest of the usual faces, in its size."""


@dataclass(slots=True)
class Chart:
    """A rectangle with two axes to draw in.

    >>> chart = Chart("AUC", (0, 1), (0, 1))
    >>> chart.line([0, 1], [0, 1], "even")
    >>> chart.svg().startswith("<svg")
    True
    """

    title: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str = ""
    y_label: str = ""
    width: int = 640
    height: int = 280
    left: int = 56
    bottom: int = 44
    right: int = 16
    top: int = 32
    parts: list[str] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Where a value of x stands, pixels."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Where a value of y stands, pixels."""
        low, high = self.y_range
        return (
            self.height - self.bottom - (value - low) / (high - low) * (self.height - self.bottom - self.top)
        )

    def colour(self, name: str) -> str:
        """The colour of a series; a new name gets the next one and a place in the legend."""
        known = dict(self.names)
        if name not in known:
            known[name] = COLOURS[len(known) % len(COLOURS)]
            self.names.append((name, known[name]))
        return known[name]

    def line(self, x: Sequence[float] | Floats, y: Sequence[float] | Floats, name: str) -> None:
        """A line through points."""
        points = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(x, y, strict=True))
        colour = self.colour(name)
        self.parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')

    def guide(self, x: Sequence[float], y: Sequence[float]) -> None:
        """A dashed line that is no series."""
        points = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(x, y, strict=True))
        self.parts.append(
            f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-dasharray="4 4" '
            'opacity="0.4"/>'
        )

    def band(self, x: Sequence[float] | Floats, low: Floats, high: Floats, name: str) -> None:
        """The interval about a line."""
        there = [f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(x, high, strict=True)]
        back = [f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(x, low, strict=True)][::-1]
        self.parts.append(
            f'<polygon points="{" ".join(there + back)}" fill="{self.colour(name)}" opacity="0.15"/>'
        )

    def steps(self, edges: Floats, y: Floats, low: Floats, high: Floats, name: str) -> None:
        """A value for each stretch between edges, with its interval."""
        for a, b, v, under, over in zip(edges[:-1], edges[1:], y, low, high, strict=True):
            x0, x1 = sorted((self.x(a), self.x(b)))
            top, foot = sorted((self.y(under), self.y(over)))
            colour = self.colour(name)
            self.parts.append(
                f'<rect x="{x0 + 1:.1f}" y="{top:.1f}" width="{x1 - x0 - 2:.1f}" '
                f'height="{max(foot - top, 1):.1f}" fill="{colour}" opacity="0.18"/>'
                f'<line x1="{x0 + 1:.1f}" x2="{x1 - 1:.1f}" y1="{self.y(v):.1f}" y2="{self.y(v):.1f}" '
                f'stroke="{colour}" stroke-width="2.5"/>'
            )

    def dots(self, x: Sequence[float] | Floats, y: Floats, low: Floats, high: Floats, name: str) -> None:
        """Points with upright intervals."""
        colour = self.colour(name)
        for a, v, under, over in zip(x, y, low, high, strict=True):
            at = f"{self.x(a):.1f}"
            self.parts.append(
                f'<line x1="{at}" x2="{at}" y1="{self.y(under):.1f}" y2="{self.y(over):.1f}" '
                f'stroke="{colour}" stroke-width="2" opacity="0.5"/>'
                f'<circle cx="{at}" cy="{self.y(v):.1f}" r="4" fill="{colour}"/>'
            )

    def level(self, y: float, words: str) -> None:
        """A dashed line across, with words."""
        at = self.y(y)
        self.parts.append(
            f'<line x1="{self.left}" x2="{self.width - self.right}" y1="{at:.1f}" y2="{at:.1f}" '
            f'stroke="currentColor" stroke-dasharray="4 4" opacity="0.4"/>'
            + text(self.width - self.right - 2, at - 5, words, anchor="end", size=11)
        )

    def svg(
        self,
        x_ticks: Sequence[tuple[float, str]] = (),
        y_ticks: Sequence[float] = (),
        told: Callable[[float], str] = "{:g}".format,
    ) -> str:
        """The whole picture."""
        floor = self.height - self.bottom
        axes = [
            f'<line x1="{self.left}" x2="{self.width - self.right}" y1="{floor}" y2="{floor}" '
            'stroke="currentColor" opacity="0.5"/>'
        ]
        for value in y_ticks:
            axes.append(
                f'<line x1="{self.left}" x2="{self.width - self.right}" y1="{self.y(value):.1f}" '
                f'y2="{self.y(value):.1f}" stroke="currentColor" opacity="0.12"/>'
            )
            axes.append(text(self.left - 8, self.y(value) + 4, told(value), anchor="end", size=11))
        axes += [text(self.x(value), floor + 16, words, size=11) for value, words in x_ticks]
        middle = (self.left + self.width - self.right) / 2
        axes.append(text(middle, self.height - 8, self.x_label, size=12))
        axes.append(text(self.left - 46, 18, self.y_label, anchor="start", size=12))
        return picture(self.title, self.width, self.height, "".join(axes + self.parts) + self._legend())

    def _legend(self) -> str:
        if len(self.names) < 2:
            return ""
        parts, at = [], float(self.width - self.right)
        for name, colour in reversed(self.names):
            at -= 7 * len(name) + 8
            parts.append(text(at, 18, name, anchor="start", size=12))
            at -= 14
            parts.append(f'<rect x="{at:.1f}" y="9" width="10" height="10" rx="2" fill="{colour}"/>')
            at -= 12
        return "".join(parts)


def round_ticks(low: float, high: float) -> list[float]:
    """A few round numbers from low to high.

    >>> [round(tick, 2) for tick in round_ticks(0, 0.9)]
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    step = 10 ** np.floor(np.log10(max(high - low, 1e-9)))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if (high - low) / s <= 6)
    # Nothing has no sign.
    return [float(v) + 0.0 for v in np.arange(np.ceil(low / step) * step, high + step / 1e6, step)]


def text(x: float, y: float, words: str, *, anchor: str = "middle", size: int = 12, more: str = "") -> str:
    """Words at a place; `more` holds further attributes, such as an opacity."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="currentColor" '
        f"{more + ' ' if more else ''}{_FONT}>{escape(words)}</text>"
    )


def text_width(words: str, size: int = 12) -> float:
    """At most how wide words are, pixels, in whatever face a system has.

    >>> text_width("desire", 12)
    44.6
    """
    return round(_WIDEST * size * len(words), 1)


def said(name: str) -> str:
    """A column's name as words.

    >>> said("host_elation")
    'host elation'
    """
    return name.replace("_", " ")


def shortened(words: str, width: float, size: int = 12) -> str:
    """Words cut in the middle so that they fit: what tells names apart often stands at their end.

    >>> shortened("desire in the minute after it, level", 120), shortened("desire", 80)
    ('desire …t, level', 'desire')
    """
    most = int(width // (_WIDEST * size))
    if len(words) <= most:
        return words
    begin = (most - 1) // 2
    return f"{words[:begin]}…{words[len(words) - max(most - 1 - begin, 1) :]}"


def fitted(
    x: float, y: float, words: str, width: float, *, anchor: str = "middle", size: int = 12, more: str = ""
) -> str:
    """Words at a place, cut to a width; who points at what was cut is told the whole."""
    short = shortened(words, width, size)
    drawn = text(x, y, short, anchor=anchor, size=size, more=more)
    return drawn if short == words else f"<g><title>{escape(words)}</title>{drawn}</g>"


def picture(title: str, width: float, height: float, inside: str) -> str:
    """An SVG around its parts."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{inside}</svg>'
    )


_AUC_TICKS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def intervals_chart(title: str, rows: Sequence[tuple[str, float, float, float]], *, chance: float) -> str:
    """Names down the left, each with a point and its interval: value, low, high; one scale for all charts."""
    low = min([_AUC_TICKS[0], *(row[2] for row in rows)]) - 0.01
    high = max([_AUC_TICKS[-1], *(row[3] for row in rows)])
    line, left, width = 30, 170, 640
    height = 54 + line * len(rows)
    scale = (width - left - 70) / (high - low)

    def at(value: float) -> float:
        return left + (value - low) * scale

    parts = []
    for tick in _AUC_TICKS:
        dash = 'stroke-dasharray="4 4" opacity="0.5"' if tick == chance else 'opacity="0.12"'
        parts += [
            f'<line x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="22" y2="{height - 20}" '
            f'stroke="currentColor" {dash}/>',
            text(at(tick), height - 5, f"{tick:g}", size=11),
        ]
    parts.append(text(at(chance), 14, "chance", size=11))
    for row, (name, value, under, over) in enumerate(rows):
        y = 40 + row * line
        parts += [
            text(left - 12, y + 4, name, anchor="end"),
            f'<line x1="{at(under):.1f}" x2="{at(over):.1f}" y1="{y}" y2="{y}" stroke="{COLOURS[0]}" '
            'stroke-width="3" opacity="0.4" stroke-linecap="round"/>',
            f'<circle cx="{at(value):.1f}" cy="{y}" r="5" fill="{COLOURS[0]}"/>',
            text(width - 8, y + 4, f"{value:.3f}", anchor="end"),
        ]
    return picture(title, width, height, "".join(parts))
