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
