"""What a study holds: points, hours, hosts, how much was counted and how much each expression showed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.host.points import HostPoints
from telltale.host.shown import Array, Codes
from telltale.signs.expressions import Evidence

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Held:
    """How much there is."""

    points: int
    hours: float
    broadcasts: int
    hosts: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """One outcome, a minute of stream."""

    outcome: str
    points: int
    total: float
    mean: float
    sd: float
    """Per minute, over points, each weighing its length."""
    zeros: float
    """Share of points in which there was none."""
    overdispersion: float
    """Variance over mean of the points' counts: 1 if they came by chance alone; NaN for amounts."""


@dataclass(frozen=True, slots=True)
class Showed:
    """One expression."""

    expression: str
    evidence: Evidence
    mean: float
    """Share of the time."""
    sd: float
    """Of its share, between points."""
    leads: float
    """Share of points in which it shows more than any other."""


@dataclass(frozen=True, slots=True)
class Group:
    """All of it for one part of the study."""

    by: str
    """`all`, `category` or `platform`."""
    name: str
    held: Held
    counted: tuple[Counted, ...]
    showed: tuple[Showed, ...]


def describe_points(points: HostPoints) -> tuple[Group, ...]:
    """The whole study, then each category and each platform where there are several."""
    groups = [_group(points, "all", "all", np.ones(len(points), bool))]
    for by, codes, names in (
        ("category", points.category, points.categories),
        ("platform", points.platform, points.platforms),
    ):
        there = np.unique(codes)
        if len(there) > 1:
            named = [(names[k] if k >= 0 else "not known", codes == k) for k in there.tolist()]
            groups += [_group(points, by, name, rows) for name, rows in named]
    return tuple(groups)


def leading(points: HostPoints) -> Codes:
    """Which expression shows most in each point, shape (N,); -1 where the face was not read."""
    shares = points.shares.astype(np.float64)
    read = np.isfinite(shares).all(axis=1)
    return np.where(read, np.argmax(np.nan_to_num(shares), axis=1), -1)


def _group(points: HostPoints, by: str, name: str, rows: Mask) -> Group:
    held = Held(
        int(rows.sum()),
        float(points.minutes[rows].sum() / 60),
        len(np.unique(points.room[rows])),
        len(np.unique(points.host[rows])),
        points.simulated,
    )
    counted = [
        _counted(outcome, values[rows], points.minutes[rows]) for outcome, values in points.counts.items()
    ]
    return Group(by, name, held, tuple(one for one in counted if one.points), _showed(points, rows))


def _counted(outcome: str, values: Array, minutes: Array) -> Counted:
    known = np.isfinite(values)
    y, length = values[known], minutes[known]
    if not len(y):
        return Counted(outcome, 0, 0.0, *(float("nan"),) * 4)
    mean = float(y.sum() / length.sum())
    sd = float(np.sqrt(np.average((y / length - mean) ** 2, weights=length)))
    whole = bool((y == np.round(y)).all())
    over = float(np.var(y) / y.mean()) if whole and y.any() else float("nan")
    return Counted(outcome, len(y), float(y.sum()), mean, sd, float((y == 0).mean()), over)


def _showed(points: HostPoints, rows: Mask) -> tuple[Showed, ...]:
    lead = leading(points)
    rows = rows & (lead >= 0)
    if not rows.any():
        return ()
    shares, minutes = points.shares[rows].astype(np.float64), points.minutes[rows]
    mean = np.average(shares, axis=0, weights=minutes)
    sd = shares.std(axis=0)
    first = np.bincount(lead[rows], weights=minutes, minlength=shares.shape[1]) / minutes.sum()
    every = zip(points.names, points.shown.evidence, mean.tolist(), sd.tolist(), first.tolist(), strict=True)
    return tuple(Showed(*one) for one in every)
