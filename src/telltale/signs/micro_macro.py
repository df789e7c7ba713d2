"""Facial events: a stretch in which units rose and fell, and whether it was a micro- or a macro-expression.

The purchase paper speaks of 40 - 200 ms; the spotting literature counts up to 500 ms as micro, and so do we.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError

Side = Literal["left", "right"]
EventSide = Literal["left", "right", "both"]
Kind = Literal["micro", "macro"]

MICRO_S: Final = 0.5
"""The longest micro-expression."""

MovedUnit = tuple[int, Side]
"""FACS number and the subject's side."""


@dataclass(frozen=True, slots=True)
class Event:
    """One facial event, on the clock of the recording."""

    onset_s: float
    apex_s: float
    offset_s: float
    units: tuple[MovedUnit, ...]
    """What moved, by unit, left before right."""
    peak: float
    """Greatest intensity above the level before and after, of the unit that moved most."""
    confidence: float
    """0 to 1: how far it stands out of this face's own noise; at 0.5 just enough to be told."""

    @property
    def duration_s(self) -> float:
        """From onset to offset."""
        return self.offset_s - self.onset_s

    @property
    def kind(self) -> Kind:
        """
        >>> Event(1.0, 1.05, 1.1, ((12, "left"),), 0.2, 0.8).kind
        'micro'
        """
        return kind_of(self.duration_s)

    @property
    def side(self) -> EventSide:
        """The one side on which all of it lay, or both."""
        sides = {side for _, side in self.units}
        return next(iter(sides)) if len(sides) == 1 else "both"

    @property
    def numbers(self) -> tuple[int, ...]:
        """FACS numbers of its units, each once."""
        return tuple(dict.fromkeys(number for number, _ in self.units))


def kind_of(duration_s: float) -> Kind:
    """Micro or macro, by the length alone."""
    return "micro" if duration_s <= MICRO_S else "macro"


def in_order(units: Iterable[MovedUnit]) -> tuple[MovedUnit, ...]:
    """Units by number, left before right, each once."""
    return tuple(sorted(set(units)))


def write_units(units: Iterable[MovedUnit]) -> str:
    """
    >>> write_units(((12, "left"), (12, "right"), (6, "left")))
    '12L+12R+6L'
    """
    return "+".join(f"{number}{'L' if side == 'left' else 'R'}" for number, side in units)


def read_units(text: str) -> tuple[MovedUnit, ...]:
    """
    >>> read_units("12L+12R+6L")
    ((12, 'left'), (12, 'right'), (6, 'left'))
    >>> read_units("12L+13R")
    Traceback (most recent call last):
    telltale.core.errors.FormatError: '13R' is no unit with a side: write them as in 12L+12R+6L
    """
    units: list[MovedUnit] = []
    for part in text.split("+"):
        match = re.fullmatch(r"(\d+)([LR])", part)
        if match is None or int(match[1]) not in ACTION_UNITS:
            raise FormatError(f"{part!r} is no unit with a side", hint="write them as in 12L+12R+6L")
        units.append((int(match[1]), "left" if match[2] == "L" else "right"))
    return tuple(units)
