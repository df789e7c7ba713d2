"""The expressions of the table, acted one after another with rest between, and never twice alike.

A row of `signs/expressions.toml` is a prototype; faces do not replay it. Each time one of its forms is drawn,
at an intensity of its own, each unit stronger or weaker than that, and in a third of the times a unit is
missing, in another third one is there that does not belong. The head and the closed eyes are acted too. The
tongue, pressed lips and the stretched mouth (19, 24, 27) are not: the rig has no unit of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.core.rng import stream
from telltale.signs.expressions import Expression, load_table
from telltale.simulate.acting_curves import Bump
from telltale.simulate.acting_events import BLINK, MICRO_S, Event, micro_bump
from telltale.simulate.acting_head import HeadAct

_AWAY: Final = 0
"""Stands for a gaze that turns away, among the numbers of units."""
_EYES_SHUT: Final = 43
_HEAD: Final = (52, 53, 54, 55, 56, 57)
_FACE: Final = frozenset(ACTION_UNITS) - {45}
_ONE_SIDED: Final = 14


@dataclass(frozen=True, slots=True)
class ExpressionSettings:
    """How expressions of the table are acted."""

    rest_first_s: float = 3.0
    each_s: float = 3.0
    """From one expression to the next, rest included."""
    intensity: tuple[float, float] = (0.3, 1.0)
    jitter: float = 0.3
    """Standard deviation of a unit's strength around the expression's, as a share."""
    missing: float = 1 / 3
    """Share of expressions that lack one of their units."""
    added: float = 1 / 3
    """Share of expressions in which a unit shows that does not belong."""
    published: int = 1
    """How often rows whose evidence is published come for each time that another comes."""
    brief: bool = False
    """Acted as micro-expressions: for 40 to 500 ms, by the face alone; head and gaze keep still."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownExpression:
    """One expression of the table as it is acted."""

    event: Event
    head: HeadAct


def draw_expressions(
    seed: int, settings: ExpressionSettings, duration_s: float
) -> tuple[ShownExpression, ...]:
    """The expressions of one clip.

    Rows are dealt from a shuffled deck, and clips whose seeds follow each other go on with one deck: a run of
    clips shows each row equally often.
    """
    rng = stream(seed, "acting", "expressions")
    count = int((duration_s - settings.rest_first_s) / settings.each_s)
    shown = []
    for number in range(max(count, 0)):
        start = settings.rest_first_s + number * settings.each_s
        row = _dealt(seed * count + number, settings.published)
        shown.append(_act(rng, row, start + rng.uniform(0.0, 0.3), settings))
    return tuple(shown)


def _dealt(card: int, published: int) -> Expression:
    rows = [row for row in load_table().expressions for _ in range(_times(row, published))]
    deck, place = divmod(card, len(rows))
    return rows[int(stream(deck, "acting", "deck").permutation(len(rows))[place])]


def _times(row: Expression, published: int) -> int:
    return published if row.evidence == "published" else 1


def _act(
    rng: np.random.Generator, row: Expression, start_s: float, settings: ExpressionSettings
) -> ShownExpression:
    forms = forms_of(row)
    form, either = forms[int(rng.integers(len(forms)))]
    meant = (*form, int(rng.choice(either))) if either else form
    playable = _FACE if settings.brief else _playable()
    acted = [number for number in meant if number in playable]
    changed = rng.random()
    if changed < settings.missing and len(acted) > 1:
        acted.remove(int(rng.choice(acted)))
    elif changed > 1 - settings.added:
        acted.append(int(rng.choice([n for n in ACTION_UNITS if n != 45 and n not in meant])))
    if row.gaze and not settings.brief:
        acted.append(_AWAY)
    strength = rng.uniform(*settings.intensity)
    share = {n: float(np.clip(rng.normal(1.0, settings.jitter), 0.3, 1.7)) for n in acted}
    bump = micro_bump(rng, start_s, rng.uniform(*MICRO_S)) if settings.brief else _bump(rng, start_s)
    event = Event(
        "micro" if settings.brief else "macro",
        bump,
        _weights(rng, {n: strength * s for n, s in share.items()}),
        expression=row.name,
        form="+".join(map(str, sorted(meant))),
        further="+".join("away" if n == _AWAY else str(n) for n in sorted(share) if n not in ACTION_UNITS),
    )
    return ShownExpression(event, _head(rng, bump, strength, share))


def _bump(rng: np.random.Generator, start_s: float) -> Bump:
    rise, hold, fall = rng.uniform(0.25, 0.5), rng.uniform(0.7, 1.5), rng.uniform(0.3, 0.5)
    return Bump(start_s, start_s + rise, start_s + rise + hold, start_s + rise + hold + fall)


@cache
def forms_of(row: Expression) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Units, and those of which one is there as well, of each form whose units are known.

    >>> forms_of(load_table()["confusion"])
    (((4, 7, 56), ()), ((4, 7), (55, 56)))
    """
    others = tuple((form.units, form.either) for form in row.other if form.units)
    return ((row.units, row.either), *others)


@cache
def _playable() -> frozenset[int]:
    return frozenset({*ACTION_UNITS, _EYES_SHUT, *_HEAD})


def _weights(rng: np.random.Generator, units: dict[int, float]) -> npt.NDArray[np.float64]:
    """Intensity of each unit, sides a little unequal; half of all dimples show on one side. Shape (17, 2)."""
    weights = np.zeros((len(ACTION_UNITS), 2))
    for number, strength in units.items():
        if number == _EYES_SHUT:
            weights[BLINK] = rng.uniform(0.9, 1.0)
        elif number in ACTION_UNITS:
            sides = rng.uniform(0.85, 1.0, 2)
            if number == _ONE_SIDED and rng.random() < 0.5:
                sides[rng.integers(2)] = 0.0
            weights[ACTION_UNITS.index(number)] = strength * sides
    return np.clip(weights, 0.0, 1.0)


def _head(rng: np.random.Generator, bump: Bump, strength: float, share: dict[int, float]) -> HeadAct:
    """What the head and the gaze do; even a slight expression turns the head by some degrees. Radians."""

    def size(number: int, least: float, most: float) -> float:
        return share[number] * (least + (most - least) * strength) if number in share else 0.0

    side = float(rng.choice((-1.0, 1.0)))
    yaw, pitch = -size(52, 0.2, 0.5), size(53, 0.12, 0.35) - size(54, 0.12, 0.35)
    return HeadAct(
        bump=bump,
        yaw=yaw,
        pitch=pitch,
        roll=size(55, 0.12, 0.3) - size(56, 0.12, 0.3),
        # The eyes stay on what they look at for a part of a turn, unless they look away on purpose.
        gaze_x=side * size(_AWAY, 0.25, 0.4) - 0.4 * yaw,
        gaze_y=-0.4 * pitch,
        scale=size(57, 0.1, 0.25),
    )
