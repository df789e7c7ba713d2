"""How large something is, in words: a value with the unit in which it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from telltale.effects.design import OutcomeKind, Unit

Size = Callable[[float], str]
"""An effect in words, with its unit."""
Told = OutcomeKind | Literal["events"]
"""How values of an outcome are told; "events" is how often something came, counted per viewer."""

_POINTS: Final = " percentage points"
_HUNDRED: Final = " per 100 viewers"


def size_words(value: float, kind: OutcomeKind, spread: float) -> str:
    """In the outcome's unit with its standard deviations, or in percentage points.

    >>> size_words(0.1, "binary", 0.3), size_words(0.1, "continuous", 0.3)
    ('10 percentage points', '0.1 (0.33 SD)')
    """
    if kind == "binary":
        return f"{100 * value:.2g}{_POINTS}"
    return f"{value:.3g} ({value / spread:.2g} SD)" if spread > 0 else f"{value:.3g}"


def hundred_words(value: float) -> str:
    """So many times per viewer, of a hundred viewers: of few events nobody counts parts.

    >>> hundred_words(0.0314)
    '3.1 per 100 viewers'
    """
    return f"{100 * value:.2g}{_HUNDRED}"


def told_words(value: float, told: Told) -> str:
    """In the unit it is told in, without its standard deviations.

    >>> told_words(0.0314, "events"), told_words(0.0314, "continuous")
    ('3.1 per 100 viewers', '0.0314')
    """
    return hundred_words(value) if told == "events" else size_words(value, told, 0.0)


def plain_words(value: float) -> str:
    """In the outcome's own unit.

    >>> plain_words(0.03142)
    '0.0314'
    """
    return f"{value:.3g}"


def from_to(low: float, high: float, size: Size) -> str:
    """Both ends; a unit that both have is told once.

    >>> from_to(-0.01, 0.0314, hundred_words)
    '-1 to 3.1 per 100 viewers'
    """
    first, last = size(low), size(high)
    for unit in (_POINTS, _HUNDRED):
        if last.endswith(unit):
            first = first.removesuffix(unit)
    return f"{first} to {last}"


def scale_of(told: Told) -> float:
    """What values are told times."""
    return 100.0 if told in ("binary", "events") else 1.0


def unit_words(told: Told) -> str:
    """The unit of an axis or a column of effects.

    >>> unit_words("binary"), unit_words("events"), unit_words("count")
    ('percentage points', 'per 100 viewers', 'in its own unit')
    """
    if told == "events":
        return _HUNDRED.strip()
    return _POINTS.strip() if told == "binary" else "in its own unit"


def held_unit(kind: OutcomeKind, unit: Unit) -> str:
    """The unit of values as a result holds them, whatever they are told in.

    >>> held_unit("binary", "viewer"), held_unit("count", "viewer")
    ('share of viewers', 'its own')
    """
    return f"share of {unit}s" if kind == "binary" else "its own"
