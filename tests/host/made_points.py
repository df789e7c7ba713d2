"""Host points with a planted truth: faces that come and go, sales that follow, or go before, or neither.

On a grid of 5 s each expression's latent z is an autoregression around a level of its own, its host and its
product; its share of the step is 1 / (1 + exp(-z)). With s the share of the tested expression, S whether a
surge runs, Y purchases of a step,

    log E[Y_u] = base + host + product + hour + log viewers + demand of the minute
                 + log(ratio) s_(u - lag) / SD(minute share) + surge S_u
    z_u gains    reaction * (purchases of the 30 s that end 5 s ago, less their mean, in SD) + rise S_u

Counts of a minute are Poisson with a gamma rate: negative binomial with `theta`. All of it is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from telltale.core.rng import stream
from telltale.host.points import HostPoints
from telltale.host.shown import Array, Codes, HostShown

STEP_S = 5.0
NAMES = [
    "amusement",
    "anger",
    "awe",
    "concentration",
    "confusion",
    "contemplation",
    "contempt",
    "contentment",
    "desire",
    "disappointment",
    "disgust",
    "distress",
    "doubt",
    "ecstasy",
    "elation",
    "embarrassment",
    "fear",
    "interest",
    "love",
    "pain",
    "pride",
    "realization",
    "relief",
    "sadness",
    "shame",
    "surprise",
    "sympathy",
    "triumph",
]
TESTED = "interest"
"""The expression that sells, or only goes along."""


@dataclass(frozen=True)
class Made:
    """What is planted."""

    rooms: int = 25
    minutes: int = 60
    hosts: int = 12
    expressions: int = 28
    a_minute: float = 5.0
    """Purchases a minute, about."""
    ratio: float = 1.0
    """Of purchases, for one SD of the tested expression's minute share."""
    lag_s: float = 10.0
    """How long a purchase takes."""
    theta: float = 5.0
    demand_sd: float = 0.2
    """SD of a slow wave of demand (log), a minute to the next correlated .8."""
    reaction: float = 0.0
    """How much z gains for one SD of the purchases just before."""
    fades_s: float = 30.0
    """For how long a purchase is smiled about."""
    surge: float = 0.0
    """Log ratio of purchases while a surge runs (a third of the time, some minutes each)."""
    rise: float = 0.0
    """How much z gains while it runs."""
    recorded: bool = True
    """Whether surges are written down as promotions."""
    noise: float = 0.0
    """SD of the error in reading z, step by step, drawn anew each minute."""
    host_sd: float = 0.3
    """SD of hosts in the log of sales; their faces differ by .5 in z."""


