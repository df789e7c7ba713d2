"""When products go into the cart, and which of them are bought.

In a step of 5 s in which a product has been on show for a while, one goes into the cart with probability
1 - exp(-5 s x hazard), log hazard = a_category + pull(t); see `world.py` for the pull.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.simulate.panel import STEP_S
from telltale.simulate.population import Display

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LOOKING_S = 30.5
"""A product must have been on show this long before anyone takes it: the half minute before a cart, and the
margin for jitter, then lie within one display, as those of the windows without a cart do."""
REST_STEPS = 10
"""After a cart none follows in the next 9 steps, 45 s, so that the half minutes before two stay apart."""
CLOSING_S = 5.0
"""No cart in the last seconds of a session: a purchase still follows."""


@dataclass(frozen=True)
class CartAction:
    """One product put into the cart."""

    time_s: float
    product: int
    bought_s: float | None
    """When it was bought, or None."""


@dataclass(frozen=True)
class CartDraws:
    """One session's luck, the same in every world. All have shape (steps,)."""

    take: Array
    within: Array
    buy: Array
    delay_s: Array

    @classmethod
    def of(cls, seed: int, session: int, steps: int) -> CartDraws:
        """Draw a session's luck."""
        draws = stream(seed, "session", session, "carts").random((steps, 4))
        return cls(draws[:, 0], draws[:, 1], draws[:, 2], 12.0 + 48.0 * draws[:, 3])


def eligible_steps(displays: Sequence[Display], duration_s: float, steps: int, offset_steps: int) -> Mask:
    """Steps in which a product may go into the cart. Shape (steps,)."""
    starts_s = np.arange(steps) * STEP_S
    stops_s = starts_s + STEP_S
    allowed = np.zeros(steps, dtype=bool)
    for display in displays:
        seen_s = max(display.start_s - offset_steps * STEP_S, 0.0)
        gone_s = display.stop_s - offset_steps * STEP_S
        allowed |= (starts_s >= seen_s + LOOKING_S) & (stops_s <= gone_s)
    return allowed & (stops_s <= duration_s - CLOSING_S)


def products_on_show(displays: Sequence[Display], steps: int, offset_steps: int) -> npt.NDArray[np.intp]:
    """The product of each step (the last one shown, in the gaps). Shape (steps,)."""
    starts_s = np.array([display.start_s for display in displays])
    middles_s = (offset_steps + np.arange(steps) + 0.5) * STEP_S
    which = np.maximum(np.searchsorted(starts_s, middles_s, side="right") - 1, 0)
    return np.array([display.product for display in displays], dtype=np.intp)[which]


def cart_chance(log_hazard: Array, eligible: Mask) -> Array:
    """Probability of a cart in each step in which one is free to come. Same shape as its arguments."""
    chance: Array = np.where(eligible, -np.expm1(-STEP_S * np.exp(log_hazard)), 0.0)
    return chance


def conversion_probability(chance: Array, purchase_share: float) -> Array:
    """Probability that at least one cart of each session is bought, exactly.

    With f(t) the probability of being free to take at step t with nothing bought so far,
    f(t + 1) gains f(t) (1 - h(t)) and f(t + REST_STEPS) gains f(t) h(t) (1 - purchase_share).

    Parameters
    ----------
    chance
        shape (S, T), from `cart_chance`; 0 beyond a session's end.

    >>> conversion_probability(np.array([[0.5, 0.0]]), 0.8).tolist()
    [0.4]
    """
    sessions, steps = chance.shape
    free = np.zeros((steps + REST_STEPS, sessions))
    free[0] = 1.0
    for t, h in enumerate(chance.T):
        free[t + 1] += free[t] * (1 - h)
        free[t + REST_STEPS] += free[t] * h * (1 - purchase_share)
    nothing: Array = free[steps:].sum(axis=0)
    return 1 - nothing


def intercept(conversion: float, pull: Array, eligible: Mask, purchase_share: float) -> float:
    """The log hazard at rest at which the mean probability of conversion is the wanted one, by bisection.

    Parameters
    ----------
    pull
        shape (S, T): log hazard without intercept.
    """
    low, high = -25.0, 5.0
    for _ in range(32):
        middle = (low + high) / 2
        chance = cart_chance(pull + middle, eligible)
        if conversion_probability(chance, purchase_share).mean() < conversion:
            low = middle
        else:
            high = middle
    if high - -25.0 < 1e-6 or 5.0 - low < 1e-6:
        raise ConfigError(
            f"a conversion of {conversion} cannot be reached",
            hint="let products be on show longer (rooms.display_s), or change cart.weights",
        )
    return (low + high) / 2


def fill_cart(
    chance: Array, product: npt.NDArray[np.intp], draws: CartDraws, purchase_share: float, duration_s: float
) -> tuple[CartAction, ...]:
    """The carts of one session, in order of time."""
    carts: list[CartAction] = []
    free = 0
    for step in np.flatnonzero(draws.take < chance[: len(draws.take)]).tolist():
        if step < free:
            continue
        time_s = round((step + float(draws.within[step])) * STEP_S, 3)
        bought_s = None
        if draws.buy[step] < purchase_share:
            bought_s = round(min(time_s + float(draws.delay_s[step]), duration_s - 0.5), 3)
        carts.append(CartAction(time_s, int(product[step]), bought_s))
        free = step + REST_STEPS
    return tuple(carts)
