"""Clips in which it is known what is shown when: what a coder of expressions is fitted on and held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.core.signal import Signal
from telltale.signs.coding_units import AWAY
from telltale.signs.micro_macro import Event, Kind

Rows = npt.NDArray[np.bool_]

APART_S = 0.5
"""From an expression's begin or end to a row that counts as rest."""


@dataclass(frozen=True, slots=True)
class Acted:
    """One expression as it was shown."""

    expression: str
    onset_s: float
    apex_s: float
    offset_s: float
    units: tuple[int, ...]
    """What showed, by FACS number, `AWAY` for the gaze: units may lack or have come beside the prototype."""
    form: tuple[int, ...]
    """FACS numbers of the form that was meant."""
    kind: Kind = "macro"

    def middle(self, signal: Signal) -> Rows:
        """The rows around its apex, half of its length. Shape (T,)."""
        return np.abs(signal.times_s - self.apex_s) <= (self.offset_s - self.onset_s) / 4


@dataclass(frozen=True, slots=True, eq=False)
class ActedClip:
    """One face, as it was read and as it truly moved."""

    name: str
    read: Signal
    true: Signal
    """On the same rows."""
    acted: tuple[Acted, ...]
    speaking: Rows
    """Shape (T,)."""
    maker: str
    """Of the face's look."""
    spotted: tuple[Event, ...] = ()
    """Facial events that were found in what was read."""

    @property
    def at_rest(self) -> Rows:
        """Rows in which no expression is shown, whether or not the face speaks. Shape (T,)."""
        rest = np.ones(len(self.read), dtype=bool)
        for one in self.acted:
            near = self.read.times_s > one.onset_s - APART_S
            rest &= ~(near & (self.read.times_s < one.offset_s + APART_S))
        return rest


def acted_units(units: str, further: str) -> tuple[int, ...]:
    """Units of an event as a rendered clip tells them.

    >>> acted_units("4+14L+45", "43+54+away")
    (4, 14, 43, 54, 0)
    """
    face = [int(part.rstrip("LR")) for part in units.split("+") if part]
    more = [AWAY if part == "away" else int(part) for part in further.split("+") if part]
    return (*(n for n in face if n != 45), *more)


def refuse_unless_shown(clips: Sequence[ActedClip]) -> None:
    """Clips in which nothing is shown can teach nothing and try nothing."""
    if not any(clip.acted for clip in clips):
        raise FormatError(
            "no expression is shown in these clips", hint="render some with --preset expressions"
        )
