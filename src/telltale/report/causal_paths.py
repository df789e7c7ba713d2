"""The picture of paths: a stream from a cause to an effect, one bed a chain, as wide as what it brings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Final

from telltale.causal.path_intervals import Band, SurePaths
from telltale.report.svg import COLOURS, fitted, picture, said, text, text_width

_RAISES, _LOWERS, _REST = COLOURS[0], COLOURS[1], COLOURS[5]
_LABEL: Final = 24
"""Over each bed, for its numbers."""
_BETWEEN: Final = 12
_TOP: Final = 8
_FOOT: Final = 40
_STREAM: Final = 96.0
"""Pixels of all chains beside each other."""
_THINNEST: Final = 2.0
_FAN: Final = 84
_NODE: Final = 26
_GAP: Final = 26
_WIDEST_NAME: Final = 170
_END: Final = 138
"""The nodes at both ends at least: an interval stands under them."""
_LEAST: Final = 0.005
"""Share of the whole below which what the listed chains leave is not drawn."""


@dataclass(frozen=True, slots=True)
class _Bed:
    """One chain on its way to be drawn."""

    through: tuple[str, ...]
    value: float
    low: float
    high: float
    width: float
    rest: bool = False

    @property
    def certain(self) -> bool:
        return not self.low <= 0 <= self.high

    @property
    def colour(self) -> str:
        return _RAISES if self.value >= 0 else _LOWERS

    @property
    def tall(self) -> float:
        """Pixels of its nodes, or of the bed alone."""
        return max(_NODE, self.width + 6) if self.nodes else self.width

    @property
    def nodes(self) -> tuple[str, ...]:
        """The factors that are drawn on it."""
        return () if self.rest else self.through

    @property
    def numbers(self) -> str:
        """Value and interval, with what it is where no factor says so."""
        words = "all other chains " if self.rest else "" if self.through else "directly "
        between = _between(self.low, self.high)
        return f"{words}{self.value:+.3f}" + (f" ({between})" if between else "")


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things stand, pixels."""

    cause: float
    """Width of its node; that of the effect follows."""
    effect: float
    width: float
    height: float
    rows: tuple[float, ...]
    """The middle of each bed."""

    @property
    def start(self) -> float:
        """Where chains run straight."""
        return self.cause + _FAN

    @property
    def stop(self) -> float:
        return self.width - self.effect - _FAN

    @property
    def middle(self) -> float:
        """Of all beds together."""
        return (self.height - _FOOT) / 2


def paths_figure(
    found: SurePaths, *, seconds: float, step: int = -1, note: str = "", switch: bool = False
) -> str:
    """The strongest chains from a cause to an effect.

    Parameters
    ----------
    seconds
        How long after the push, for the words.
    step
        The step that is drawn; the last when not given.
    note
        Words at the foot, such as that the data are simulated.
    switch
        Whether the cause is moved from 0 to 1, not by one standard deviation.
    """
    beds = _beds(found, step)
    paths = found.paths
    title = f"Through what {said(paths.cause)} moves {said(paths.effect)}"
    if not beds:
        words = f"No way was found from {said(paths.cause)} to {said(paths.effect)}."
        return picture(title, 640, 60, text(320, 34, words, size=13))
    frame = _frame(found, beds)
    heights = sum(bed.width for bed in beds)
    top = frame.middle - heights / 2
    parts = []
    for bed, row in zip(beds, frame.rows, strict=True):
        parts.append(_bed(frame, bed, row, top + bed.width / 2))
        top += bed.width
    when = "in one step" if paths.push == "pulse" else "from then on"
    whole = f"{paths.total[step]:+.3f} SD"
    parts += [
        _end(frame, 0, frame.cause, heights, paths.cause, ("0 to 1" if switch else "+1 SD", when)),
        _end(
            frame, frame.width - frame.effect, frame.effect, heights, paths.effect,
            (whole, _between(found.total.low[step], found.total.high[step]), f"after {seconds:g} s"),
        ),
        _legend(frame, beds),
        text(frame.width - 2, frame.height - 10, note, anchor="end", size=11, more='font-style="italic"'),
    ]  # fmt: skip
    return picture(title, frame.width, frame.height, "".join(parts))


def _beds(found: SurePaths, step: int) -> list[_Bed]:
    paths = found.paths
    every: list[tuple[tuple[str, ...], float, Band, bool]] = [
        (chain.factors[1:-1], float(chain.response[step]), band, False)
        for chain, band in zip(paths.chains, found.chains, strict=True)
    ]
    other = float(paths.other_chains[step])
    size = sum(abs(value) for _, value, _, _ in every) + abs(other)
    if size == 0:
        return []
    if abs(other) > _LEAST * size:
        every.append(((), other, found.other_chains, True))
    return [
        _Bed(through, value, float(band.low[step]), float(band.high[step]),
             max(_STREAM * abs(value) / size, _THINNEST), rest)
        for through, value, band, rest in every
    ]  # fmt: skip


def _frame(found: SurePaths, beds: list[_Bed]) -> _Frame:
    """As wide as the longest chain needs, as high as all of them."""
    cause, effect = (
        min(max(text_width(said(name), 13) + 24, _END), _WIDEST_NAME)
        for name in (found.paths.cause, found.paths.effect)
    )
    widest = max(
        max(sum(_node_width(name) + _GAP for name in bed.nodes) + _GAP, text_width(bed.numbers, 12))
        for bed in beds
    )
    y, rows = float(_TOP), []
    for bed in beds:
        rows.append(y + _LABEL + bed.tall / 2)
        y += _LABEL + bed.tall + _BETWEEN
    width = max(760.0, cause + effect + 2 * _FAN + widest)
    # Words under the nodes at both ends want their room, however few the chains.
    return _Frame(cause, effect, width, max(y, _STREAM + 130) + _FOOT, tuple(rows))


