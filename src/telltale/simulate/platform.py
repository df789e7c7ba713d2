"""What the platform counts while a broadcast runs: the whole audience, not the study's viewers alone.

With z_e the expression's latent x_e in standard deviations of its minute mean, on the grid of 5 s

    log mu_k(t) = log(base_k / min) + log(viewers(t)) + log(5 s) + host_k + product_k + hour_k + promotion_k
                  + demand(t) + sum_e log(ratio_ke) z_e(t - lag_e) + sum_s log(ratio_ks) surge_s(t)
    count_k(t) ~ Poisson(g_k mu_k(t)),  g_k ~ gamma with mean 1, one draw a stretch

so that a stretch's count is negative binomial. Viewers act on the latent x. What reactions and surges add
to the face comes on top of x, where it is seen: it follows the counts and moves none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.simulate.carts import products_on_show
from telltale.simulate.panel import STEP_S, Panel, room_mean_sd
from telltale.simulate.platform_face import added_to_face, share_name
from telltale.simulate.platform_terms import (
    demand,
    draw_surges,
    draw_viewers,
    host_term,
    hour_term,
    product_term,
    promotion_term,
    stretch_starts,
    surge_ratios,
)
from telltale.simulate.population import Population
from telltale.simulate.spec import Spec
from telltale.simulate.spec_platform import HostEffect, Platform

Array = npt.NDArray[np.float64]
Array32 = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MINUTE_STEPS = int(60 / STEP_S)
"""An effect's standard deviation is that of the mean of so many steps."""


@dataclass(frozen=True)
class PlatformWorld:
    """All that the platform's table could hold. R broadcasts of T steps of 5 s, K outcomes."""

    outcomes: tuple[str, ...]
    viewers: Array
    """shape (R, T): people present, whole numbers"""
    product: npt.NDArray[np.intp]
    """shape (R, T): what is on show (in a gap, the last that was)"""
    surges: Mask
    """shape (R, T, surges)"""
    terms: dict[str, Array]
    """What the log rate is made of beside base and viewers, by name, each of shape (R, T, K)."""
    expected: Array
    """shape (R, T, K): counts to be expected, before the gamma"""
    counts: Codes
    """shape (R, T, K)"""
    revenue: Array
    """shape (R, T)"""
    minute_sd: Array
    """shape (effects,): standard deviation of the minute mean of each effect's expression"""
    face: dict[str, Array]
    """What reactions and surges add to an expression as it is seen, by share name; shape (R, T)."""

    def shown(self, rooms: Array32, names: tuple[str, ...]) -> Array32:
        """The room's factors, shape (R, T, room factors), with what was added to the face."""
        if not self.face:
            return rooms
        seen = rooms.copy()
        for name, added in self.face.items():
            seen[:, :, names.index(name)] += added.astype(np.float32)
        return seen


def play_platform(
    spec: Spec, population: Population, panel: Panel, rooms: Array32, seed: int
) -> PlatformWorld:
    """Play what the platform counts on top of the room's factors, shape (R, T, room factors)."""
    platform = spec.platform
    shape = (*rooms.shape[:2], len(platform.outcomes))
    product = np.stack([products_on_show(room.displays, shape[1], 0) for room in population.rooms])
    surges = draw_surges(platform, len(rooms), shape[1], seed)
    sds = room_mean_sd(panel, MINUTE_STEPS)
    columns = [panel.room_names.index(share_name(e.expression)) for e in platform.effects]
    terms = {
        "host": host_term(platform, population, shape, seed),
        "product": product_term(platform, population, product, seed),
        "hour": hour_term(platform, population, shape, seed),
        "promotion": promotion_term(platform, population, shape),
        "demand": np.repeat(demand(platform, shape, seed)[:, :, None], shape[2], axis=2),
        "face": _face_term(platform, population, rooms, columns, sds[columns]),
        "surge": surges @ surge_ratios(platform),
    }
    viewers = draw_viewers(platform, shape, seed)
    base = np.array([platform.base[name] for name in platform.outcomes]) * STEP_S / 60
    expected = base * viewers[:, :, None] * np.exp(sum(terms.values()))
    counts = _draw_counts(platform, expected, seed)
    prices = np.array([p.price for p in population.products])
    revenue = _draw_revenue(
        platform, counts[:, :, platform.outcomes.index("purchases")], prices[product], seed
    )
    face = added_to_face(platform, counts, surges)
    facts = (viewers, product, surges, terms, expected, counts, revenue, sds[columns], face)
    return PlatformWorld(platform.outcomes, *facts)


