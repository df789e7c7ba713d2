"""What a simulated study plants: every effect, its size and its seconds, in one readable TOML file.

`docs/simulation.md` gives the equations; the fields below carry their names. A misspelt key or a value
out of range is told with its line (see `core.config`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import ConfigError
from telltale.signs.expressions import load_table

EXOGENOUS = ("promotion", "price", "taste", "price_sensitivity", "hidden")
"""Causes that no factor moves: the broadcast's, the product's on show, the person's two, and one unlogged."""


@dataclass(frozen=True)
class Category:
    """One product category: a row of the paper's Table 1 and how its signal is spread."""

    name: str
    sessions: int
    people: int
    conversion: float
    """Share of sessions with a purchase."""
    minutes: float
    """Mean length of a session."""
    spread: float = 1.0
    """Seconds before the cart are divided by this: 2 spreads every effect over twice the time."""
    strength: float = 1.0
    """Exponent on every effect's factor: 0 removes the effects, 1 leaves them."""
    prices: tuple[float, float] = (50.0, 400.0)
    """Lowest and highest list price."""

    def __post_init__(self) -> None:
        if not 0 < self.conversion < 1:
            raise ValueError(f"category {self.name}: conversion is {self.conversion}: choose between 0 and 1")
        if not 1 <= self.people <= self.sessions:
            raise ValueError(f"category {self.name}: wants at least one person and a session for each")
        if self.minutes < 5 or self.spread <= 0 or self.strength < 0:
            raise ValueError(f"category {self.name}: wants minutes >= 5, spread > 0 and strength >= 0")


@dataclass(frozen=True)
class People:
    """Who takes part; the shares of each answer add up to 1."""

    expressivity_sd: float = 0.35
    """Standard deviation of the log of a person's rate of facial acts."""
    genders: dict[str, float] = field(default_factory=lambda: {"female": 0.58, "male": 0.42})
    age_bands: dict[str, float] = field(
        default_factory=lambda: {"18-29": 0.4, "30-44": 0.35, "45-59": 0.18, "60+": 0.07}
    )
    cultures: dict[str, float] = field(
        default_factory=lambda: {"east_asia": 0.7, "europe": 0.2, "africa": 0.1}
    )
    devices: dict[str, float] = field(default_factory=lambda: {"phone": 0.6, "laptop": 0.4})

    def __post_init__(self) -> None:
        for name in ("genders", "age_bands", "cultures", "devices"):
            shares = getattr(self, name)
            if not shares or abs(sum(shares.values()) - 1) > 1e-6 or min(shares.values()) < 0:
                raise ValueError(f"people.{name}: the shares must add up to 1")


@dataclass(frozen=True)
class Rooms:
    """The broadcasts."""

    viewers: int = 10
    """Study sessions a broadcast, on average."""
    hosts: int = 48
    minutes: float = 60.0
    promotion_share: float = 0.4
    """Share of broadcasts with a promotion."""
    display_s: tuple[float, float] = (90.0, 240.0)
    """Shortest and longest time that one product is shown."""
    gap_s: tuple[float, float] = (5.0, 15.0)
    """Between two products."""
    messages_per_minute: float = 6.0

    def __post_init__(self) -> None:
        if self.viewers < 1 or self.hosts < 1 or not 0 <= self.promotion_share <= 1 or self.minutes < 10:
            raise ValueError("rooms: wants viewers and hosts >= 1, minutes >= 10, promotion_share in [0, 1]")
        if not 40 <= self.display_s[0] <= self.display_s[1] or not 0 < self.gap_s[0] <= self.gap_s[1]:
            raise ValueError("rooms: display_s must be rising and >= 40, gap_s rising and > 0")


@dataclass(frozen=True)
class Factor:
    """One slow variable of the causal graph, on the 5 s grid, with variance 1."""

    name: str
    level: Literal["room", "viewer"]
    persistence: float = 0.5
    """Weight of its own last value."""
    noise: Literal["normal", "laplace"] = "normal"

    def __post_init__(self) -> None:
        if not 0 <= self.persistence < 1:
            raise ValueError(f"factor {self.name}: persistence is {self.persistence}: choose from [0, 1)")


