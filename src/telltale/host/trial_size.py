"""How long a trial in one's own rooms must run: blocks of a broadcast, two by two, a coin for each pair.

In one block of a pair the expression is let show, in the other all is as usual; the first minutes of each
block are not counted, so that what came of the block before has gone. With Y of T sales of a pair in the
block with it, and e its share of the pair's viewer-minutes, the trial asks whether sum (Y - e T) differs
from 0. Broadcasts, hosts, hours and slow tides fall out, for they are the pair's. How noisy that is, is
measured, not assumed:

    phi = sum (Y - e T)^2 / sum e (1 - e) T        over pairs of blocks of the study as it is

(1 if sales came by chance alone, more as they bunch). For a ratio r and m sales a block as usual, the log
of the ratio has variance phi (1 + r) / (n m r) after n pairs, so that

    n = phi (1 + r) (z_(1 - level / 2) + z_power)^2 / (m r log(r)^2) + z_(1 - level / 2)^2 / 2

the last for t in place of z (Guenther 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize, stats

from telltale.core.errors import FormatError
from telltale.host.points import HostPoints
from telltale.host.shown import Array

COUNTED_S: Final = 480.0
SKIPPED_S: Final = 120.0
"""As far as lags reach."""
POWER: Final = 0.8
LEVEL: Final = 0.05
LEAST_PAIRS: Final = 8
"""Fewer pairs do not tell how noisy they are."""


@dataclass(frozen=True, slots=True)
class BlockNoise:
    """What blocks of a study as it is are like."""

    outcome: str
    block_s: float
    skipped_s: float
    """Of each block, at its beginning."""
    pairs: int
    """From which the rest was measured."""
    mean: float
    """Counted in a block."""
    phi: float
    """Noise, as a multiple of chance alone; 1 at least."""
    pairs_a_broadcast: float


@dataclass(frozen=True, slots=True)
class TrialSize:
    """How much it takes."""

    ratio: float
    blocks: int
    broadcasts: int
    """Of the study's usual length."""


def block_noise(points: HostPoints, outcome: str) -> BlockNoise:
    """Measure how blocks of one broadcast differ when nothing is tried."""
    skipped, counted = (points.step_s * np.ceil(part / points.step_s) for part in (SKIPPED_S, COUNTED_S))
    block = float(skipped + counted)
    y, exposed = _blocks(points, outcome, block, float(skipped))
    first, second = np.arange(0, y.shape[1] - 1, 2), np.arange(1, y.shape[1], 2)
    both = np.isfinite(y[:, first] + y[:, second])
    if both.sum() < LEAST_PAIRS:
        raise FormatError(
            f"{outcome}: {int(both.sum())} pairs of blocks of {block / 60:g} minutes do not tell"
            " how large a trial must be",
            hint=f"give longer or more broadcasts, {LEAST_PAIRS} pairs or more",
        )
    a, b = y[:, first][both], y[:, second][both]
    part = (exposed[:, first] / (exposed[:, first] + exposed[:, second]))[both]
    total = a + b
    if not total.any():
        raise FormatError(f"{outcome}: none in any block", hint="ask for an outcome that occurs")
    whole = bool((total == np.round(total)).all())
    phi = float(((a - part * total) ** 2).sum() / (part * (1 - part) * total).sum())
    return BlockNoise(
        outcome, block, float(skipped), int(both.sum()), float(total.mean() / 2),
        # Amounts have no chance of their own to fall under: their phi is in their unit.
        max(phi, 1.0) if whole else phi,
        float(both.sum(axis=1).mean()),
    )  # fmt: skip


def trial_size(noise: BlockNoise, ratio: float, power: float = POWER, level: float = LEVEL) -> TrialSize:
    """Blocks and broadcasts that find a ratio so often.

    >>> noise = BlockNoise("purchases", 600.0, 120.0, 75, 40.0, 4.0, 3.0)
    >>> trial_size(noise, 1.15)
    TrialSize(ratio=1.15, blocks=156, broadcasts=26)
    """
    z = stats.norm.ppf(1 - level / 2)
    wanted = (
        (z + stats.norm.ppf(power)) ** 2 * noise.phi * (1 + ratio) / (noise.mean * ratio * np.log(ratio) ** 2)
    )
    pairs = int(np.ceil(wanted + z**2 / 2))
    return TrialSize(ratio, 2 * pairs, int(np.ceil(pairs / noise.pairs_a_broadcast)))


def least_ratio(noise: BlockNoise, pairs: int, power: float = POWER, level: float = LEVEL) -> float:
    """The smallest ratio over 1 that so many pairs find so often; infinite where none under 10 is.

    >>> noise = BlockNoise("purchases", 600.0, 120.0, 75, 40.0, 4.0, 3.0)
    >>> round(least_ratio(noise, 78), 2)
    1.15
    """
    z = stats.norm.ppf(1 - level / 2)
    scale = (z + stats.norm.ppf(power)) ** 2 * noise.phi / noise.mean

    def short(ratio: float) -> float:
        return float(scale * (1 + ratio) / (ratio * np.log(ratio) ** 2) + z**2 / 2 - pairs)

    return float(optimize.brentq(short, 1 + 1e-6, 10.0)) if short(10.0) < 0 else float("inf")


def _blocks(points: HostPoints, outcome: str, block_s: float, skipped_s: float) -> tuple[Array, Array]:
    """What was counted in each block, and its viewer-minutes; NaN where it was not counted whole.

    Shapes (broadcasts, blocks).
    """
    room = np.unique(points.room, return_inverse=True)[1]
    which = np.floor((points.start_s + 1e-6) / block_s).astype(np.int64)
    within = points.start_s - which * block_s
    y = points.counts[outcome]
    inside = (
        (within >= skipped_s - 1e-6)
        & (within + points.end_s - points.start_s <= block_s + 1e-6)
        & np.isfinite(y)
    )
    shape = int(room.max()) + 1, int(which.max()) + 1
    known = np.isfinite(points.viewers).all()
    exposure = points.minutes * points.viewers if known else points.minutes
    place = (room * shape[1] + which)[inside]

    def summed(values: Array) -> Array:
        return np.bincount(place, values[inside], shape[0] * shape[1]).astype(np.float64).reshape(shape)

    whole = summed(points.minutes) >= (block_s - skipped_s) / 60 - 1e-6
    exposed = summed(exposure)
    return np.where(whole & (exposed > 0), summed(y), np.nan), np.where(whole, exposed, np.nan)
