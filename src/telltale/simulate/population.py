"""Who is there: people, hosts, products, broadcasts, and which person visits which broadcast when.

Broadcasts of one category run one a day, so a person, who belongs to one category and visits a broadcast
at most once, is never in two places. Sessions begin on the broadcast's 5 s grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.simulate.panel import STEP_S
from telltale.simulate.spec import Category, Spec

START = datetime(2026, 3, 1, tzinfo=UTC)
"""The first day of every simulated study."""
PRODUCTS_A_CATEGORY = 40
PLATFORMS = ("orchid", "lantern", "harbour")
"""Invented names."""
_SESSION_SHAPE = 8.0  # of the gamma distribution of session lengths: a coefficient of variation of .35


@dataclass(frozen=True)
class Person:
    """One viewer, with what the study's tables never show."""

    id: str
    category: str
    gender: str
    age_band: str
    culture: str
    skin_tone: int
    device: str
    taste: float
    price_sensitivity: float
    expressivity: float
    """Multiplies the rate of all acts; mean 1."""


@dataclass(frozen=True)
class Display:
    """One product on show, in seconds from the broadcast's start."""

    product: int
    start_s: float
    stop_s: float


@dataclass(frozen=True)
class Room:
    """One broadcast."""

    id: str
    host: int
    category: str
    platform: str
    started_at: datetime
    duration_s: float
    promotion: bool
    displays: tuple[Display, ...]

    @property
    def steps(self) -> int:
        """Steps of the 5 s grid."""
        return int(self.duration_s // STEP_S)


@dataclass(frozen=True)
class Session:
    """One visit."""

    id: str
    person: int
    room: int
    offset_steps: int
    """When the viewer joined, in steps of the broadcast's grid."""
    duration_s: float
    hidden: float
    """A cause of purchase (and, if the spec says so, of treatment) that no log holds."""
    clock_offset_s: float

    @property
    def steps(self) -> int:
        """Steps of the 5 s grid."""
        return int(self.duration_s // STEP_S)


@dataclass(frozen=True)
class Product:
    """One product."""

    id: str
    category: str
    price: float


@dataclass(frozen=True)
class Population:
    """Everyone and everything, in a fixed order."""

    people: tuple[Person, ...]
    hosts: tuple[dict[str, str], ...]
    products: tuple[Product, ...]
    price_z: npt.NDArray[np.float64]
    """shape (products,): log price, standardised within the category."""
    rooms: tuple[Room, ...]
    sessions: tuple[Session, ...]


def draw_population(spec: Spec, seed: int) -> Population:
    """Draw everyone and everything of a study."""
    people: list[Person] = []
    rooms: list[Room] = []
    sessions: list[Session] = []
    products, price_z = _draw_products(spec, seed)
    hosts = _draw_hosts(spec, seed)
    for i, category in enumerate(spec.categories):
        rng = stream(seed, "population", category.name)
        visits = _visits(rng, category)
        count = max(-(-category.sessions // spec.rooms.viewers), int(visits.max()))
        first_room, shelf = len(rooms), range(i * PRODUCTS_A_CATEGORY, (i + 1) * PRODUCTS_A_CATEGORY)
        rooms += [
            _draw_room(spec, rng, first_room + k, k, category.name, shelf, len(hosts)) for k in range(count)
        ]
        for visit_count in visits:
            people.append(_draw_person(spec, rng, len(people), category.name))
            for k in sorted(rng.choice(count, size=visit_count, replace=False)):
                room = first_room + int(k)
                sessions.append(
                    _draw_session(spec, seed, len(sessions), len(people) - 1, room, rooms[room], category)
                )
    return Population(tuple(people), hosts, products, price_z, tuple(rooms), tuple(sessions))


def _visits(rng: np.random.Generator, category: Category) -> npt.NDArray[np.int64]:
    """How often each person comes: at least once, the rest to the more active."""
    activity = rng.lognormal(sigma=0.5, size=category.people)
    more = rng.multinomial(category.sessions - category.people, activity / activity.sum())
    return 1 + more


def _draw_products(spec: Spec, seed: int) -> tuple[tuple[Product, ...], npt.NDArray[np.float64]]:
    products: list[Product] = []
    logs = []
    for category in spec.categories:
        rng = stream(seed, "products", category.name)
        low, high = (math.log(price) for price in category.prices)
        log_price = rng.uniform(low, high, PRODUCTS_A_CATEGORY)
        logs.append((log_price - log_price.mean()) / log_price.std())
        for value in np.exp(log_price):
            products.append(Product(f"k{len(products):04d}", category.name, round(float(value), 2)))
    return tuple(products), np.concatenate(logs)


def _draw_hosts(spec: Spec, seed: int) -> tuple[dict[str, str], ...]:
    rng = stream(seed, "hosts")
    return tuple(
        {
            "host_id": f"h{i:03d}",
            "gender": _pick(rng, spec.people.genders),
            "age_band": _pick(rng, spec.people.age_bands),
            "culture": _pick(rng, spec.people.cultures),
        }
        for i in range(spec.rooms.hosts)
    )


def _draw_room(
    spec: Spec, rng: np.random.Generator, number: int, day: int, category: str, shelf: range, hosts: int
) -> Room:
    duration_s = spec.rooms.minutes * 60
    # Evening hours; the odd milliseconds keep anyone from trusting round times.
    started_at = START + timedelta(
        days=day, hours=int(rng.integers(10, 15)), milliseconds=int(rng.integers(60_000))
    )
    displays, at_s = [], float(rng.uniform(5, 20))
    while at_s < duration_s - spec.rooms.display_s[0]:
        stop_s = min(at_s + float(rng.uniform(*spec.rooms.display_s)), duration_s - 1.0)
        displays.append(Display(int(rng.choice(shelf)), round(at_s, 3), round(stop_s, 3)))
        at_s = stop_s + float(rng.uniform(*spec.rooms.gap_s))
    return Room(
        id=f"r{number:04d}",
        host=int(rng.integers(hosts)),
        category=category,
        platform=str(rng.choice(PLATFORMS)),
        started_at=started_at,
        duration_s=duration_s,
        promotion=bool(rng.random() < spec.rooms.promotion_share),
        displays=tuple(displays),
    )


def _draw_person(spec: Spec, rng: np.random.Generator, number: int, category: str) -> Person:
    sd = spec.people.expressivity_sd
    return Person(
        id=f"p{number:04d}",
        category=category,
        gender=_pick(rng, spec.people.genders),
        age_band=_pick(rng, spec.people.age_bands),
        culture=_pick(rng, spec.people.cultures),
        skin_tone=int(rng.integers(1, 11)),
        device=_pick(rng, spec.people.devices),
        taste=float(rng.standard_normal()),
        price_sensitivity=float(rng.standard_normal()),
        expressivity=float(np.exp(sd * rng.standard_normal() - sd**2 / 2)),
    )


def _draw_session(
    spec: Spec, seed: int, number: int, person: int, room_number: int, room: Room, category: Category
) -> Session:
    rng = stream(seed, "session", number)
    longest_s = room.duration_s - STEP_S
    while True:
        duration_s = round(float(rng.gamma(_SESSION_SHAPE, category.minutes * 60 / _SESSION_SHAPE)), 3)
        if 180 <= duration_s <= longest_s:
            break
    skewed = rng.random() < spec.clock.skewed_share
    skew_s = round(float(rng.normal(scale=spec.clock.skew_sd_s)), 3)
    return Session(
        id=f"s{number:05d}",
        person=person,
        room=room_number,
        offset_steps=int(rng.integers(0, int((room.duration_s - duration_s) // STEP_S) + 1)),
        duration_s=duration_s,
        hidden=float(rng.standard_normal()),
        clock_offset_s=skew_s if skewed else 0.0,
    )


def _pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    values = list(shares)
    return values[int(rng.choice(len(values), p=np.array(list(shares.values()))))]
