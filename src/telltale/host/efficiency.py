"""Time efficiency: what a minute of stream brings, by when and what, and where the minutes go.

    rate = sum of counts / sum of minutes (or of viewer-hours)
    Var[log rate] = G / (G - 1) sum_g (y_g - rate m_g)^2 / (sum y)^2

with clusters g of hosts (broadcasts where there is one host). These are descriptions: that a tenth of the
broadcast sells more says nothing of why. That holds for the face too: what led while more was sold need not
have sold it.

Where the minutes go: how many brought nothing, and how much of all sales the best tenth of the time holds.
Some of that is chance: the same sales strewn over the same viewer-minutes at random bunch too, and that
figure stands beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.host.describe_points import leading
from telltale.host.points import HostPoints
from telltale.host.shown import Array, Codes

TENTHS: Final = 10
_BEST: Final = 0.1
_DRAWS: Final = 20
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rate:
    """What came per unit of time."""

    value: float
    low: float
    high: float
    """NaN where one cluster alone tells."""


@dataclass(frozen=True, slots=True)
class Bin:
    """One tenth, hour, category ... of the stream."""

    name: str
    share_of_time: float
    share_of_all: float
    """Of what was counted."""
    clusters: int
    a_minute: Rate
    a_viewer_hour: Rate | None
    """None where viewers are not known."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """Where the minutes go."""

    nothing: float
    """Share of the time in points in which nothing was counted."""
    best_tenth: float
    """Share of all that came in the best tenth of the time."""
    by_chance: float
    """The same if all had come at random over viewer-minutes; NaN for amounts."""


@dataclass(frozen=True, slots=True)
class Efficiency:
    """One outcome."""

    outcome: str
    overall: Bin
    by_place: tuple[Bin, ...]
    """Tenths of the broadcast."""
    by_hour: tuple[Bin, ...]
    by_category: tuple[Bin, ...]
    by_promotion: tuple[Bin, ...]
    by_face: tuple[Bin, ...]
    """By what led on the face: a description, no cause."""
    by_host: tuple[Bin, ...]
    """For who may see hosts side by side; a page may leave it out."""
    concentration: Concentration
    clustered_by: str


def find_efficiency(points: HostPoints, outcome: str, seed: int = 0) -> Efficiency:
    """What an outcome makes of the stream's time."""
    if outcome not in points.counts:
        raise ConfigError(
            f"no outcome {outcome!r} in this study", hint=f"there are {', '.join(points.counts) or 'none'}"
        )
    rows = np.isfinite(points.counts[outcome])
    if not points.counts[outcome][rows].any():
        raise FormatError(f"{outcome}: none in any point", hint="ask for an outcome that occurs")
    by_host = len(np.unique(points.host[rows])) > 1
    book = _Book(points, outcome, rows, points.host if by_host else points.room)
    lead, promotion = leading(points), np.nan_to_num(points.promotion, nan=-1).round().astype(np.int64)
    return Efficiency(
        outcome,
        book.bin("all", rows),
        book.bins(_tenths(points), [f"{10 * k} - {10 * k + 10} %" for k in range(TENTHS)]),
        book.bins(points.hour, [f"{hour:02d}:00" for hour in range(24)]),
        book.bins(points.category, points.categories),
        book.bins(promotion, ["no promotion", "promotion"]),
        book.bins(lead, points.names),
        book.bins(points.host, points.host_ids),
        _concentration(points, outcome, rows, seed),
        "host" if by_host else "broadcast",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Book:
    """What was counted, and in what time."""

    points: HostPoints
    outcome: str
    rows: Mask
    cluster: Codes

    def bins(self, codes: Codes, names: Iterable[str]) -> tuple[Bin, ...]:
        """One for each code that comes; what is not known (under 0) is left out."""
        found = ((name, self.rows & (codes == k)) for k, name in enumerate(names))
        return tuple(self.bin(name, rows) for name, rows in found if rows.any())

    def bin(self, name: str, rows: Mask) -> Bin:
        """One part of the stream."""
        y, minutes, viewers = self.points.counts[self.outcome], self.points.minutes, self.points.viewers
        clusters = len(np.unique(self.cluster[rows]))
        watched = rows & (viewers > 0)
        by_viewer = None
        if watched.any():
            by_viewer = _rate(y[watched], (minutes * viewers)[watched] / 60, self.cluster[watched])
        return Bin(
            name,
            float(minutes[rows].sum() / minutes[self.rows].sum()),
            float(y[rows].sum() / y[self.rows].sum()),
            clusters,
            _rate(y[rows], minutes[rows], self.cluster[rows]),
            by_viewer,
        )


def _rate(y: Array, time: Array, cluster: Codes) -> Rate:
    """Counts over time, with an interval by cluster on the logarithm.

    >>> rate = _rate(np.array([2.0, 4.0]), np.array([1.0, 1.0]), np.array([0, 1]))
    >>> rate.value, rate.low < 1 < rate.high
    (3.0, True)
    """
    value = float(y.sum() / time.sum())
    _, codes = np.unique(cluster, return_inverse=True)
    count = int(codes.max()) + 1
    if count < 2 or value <= 0:
        return Rate(value, float("nan"), float("nan"))
    left = np.bincount(codes, weights=y - value * time)
    error = float(np.sqrt(count / (count - 1) * (left**2).sum()) / y.sum())
    wide = float(stats.t.ppf(0.975, count - 1)) * error
    return Rate(value, float(value * np.exp(-wide)), float(value * np.exp(wide)))


def _tenths(points: HostPoints) -> Codes:
    """Which tenth of its broadcast the middle of each point lies in, shape (N,)."""
    shown = points.shown
    length = (shown.steps * shown.step_s)[points.room]
    place = (points.start_s + points.end_s) / 2 / length
    return np.clip((TENTHS * place).astype(np.int64), 0, TENTHS - 1)


def _concentration(points: HostPoints, outcome: str, rows: Mask, seed: int) -> Concentration:
    y, minutes = points.counts[outcome][rows], points.minutes[rows]
    viewers = points.viewers[rows]
    nothing = float(minutes[y == 0].sum() / minutes.sum())
    by_chance = float("nan")
    if (y == np.round(y)).all():
        exposed = minutes * (np.nan_to_num(viewers) if np.isfinite(viewers).all() and viewers.any() else 1.0)
        drawn = stream(seed, "host", "bunched", outcome).multinomial(
            int(y.sum()), exposed / exposed.sum(), _DRAWS
        )
        by_chance = float(np.mean([best_tenth(one.astype(np.float64), minutes) for one in drawn]))
    return Concentration(nothing, best_tenth(y, minutes), by_chance)


def best_tenth(y: Array, minutes: Array) -> float:
    """Share of all that came in the best tenth of the time, points of the highest rate first.

    >>> best_tenth(np.array([5.0, 5.0, *[0.0] * 18]), np.ones(20))
    1.0
    >>> round(best_tenth(np.ones(20), np.ones(20)), 6)
    0.1
    """
    order = np.argsort(-y / minutes, kind="stable")
    time = np.concatenate([[0.0], np.cumsum(minutes[order])]) / minutes.sum()
    came = np.concatenate([[0.0], np.cumsum(y[order])]) / y.sum()
    return float(np.interp(_BEST, time, came))