def _node_width(name: str) -> float:
    return min(text_width(said(name), 12) + 12, _WIDEST_NAME)


def _bed(frame: _Frame, bed: _Bed, row: float, at: float) -> str:
    """From the cause's side, out to its row, node after node, and back to the effect's."""
    stops, half = _stops(frame, bed), bed.width / 2
    right, middle = frame.width - frame.effect, (frame.start + frame.stop) / 2
    first, last = (stops[0][0], stops[-1][1]) if stops else (middle, middle)
    between = [(one[1], other[0]) for one, other in pairwise(stops)]
    flow = [_wing(frame.cause, at, frame.start, row, first, half)]
    flow += [f"M{x:.1f} {row - half:.1f} H{z:.1f} V{row + half:.1f} H{x:.1f} Z" for x, z in between]
    flow.append(_wing(right, at, frame.stop, row, last, half))
    pale = bed.rest or not bed.certain
    drawn = f'<path d="{" ".join(flow)}" fill="{bed.colour}" fill-opacity="{0.2 if pale else 0.4}"/>'
    if not bed.certain:
        thread = [_wing(frame.cause, at, frame.start, row, first), _wing(right, at, frame.stop, row, last)]
        thread += [f"M{x:.1f} {row:.1f} H{z:.1f}" for x, z in between]
        drawn += f'<path d="{" ".join(thread)}" fill="none" stroke="{bed.colour}" stroke-dasharray="5 4"/>'
    numbers = text(middle, row - bed.tall / 2 - 7, bed.numbers, size=12, more='font-weight="600"')
    return drawn + _nodes(bed, row, stops) + numbers


def _wing(x: float, y: float, bend: float, row: float, stop: float, half: float = 0.0) -> str:
    """What leaves (x, y), bends to a row and follows it to where it stops; a line where it has no width."""
    a = (x + bend) / 2

    def out(by: float) -> str:
        at, to = y + by, row + by
        return f"M{x:.1f} {at:.1f} C{a:.1f} {at:.1f} {a:.1f} {to:.1f} {bend:.1f} {to:.1f} H{stop:.1f}"

    if not half:
        return out(0.0)
    at, to = y + half, row + half
    return f"{out(-half)} V{to:.1f} H{bend:.1f} C{a:.1f} {to:.1f} {a:.1f} {at:.1f} {x:.1f} {at:.1f} Z"


def _stops(frame: _Frame, bed: _Bed) -> list[tuple[float, float]]:
    """Where each node begins and ends, evenly along the straight."""
    widths = [_node_width(name) for name in bed.nodes]
    gap = (frame.stop - frame.start - sum(widths)) / (len(widths) + 1)
    begins = [frame.start + gap * (k + 1) + sum(widths[:k]) for k in range(len(widths))]
    return [(x, x + width) for x, width in zip(begins, widths, strict=True)]


def _nodes(bed: _Bed, row: float, stops: list[tuple[float, float]]) -> str:
    parts = []
    for name, (x, end) in zip(bed.nodes, stops, strict=True):
        parts.append(
            f'<rect x="{x:.1f}" y="{row - bed.tall / 2:.1f}" width="{end - x:.1f}" height="{bed.tall:.1f}" '
            f'rx="6" fill="{bed.colour}" fill-opacity="0.16" stroke="{bed.colour}" stroke-opacity="0.7"/>'
            + fitted((x + end) / 2, row + 4, said(name), end - x - 8)
        )
    return "".join(parts)


def _end(frame: _Frame, x: float, width: float, heights: float, name: str, under: tuple[str, ...]) -> str:
    """The node of the cause or of the effect, with words under it."""
    middle, height = frame.middle, max(heights, 40)
    parts = [
        f'<rect x="{x + 1:.1f}" y="{middle - height / 2:.1f}" width="{width - 2:.1f}" '
        f'height="{height:.1f}" rx="8" '
        'fill="currentColor" fill-opacity="0.08" stroke="currentColor" stroke-opacity="0.5"/>',
        fitted(x + width / 2, middle + 5, said(name), width - 12, size=13, more='font-weight="600"'),
    ]
    for line, words in enumerate(under):
        y = middle + height / 2 + 18 + 16 * line
        parts.append(text(x + width / 2, y, words, size=12, more="" if line else 'font-weight="600"'))
    return "".join(parts)


def _legend(frame: _Frame, beds: list[_Bed]) -> str:
    """Only what is there."""
    told = [(_RAISES, "raises", any(bed.value >= 0 for bed in beds)),
            (_LOWERS, "lowers", any(bed.value < 0 for bed in beds))]  # fmt: skip
    x, y, parts = 2.0, frame.height - 10, []
    for colour, words, there in told:
        if there:
            parts.append(
                f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="16" height="10" rx="2" fill="{colour}" '
                f'fill-opacity="0.5"/>' + text(x + 22, y, words, anchor="start", size=11)
            )
            x += 22 + text_width(words, 11) + 14
    words = "width: how much a chain brings, in standard deviations (SD)"
    if not all(bed.certain for bed in beds):
        words += "; dashed: may be nothing"
    parts.append(text(x, y, words, anchor="start", size=11, more='opacity="0.75"'))
    return "".join(parts)


def _between(low: float, high: float) -> str:
    """An interval in words; none where there is none."""
    return f"{low:.3f} to {high:.3f}" if isfinite(low) and isfinite(high) else ""
