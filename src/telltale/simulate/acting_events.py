"""Expressions as events: which units move, on which side, how far, from when to when.

Macro-expressions take 0.5 to 4 s and may be held for longer; micro-expressions take 40 to 500 ms. What is
planted here is what the table of events says: times and peaks are those of the curve itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.signs.expressions import load_table
from telltale.simulate.acting_curves import Array, Bump

Kind = Literal["micro", "macro"]
Side = Literal["both", "left", "right"]

BLINK: Final = ACTION_UNITS.index(45)
_EXPRESSIVE: Final = tuple(i for i in range(len(ACTION_UNITS)) if i != BLINK)
MICRO_PEAK: Final = (0.1, 0.4)
MICRO_S: Final = (0.04, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One expression."""

    kind: Kind
    bump: Bump
    weights: npt.NDArray[np.float64]
    """Shape (17, 2): intensity of each unit, left and right, at the apex."""
    expression: str = ""
    """The row of the table of expressions that is acted, if one is."""
    form: str = ""
    """FACS numbers of the form of it that is meant, before any was left out or added."""
    further: str = ""
    """What is acted beside the 17: the eyes kept shut, the head, a gaze that goes `away`."""

    @property
    def peak(self) -> float:
        """The highest intensity of any of its units."""
        return float(self.weights.max())

    @property
    def side(self) -> Side:
        """Where it shows; `both` where any of its units is on both sides."""
        left, right = (bool(side.any()) for side in self.weights.T)
        return "both" if left and right else "left" if left else "right"

    @property
    def units(self) -> str:
        """FACS numbers, with the side of a one-sided unit.

        >>> weights = np.zeros((17, 2))
        >>> weights[4], weights[8, 0] = 0.3, 0.2
        >>> Event("micro", Bump(0, 0.1, 0.1, 0.2), weights).units
        '6+12L'
        """
        names = []
        for number, (left, right) in zip(ACTION_UNITS, self.weights, strict=True):
            if left or right:
                names.append(f"{number}{'' if left and right else 'L' if left else 'R'}")
        return "+".join(names)

    @property
    def apex_s(self) -> float:
        """The middle of the plateau."""
        return (self.bump.top_s + self.bump.leave_s) / 2

    def at(self, times_s: Array) -> Array:
        """Intensities at each time. Shape (F, 17, 2)."""
        return self.bump.at(times_s)[:, None, None] * self.weights


@dataclass(frozen=True, slots=True)
class EventSettings:
    """How often expressions come."""

    macro_gap_s: tuple[float, float] | None = (0.4, 4.0)
    """Rest between two macro-expressions; None for a face that shows none."""
    micro_gap_s: tuple[float, float] | None = (0.3, 3.0)
    """From one try at a micro-expression to the next (those that meet a macro-expression are left out)."""
    macro_peak: tuple[float, float] = (0.1, 1.0)
    """Intensity of the strongest unit of a macro-expression."""
    rest_first_s: tuple[float, float] = (0.0, 0.0)
    """Rest before the first expression."""
    starts_smiling: float = 0.1
    """Share of clips that open with a smile already on the face."""
    one_sided: float = 0.2
    """Share of expressions that show on one side only."""
    voices: int = 1
    """Macro-expressions run in this many strands that know nothing of each other: more than one teaches units
    apart from the company they keep, and is no acting that one would meet."""


def draw_events(rng: np.random.Generator, settings: EventSettings, duration_s: float) -> tuple[Event, ...]:
    """The expressions of one clip, by onset. With one voice those of one kind never overlap, nor does a
    micro-expression ever overlap a macro-expression, so that each can be told apart in the truth."""
    units = _decks(rng)
    first_s = rng.uniform(*settings.rest_first_s) if settings.rest_first_s[1] > 0 else 0.0
    voices = range(settings.voices)
    macros = [event for _ in voices for event in _macros(rng, settings, first_s, duration_s, units)]
    taken = [event.bump for event in macros]
    micros = list(_micros(rng, settings, first_s, duration_s, units, taken))
    return tuple(sorted([*macros, *micros], key=lambda event: event.bump.start_s))


def _decks(rng: np.random.Generator) -> Iterator[int]:
    """Units without end, each once before any comes again: rare units get as much time as a smile."""
    while True:
        yield from rng.permutation(_EXPRESSIVE).tolist()


