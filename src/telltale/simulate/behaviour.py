"""What the logs hold: a session's events, a broadcast's chat, the survey afterwards.

Clicks are Poisson with a rate at rest, lifted in the 30 s before a cart. A survey answer is
4 + 1.3 (separation (bought - share) + e), rounded and cut to 1 - 7. Neither knows of any model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.simulate.acts import LEAD_S, seconds_to_cart
from telltale.simulate.carts import CartAction
from telltale.simulate.panel import STEP_S
from telltale.simulate.population import Display, Population, Session
from telltale.simulate.spec import Spec
from telltale.simulate.world import Story

CHECKOUT_SHARE = 0.7
"""A checkout begins after this share of the time from cart to purchase."""


@dataclass(frozen=True)
class Event:
    """One row of the events table."""

    time_s: float
    type: str
    product: int | None = None
    value: float | None = None


def session_events(
    rng: np.random.Generator, spec: Spec, population: Population, session: Session, story: Story
) -> list[Event]:
    """All events of a session, in order of time."""
    room = population.rooms[session.room]
    events = [Event(0.0, "live_join"), Event(session.duration_s, "live_leave")]
    shown = displays_seen(room.displays, session)
    for display in shown:
        events.append(Event(display.start_s, "product_pin", display.product))
        if display.stop_s < session.duration_s:
            events.append(Event(display.stop_s, "product_unpin", display.product))
    for cart in story.carts:
        events += _cart_events(rng, population, cart, session.duration_s)
    events += _click_events(rng, spec, session, story, shown)
    return sorted(events, key=lambda event: event.time_s)


def displays_seen(displays: tuple[Display, ...], session: Session) -> list[Display]:
    """The displays that a viewer saw, on the session's clock."""
    offset_s = session.offset_steps * STEP_S
    seen = []
    for display in displays:
        start_s, stop_s = round(display.start_s - offset_s, 3), round(display.stop_s - offset_s, 3)
        if stop_s > 0 and start_s < session.duration_s:
            seen.append(Display(display.product, max(start_s, 0.0), min(stop_s, session.duration_s)))
    return seen


def _cart_events(
    rng: np.random.Generator, population: Population, cart: CartAction, duration_s: float
) -> list[Event]:
    price = population.products[cart.product].price
    events = [Event(cart.time_s, "add_to_cart", cart.product, price)]
    if cart.bought_s is not None:
        checkout_s = round(cart.time_s + CHECKOUT_SHARE * (cart.bought_s - cart.time_s), 3)
        events.append(Event(checkout_s, "begin_checkout", cart.product, price))
        events.append(Event(cart.bought_s, "purchase", cart.product, price))
    elif rng.random() < 0.4:
        away_s = round(min(cart.time_s + float(rng.uniform(5, 60)), duration_s), 3)
        events.append(Event(away_s, "remove_from_cart", cart.product, price))
    return events


def _click_events(
    rng: np.random.Generator, spec: Spec, session: Session, story: Story, shown: list[Display]
) -> list[Event]:
    carts_s = np.array([cart.time_s for cart in story.carts])
    events = []
    for kind, per_minute in spec.clicks.per_minute.items():
        lift = spec.clicks.lift.get(kind, 1.0)
        times_s = _thinned(rng, per_minute / 60, lift, session.duration_s, carts_s)
        for time_s in times_s:
            product = _product_at(shown, time_s) if kind == "view_item" else None
            if kind != "view_item" or product is not None:
                events.append(Event(time_s, kind, product))
            if kind == "pause":
                resume_s = round(min(time_s + float(rng.uniform(1, 15)), session.duration_s), 3)
                events.append(Event(resume_s, "resume"))
    return events


def _thinned(
    rng: np.random.Generator, per_s: float, lift: float, duration_s: float, carts_s: npt.NDArray[np.float64]
) -> list[float]:
    """Moments of a Poisson process whose rate is `lift` times as high in the half minute before a cart."""
    highest = per_s * max(lift, 1.0)
    times_s = np.sort(rng.uniform(0, duration_s, rng.poisson(highest * duration_s)))
    near = seconds_to_cart(times_s, carts_s) < LEAD_S
    keep = rng.random(len(times_s)) * highest < per_s * np.where(near, lift, 1.0)
    return [round(float(t), 3) for t in times_s[keep]]


def _product_at(shown: list[Display], time_s: float) -> int | None:
    for display in shown:
        if display.start_s <= time_s <= display.stop_s:
            return display.product
    return None


def survey_answers(
    rng: np.random.Generator, spec: Spec, bought: bool, share: float
) -> list[tuple[str, float]]:
    """Item and answer, 1 to 7."""
    answers = []
    for item in spec.survey:
        latent = item.separation * (float(bought) - share) + float(rng.standard_normal())
        answers.append((item.name, float(np.clip(np.rint(4 + 1.3 * latent), 1, 7))))
    return answers


PHRASES = {
    "up": (
        "love it!",
        "太好看了",
        "I want this one",
        "必须入手",
        "so pretty",
        "主播好可爱",
        "great price",
        "冲冲冲",
    ),
    "even": (
        "which size?",
        "多少钱",
        "hello from Accra",
        "几号链接",
        "is it cotton?",
        "来了来了",
        "how long is shipping?",
    ),
    "down": (
        "too expensive",
        "太贵了",
        "not sure about the colour",
        "上次质量一般",
        "seen it cheaper",
        "算了",
    ),
}


def room_chat(
    rng: np.random.Generator, spec: Spec, rate: npt.NDArray[np.float64], mood: npt.NDArray[np.float64]
) -> list[tuple[float, str]]:
    """A broadcast's messages by others than the study's viewers: time and text.

    Messages come at `messages_per_minute` x exp(.4 rate); one is glad with probability .3 + .12 mood, and
    as much less often cross, between 0 and .6.
    """
    per_step = spec.rooms.messages_per_minute / 60 * STEP_S * np.exp(0.4 * rate - 0.08)
    messages = []
    gladness = np.clip(0.3 + 0.12 * mood, 0, 0.6)
    for step, (count, glad) in enumerate(zip(rng.poisson(per_step), gladness, strict=True)):
        for _ in range(count):
            draw = rng.random()
            tone = "up" if draw < glad else "down" if draw < 0.6 else "even"
            phrases = PHRASES[tone]
            messages.append(
                (round((step + float(rng.random())) * STEP_S, 3), phrases[int(rng.integers(len(phrases)))])
            )
    return sorted(messages)