def lagged(x: Array32, lag_s: float) -> Array:
    """x as it was `lag_s` before, along the second axis; before the first step the first value holds.

    >>> lagged(np.array([[1, 2, 3]], np.float32), 5.0).tolist()
    [[1.0, 1.0, 2.0]]
    """
    steps = np.maximum(np.arange(x.shape[1]) - int(lag_s // STEP_S), 0)
    return x[:, steps].astype(np.float64)


def works_in(effect: HostEffect, population: Population) -> Mask:
    """In which broadcasts an effect works, by their hosts. Shape (R,)."""
    hosts = [population.hosts[room.host] for room in population.rooms]
    return np.array([all(host[column] == value for column, value in effect.only.items()) for host in hosts])


def effect_size(effect: HostEffect, platform: Platform, x: Array32, minute_sd: float) -> Array:
    """log(ratio) z(t - lag), z = x / `minute_sd`, or with a best dose b: log(ratio) (z - (z^2 - 1) / 2 b).

    A dose is that of the whole stretch, its mean. x and the result have shape (R, T).
    """
    z = lagged(x, effect.lag_s) / minute_sd
    if effect.best:
        starts = stretch_starts(platform, z.shape[1])
        lengths = np.diff([*starts.tolist(), z.shape[1]])
        dose = np.repeat(np.add.reduceat(z, starts, axis=1) / lengths, lengths, axis=1)
        z = dose - (dose**2 - 1) / (2 * effect.best)
    size: Array = np.log(effect.ratio) * z
    return size


def _face_term(
    platform: Platform, population: Population, rooms: Array32, columns: list[int], sds: Array
) -> Array:
    term = np.zeros((*rooms.shape[:2], len(platform.outcomes)))
    for effect, column, sd in zip(platform.effects, columns, sds.tolist(), strict=True):
        size = effect_size(effect, platform, rooms[:, :, column], sd)
        k = platform.outcomes.index(effect.outcome)
        term[:, :, k] += size * works_in(effect, population)[:, None]
    return term


def _draw_counts(platform: Platform, expected: Array, seed: int) -> Codes:
    """Poisson counts, each stretch's rate multiplied by its own gamma. Shape (R, T, K)."""
    rooms, steps, _ = expected.shape
    stretch = np.arange(steps) // int(platform.length_s // STEP_S)
    spread = platform.overdispersion
    counts = np.empty(expected.shape, dtype=np.int64)
    for k, name in enumerate(platform.outcomes):
        for i in range(rooms):
            rng = stream(seed, "room", i, "platform", name)
            luck = rng.gamma(1 / spread, spread, stretch[-1] + 1) if spread else np.ones(stretch[-1] + 1)
            counts[i, :, k] = rng.poisson(expected[i, :, k] * luck[stretch])
    return counts


def _draw_revenue(platform: Platform, purchases: Codes, prices: Array, seed: int) -> Array:
    """What purchases bring: each the price times a gamma of mean 1. Shape (R, T)."""
    spread = platform.basket_sd**2
    if not spread:
        return purchases * prices
    # The sum of n such gammas is one gamma with n times the shape.
    rngs = [stream(seed, "room", i, "platform", "revenue") for i in range(len(purchases))]
    brought = np.stack([rng.gamma(n / spread, spread) for rng, n in zip(rngs, purchases, strict=True)])
    revenue: Array = brought * prices
    return revenue
