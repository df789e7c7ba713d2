"""What a simulated study plants: every effect, its size and its seconds, in one readable TOML file.

`docs/simulation.md` gives the equations; the fields below carry their names. A misspelt key or a value
out of range is told with its line (see `core.config`); what contradicts itself too (`spec_checks`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from telltale.core.errors import ConfigError
from telltale.simulate import spec_checks
from telltale.simulate.spec_checks import EXOGENOUS as EXOGENOUS
from telltale.simulate.spec_checks import must, refuse
from telltale.simulate.spec_platform import Platform, check_platform


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
        named = bool(self.name.strip()) and "/" not in self.name
        peopled = 1 <= self.people <= self.sessions
        refuse(
            must(self, "name", named, "a name without /"),
            must(self, "people", peopled, f"at least one, and no more than the {self.sessions} sessions"),
            must(self, "conversion", 0 < self.conversion < 1, "a share between 0 and 1"),
            must(self, "minutes", self.minutes >= 5, "5 or more"),
            must(self, "spread", self.spread > 0, "a number above 0"),
            must(self, "strength", self.strength >= 0, "0 or more"),
            must(self, "prices", 0 < self.prices[0] < self.prices[1], "two that rise from above 0"),
        )


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
        refuse(
            must(self, "expressivity_sd", 0 <= self.expressivity_sd <= 1, "a number from 0 to 1"),
            [*spec_checks.check_shares(self, "genders", "age_bands", "cultures", "devices")],
        )


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
        shown, gap = self.display_s, self.gap_s
        refuse(
            must(self, "viewers", self.viewers >= 1, "1 or more"),
            must(self, "hosts", self.hosts >= 1, "1 or more"),
            must(self, "minutes", self.minutes >= 10, "10 or more"),
            must(self, "promotion_share", 0 <= self.promotion_share <= 1, "a share from 0 to 1"),
            must(self, "display_s", 45 <= shown[0] <= shown[1], "two that do not fall, from 45 on"),
            must(self, "gap_s", 0 < gap[0] <= gap[1], "two that do not fall, above 0"),
            must(self, "messages_per_minute", self.messages_per_minute >= 0, "0 or more"),
        )


@dataclass(frozen=True)
class Factor:
    """One slow variable of the causal graph, on the 5 s grid, with variance 1."""

    name: str
    level: Literal["room", "viewer"]
    persistence: float = 0.5
    """Weight of its own last value."""
    noise: Literal["normal", "laplace"] = "normal"

    def __post_init__(self) -> None:
        refuse(
            must(self, "name", bool(self.name.strip()), "a name"),
            must(self, "persistence", 0 <= self.persistence < 1, "a number from 0 to below 1"),
        )


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
        refuse(must(self, "purchase_share", 0 < self.purchase_share <= 1, "a share above 0, up to 1"))


@dataclass(frozen=True)
class Act:
    """A kind of brief facial act: the units that move together, and how often at rest."""

    units: tuple[int, ...]
    per_minute: float

    def __post_init__(self) -> None:
        refuse(
            spec_checks.check_units(self.units),
            must(self, "per_minute", self.per_minute > 0, "a number above 0"),
        )


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
        rising = 0 <= self.seconds[0] < min(self.seconds[1], spec_checks.REACH_S)
        wanted = f"two that rise, the first from 0 to below {spec_checks.REACH_S:g}"
        refuse(
            spec_checks.check_units(self.units),
            must(self, "seconds", rising, wanted),
            must(self, "factor", self.factor > 0, "a number above 0"),
        )


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
        choosing = tuple(name for name in EXOGENOUS if name != "price")
        chance = "nothing here, for what chance assigns nothing chooses, or randomised = false"
        refuse(
            spec_checks.check_strategy_name(self.name),
            must(self, "effect_sd", self.effect_sd >= 0, "0 or more"),
            must(self, "share", 0 < self.share < 1, "a share between 0 and 1"),
            must(self, "at_s", self.at_s >= 0, "0 or more"),
            must(self, "chosen_by", not (self.randomised and self.chosen_by), chance),
            spec_checks.check_causes(self.effect_by, "effect_by", ("taste", "price_sensitivity")),
            spec_checks.check_causes(self.chosen_by, "chosen_by", choosing),
        )


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

    def __post_init__(self) -> None:
        refuse(
            must(self, "unread_per_minute", self.unread_per_minute >= 0, "0 or more"),
            must(self, "unread_s", self.unread_s > 0, "a number above 0"),
            must(self, "blinks_per_minute", self.blinks_per_minute >= 0, "0 or more"),
            must(self, "speech_share", 0 <= self.speech_share < 1, "a share from 0 to below 1"),
            [*spec_checks.check_affect(self.affect)],
        )


@dataclass(frozen=True)
class Clock:
    """Disagreement between the video's clock and the log's."""

    skewed_share: float = 0.0
    """Share of sessions whose clocks disagree."""
    skew_sd_s: float = 1.0

    def __post_init__(self) -> None:
        refuse(
            must(self, "skewed_share", 0 <= self.skewed_share <= 1, "a share from 0 to 1"),
            must(self, "skew_sd_s", self.skew_sd_s >= 0, "0 or more"),
        )


@dataclass(frozen=True)
class Clicks:
    """What viewers do with their hands: rates at rest, and the lift in the half minute before a cart."""

    per_minute: dict[str, float] = field(default_factory=dict)
    lift: dict[str, float] = field(default_factory=dict)
    """Rate over the rate at rest in the 30 s before a cart."""

    def __post_init__(self) -> None:
        refuse([*spec_checks.check_clicks(self.per_minute, self.lift)])


@dataclass(frozen=True)
class SurveyItem:
    """One question after the session, answered from 1 to 7."""

    name: str
    separation: float
    """Standard deviations between buyers and others."""

    def __post_init__(self) -> None:
        refuse(must(self, "name", bool(self.name.strip()), "a name"))


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
    platform: Platform = field(default_factory=Platform)

    def __post_init__(self) -> None:
        refuse([*spec_checks.check_spec(self)], [*check_platform(self)])

    @property
    def all_factors(self) -> tuple[Factor, ...]:
        """The factors by name, with the host's 28 expressions among those of the room."""
        named = {factor.name for factor in self.factors}
        hosts = (name for name in spec_checks.host_factors() if name not in named)
        return (*self.factors, *(Factor(name, "room", 0.6) for name in hosts))

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
