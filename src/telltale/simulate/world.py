"""What happens: factors run, carts fill, purchases follow, and what would have happened otherwise.

    log hazard of a cart = a_category + sum_i b_i x_i(t) + sum_k b_k z_k(t) + what a strategy adds

The intercept a_category is set so that the expected share of converted sessions, over the sessions of
the study as it is assigned, is the spec's. Worlds under other treatments share every random draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.progress import Progress, silent
from telltale.core.rng import stream
from telltale.simulate.batches import SIZE, Batch, make_batch, room_pull, run_batch
from telltale.simulate.carts import (
    CartAction,
    CartDraws,
    eligible_steps,
    fill_cart,
    intercept,
    products_on_show,
    total_hazard,
)
from telltale.simulate.panel import STEP_S, Panel, build_panel, draw_noise, run_rooms
from telltale.simulate.population import Population
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.strategies import Assignment, assign_strategies, standardised_promotion

Array = npt.NDArray[np.float64]
Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Story:
    """What happened in one session."""

    carts: tuple[CartAction, ...]
    factors: Array32
    """shape (steps, viewer factors)"""


@dataclass(frozen=True)
class Outcomes:
    """What would happen to each session, shape (S, K, 2): strategy k withheld (0) or shown (1)."""

    converted: npt.NDArray[np.bool_]
    probability: Array
    """Expected conversion, before chance decides."""
    factor_means: Array32
    """shape (S, K, 2, viewer factors): mean of each factor from the strategy's moment on."""


@dataclass(frozen=True)
class World:
    """All that happened, and all that could have."""

    panel: Panel
    rooms: Array32
    """shape (R, steps, room factors)"""
    stories: tuple[Story, ...]
    assignment: Assignment
    outcomes: Outcomes
    intercepts: dict[str, float]


@dataclass(frozen=True)
class _Course:
    """How one session runs under one assignment."""

    factors: Array32
    pull: Array
    means: Array32
    """shape (K, viewer factors): mean of each factor from each strategy's moment on."""


def play(spec: Spec, population: Population, seed: int, *, progress: Progress = silent) -> World:
    """Run the whole world of a study."""
    panel = build_panel(spec)
    rooms = _play_rooms(spec, population, panel, seed)
    assignment = assign_strategies(spec, population, seed)
    pull = room_pull(spec, panel, rooms)
    actual: list[_Course] = []
    other: list[list[_Course]] = [[] for _ in spec.strategies]
    starts = range(0, len(population.sessions), SIZE)
    for first in progress(starts, total=len(starts), label="world"):
        batch = make_batch(spec, population, panel, pull, seed, first)
        treated = assignment.treated[first : first + SIZE]
        actual += _courses(spec, population, panel, batch, treated, assignment)
        for k, courses in enumerate(other):
            changed = treated.copy()
            changed[:, k] = ~treated[:, k]
            courses += _courses(spec, population, panel, batch, changed, assignment, keep_factors=False)
    return _finish(spec, population, panel, rooms, assignment, actual, other, seed)


def _play_rooms(spec: Spec, population: Population, panel: Panel, seed: int) -> Array32:
    steps = max(room.steps for room in population.rooms)
    part = slice(0, panel.rooms)
    streams = [stream(seed, "room", i) for i in range(len(population.rooms))]
    noise = np.stack([draw_noise(rng, steps, panel, part) for rng in streams])
    exogenous = np.zeros((len(population.rooms), steps, len(EXOGENOUS)))
    for i, room in enumerate(population.rooms):
        exogenous[i, :, EXOGENOUS.index("promotion")] = standardised_promotion(spec, float(room.promotion))
        exogenous[i, :, EXOGENOUS.index("price")] = population.price_z[
            products_on_show(room.displays, steps, 0)
        ]
    return run_rooms(panel, noise, exogenous).astype(np.float32)


def _courses(
    spec: Spec,
    population: Population,
    panel: Panel,
    batch: Batch,
    treated: npt.NDArray[np.bool_],
    assignment: Assignment,
    *,
    keep_factors: bool = True,
) -> list[_Course]:
    rows = slice(batch.first, batch.first + len(treated))
    factors, pull = run_batch(spec, panel, batch, treated, assignment.effect[rows])
    after = [int(strategy.at_s // STEP_S) for strategy in spec.strategies]
    courses = []
    for i, session in enumerate(population.sessions[rows]):
        n = session.steps
        own = factors[i, :n].astype(np.float32)
        means = [own[min(start, n - 1) :].mean(axis=0) for start in after]
        kept = own if keep_factors else own[:0]
        courses.append(_Course(kept, pull[i, :n].copy(), np.array(means, np.float32)))
    return courses


def _finish(
    spec: Spec,
    population: Population,
    panel: Panel,
    rooms: Array32,
    assignment: Assignment,
    actual: list[_Course],
    other: list[list[_Course]],
    seed: int,
) -> World:
    share = spec.cart.purchase_share
    shown = [population.rooms[session.room].displays for session in population.sessions]
    eligible = [
        eligible_steps(displays, s.duration_s, s.steps, s.offset_steps)
        for displays, s in zip(shown, population.sessions, strict=True)
    ]
    totals = np.array(
        [total_hazard(course.pull, mask, share) for course, mask in zip(actual, eligible, strict=True)]
    )
    category = np.array([population.people[session.person].category for session in population.sessions])
    intercepts = {c.name: intercept(c.conversion, totals[category == c.name]) for c in spec.categories}
    shape = (len(actual), len(spec.strategies), 2)
    outcomes = Outcomes(
        np.zeros(shape, bool), np.zeros(shape), np.zeros((*shape, len(panel.viewer_names)), np.float32)
    )
    stories = []
    for i, session in enumerate(population.sessions):
        base = intercepts[str(category[i])]
        draws = CartDraws.of(seed, i, session.steps)
        product = products_on_show(shown[i], session.steps, session.offset_steps)
        carts = fill_cart(actual[i].pull + base, eligible[i], product, draws, share)
        stories.append(Story(carts, actual[i].factors))
        for k in range(len(spec.strategies)):
            arm = int(assignment.treated[i, k])
            _note(outcomes, (i, k, arm), carts, actual[i], totals[i] * np.exp(base), k)
            course = other[k][i]
            missed = fill_cart(course.pull + base, eligible[i], product, draws, share)
            total = total_hazard(course.pull + base, eligible[i], share)
            _note(outcomes, (i, k, 1 - arm), missed, course, total, k)
    return World(panel, rooms, tuple(stories), assignment, outcomes, intercepts)


def _note(
    outcomes: Outcomes,
    at: tuple[int, int, int],
    carts: tuple[CartAction, ...],
    course: _Course,
    expected_purchases: float,
    strategy: int,
) -> None:
    outcomes.converted[at] = any(cart.bought_s is not None for cart in carts)
    outcomes.probability[at] = -np.expm1(-expected_purchases)
    outcomes.factor_means[at] = course.means[strategy]
