"""What the log of a platform's rate is made of beside the host's face, and who is there to watch.

Hosts, products and hours of the day each have a shift of their own, for each outcome by itself; a promotion
shifts its whole broadcast; demand drifts (an autoregression of variance 1 times its spread, one for all
outcomes); surges run in whole stretches.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from telltale.core.rng import stream
from telltale.simulate.panel import STEP_S
from telltale.simulate.population import Population
from telltale.simulate.spec_platform import Platform

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_WIGGLE_SD, _WIGGLE_PERSISTENCE = 0.06, 0.98
"""Of the log audience about its rise and fall."""


def stretch_starts(platform: Platform, steps: int) -> npt.NDArray[np.intp]:
    """First step of each stretch; the last stretch ends with the broadcast, if it must early.

    >>> stretch_starts(Platform(length_s=60), 30).tolist()
    [0, 12, 24]
    """
    return np.arange(0, steps, int(platform.length_s // STEP_S))


def host_term(platform: Platform, population: Population, shape: tuple[int, int, int], seed: int) -> Array:
    """Each host's standing. Shape (R, T, K), here and below."""
    hosts = np.array([room.host for room in population.rooms])
    sizes = _draw_each(platform, "hosts", len(population.hosts), platform.host_sd, seed)
    return np.broadcast_to(sizes[hosts][:, None, :], shape)


def product_term(
    platform: Platform, population: Population, product: npt.NDArray[np.intp], seed: int
) -> Array:
    """How well each product goes."""
    return _draw_each(platform, "products", len(population.products), platform.product_sd, seed)[product]


def hour_term(platform: Platform, population: Population, shape: tuple[int, int, int], seed: int) -> Array:
    """What each hour of the day brings, UTC."""
    begins = [room.started_at for room in population.rooms]
    start_s = np.array([t.hour * 3600 + t.minute * 60 + t.second for t in begins])
    hour = ((start_s[:, None] + np.arange(shape[1]) * STEP_S) // 3600).astype(np.intp) % 24
    term: Array = _draw_each(platform, "hours", 24, platform.hour_sd, seed)[hour]
    return term


def _draw_each(platform: Platform, whose: str, count: int, sd: float, seed: int) -> Array:
    """A shift of the log rate for each of `count` and each outcome. Shape (count, K)."""
    draws = [stream(seed, "platform", whose, name).standard_normal(count) for name in platform.outcomes]
    return sd * np.stack(draws, axis=1)


def promotion_term(platform: Platform, population: Population, shape: tuple[int, int, int]) -> Array:
    """What a promotion of the whole broadcast brings."""
    ratio = np.log([platform.promotion.get(name, 1.0) for name in platform.outcomes])
    runs = np.array([room.promotion for room in population.rooms])
    return np.broadcast_to((runs[:, None] * ratio)[:, None, :], shape)


def demand(platform: Platform, shape: tuple[int, int, int], seed: int) -> Array:
    """What raises all outcomes for minutes and stands in no log. Shape (R, T)."""
    noise = np.stack(
        [stream(seed, "room", i, "platform", "demand").standard_normal(shape[1]) for i in range(shape[0])]
    )
    return platform.demand_sd * _persistent(noise, platform.demand_persistence)


def _persistent(noise: Array, persistence: float) -> Array:
    """An autoregression with variance 1 from white noise, along the second axis."""
    scaled = noise * np.sqrt(1 - persistence**2)
    scaled[:, 0] = noise[:, 0]
    series: Array = lfilter([1.0], [1.0, -persistence], scaled, axis=1)
    return series


def draw_viewers(platform: Platform, shape: tuple[int, int, int], seed: int) -> Array:
    """A slow rise to a third of the broadcast and a slow fall, times the broadcast's own audience."""
    part = (np.arange(shape[1]) + 0.5) / shape[1]
    course = 0.4 + np.sin(np.pi * part**0.6)
    rngs = [stream(seed, "room", i, "platform", "audience") for i in range(shape[0])]
    size = platform.audience * np.exp(platform.audience_sd * np.array([r.standard_normal() for r in rngs]))
    wiggle = _persistent(np.stack([r.standard_normal(shape[1]) for r in rngs]), _WIGGLE_PERSISTENCE)
    viewers = size[:, None] * course / course.mean() * np.exp(_WIGGLE_SD * wiggle)
    present: Array = np.maximum(np.rint(viewers), 1.0)
    return present


def draw_surges(platform: Platform, rooms: int, steps: int, seed: int) -> Mask:
    """When each surge runs, in whole stretches that do not touch. Shape (R, T, surges)."""
    length, stretches = int(platform.length_s // STEP_S), len(stretch_starts(platform, steps))
    runs = np.zeros((rooms, stretches, len(platform.surges)), dtype=bool)
    for s, surge in enumerate(platform.surges):
        long = surge.stretches(platform.length_s)
        for i in range(rooms):
            rng = stream(seed, "room", i, "platform", "surge", surge.name)
            wanted = surge.share * stretches / long
            count = int(wanted) + int(rng.random() < wanted % 1)
            # Different places among what is free, moved apart by the surges before them: none touch.
            free = max(stretches - count * long + 1, 0)
            first = np.sort(rng.choice(free, size=min(count, free), replace=False))
            for start in (first + np.arange(len(first)) * long).tolist():
                runs[i, start : start + long, s] = True
    return np.repeat(runs, length, axis=1)[:, :steps]


def surge_ratios(platform: Platform) -> Array:
    """What each surge adds to the log of each rate. Shape (surges, K)."""
    ratios = [[surge.ratio.get(name, 1.0) for name in platform.outcomes] for surge in platform.surges]
    return np.log(np.array(ratios, dtype=np.float64).reshape(len(platform.surges), len(platform.outcomes)))
