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
    cart_chance,
    conversion_probability,
    eligible_steps,
    fill_cart,
    intercept,
    products_on_show,
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
    rooms = play_rooms(spec, population, panel, seed)
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


def play_rooms(spec: Spec, population: Population, panel: Panel, seed: int) -> Array32:
    """The slow factors of every broadcast. Shape (R, steps, room factors)."""
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
    share, sessions = spec.cart.purchase_share, population.sessions
    steps = max(session.steps for session in sessions)
    shown = [population.rooms[session.room].displays for session in sessions]
    eligible = np.zeros((len(sessions), steps), dtype=bool)
    for i, session in enumerate(sessions):
        eligible[i, : session.steps] = eligible_steps(
            shown[i], session.duration_s, session.steps, session.offset_steps
        )
    category = np.array([population.people[session.person].category for session in sessions])
    pull = _padded(actual, steps)
    intercepts = {
        c.name: intercept(c.conversion, pull[category == c.name], eligible[category == c.name], share)
        for c in spec.categories
    }
    base = np.array([intercepts[name] for name in category.tolist()])[:, None]
    draws = [CartDraws.of(seed, i, session.steps) for i, session in enumerate(sessions)]

    def live(courses: list[_Course]) -> tuple[list[tuple[CartAction, ...]], Array]:
        """Carts of every session and its probability of conversion, in one world."""
        chance = cart_chance(_padded(courses, steps) + base, eligible)
        carts = [
            fill_cart(
                chance[i],
                products_on_show(shown[i], session.steps, session.offset_steps),
                draws[i],
                share,
                session.duration_s,
            )
            for i, session in enumerate(sessions)
        ]
        return carts, conversion_probability(chance, share)

    carts, probability = live(actual)
    outcomes = _no_outcomes(len(sessions), len(spec.strategies), len(panel.viewer_names))
    for k in range(len(spec.strategies)):
        arm = assignment.treated[:, k].astype(np.intp)
        _note(outcomes, k, arm, actual, carts, probability)
        _note(outcomes, k, 1 - arm, other[k], *live(other[k]))
    stories = tuple(Story(c, course.factors) for c, course in zip(carts, actual, strict=True))
    return World(panel, rooms, stories, assignment, outcomes, intercepts)


def _padded(courses: list[_Course], steps: int) -> Array:
    """Log hazards without intercept, shape (S, steps)."""
    pull = np.zeros((len(courses), steps))
    for i, course in enumerate(courses):
        pull[i, : len(course.pull)] = course.pull
    return pull


def _no_outcomes(sessions: int, strategies: int, factors: int) -> Outcomes:
    shape = (sessions, strategies, 2)
    return Outcomes(np.zeros(shape, bool), np.zeros(shape), np.zeros((*shape, factors), np.float32))


def _note(
    outcomes: Outcomes,
    strategy: int,
    arm: npt.NDArray[np.intp],
    courses: list[_Course],
    carts: list[tuple[CartAction, ...]],
    probability: Array,
) -> None:
    """Write down what each session does in the arm named for it, shape (S,)."""
    rows = np.arange(len(courses))
    outcomes.converted[rows, strategy, arm] = [any(c.bought_s is not None for c in own) for own in carts]
    outcomes.probability[rows, strategy, arm] = probability
    outcomes.factor_means[rows, strategy, arm] = [course.means[strategy] for course in courses]
