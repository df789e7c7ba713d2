"""Visits in memory with a planted hazard: shares persist on a grid of 5 s, viewers join, buy and leave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.host.shown import HostShown
from telltale.host.study_points import RoomFacts
from telltale.host.visits import GRID_S, Visits

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

STEP_S = 5.0
NAMES = ("amusement", "doubt", "elation", "pride")
WINDOW_S = 60.0
SECONDS = 1800


def made_shown(rooms: int, seed: int) -> HostShown:
    """Shares of four expressions in broadcasts of half an hour; each broadcast has a level of its own."""
    rng = stream(seed, "made", "shown")
    steps = int(SECONDS / STEP_S)
    latent = np.zeros((rooms, steps, len(NAMES)))
    for t in range(1, steps):
        latent[:, t] = 0.9 * latent[:, t - 1] + np.sqrt(1 - 0.81) * rng.standard_normal((rooms, len(NAMES)))
    latent += 0.5 * rng.standard_normal((rooms, 1, len(NAMES)))
    shares = 1 / (1 + np.exp(1 - latent))
    return HostShown(
        room_ids=tuple(f"r{i:03d}" for i in range(rooms)),
        step_s=STEP_S,
        steps=np.full(rooms, steps),
        names=NAMES,
        evidence=("published", "published", "published", "published"),
        shares=shares.reshape(-1, len(NAMES)).astype(np.float32),
        read=np.ones(rooms * steps, dtype=np.float32),
    )


def made_visits(
    shown: HostShown,
    seed: int,
    *,
    each: int = 40,
    hosts: int = 12,
    buying: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
    leaving: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
    more_for_women: float = 0.0,
    room_effect: float = 0.0,
) -> Visits:
    """Viewers whose log hazards a 10 s step move with what was shown in the minute before.

    Parameters
    ----------
    buying, leaving
        Log ratio for one standard deviation of each expression's share in the window.
    more_for_women
        Added to the first of `buying` for women.
    room_effect
        Log hazard of buying for a standard deviation of a broadcast's mean elation: a broadcast in which
        much is shown and much is sold, for a reason of its own.
    """
    rng = stream(seed, "made", "visits")
    rooms = len(shown.room_ids)
    room = np.repeat(np.arange(rooms), each)
    start_s = 10.0 * rng.integers(0, 60, len(room)).astype(np.float64)
    gender = rng.integers(0, 2, len(room))
    grid = np.arange(0, SECONDS, 10.0)
    at = np.tile(np.maximum(grid, WINDOW_S), rooms)
    shares, _ = shown.over(np.repeat(np.arange(rooms), len(grid)), at - WINDOW_S, at)
    z = ((shares - shares.mean(axis=0)) / shares.std(axis=0)).reshape(rooms, len(grid), -1)
    usual = z[:, :, NAMES.index("elation")].mean(axis=1)
    usual = (usual - usual.mean()) / max(float(usual.std()), 1e-9)
    purchases, stops = np.full(len(room), np.inf), np.full(len(room), float(SECONDS))
    for k, now_s in enumerate(grid.tolist()):
        here = z[room, k]
        first = here[:, 0] * more_for_women * (gender == 0)
        buys = -6.5 + here @ np.array(buying) + first + room_effect * usual[room]
        goes = -7.0 + here @ np.array(leaving)
        # Nothing happens before a viewer has seen a whole window.
        there = (now_s >= start_s + WINDOW_S) & (now_s < stops)
        bought = there & np.isinf(purchases) & (rng.random(len(room)) < -np.expm1(-10 * np.exp(buys)))
        purchases[bought] = now_s + 10 * rng.random(int(bought.sum()))
        left = there & (rng.random(len(room)) < -np.expm1(-10 * np.exp(goes)))
        stops[left] = now_s + 10.0
    steps = int(SECONDS / GRID_S)
    return Visits(
        session_ids=tuple(f"s{i:05d}" for i in range(len(room))),
        room=room,
        start_s=start_s,
        stop_s=stops,
        left=stops < SECONDS,
        rooms=made_rooms(rooms, hosts),
        product=np.tile(np.arange(steps) // 30 % 3, rooms),
        product_first=np.arange(rooms + 1) * steps,
        product_ids=("k0", "k1", "k2"),
        price=np.array([10.0, 20.0, 40.0]),
        traits={"gender": (gender, ("female", "male"))},
        acts={"purchase": _axis(purchases, stops), "add_to_cart": np.zeros(0)},
        simulated=True,
        notes=(),
    )


def made_rooms(rooms: int, hosts: int) -> RoomFacts:
    """One platform, one category, an evening each."""
    none = np.zeros(rooms, dtype=np.int64)
    return RoomFacts(
        host=np.arange(rooms) % hosts,
        host_ids=tuple(f"h{i:02d}" for i in range(hosts)),
        category=none,
        categories=("fashion",),
        platform=none,
        platforms=("orchid",),
        started_ms=1_772_000_000_000 + 86_400_000 * np.arange(rooms),
        promotion=np.zeros(rooms),
    )


def _axis(purchases: Array, stops: Array) -> Array:
    """Purchases on the axis that `Visits.acts` wants."""
    done = np.flatnonzero(purchases <= stops)
    return done * 1e7 + purchases[done]