def _macros(
    rng: np.random.Generator,
    settings: EventSettings,
    first_s: float,
    duration_s: float,
    units: Iterator[int],
) -> Iterator[Event]:
    if settings.macro_gap_s is None:
        return
    now = first_s + rng.uniform(0.2, 0.2 + settings.macro_gap_s[1])
    if rng.random() < settings.starts_smiling:
        smile = _weights(rng, [4, 8], rng.uniform(0.3, 0.8), 0.0)
        end = rng.uniform(1.5, 5.0)
        yield Event("macro", Bump(-2.0, -1.0, end, end + rng.uniform(0.4, 1.2)), smile)
        now += end + 1.2
    while now < duration_s - 0.5:
        bump = _macro_bump(rng, now)
        yield Event(
            "macro",
            bump,
            _weights(rng, _macro_units(rng, units), rng.uniform(*settings.macro_peak), settings.one_sided),
        )
        now = bump.end_s + rng.uniform(*settings.macro_gap_s)


def _macro_bump(rng: np.random.Generator, start_s: float) -> Bump:
    """0.5 to 4 s in all; one in eight is held for 3 to 8 s."""
    if rng.random() < 0.125:
        rise, hold, fall = rng.uniform(0.2, 0.8), rng.uniform(3.0, 8.0), rng.uniform(0.3, 1.2)
    else:
        whole = rng.uniform(0.5, 4.0)
        rise, fall = whole * rng.uniform(0.15, 0.4), whole * rng.uniform(0.2, 0.45)
        hold = whole - rise - fall
    top = start_s + rise
    return Bump(start_s, top, top + hold, top + hold + fall)


def _micros(
    rng: np.random.Generator,
    settings: EventSettings,
    first_s: float,
    duration_s: float,
    units: Iterator[int],
    taken: list[Bump],
) -> Iterator[Event]:
    if settings.micro_gap_s is None:
        return
    end = first_s
    # A tenth of a second of rest on either side keeps onset and offset visible in the truth.
    while (start := end + rng.uniform(*settings.micro_gap_s)) < duration_s - MICRO_S[1] - 0.1:
        length = rng.uniform(*MICRO_S)
        end = start + length
        if any(bump.start_s - 0.1 < end and start < bump.end_s + 0.1 for bump in taken):
            continue
        bump = micro_bump(rng, start, length)
        chosen = [next(units)] if rng.random() < 0.6 else list(_small_combination(rng))
        weights = _weights(rng, chosen, rng.uniform(*MICRO_PEAK), settings.one_sided)
        yield Event("micro", bump, weights)


def micro_bump(rng: np.random.Generator, start_s: float, length_s: float) -> Bump:
    """A micro-expression's rise, moment at the top, and fall."""
    top_s = start_s + length_s * rng.uniform(0.35, 0.5)
    return Bump(start_s, top_s, top_s + length_s * rng.uniform(0.0, 0.2), start_s + length_s)


def _macro_units(rng: np.random.Generator, units: Iterator[int]) -> list[int]:
    draw = rng.random()
    if draw < 0.5:
        return [next(units)]
    if draw < 0.7:
        return [next(units), next(units)]
    return list(_combinations()[rng.integers(len(_combinations()))])


def _small_combination(rng: np.random.Generator) -> tuple[int, ...]:
    """Units that go together, at most three."""
    whole = _combinations()[rng.integers(len(_combinations()))]
    few = rng.permutation(whole)[: rng.integers(2, 4)]
    return tuple(sorted(few.tolist()))


@cache
def _combinations() -> tuple[tuple[int, ...], ...]:
    """Prototypes of at least two units, as rows of the 17."""
    found = []
    for expression in load_table().expressions:
        forms = (expression.units, *(form.units for form in expression.other))
        for form in forms:
            rows = tuple(ACTION_UNITS.index(n) for n in form if n in ACTION_UNITS and n != 45)
            if len(rows) > 1:
                found.append(rows)
    return tuple(dict.fromkeys(found))


def _weights(
    rng: np.random.Generator, rows: list[int], peak: float, one_sided: float
) -> npt.NDArray[np.float64]:
    """The strongest unit at `peak` on its stronger side, the others below it, sides a little unequal.

    Returns
    -------
    Shape (17, 2).
    """
    weights = np.zeros((len(ACTION_UNITS), 2))
    rows = sorted(set(rows))
    share = rng.uniform(0.5, 1.0, size=len(rows))
    weights[rows] = share[:, None] * rng.uniform(0.75, 1.0, size=(len(rows), 2))
    if rng.random() < one_sided:
        weights[:, rng.integers(2)] = 0.0
    weights *= peak / weights.max()
    return weights