@dataclass(frozen=True)
class Edge:
    """One arrow of the causal graph."""

    cause: str
    effect: str
    weight: float
    """Standard deviations of the effect for one of the cause."""
    lag: Literal[0, 1] = 0
    """Steps of 5 s until it arrives."""


@dataclass(frozen=True)
class Cart:
    """When a product goes into the cart: a hazard that the factors raise or lower."""

    weights: dict[str, float] = field(default_factory=dict)
    """Log hazard for one standard deviation of a factor or an exogenous cause."""
    purchase_share: float = 0.7
    """Share of carts that end in a purchase."""

    def __post_init__(self) -> None:
        if not 0 < self.purchase_share <= 1:
            raise ValueError("cart.purchase_share: choose from (0, 1]")


@dataclass(frozen=True)
class Act:
    """A kind of brief facial act: the units that move together, and how often at rest."""

    units: tuple[int, ...]
    per_minute: float

    def __post_init__(self) -> None:
        _check_units(self.units)
        if self.per_minute <= 0:
            raise ValueError("act.per_minute must be above 0")


@dataclass(frozen=True)
class Effect:
    """How much more often one kind of act comes in some of the seconds before a cart."""

    units: tuple[int, ...]
    """The act's units, all of them: [4] is AU4 alone, not AU4 with others."""
    seconds: tuple[float, float]
    """From the nearer to the farther, seconds before the cart."""
    factor: float
    """Rate over the rate at rest: above 1 speaks for a cart, below 1 against."""

    def __post_init__(self) -> None:
        _check_units(self.units)
        if not 0 <= self.seconds[0] < self.seconds[1] or self.factor <= 0:
            raise ValueError("effect: seconds must rise from 0 or more, and factor must be above 0")


@dataclass(frozen=True)
class Subgroup:
    """People in whom the face says less (or more)."""

    column: Literal["gender", "age_band", "culture"]
    value: str
    strength: float
    """Exponent on every effect's factor, beside the category's own."""


@dataclass(frozen=True)
class Strategy:
    """Something a shop does to a session, with a true effect that differs by person."""

    name: str
    target: str
    """The viewer factor it moves, or `cart` for the log hazard itself."""
    effect: float
    """Mean shift of the target, in its standard deviations (log hazard for `cart`)."""
    effect_sd: float = 0.0
    """Spread of the effect between people that nothing explains."""
    effect_by: dict[str, float] = field(default_factory=dict)
    """How the effect changes with one standard deviation of taste or price_sensitivity."""
    share: float = 0.5
    """Probability of being treated, when nothing chooses."""
    randomised: bool = True
    """Whether chance alone assigns it; its propensity is then logged."""
    chosen_by: dict[str, float] = field(default_factory=dict)
    """Log odds of being treated for one unit of an exogenous cause; `hidden` is one that nobody sees."""
    at_s: float = 120.0
    """When it is shown, seconds from the session's start."""

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"strategy {self.name}: share is {self.share}: choose between 0 and 1")
        if self.randomised and self.chosen_by:
            raise ValueError(f"strategy {self.name}: what chance assigns nothing chooses: drop chosen_by")
        wrong = [k for k in self.effect_by if k not in ("taste", "price_sensitivity")]
        wrong += [k for k in self.chosen_by if k not in EXOGENOUS or k == "price"]
        if wrong:
            raise ValueError(f"strategy {self.name}: unknown cause '{wrong[0]}'")


@dataclass(frozen=True)
class Faces:
    """How a face is seen: what hides it, and what moves without meaning."""

    unread_per_minute: float = 0.1
    """Stretches in which no face is read."""
    unread_s: float = 6.0
    """Their mean length."""
    blinks_per_minute: float = 15.0
    speech_share: float = 0.06
    """Share of time in which the viewer speaks."""
    affect: dict[str, dict[str, float]] = field(default_factory=dict)
    """Intensity of a unit (such as `au12`) for one standard deviation of a viewer factor."""
    click_dip_rad: float = 0.0
    """How far the head dips in the last half second before a cart: an artefact, no intent."""


@dataclass(frozen=True)
class Clock:
    """Disagreement between the video's clock and the log's."""

    skewed_share: float = 0.0
    """Share of sessions whose clocks disagree."""
    skew_sd_s: float = 1.0


