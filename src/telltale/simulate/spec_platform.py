"""What a platform counts in each broadcast, and what of it a host's face moves: the keys of `[platform]`.

    log mu_k(t) = log(base_k) + log(viewers(t)) + log(5 s) + host_k + product_k + hour_k + promotion_k
                  + demand(t) + sum_e w_ke x_e(t - lag_e) + the surges that run

`platform.py` plays it; `docs/simulation.md` says it in words.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from telltale.core.config import Problem
from telltale.core.toml_lines import KeyPath
from telltale.signs.expressions import load_table
from telltale.simulate.spec_checks import PEOPLE_TABLES, did_you_mean, must, refuse

if TYPE_CHECKING:
    from telltale.simulate.spec import Spec

OUTCOMES: Final = ("purchases", "comments", "likes", "shares", "gifts")
"""What is counted; revenue follows from purchases."""
GRID_S: Final = 5.0
"""The step of the slow factors: `panel.STEP_S`, which cannot be imported from here."""
LONGEST_LAG_S: Final = 300.0


@dataclass(frozen=True)
class HostEffect:
    """One expression that moves one outcome, whether or not anybody notices it."""

    expression: str
    """Of the table of expressions, such as elation."""
    outcome: str
    ratio: float
    """Rate over the usual one for one standard deviation of the expression's minute mean."""
    lag_s: float = 0.0
    """Seconds until viewers act."""
    best: float = 0.0
    """Standard deviations above the mean at which it does most; more is worse. 0: the more, the more."""
    only: dict[str, str] = field(default_factory=dict)
    """Hosts in whom it works, such as `{ culture = "east_asia" }`; in others it does nothing."""

    def __post_init__(self) -> None:
        on_grid = 0 <= self.lag_s <= LONGEST_LAG_S and self.lag_s % GRID_S == 0
        refuse(
            must(self, "ratio", self.ratio > 0, "a number above 0"),
            must(self, "lag_s", on_grid, f"a multiple of {GRID_S:g} from 0 to {LONGEST_LAG_S:g}"),
            must(self, "best", self.best >= 0, "a number above 0, or 0 for none"),
            [*_not_named(self.only, ("only",), PEOPLE_TABLES, "column of hosts")],
        )


@dataclass(frozen=True)
class Reaction:
    """An expression that merely follows an outcome: the host shows it more when there was more."""

    expression: str
    outcome: str
    weight: float
    """Standard deviations of the expression for one of the count before it, within the broadcast."""
    after_s: tuple[float, float] = (5.0, 40.0)
    """The face follows what was counted so many seconds before, from the nearer to the farther."""

    def __post_init__(self) -> None:
        near, far = self.after_s
        on_grid = 0 <= near < far <= LONGEST_LAG_S and near % GRID_S == 0 and far % GRID_S == 0
        wanted = f"two multiples of {GRID_S:g} that rise, from 0 to {LONGEST_LAG_S:g}"
        refuse(must(self, "after_s", on_grid, wanted))


