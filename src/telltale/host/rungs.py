"""The ladder of designs: the same question asked again with more and more taken into account.

    alone      log E[count] = log viewer-minutes + share
    host       + host and platform
    product    + product or category, hour of the day, place in the broadcast
    promotion  + whether a promotion ran
    before     + the count and the viewers one and two minutes before, voice, all other expressions
    within     + the broadcast, instead of host and platform: minutes of one broadcast are compared

All rungs ask the same rows, so that what an expression loses on the way it lost to what was added. Below
`before` expressions enter one at a time, from there on together, in standard deviations of their shares.

A minute is a point's own stretch, or, where points are shorter, the minute that ends with it: what is asked
of counts every ten seconds is what is asked of counts by the minute. Sales scatter more than by chance where
more is sold, so a row weighs `phi / (phi + alpha mu)`, from a first fit without any face (`worth.py`).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.host.asked import Asked, asked_of
from telltale.host.points import MINUTE_S, NONE, HostPoints
from telltale.host.shown import Array, Codes
from telltale.host.worth import worth

Rung = Literal["alone", "host", "product", "promotion", "before", "within"]
RUNGS: Final[tuple[Rung, ...]] = ("alone", "host", "product", "promotion", "before", "within")
TOGETHER: Final[tuple[Rung, ...]] = ("before", "within")
"""Rungs in which all expressions stand together."""
LEAST_POINTS: Final = 30
FEW_HOSTS: Final = 30
LEAST_HOSTS: Final = 4
"""Of fewer nothing can be told from host to host: broadcasts are clusters, and the report says so."""
PRODUCT_POINTS: Final = 5
"""A product with fewer points counts as its category."""
_BACK: Final = (1, 2)
"""Minutes before that are taken out."""
_SLACK_S: Final = 1e-3
_MOST_MISSING: Final = 0.5
"""What is missing in more of the points than this is left out whole, not the points."""
_KNOTS: Final = np.array([0.05, 0.275, 0.5, 0.725, 0.95])
Columns = dict[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """One regression: n rows, each a point."""

    outcome: str
    rung: Rung
    y: Array
    """Shape (n,): what was counted."""
    controls: Array
    """Shape (n, C), the intercept first; groups come with a column for each but for broadcasts."""
    control_names: tuple[str, ...]
    shares: Array
    """Shape (n, E): the expressions in standard deviations."""
    names: tuple[str, ...]
    """The expressions."""
    extra: Array
    """Shape (n, M): what was asked for beside."""
    offset: Array
    """Shape (n,): log of viewer-minutes, or of minutes where viewers are not known."""
    weight: Array
    """Shape (n,): what a row is worth, 1 on average."""
    cluster: Codes
    """Shape (n,)."""
    clustered_by: Literal["host", "broadcast"]
    fine: Codes
    """Shape (n,): the broadcast where there are fewer than `FEW_HOSTS`, else as `cluster`."""
    room: Codes
    """Shape (n,)."""
    group: Codes | None
    """Shape (n,): broadcasts whose effects are taken out; None on rungs that compare between broadcasts."""
    rows: Codes
    """Shape (n,): places among the points."""
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def together(self) -> Array:
        """Shape (n, C + E): controls, then all expressions."""
        return np.column_stack([self.controls, self.shares])


class Ladder:
    """The designs of one study; what they share is worked out once."""

    def __init__(self, points: HostPoints) -> None:
        if len(points) < LEAST_POINTS:
            raise FormatError(
                f"{len(points)} data points are too few to ask anything",
                hint=f"give {LEAST_POINTS} or more: longer or more broadcasts",
            )
        self.points = points
        self.minute_s = max(points.step_s, MINUTE_S)
        """Length of what is asked about: a point, or the minute that ends with it."""
        self.asked: Asked = asked_of(points.names, self._shown(0.0))
        self.lag_s = 0.0
        """How long before the count the faces of its designs were."""
        self.shares = self.seen(0.0)
        """Shape (N, E)."""
        self._at = {0.0: self}
        self._worths: dict[str, Array] = {}
        self.clustered_by: Literal["host", "broadcast"] = "host"
        self.cluster = points.host
        self.hosts = len(np.unique(points.host))
        if self.hosts < LEAST_HOSTS:
            self.clustered_by, self.cluster = "broadcast", points.room
            if len(np.unique(points.room)) == 1:
                raise FormatError(
                    "all points are of one broadcast: nothing says how far another would differ",
                    hint="give two or more",
                )

    def at(self, lag_s: float) -> Ladder:
        """The same ladder, of faces some time earlier: all expressions of its designs are of then."""
        if lag_s not in self._at:
            other = copy.copy(self)
            other.lag_s, other.shares, other._worths = lag_s, self.seen(lag_s), {}
            self._at[lag_s] = other
        return self._at[lag_s]

    def seen(self, lag_s: float) -> Array:
        """Shares of each point's minute `lag_s` earlier, in standard deviations. Shape (N, E)."""
        return self.asked.standard(self._shown(lag_s))

    def _shown(self, lag_s: float) -> Array:
        points = self.points
        if points.step_s >= MINUTE_S:
            return points.shares.astype(np.float64) if lag_s == 0 else points.lagged(lag_s)
        end_s = points.end_s - lag_s
        return points.shown.over(points.room, end_s - self.minute_s, end_s)[0]

    def design(self, outcome: str, rung: Rung, extra: Array | None = None) -> Design:
        """The design of an outcome at a rung.

        Parameters
        ----------
        extra
            Shape (N,) or (N, M): further columns of the points, such as lags; rows where one is missing are
            left out.
        """
        points = self.points
        if outcome not in points.counts:
            there = ", ".join(points.counts) or "none"
            raise ConfigError(f"no outcome {outcome!r} in this study", hint=f"there are {there}")
        beside = np.zeros((len(points), 0)) if extra is None else extra.reshape(len(points), -1)
        whole, notes = self._whole(outcome)
        rows = np.flatnonzero(whole & np.isfinite(beside).all(axis=1))
        if len(rows) < LEAST_POINTS:
            raise FormatError(
                f"{outcome}: {len(rows)} points are left in which all is known",
                hint="see what is missing in the notes",
            )
        if not points.counts[outcome][rows].any():
            raise FormatError(f"{outcome}: none in any point", hint="ask for an outcome that occurs")
        columns = self._columns(outcome, rung)
        cluster = np.unique(self.cluster[rows], return_inverse=True)[1]
        fine = points.room[rows] if cluster.max() + 1 < FEW_HOSTS else cluster
        room = points.room[rows]
        return Design(
            outcome, rung, points.counts[outcome][rows],
            np.column_stack(list(columns.values()))[rows], tuple(columns),
            self.shares[rows], self.asked.names, beside[rows], self._exposure[0][rows],
            self._worth(outcome, whole)[rows], cluster, self.clustered_by, fine, room,
            room if rung == "within" else None, rows, notes,
        )  # fmt: skip

    def _whole(self, outcome: str) -> tuple[np.typing.NDArray[np.bool_], tuple[str, ...]]:
        """Points in which everything is known, and what was left out."""
        points = self.points
        needs = {
            "the face was not read": np.isfinite(self.shares).all(axis=1),
            f"{outcome} were not counted": np.isfinite(points.counts[outcome]),
            "nobody watched": ~(points.viewers <= 0),
            **({"voice is not known": np.isfinite(points.voice)} if "voice" in self._sometimes else {}),
        }
        late, told = self._begun(_BACK[-1]), np.logical_and.reduce(list(needs.values()))
        notes = [f"{int((~ok).sum()):,} points left out: {why}" for why, ok in needs.items() if not ok.all()]
        span = "two minutes" if self.minute_s == MINUTE_S else "two points"
        if first := int((told & ~late).sum()):
            notes.append(f"{first:,} points left out: the first {span} of their broadcast have no past")
        marks = [mark > 0 for name, mark in self._past(outcome).items() if name.endswith("unknown")]
        if marks and (gap := int((told & late & np.logical_or.reduce(marks)).sum())):
            notes.append(
                f"what was counted in the {span} before is not all known in {gap:,} points: those are"
                " compared among themselves"
            )
        return told & late, (*notes, *self._unknown, *self._exposure[2], *self.asked.notes)

    def _begun(self, minutes: int) -> np.typing.NDArray[np.bool_]:
        """Whether a point's broadcast ran so many minutes before the one that ends with it, shape (N,)."""
        return self.points.end_s >= (minutes + 1) * self.minute_s - _SLACK_S

    @cached_property
    def _sometimes(self) -> Columns:
        """Promotion and voice, where they are known for most points."""
        both = {"promotion": self.points.promotion, "voice": self.points.voice}
        return {name: v for name, v in both.items() if np.isnan(v).mean() <= _MOST_MISSING}

    @property
    def _unknown(self) -> list[str]:
        names = [name for name in ("promotion", "voice") if name not in self._sometimes]
        notes = [f"{name} is not known for most points, so it is not taken into account" for name in names]
        if "promotion" in self._sometimes and (lost := int(np.isnan(self.points.promotion).sum())):
            notes.append(f"promotion is not known in {lost:,} points: those are compared among themselves")
        if self.clustered_by == "broadcast":
            notes.append(few_hosts(self.hosts))
        return notes

    @cached_property
    def _exposure(self) -> tuple[Array, Columns, list[str]]:
        """Offset, shape (N,); a column that marks points without viewers; notes."""
        minutes, viewers = np.log(self.points.minutes), self.points.viewers
        known = np.isfinite(viewers)
        if not known.any():
            return minutes, {}, ["viewers are not known: counts are by minute, not by viewer"]
        offset = minutes + np.where(known, np.log(np.maximum(np.where(known, viewers, 1.0), 1e-9)), 0.0)
        if known.all():
            return offset, {}, []
        told = f"viewers are not known in {int((~known).sum()):,} points: those are compared among themselves"
        return offset, {"viewers unknown": (~known).astype(np.float64)}, [told]

    def _past(self, outcome: str) -> Columns:
        """log(1 + rate) one and two minutes before; points where it is not known are marked."""
        return self._marked(outcome, self.points.counts[outcome] / self.points.minutes)

    @cached_property
    def _audience(self) -> Columns:
        """log(1 + viewers) one and two minutes before; points where they are not known are marked."""
        return self._marked("viewers", self.points.viewers)

    def _marked(self, name: str, values: Array) -> Columns:
        columns: Columns = {}
        for back in _BACK:
            before = np.log1p(self.before(values, back))
            known = np.isfinite(before)
            if not known.any():
                return {}
            columns[f"{name} {back} before"] = np.where(known, before, 0.0)
            unknown = ~known & self._begun(back)
            if unknown.any():
                columns[f"{name} {back} before unknown"] = unknown.astype(np.float64)
        return columns

    def before(self, values: Array, minutes: int) -> Array:
        """Mean of what points hold in the minute some minutes before theirs, shape (N,).

        NaN where there is none, or a gap lies between.
        """
        each = max(round(self.minute_s / self.points.step_s), 1)
        found = np.full(len(values), np.nan)
        for place in range(minutes * each, (minutes + 1) * each):
            one = earlier(self.points, values, place)
            found = one if place == minutes * each else found + one
        return found / each

    def _worth(self, outcome: str, whole: np.typing.NDArray[np.bool_]) -> Array:
        """What each point is worth, shape (N,); the same on all rungs, so that they can be compared."""
        if outcome not in self._worths:
            rows = np.flatnonzero(whole)
            x = np.column_stack(list(self._columns(outcome, "before").values()))[rows]
            found = np.ones(len(self.points))
            found[rows] = worth(x, self.points.counts[outcome][rows], self._exposure[0][rows])
            self._worths[outcome] = found
        return self._worths[outcome]

    def _columns(self, outcome: str, rung: Rung) -> Columns:
        """The controls of a rung, by name."""
        points, reach = self.points, RUNGS.index(rung)
        columns: Columns = {"intercept": np.ones(len(points)), **self._exposure[1]}
        if rung != "within" and reach >= 1:
            columns |= _levels("host", points.host) | _levels("platform", points.platform)
        if reach >= 2:
            columns |= self._on_show | self._place | self._hour
        if reach >= 3 and "promotion" in self._sometimes:
            columns["promotion"] = np.nan_to_num(points.promotion)
            if np.isnan(points.promotion).any():
                columns["promotion unknown"] = np.isnan(points.promotion).astype(np.float64)
        if reach >= 4:
            columns |= self._past(outcome) | self._audience
            if "voice" in self._sometimes:
                columns["voice"] = points.voice
        return columns

    @cached_property
    def _on_show(self) -> Columns:
        """Products with enough points, else their categories."""
        points = self.points
        count = np.bincount(points.product[points.product != NONE], minlength=len(points.product_ids) + 1)
        own = (points.product != NONE) & (count[points.product] >= PRODUCT_POINTS)
        return _levels("product", np.where(own, points.product, NONE - 1 - (points.category + 1)))

    @cached_property
    def _place(self) -> Columns:
        """Where in its broadcast a point lies, as a smooth curve with four degrees of freedom."""
        points = self.points
        end = np.zeros(int(points.room.max()) + 1)
        np.maximum.at(end, points.room, points.end_s)
        place = (points.start_s + points.end_s) / 2 / end[points.room]
        return {f"place {k + 1}": column for k, column in enumerate(natural_spline(place, _KNOTS).T)}

    @cached_property
    def _hour(self) -> Columns:
        """Two waves a day."""
        turn = 2 * np.pi * (self.points.hour + 0.5) / 24
        return {f"hour {wave.__name__} {k}": wave(k * turn) for k in (1, 2) for wave in (np.sin, np.cos)}


