"""Micro-expressions magnified: what rises in the tenths of a second of one, as if it had been shown plainly.

A mean over half a second, which a lasting expression is read by, leaves nothing of what lasts a fifth of one.
Of a brief event the shape is read instead: how far each unit of the face rises above what it was just before
and after, from rows that are not smoothed, all stretched alike until the one that rises most stands at s:

    y_u = s max(0, r_u) / max over units of r
    r_u = highest in the event - mean of the `_BESIDE` rows before and after

Which expression it is, is asked of the shape stretched in full; whether it is any, of the same stretched to
where an expression is slight, since a small movement of noise is stretched as well. Head, gaze and lids that
stay shut are no part of it: they are taken for still.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from telltale.core.channels import RATE_HZ
from telltale.core.signal import Signal, Times, Values
from telltale.signs.coding_units import TOLD, UnitReadings, face_units
from telltale.signs.micro_macro import Event

IN_FULL: Final = 1.0
SLIGHT: Final = 0.35
_BESIDE: Final = 3
_LEAST_RISE: Final = 0.02
"""What rises by less is not stretched further."""
_SLACK_S: Final = 1e-6


def magnified(signal: Signal, events: Sequence[Event], stands: float) -> UnitReadings:
    """One row an event: what rose in it. Shape (events, U); NaN where hidden or unread.

    Parameters
    ----------
    stands
        What the unit that rises most reads.
    """
    face = face_units(signal)
    values = np.zeros((len(events), len(TOLD)), dtype=np.float32)
    for row, event in enumerate(events):
        values[row, : face.shape[1]] = stands * _shape(face, rows_of(signal.times_s, event))
    return UnitReadings(
        np.array([event.apex_s for event in events]), values, np.zeros(len(events), np.float32)
    )


def rows_of(times_s: Times, event: Event) -> slice:
    """The rows that lie in an event or reach over its ends."""
    ends = [event.onset_s + _SLACK_S, event.offset_s + 1 / RATE_HZ - _SLACK_S]
    first, stop = np.searchsorted(times_s, ends).tolist()
    return slice(first, stop)


def _shape(face: Values, rows: slice) -> Values:
    """Shape (16,): 1 for the unit that rises most."""
    beside = np.concatenate(
        [face[max(rows.start - _BESIDE, 0) : rows.start], face[rows.stop : rows.stop + _BESIDE]]
    )
    if rows.start >= rows.stop or not len(beside):
        return np.full(face.shape[1], np.nan, dtype=np.float32)
    low = np.where(np.isfinite(beside).any(axis=0), np.nan_to_num(beside).sum(axis=0), np.nan)
    low = low / np.maximum(np.isfinite(beside).sum(axis=0), 1)
    high = np.where(np.isfinite(face[rows]), face[rows], -np.inf).max(axis=0)
    rise = np.where(np.isfinite(high), np.maximum(high - low, 0), np.nan)
    most = max(float(np.nan_to_num(rise).max()), _LEAST_RISE)
    return (rise / most).astype(np.float32)
