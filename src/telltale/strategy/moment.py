"""Everything that one decision depends on, in one value: what is not in it cannot sway a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from telltale.strategy.facts import Fact


@dataclass(frozen=True, slots=True)
class Past:
    """A decision that counts for how often: one that was shown, or would have been but for chance.

    What chance held back counts as much as what was shown. Otherwise a viewer of the control arm would come
    up for a decision more often than one who was treated, and the two could not be compared any more.
    """

    intervention: str
    at: datetime
    session: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One viewer at one second."""

    session: str
    room: str
    viewer: str
    """The viewer's pseudonym."""
    second: int
    """Seconds from the session's start."""
    now: datetime
    """The service's clock, in UTC."""
    local_time: time
    """What the viewer's clock shows."""
    probability: float
    """NaN where nothing was read."""
    model: str
    """Which model said so, with its version."""
    confidence: float
    """How well the face was read over the last seconds, 0 to 1; NaN where it was not."""
    consents: frozenset[str]
    """Purposes that the viewer agrees to at this moment."""
    opted_out: bool
    """Whether the viewer wants nothing shown because of the face, consent or not."""
    jurisdiction: str
    """ISO 3166 code of where the viewer is, such as `DE` or `US-IL`; empty where it is not known."""
    inputs: str
    """Digest of what the model was given, so that the decision can be traced."""
    risen: tuple[str, ...] = ()
    """Interventions that rise at this second, as `Rises.step` says."""
    product: str = ""
    """The product that is on show."""
    disclosed: bool = False
    """Whether the viewer was told that emotion recognition runs."""
    released: bool = False
    """Whether the viewer signed a written release."""
    age_at_least: int = 0
    """Years that the viewer has said to be, at least."""
    past: tuple[Past, ...] = ()
    """Of the last day and of this session, in any order."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the shop says of this room and product, by the fact's name."""
    switched_off: Mapping[str, str] = field(default_factory=dict)
    """Kill switches that are on, by scope (`all`, `room:R`, `intervention:I`), and why."""
