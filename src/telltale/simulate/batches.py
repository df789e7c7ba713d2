"""Sessions in padded arrays, so that the slow factors of hundreds of viewers run together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.simulate.carts import products_on_show
from telltale.simulate.panel import BURN_IN_STEPS, STEP_S, Panel, draw_noise, run_viewers
from telltale.simulate.population import Population
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.strategies import standardised_promotion

Array = npt.NDArray[np.float64]
Array32 = npt.NDArray[np.float32]

SIZE = 400


@dataclass(frozen=True)
class RoomPull:
    """What a broadcast does to its viewers, step by step."""

    on_factors: Array
    """shape (R, T, viewer factors)"""
    on_cart: Array
    """shape (R, T): log hazard"""


@dataclass(frozen=True)
class Batch:
    """Some sessions; a session's rows beyond its own steps hold nothing that anyone reads."""

    first: int
    noise: Array
    """shape (n, BURN_IN_STEPS + T, viewer factors)"""
    exogenous: Array
    """shape (n, T, len(EXOGENOUS))"""
    room_push: Array
    """shape (n, BURN_IN_STEPS + T, viewer factors)"""
    room_pull: Array
    """shape (n, T)"""


def room_pull(spec: Spec, panel: Panel, rooms: Array32) -> RoomPull:
    """What the room's factors, shape (R, T, room factors), bring to its viewers."""
    own, room = slice(panel.rooms, None), slice(0, panel.rooms)
    earlier = np.concatenate([rooms[:, :1], rooms[:, :-1]], axis=1)
    on_factors = rooms @ panel.now[own, room].T + earlier @ panel.before[own, room].T
    on_cart = np.zeros(rooms.shape[:2])
    for name, weight in spec.cart.weights.items():
        if name in panel.room_names:
            on_cart += weight * rooms[:, :, panel.room_names.index(name)]
    return RoomPull(on_factors, on_cart)


def make_batch(
    spec: Spec, population: Population, panel: Panel, pull: RoomPull, seed: int, first: int
) -> Batch:
    """Gather `SIZE` sessions from `first` on."""
    sessions = population.sessions[first : first + SIZE]
    shape = (len(sessions), max(session.steps for session in sessions))
    width = len(panel.viewer_names)
    noise = np.zeros((shape[0], BURN_IN_STEPS + shape[1], width))
    exogenous = np.zeros((*shape, len(EXOGENOUS)))
    room_push, room_hazard = np.zeros_like(noise), np.zeros(shape)
    for i, session in enumerate(sessions):
        room, person = population.rooms[session.room], population.people[session.person]
        n, o = session.steps, session.offset_steps
        # Drawn for the session's own length only, so that its neighbours in the batch cannot move it.
        rng = stream(seed, "session", first + i, "factors")
        noise[i, : BURN_IN_STEPS + n] = draw_noise(rng, n, panel, slice(panel.rooms, None))
        # Before the broadcast's first step its first step holds.
        lead = np.maximum(np.arange(o - BURN_IN_STEPS, o + n), 0)
        room_push[i, : BURN_IN_STEPS + n] = pull.on_factors[session.room, lead]
        room_hazard[i, :n] = pull.on_cart[session.room, o : o + n]
        causes: dict[str, float | Array] = {
            "promotion": standardised_promotion(spec, float(room.promotion)),
            "price": population.price_z[products_on_show(room.displays, n, o)],
            "taste": person.taste,
            "price_sensitivity": person.price_sensitivity,
            "hidden": session.hidden,
        }
        for k, name in enumerate(EXOGENOUS):
            exogenous[i, :n, k] = causes[name]
    return Batch(first, noise, exogenous, room_push, room_hazard)


def run_batch(
    spec: Spec, panel: Panel, batch: Batch, treated: npt.NDArray[np.bool_], effect: Array
) -> tuple[Array, Array]:
    """Factors, shape (n, T, viewer factors), and pull on the cart, shape (n, T), under given treatments.

    Parameters
    ----------
    treated, effect
        shape (n, K), one column a strategy.
    """
    count, steps = batch.room_pull.shape
    shift = np.zeros((count, steps, len(panel.viewer_names)))
    pull = batch.room_pull.copy()
    for k, strategy in enumerate(spec.strategies):
        after = np.arange(steps) * STEP_S >= strategy.at_s
        push = np.where(treated[:, k], effect[:, k], 0.0)[:, None] * after
        if strategy.target == "cart":
            pull += push
        else:
            shift[:, :, panel.viewer_names.index(strategy.target)] += push
    factors = run_viewers(panel, batch.noise, batch.exogenous, batch.room_push, shift)
    for name, weight in spec.cart.weights.items():
        if name in EXOGENOUS:
            pull += weight * batch.exogenous[:, :, EXOGENOUS.index(name)]
        elif name in panel.viewer_names:
            pull += weight * factors[:, :, panel.viewer_names.index(name)]
    return factors, pull
