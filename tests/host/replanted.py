"""Counts drawn anew for faces that are there: what they hang on is planted, moment by moment.

For each step u of the fine grid, with g any function of what was shown up to u,

    log E[Y_u] = log viewers + host + demand of the minute + g_u,     stretches of `every_s` are summed up

and rates of minutes are gamma (negative binomial with `theta`). All of it is simulated.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from tests.host.made_points import NAMES, STEP_S, TESTED, Made, made_points

from telltale.core.rng import stream
from telltale.host.points import HostPoints
from telltale.host.shown import Array

__all__ = ["NAMES", "STEP_S", "TESTED", "Made", "made_points", "replanted", "share_of", "shown_before"]


def share_of(points: HostPoints, name: str = TESTED) -> Array:
    """Its share in each step, shape (rooms, steps)."""
    shown = points.shown
    return shown.shares[:, shown.names.index(name)].reshape(len(shown.room_ids), -1).astype(np.float64)


def shown_before(points: HostPoints, lag_s: float, name: str = TESTED) -> Array:
    """The same, `lag_s` earlier (later where negative), less its mean, in SD of the points' shares."""
    share, back = share_of(points, name), round(lag_s / STEP_S)
    early, width = np.full(share.shape, share.mean()), share.shape[1]
    early[:, max(back, 0) : width + min(back, 0)] = share[:, max(-back, 0) : width - max(back, 0)]
    standard: Array = (early - share.mean()) / float(points.shares[:, points.names.index(name)].std())
    return standard


def replanted(
    points: HostPoints, planted: Array, seed: int, *, every_s: float = 60.0, a_minute: float = 5.0,
    theta: float = 5.0, demand_sd: float = 0.2,
) -> HostPoints:  # fmt: skip
    """The same study, purchases hanging on `planted`, shape (rooms, steps), in stretches of `every_s`."""
    rng = stream(seed, "replanted")
    rooms, steps = planted.shape
    minutes = steps // 12
    viewers = points.viewers.reshape(rooms, minutes)
    host = points.host.reshape(rooms, minutes)[:, 0]
    demand = rng.normal(size=(rooms, minutes))
    for minute in range(1, minutes):
        demand[:, minute] = 0.8 * demand[:, minute - 1] + 0.6 * demand[:, minute]
    minute_log = (
        np.log(a_minute / 12) + np.log(viewers / viewers.mean()) + demand_sd * demand
        + 0.3 * rng.normal(size=len(points.host_ids))[host][:, None]
        + np.log(rng.gamma(theta, 1 / theta, (rooms, minutes)))
    )  # fmt: skip
    sold = rng.poisson(np.exp(np.repeat(minute_log, 12, axis=1) + planted)).astype(np.float64)
    wide = round(every_s / STEP_S)
    counts = sold.reshape(rooms, -1, wide).sum(axis=2).ravel()
    each = steps // wide
    room = np.repeat(np.arange(rooms), each)
    start = np.tile(np.arange(each) * every_s, rooms)
    row = room * minutes + (start // 60).astype(np.int64)
    alike = {
        name: getattr(points, name)[row]
        for name in (
            "host",
            "product",
            "category",
            "platform",
            "hour",
            "promotion",
            "viewers",
            "voice",
            "read",
        )
    }
    return dataclasses.replace(
        points, step_s=every_s, room=room, start_s=start, end_s=start + every_s, counts={"purchases": counts},
        shares=points.shown.over(room, start, start + every_s)[0].astype(np.float32), **alike,
    )  # fmt: skip