@dataclass(frozen=True)
class Surge:
    """A stretch of a broadcast, such as a flash sale, that raises counts and the host's face alike."""

    name: str
    share: float
    """Of all time, on average over broadcasts."""
    minutes: float
    ratio: dict[str, float] = field(default_factory=dict)
    """Rate over the usual one while it runs, by outcome."""
    face: dict[str, float] = field(default_factory=dict)
    """Standard deviations by which an expression shows more while it runs."""
    recorded: bool = True
    """Whether the platform's table says so, in `promotion`."""

    def __post_init__(self) -> None:
        refuse(
            must(self, "name", bool(self.name.strip()), "a name"),
            must(self, "share", 0 < self.share < 1, "a share between 0 and 1"),
            must(self, "minutes", self.minutes > 0, "a number above 0"),
            [*_not_named(self.ratio, ("ratio",), OUTCOMES, "outcome")],
            [*_not_above_0(self.ratio, "ratio")],
            [*_not_named(self.face, ("face",), expressions(), "expression")],
        )

    def stretches(self, length_s: float) -> int:
        """So many whole stretches one lasts."""
        return max(round(self.minutes * 60 / length_s), 1)

    def most(self, length_s: float, minutes: float) -> float:
        """The largest share of a broadcast that fits, with a stretch between one and the next.

        >>> round(Surge("flash", 0.5, 2.0).most(60.0, 60.0), 3)
        0.667
        """
        every, long = math.ceil(minutes * 60 // GRID_S / (length_s // GRID_S)), self.stretches(length_s)
        return (every + 1) // (long + 1) * long / every


@dataclass(frozen=True)
class Platform:
    """What the platform counts, stretch by stretch."""

    length_s: float = 60.0
    """Length of a stretch: a row of `room_counts`."""
    base: dict[str, float] = field(
        default_factory=lambda: {
            "purchases": 0.01,
            "comments": 0.06,
            "likes": 0.3,
            "shares": 0.01,
            "gifts": 0.008,
        }
    )
    """Usual counts per viewer and minute; what is not named is not counted."""
    audience: float = 400.0
    """Viewers of the median broadcast, on average over its time."""
    audience_sd: float = 0.5
    """Standard deviation of its log across broadcasts."""
    host_sd: float = 0.3
    """Standard deviation of the log rates of hosts, for each outcome by itself."""
    product_sd: float = 0.3
    hour_sd: float = 0.15
    demand_sd: float = 0.15
    """Of what raises all outcomes for minutes and stands in no log."""
    demand_persistence: float = 0.98
    """Weight of demand's own last value, 5 s before."""
    overdispersion: float = 0.1
    """Variance of the gamma by which each stretch's rate is multiplied, for each outcome by itself."""
    basket_sd: float = 0.4
    """Standard deviation of what a purchase brings, as a share of the price."""
    promotion: dict[str, float] = field(default_factory=dict)
    """Rate over the usual one in broadcasts with a promotion (`rooms.promotion`), by outcome."""
    effects: tuple[HostEffect, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    surges: tuple[Surge, ...] = ()

    def __post_init__(self) -> None:
        spreads = ("audience_sd", "host_sd", "product_sd", "hour_sd", "demand_sd", "overdispersion")
        whole = self.length_s >= GRID_S and self.length_s % GRID_S == 0
        refuse(
            must(self, "length_s", whole, f"a multiple of {GRID_S:g}, {GRID_S:g} or more"),
            must(self, "audience", self.audience >= 1, "1 or more"),
            *(must(self, key, 0 <= getattr(self, key) <= 2, "a number from 0 to 2") for key in spreads),
            must(self, "basket_sd", 0 <= self.basket_sd <= 2, "a number from 0 to 2"),
            must(self, "demand_persistence", 0 <= self.demand_persistence < 1, "a number from 0 to below 1"),
            must(self, "base", "purchases" in self.base, "at least purchases"),
            [*_not_named(self.base, ("base",), OUTCOMES, "outcome")],
            [*_not_above_0(self.base, "base")],
            [*self._wrong_parts()],
        )

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What is counted, in the order of `OUTCOMES`."""
        return tuple(name for name in OUTCOMES if name in self.base)

    def _wrong_parts(self) -> Iterator[Problem]:
        """Outcomes that are not counted, expressions that are none, surges named twice."""
        counted = [name for name in OUTCOMES if name in self.base]
        parts: tuple[tuple[str, tuple[HostEffect | Reaction, ...]], ...] = (
            ("effects", self.effects),
            ("reactions", self.reactions),
        )
        for key, some in parts:
            for i, part in enumerate(some):
                yield from _not_one(part.outcome, (key, i, "outcome"), counted, "outcome that is counted")
                yield from _not_one(part.expression, (key, i, "expression"), expressions(), "expression")
        yield from _not_named(self.promotion, ("promotion",), counted, "outcome that is counted")
        yield from _not_above_0(self.promotion, "promotion")
        names = [surge.name for surge in self.surges]
        for i, surge in enumerate(self.surges):
            yield from _not_named(surge.ratio, ("surges", i, "ratio"), counted, "outcome that is counted")
            if surge.minutes * 60 < self.length_s:
                text = f"is {surge.minutes:g}: choose a stretch of {self.length_s:g} s or more"
                yield ("surges", i, "minutes"), text
            if surge.name in names[:i]:
                yield ("surges", i, "name"), f"is {surge.name!r} a second time: keep one of them"


def check_platform(spec: Spec) -> Iterator[Problem]:
    """Every problem between the platform and the spec's other parts."""
    platform, minutes = spec.platform, spec.rooms.minutes
    if platform.length_s > minutes * 60:
        text = f"is {platform.length_s:g}: choose no more than a broadcast's {minutes:g} min"
        yield ("platform", "length_s"), text
    for i, effect in enumerate(platform.effects):
        for column, value in effect.only.items():
            known = getattr(spec.people, PEOPLE_TABLES[column])
            path: KeyPath = ("platform", "effects", i, "only", column)
            yield from _not_one(value, path, known, f"value of people.{PEOPLE_TABLES[column]}")
    for i, surge in enumerate(platform.surges):
        if surge.minutes > minutes:
            text = f"is {surge.minutes:g}: choose no more than a broadcast's {minutes:g}"
            yield ("platform", "surges", i, "minutes"), text
        elif surge.share > (most := surge.most(platform.length_s, minutes)) + 1e-9:
            text = (
                f"is {surge.share:g}: surges do not touch, so those of {surge.minutes:g} min fill at most"
                f" {math.floor(1000 * most) / 1000:g} of a broadcast"
            )
            yield ("platform", "surges", i, "share"), text


def expressions() -> tuple[str, ...]:
    """Names of the expressions that a face may show."""
    return tuple(expression.name for expression in load_table().expressions)


def _not_one(name: str, path: KeyPath, allowed: Collection[str], what: str) -> Iterator[Problem]:
    if name not in allowed:
        yield path, f"is {name!r}, which is no {what}: {did_you_mean(name, allowed)}"


def _not_named(
    table: Mapping[str, Any], path: KeyPath, allowed: Collection[str], what: str
) -> Iterator[Problem]:
    for name in table:
        if name not in allowed:
            yield (*path, name), f"is no {what}: {did_you_mean(name, allowed)}"


def _not_above_0(table: dict[str, float], key: str) -> Iterator[Problem]:
    for name, value in table.items():
        if value <= 0:
            yield (key, name), f"is {value:g}: choose a number above 0"
