"""A broadcast recorded in parts: each goes beside those that are there, as long as no time is told twice.

A step that ends at t tells of (t - length, t], a part of (start, stop]. Where two parts meet, each has a row
that holds a picture or two, and their grids seldom agree: what they share there is no time told twice, and
the rows that are there stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale import __version__
from telltale.core import channels
from telltale.core.signal import Signal

Array = npt.NDArray[np.float64]

ROW_S: Final = 1.0 / channels.RATE_HZ
"""What one row of a signal pools, in seconds."""
_STEP: Final = 0.9
"""Share of a step that is taken for all of it."""
SEAM_S: Final = 2 * ROW_S
"""Where parts meet they share less than this: a row on either side."""
_GAP_S: Final = 1.0
"""A longer time of which nothing is told parts two stretches; `telltale study check` tells of such gaps."""
_MOST_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, seconds from the broadcast's start."""

    start_s: float
    stop_s: float

    def __str__(self) -> str:
        """
        >>> str(Span(600.0, 1234.56))
        '600.0 to 1234.6 s'
        """
        return f"{self.start_s:.1f} to {self.stop_s:.1f} s"


def span_of(times_s: Array) -> Span:
    """What rows of a signal tell of, from the first to the last, shape (T,); no time where there is none."""
    return Span(float(times_s[0]), float(times_s[-1])) if len(times_s) else Span(0.0, 0.0)


def told_twice(ends_s: Array, length_s: float, part: Span) -> Span | None:
    """What a part tells that is told already; None where that is less than one step, or no more than a seam.

    Parameters
    ----------
    ends_s
        Ends of the steps that are there, shape (steps,), in any order.

    >>> told_twice(np.array([1.0, 2.0, 3.0, 9.0]), 1.0, Span(1.0, 2.4))
    Span(start_s=1.0, stop_s=2.4)
    >>> told_twice(np.array([1.0, 2.0, 3.0, 9.0]), 1.0, Span(2.8, 8.0)) is None
    True
    """
    starts, stops = np.maximum(ends_s - length_s, part.start_s), np.minimum(ends_s, part.stop_s)
    shared = stops > starts
    if (stops - starts)[shared].sum() < max(_STEP * length_s, SEAM_S - 0.1 * ROW_S):
        return None
    return Span(float(starts[shared].min()), float(stops[shared].max()))


def stretches_over(times_s: Array, step_s: float, span: Span) -> tuple[Span, ...]:
    """The whole stretches that are there, of those that a span lies on.

    Parameters
    ----------
    times_s
        Rows of a signal or ends of steps, shape (steps,), in any order.
    step_s
        How far a stretch reaches back from its first time.

    >>> there = np.concatenate([np.arange(0, 9), np.arange(600, 615), np.arange(700, 720)])
    >>> stretches_over(there, 0.0, Span(605.0, 619.0))
    (Span(start_s=600.0, stop_s=614.0),)
    """
    if not len(times_s):
        return ()
    ordered = np.sort(times_s)
    # A hair of slack, for times that were written as decimals.
    breaks = np.flatnonzero(np.diff(ordered) > step_s + _GAP_S + 1e-6)
    firsts, lasts = ordered[np.append(0, breaks + 1)], ordered[np.append(breaks, len(ordered) - 1)]
    whole = (Span(float(a - step_s), float(b)) for a, b in zip(firsts, lasts, strict=True))
    return tuple(one for one in whole if one.start_s <= span.stop_s and one.stop_s >= span.start_s)


def say_stretches(stretches: tuple[Span, ...]) -> str:
    """The first few of them.

    >>> say_stretches(tuple(Span(float(k), k + 0.5) for k in (0, 3, 6, 9, 12)))
    '0.0 to 0.5 s, 3.0 to 3.5 s, 6.0 to 6.5 s and 2 more stretches'
    """
    *first, last = [str(one) for one in stretches[:_MOST_SAID]]
    if (more := len(stretches) - _MOST_SAID) > 0:
        first, last = [*first, last], f"{more} more stretch{'es' * (more > 1)}"
    return f"{', '.join(first)} and {last}" if first else last


def with_part(held: Signal, part: Signal) -> Signal:
    """A host's signal with a further part of the broadcast, of which nothing is told twice.

    Steps that made the part stand under the one that appended it.

    >>> from telltale.core.signal import unread_rows
    >>> first = Signal(np.arange(3) / 10, unread_rows(3))
    >>> with_part(first, first.shifted(0.2)).times_s.round(3).tolist()
    [0.0, 0.1, 0.2, 0.3, 0.4]
    """
    span = span_of(part.times_s)
    around = np.concatenate([[-np.inf], held.times_s, [np.inf]])
    after = np.searchsorted(around, part.times_s)
    apart_s = np.minimum(part.times_s - around[after - 1], around[after] - part.times_s)
    new = apart_s > ROW_S / 2 + 1e-6
    times_s = np.concatenate([held.times_s, part.times_s[new]])
    order = np.argsort(times_s)
    provenance = held.provenance.then(
        "append",
        software=f"telltale {__version__}",
        start_s=round(span.start_s, 3),
        stop_s=round(span.stop_s, 3),
        face=part.face,
        steps=json.loads(part.provenance.to_json()),
    )
    values = np.concatenate([held.values, part.values[new]])[order]
    return replace(held, times_s=times_s[order], values=values, provenance=provenance)