def few_hosts(hosts: int) -> str:
    """What is said where hosts are fewer than `LEAST_HOSTS`.

    >>> few_hosts(1)
    '1 host: errors are by broadcast, and nothing says how another host would differ'
    """
    who = "1 host" if hosts == 1 else f"{hosts} hosts"
    return f"{who}: errors are by broadcast, and nothing says how another host would differ"


def design(points: HostPoints, outcome: str, rung: Rung, extra: Array | None = None) -> Design:
    """One design of a study; see `Ladder.design`."""
    return Ladder(points).design(outcome, rung, extra)


def earlier(points: HostPoints, values: Array, back: int) -> Array:
    """Values of points, shape (N,) or (N, M), `back` points earlier in the same broadcast.

    Later where `back` is negative; NaN where there is none, or a gap lies between.
    """
    found = np.full(values.shape, np.nan)
    early, late = (
        (slice(None, -back), slice(back, None)) if back > 0 else (slice(-back, None), slice(None, back))
    )
    same = points.in_a_row(abs(back))
    found[late] = np.where(same.reshape(-1, *[1] * (values.ndim - 1)), values[early], np.nan)
    return found


def natural_spline(x: Array, knots: Array) -> Array:
    """Natural cubic spline of x, linear beyond the outer knots. Shape (n, knots - 1).

    >>> natural_spline(np.array([0.0, 2.0]), np.array([0.0, 1.0, 2.0])).tolist()
    [[0.0, 0.0], [2.0, 1.5]]
    """
    last, width = knots[-1], knots[-1] - knots[0]

    def cube(knot: float) -> Array:
        found: Array = (np.maximum(x - knot, 0) ** 3 - np.maximum(x - last, 0) ** 3) / (last - knot) / width
        return found

    tail = cube(float(knots[-2]))
    return np.column_stack([x, *(cube(float(knot)) - tail for knot in knots[:-2])])


def _levels(name: str, codes: Codes) -> Columns:
    """A column of 0 and 1 for each level; none where there is only one."""
    levels = np.unique(codes)
    return (
        {f"{name} {level}": (codes == level).astype(np.float64) for level in levels.tolist()}
        if len(levels) > 1
        else {}
    )
