"""When products go into the cart, and which of them are bought.

In a step of 5 s in which a product has been on show for a while, one goes into the cart with probability
1 - exp(-5 s x hazard), log hazard = a_category + pull(t); see `world.py` for the pull.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.simulate.panel import STEP_S
from telltale.simulate.population import Display

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LOOKING_S = 35.0
"""A product must have been on show this long before anyone takes it: the half minute before a cart then
lies within one display, as the windows without a cart do, and nothing but the viewer tells them apart."""
REST_S = 45.0
"""After a cart none follows for this long, so that the half minutes before two carts stay apart."""
CLOSING_S = 75.0
"""No cart in the last seconds of a session: a purchase follows its cart by up to a minute."""


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


def total_hazard(pull: Array, eligible: Mask, purchase_share: float) -> float:
    """Expected purchases of a session at an intercept of 0."""
    return float(np.exp(pull[eligible]).sum() * STEP_S * purchase_share)


def intercept(conversion: float, totals: Array) -> float:
    """The a at which the mean of 1 - exp(-e^a total) is the wanted conversion, by bisection.

    >>> round(float(np.exp(intercept(0.5, np.ones(10)))), 4)
    0.6931
    """
    low, high = -30.0, 30.0
    for _ in range(80):
        middle = (low + high) / 2
        if np.mean(-np.expm1(-np.exp(middle) * totals)) < conversion:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def fill_cart(
    log_hazard: Array, eligible: Mask, product: npt.NDArray[np.intp], draws: CartDraws, purchase_share: float
) -> tuple[CartAction, ...]:
    """The carts of one session, in order of time."""
    chance = np.where(eligible, -np.expm1(-STEP_S * np.exp(log_hazard)), 0.0)
    carts: list[CartAction] = []
    free_s = 0.0
    for step in np.flatnonzero(draws.take < chance).tolist():
        time_s = round((step + float(draws.within[step])) * STEP_S, 3)
        if time_s < free_s:
            continue
        bought = draws.buy[step] < purchase_share
        bought_s = round(time_s + float(draws.delay_s[step]), 3) if bought else None
        carts.append(CartAction(time_s, int(product[step]), bought_s))
        free_s = time_s + REST_S
    return tuple(carts)
