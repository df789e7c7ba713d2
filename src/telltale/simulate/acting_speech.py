"""A mouth that speaks: phrases of 3 to 7 syllables a second, with pauses, in shapes of the rig.

Shapes that belong to no unit (funnel, pucker, lips shut over an open jaw) carry the speech. What they do to
a unit is told in the unit's truth: the jaw counts towards unit 26, the gap of the lips is unit 25, and the
stretch of a spread vowel is unit 20 itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.acting_curves import Array, Bump

SHAPES: Final = (
    "jawOpen",
    "mouthFunnel",
    "mouthPucker",
    "mouthClose",
    "mouthLowerDown_L",
    "mouthLowerDown_R",
)
"""Shapes of the rig that speech moves."""

JAW_AT_FULL: Final = 0.35
"""Weight of `jawOpen` that is unit 26 at full intensity."""

_STRETCH: Final = ACTION_UNITS.index(20)
_VOWELS: Final = (
    {"jawOpen": 1.0, "mouthLowerDown": 0.25},
    {"jawOpen": 0.6, "mouthFunnel": 0.5},
    {"jawOpen": 0.3, "mouthPucker": 0.8, "mouthFunnel": 0.3},
    {"jawOpen": 0.35, "stretch": 0.6, "mouthLowerDown": 0.3},
    {"jawOpen": 0.65, "mouthLowerDown": 0.4},
)
"""Open, round, pursed, spread and middle vowels, in shares of the syllable's strength."""
_STRENGTH: Final = {
    "jawOpen": 0.16, "mouthFunnel": 0.45, "mouthPucker": 0.45, "mouthLowerDown": 0.35, "stretch": 0.2
}  # fmt: skip
"""Weight at strength 1: a jaw that is half of unit 26."""


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """How much is said."""

    speaks: float = 0.45
    """Share of clips in which the person speaks."""
    phrase_s: tuple[float, float] = (1.0, 4.0)
    pause_s: tuple[float, float] = (0.3, 2.5)


@dataclass(frozen=True, slots=True)
class Move:
    """One shape's part in one syllable."""

    shape: str
    bump: Bump
    height: float


@dataclass(frozen=True, slots=True)
class Speech:
    """All that is said in one clip."""

    phrases: tuple[tuple[float, float], ...]
    """Start and end of each, seconds."""
    moves: tuple[Move, ...]

    def speaking(self, times_s: Array) -> Array:
        """1 within a phrase, 0 outside. Shape (F,)."""
        inside = np.zeros(times_s.shape)
        for start, end in self.phrases:
            inside[(times_s >= start) & (times_s <= end)] = 1.0
        return inside

    def shapes(self, times_s: Array) -> dict[str, Array]:
        """Weight of each of `SHAPES` at each time. Shapes (F,)."""
        total = {name: np.zeros(times_s.shape) for name in SHAPES}
        for move in self._near(times_s):
            if move.shape == "mouthLowerDown":
                for side in "LR":
                    total[f"mouthLowerDown_{side}"] += move.height * move.bump.at(times_s)
            elif move.shape != "stretch":
                total[move.shape] += move.height * move.bump.at(times_s)
        # Lips cannot shut further than the jaw has opened.
        total["mouthClose"] = np.minimum(total["mouthClose"], total["jawOpen"])
        return total

    def units(self, times_s: Array) -> Array:
        """Unit 20 of spread vowels. Shape (F, 17, 2)."""
        total = np.zeros((len(times_s), len(ACTION_UNITS), 2))
        for move in self._near(times_s):
            if move.shape == "stretch":
                total[:, _STRETCH] += move.height * move.bump.at(times_s)[:, None]
        return total

    def _near(self, times_s: Array) -> list[Move]:
        first, last = float(times_s[0]), float(times_s[-1])
        return [move for move in self.moves if move.bump.end_s > first and move.bump.start_s < last]


def draw_speech(rng: np.random.Generator, settings: SpeechSettings, duration_s: float) -> Speech:
    """Phrases until the end of the clip, or silence."""
    if rng.random() >= settings.speaks:
        return Speech((), ())
    phrases: list[tuple[float, float]] = []
    moves: list[Move] = []
    loudness = rng.uniform(0.6, 1.2)
    now = rng.uniform(0.0, settings.pause_s[1])
    while now < duration_s:
        end = now + rng.uniform(*settings.phrase_s)
        spoken = list(_phrase(rng, now, end, loudness))
        phrases.append((now, max(move.bump.end_s for move in spoken)))
        moves += spoken
        now = phrases[-1][1] + rng.uniform(*settings.pause_s)
    return Speech(tuple(phrases), tuple(moves))


def _phrase(rng: np.random.Generator, start_s: float, end_s: float, loudness: float) -> list[Move]:
    moves: list[Move] = []
    pace_hz = rng.uniform(3.0, 7.0)
    now = start_s
    while now < end_s:
        length = rng.uniform(0.8, 1.25) / pace_hz
        strength = loudness * rng.uniform(0.35, 1.0)
        # Syllables run into each other: each begins before the one before has ended.
        whole = Bump(now, now + 0.5 * length, now + 0.7 * length, now + 1.4 * length)
        for shape, share in _VOWELS[rng.integers(len(_VOWELS))].items():
            moves.append(Move(shape, whole, share * strength * _STRENGTH[shape]))
        if rng.random() < 0.25:
            shut = Bump(now - 0.25 * length, now, now + 0.1 * length, now + 0.4 * length)
            moves.append(Move("mouthClose", shut, 0.1 * strength))
        now += length
    return moves