def made_points(seed: int, made: Made | None = None) -> HostPoints:
    """Draw a study."""
    made = made or Made()
    rng = stream(seed, "made points")
    rooms, steps, each = made.rooms, made.minutes * 12, made.expressions
    host = np.concatenate([np.arange(made.hosts), rng.integers(0, made.hosts, max(rooms - made.hosts, 0))])[
        :rooms
    ]
    product = np.minimum(np.arange(steps) // (steps // 4), 3)[None, :] + 4 * rng.integers(0, 3, (rooms, 1))
    hour0 = rng.integers(9, 23, rooms)
    surge = _surges(rng, rooms, made.minutes) if made.surge or made.rise else np.zeros((rooms, steps))
    level = rng.normal(-2.0, 0.7, each)
    z0 = level + 0.5 * rng.normal(size=(made.hosts, each))[host] * (made.host_sd > 0)
    z0 = z0[:, None, :] + 0.3 * rng.normal(size=(12, each))[product]
    wave = _wave(rng, rooms, steps, each)
    tested = min(NAMES.index(TESTED), each - 1)
    viewers = np.exp(rng.normal(5.0, 0.4, (rooms, 1)) + 0.2 * _wave(rng, rooms, made.minutes, 1)[..., 0])
    heat = (
        np.log(made.a_minute / 12) - 5.0 - made.surge / 3
        + made.host_sd * rng.normal(size=made.hosts)[host][:, None]
        + 0.2 * rng.normal(size=12)[product]
        + 0.2 * np.sin((hour0[:, None] + np.arange(steps) / 720) / 24 * 2 * np.pi)
        + np.repeat(
            np.log(viewers) + made.demand_sd * _slow(rng, rooms, made.minutes)
            + np.log(rng.gamma(made.theta, 1 / made.theta, (rooms, made.minutes))), 12, axis=1,
        )
        + made.surge * surge
    )  # fmt: skip
    z = z0 + wave
    z[..., tested] += made.rise * surge
    sold, z[..., tested] = _sell(rng, made, heat, z[..., tested])
    z = z + made.noise * np.repeat(rng.normal(size=(rooms, made.minutes, each)), 12, axis=1)
    return _points(rng, made, _share(z), sold, host, product, hour0, viewers, surge)


def _share(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _wave(rng: np.random.Generator, rooms: int, steps: int, each: int, keep: float = 0.9) -> Array:
    """Autoregressions of SD 1, a step to the next correlated .9 (about 50 s to forget)."""
    wave = np.empty((rooms, steps, each))
    wave[:, 0] = rng.normal(size=(rooms, each))
    for step in range(1, steps):
        wave[:, step] = keep * wave[:, step - 1] + np.sqrt(1 - keep**2) * rng.normal(size=(rooms, each))
    return wave


def _slow(rng: np.random.Generator, rooms: int, minutes: int) -> Array:
    return _wave(rng, rooms, minutes, 1, keep=0.8)[..., 0]


def _surges(rng: np.random.Generator, rooms: int, minutes: int) -> Array:
    """0 and 1 by step: stretches of 6 minutes on and 12 off on average."""
    on = np.empty((rooms, minutes))
    on[:, 0] = rng.random(rooms) < 1 / 3
    for minute in range(1, minutes):
        turn = rng.random(rooms) < np.where(on[:, minute - 1] > 0, 1 / 6, 1 / 12)
        on[:, minute] = np.where(turn, 1 - on[:, minute - 1], on[:, minute - 1])
    return np.repeat(on, 12, axis=1)


def _sell(rng: np.random.Generator, made: Made, heat: Array, z: Array) -> tuple[Array, Array]:
    """Purchases by step, and the tested expression's latent with what it gained from them."""
    rooms, steps = heat.shape
    lag = round(made.lag_s / STEP_S)
    spread = _share(z).reshape(rooms, -1, 12).mean(axis=2).std()
    slope = np.log(made.ratio) / spread
    middle = _share(z).mean()
    sold, shown, z = np.zeros((rooms, steps)), np.zeros((rooms, steps)), z.copy()
    kept = round(made.fades_s / STEP_S)
    usual = made.a_minute / 12 * kept
    for step in range(steps):
        past = sold[:, max(step - 1 - kept, 0) : max(step - 1, 0)].sum(axis=1)
        z[:, step] += made.reaction * (past - usual) / np.sqrt(usual)
        shown[:, step] = _share(z[:, step]) - middle
        seen = shown[:, step - lag] if step >= lag else 0.0
        sold[:, step] = rng.poisson(np.exp(heat[:, step] + slope * seen))
    return sold, z


def _points(
    rng: np.random.Generator, made: Made, share: Array, sold: Array, host: Codes, product: Codes,
    hour0: Codes, viewers: Array, surge: Array,
) -> HostPoints:  # fmt: skip
    rooms, steps, each = share.shape
    names = tuple(NAMES[:each])
    minutes = made.minutes
    shown = HostShown(
        tuple(f"r{room:03d}" for room in range(rooms)), STEP_S, np.full(rooms, steps), names,
        ("published",) * each, share.reshape(-1, each).astype(np.float32), np.ones(rooms * steps, np.float32),
    )  # fmt: skip
    room = np.repeat(np.arange(rooms), minutes)
    start = np.tile(np.arange(minutes) * 60.0, rooms)
    purchases = sold.reshape(rooms, minutes, 12).sum(axis=2).ravel()
    mean = np.repeat(np.exp(0.3 * rng.normal(size=made.hosts))[host], minutes) * viewers.ravel() / 150
    counts: dict[str, Array] = {
        "purchases": purchases,
        "revenue": purchases * np.exp(3 + 0.4 * rng.normal(size=len(purchases))),
    }
    for name, rate in (("comments", 12.0), ("likes", 40.0), ("shares", 1.5), ("gifts", 0.8)):
        counts[name] = rng.poisson(mean * rate * rng.gamma(4, 1 / 4, len(mean))).astype(float)
    counts["engagement"] = counts["comments"] + counts["likes"] + counts["shares"] + counts["gifts"]
    hour = ((np.repeat(hour0, minutes) + start // 3600) % 24).astype(np.int64)
    on_show = product.reshape(rooms, minutes, 12)[..., 0].ravel()
    promotion = surge.reshape(rooms, minutes, 12)[..., 0].ravel() * made.recorded
    return HostPoints(
        60.0, shown, room, np.repeat(host, minutes), tuple(f"h{k}" for k in range(made.hosts)),
        on_show, tuple(f"p{k}" for k in range(12)), on_show // 4, ("fashion", "electronics", "beauty"),
        np.zeros(len(room), np.int64), ("shop",), hour,
        promotion, start, start + 60, viewers.ravel(), 0.5 + 0.1 * rng.normal(size=len(room)),
        shown.over(room, start, start + 60)[0].astype(np.float32), np.ones(len(room)), counts, simulated=True,
    )  # fmt: skip