@dataclass(frozen=True)
class Clicks:
    """What viewers do with their hands: rates at rest, and the lift in the half minute before a cart."""

    per_minute: dict[str, float] = field(default_factory=dict)
    lift: dict[str, float] = field(default_factory=dict)
    """Rate over the rate at rest in the 30 s before a cart."""


@dataclass(frozen=True)
class SurveyItem:
    """One question after the session, answered from 1 to 7."""

    name: str
    separation: float
    """Standard deviations between buyers and others."""


@dataclass(frozen=True)
class Spec:
    """One simulated study."""

    name: str
    categories: tuple[Category, ...]
    acts: tuple[Act, ...]
    effects: tuple[Effect, ...] = ()
    people: People = field(default_factory=People)
    rooms: Rooms = field(default_factory=Rooms)
    factors: tuple[Factor, ...] = ()
    edges: tuple[Edge, ...] = ()
    cart: Cart = field(default_factory=Cart)
    subgroups: tuple[Subgroup, ...] = ()
    strategies: tuple[Strategy, ...] = ()
    faces: Faces = field(default_factory=Faces)
    clock: Clock = field(default_factory=Clock)
    clicks: Clicks = field(default_factory=Clicks)
    survey: tuple[SurveyItem, ...] = ()

    def __post_init__(self) -> None:
        problems = [*_unknown_names(self), *_unplaced_effects(self)]
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def all_factors(self) -> tuple[Factor, ...]:
        """The factors by name, with the host's 28 expressions among those of the room."""
        named = {factor.name for factor in self.factors}
        hosts = [f"host_{expression.name}" for expression in load_table().expressions]
        return (*self.factors, *(Factor(n, "room", 0.6) for n in hosts if n not in named))

    def scaled(self, sessions: int) -> Spec:
        """The same study with another number of sessions, people in proportion."""
        total = sum(category.sessions for category in self.categories)
        if sessions < 4 * len(self.categories):
            raise ConfigError(
                f"{sessions} sessions are too few", hint=f"take {4 * len(self.categories)} or more"
            )
        scaled = []
        for category in self.categories:
            count = max(round(category.sessions * sessions / total), 1)
            people = min(max(round(category.people * sessions / total), 1), count)
            scaled.append(replace(category, sessions=count, people=people))
        short = sessions - sum(category.sessions for category in scaled)
        scaled[0] = replace(scaled[0], sessions=scaled[0].sessions + short)
        return replace(self, categories=tuple(scaled))


def _check_units(units: tuple[int, ...]) -> None:
    if not units or len(set(units)) < len(units) or any(u not in ACTION_UNITS or u == 45 for u in units):
        known = " ".join(str(u) for u in ACTION_UNITS if u != 45)
        raise ValueError(
            f"units {list(units)}: choose different ones from {known} (blinks have a rate of their own)"
        )


def _unknown_names(spec: Spec) -> list[str]:
    factors = {factor.name: factor.level for factor in spec.all_factors}
    problems = []
    for edge in spec.edges:
        if edge.cause not in factors and edge.cause not in EXOGENOUS:
            problems.append(f"edges: unknown cause '{edge.cause}'")
        if edge.effect not in factors:
            problems.append(f"edges: unknown effect '{edge.effect}'")
        elif factors[edge.effect] == "room" and (
            factors.get(edge.cause) == "viewer" or edge.cause in ("taste", "price_sensitivity", "hidden")
        ):
            problems.append(
                f"edges: '{edge.cause}' is one viewer's and cannot move the room's '{edge.effect}'"
            )
    problems += [f"cart.weights: unknown '{n}'" for n in spec.cart.weights if n not in {*factors, *EXOGENOUS}]
    viewers = {name for name, level in factors.items() if level == "viewer"}
    problems += [f"faces.affect: '{n}' is no viewer factor" for n in spec.faces.affect if n not in viewers]
    targets = [s.target for s in spec.strategies]
    problems += [f"strategies: unknown target '{t}'" for t in targets if t not in {*viewers, "cart"}]
    return problems


def _unplaced_effects(spec: Spec) -> list[str]:
    acts = [frozenset(act.units) for act in spec.acts]
    twice = ["acts: one kind of act is listed twice"] if len(set(acts)) < len(acts) else []
    lost = [effect.units for effect in spec.effects if frozenset(effect.units) not in acts]
    return twice + [f"effects: no act has exactly the units {list(units)}" for units in lost]
