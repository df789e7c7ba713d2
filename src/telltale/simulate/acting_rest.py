"""A face at rest is never quite still: blinks, a slow play of tension, this person's own rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.simulate.acting_curves import Array, Bump, Drift
from telltale.simulate.acting_events import BLINK


@dataclass(frozen=True, slots=True)
class RestSettings:
    """What a face does when it does nothing."""

    blinks_a_minute: tuple[float, float] = (12.0, 20.0)
    long_closures: float = 0.04
    """Share of blinks that last 0.5 to 2 s."""
    tonic: tuple[float, float] = (0.02, 0.08)
    """Height of the drift in a unit that drifts."""
    tonic_share: float = 0.4
    """Share of units that drift."""
    resting_offset: float = 0.3
    """Share of people whose rest holds one to three units a little."""


@dataclass(frozen=True, slots=True)
class Blink:
    """One closing of the eyes; a little more on one side, as most are."""

    bump: Bump
    left: float
    right: float


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What goes on under every expression."""

    blinks: tuple[Blink, ...]
    offset: Array
    """Shape (17, 2): held throughout."""
    heights: Array
    """Shape (17, 2): of the drift."""
    drifts: tuple[Drift, ...]
    """One for each unit."""

    def at(self, times_s: Array) -> Array:
        """Intensities at each time. Shape (F, 17, 2)."""
        waves = np.stack([drift.at(times_s) for drift in self.drifts], axis=1)
        total = self.offset + np.clip(0.5 + 0.4 * waves, 0, 1)[:, :, None] * self.heights
        for blink in self.blinks:
            total[:, BLINK] += blink.bump.at(times_s)[:, None] * (blink.left, blink.right)
        return np.clip(total, 0.0, 1.0)


def draw_rest(rng: np.random.Generator, settings: RestSettings, duration_s: float) -> Rest:
    """One person's rest in one clip."""
    count = len(ACTION_UNITS)
    heights = rng.uniform(*settings.tonic, size=(count, 1)) * rng.uniform(0.7, 1.0, size=(count, 2))
    heights[rng.random(count) >= settings.tonic_share] = 0.0
    heights[BLINK] = 0.0
    offset = np.zeros((count, 2))
    if rng.random() < settings.resting_offset:
        held = rng.choice(BLINK, size=rng.integers(1, 4), replace=False)
        offset[held] = rng.uniform(0.05, 0.2, size=(len(held), 1)) * rng.uniform(
            0.7, 1.0, size=(len(held), 2)
        )
    drifts = tuple(Drift.draw(rng, 0.03, 0.5) for _ in range(count))
    return Rest(_draw_blinks(rng, settings, duration_s), offset, heights, drifts)


def _draw_blinks(rng: np.random.Generator, settings: RestSettings, duration_s: float) -> tuple[Blink, ...]:
    mean_gap = 60.0 / rng.uniform(*settings.blinks_a_minute)
    blinks: list[Blink] = []
    now = rng.uniform(0, mean_gap)
    while now < duration_s:
        long = rng.random() < settings.long_closures
        length = rng.uniform(0.5, 2.0) if long else rng.uniform(0.15, 0.35)
        # Lids fall about twice as fast as they open.
        rise, fall = (0.1, 0.2) if long else (length * 0.32, length * 0.58)
        bump = Bump(now, now + rise, now + length - fall, now + length)
        depth = 1.0 if long or rng.random() < 0.85 else rng.uniform(0.4, 0.8)
        blinks.append(Blink(bump, depth * rng.uniform(0.92, 1.0), depth * rng.uniform(0.92, 1.0)))
        # The shortest gap and the rest drawn so that the mean is `mean_gap`.
        now += length + 0.3 + rng.exponential(max(mean_gap - length - 0.3, 0.1))
    return tuple(blinks)
