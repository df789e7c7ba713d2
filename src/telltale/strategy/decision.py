"""A decision as it is written down: what every guard said, which arm, with what chance, and by what rules.

It cannot be made without all of it: an intervention without its propensity can never be judged, and one
without its verdicts never defended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from telltale.strategy.limits import Limits
from telltale.strategy.moment import Past
from telltale.study.schema import ARMS

TREATED, CONTROL = ARMS

GUARDS: Final = (
    "consent",
    "opt_out",
    "jurisdiction",
    "fact",
    "frequency_cap",
    "cool_down",
    "reading_confidence",
    "quiet_hours",
    "holdout",
    "kill_switch",
)
"""All guards, in the order in which they are asked; `guards.py` holds them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one guard says."""

    guard: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for one viewer at one second, shown or not. Get one from `decide`."""

    session: str
    room: str
    viewer: str
    second: int
    decided_at: datetime
    intervention: str
    kind: str
    experiment: str
    unit_kind: str
    """What is assigned: viewer, room or switchback."""
    unit: str
    arm: str
    propensity: float
    """The probability with which this unit came to this arm, holdout included."""
    held_out: bool
    verdicts: tuple[Verdict, ...]
    probability: float
    model: str
    policy: str
    policy_version: str
    jurisdiction: str
    catalogue: str
    """Digest of the catalogue."""
    inputs: str
    limits: Limits
    """How often at most, to be asked again of all that was written meanwhile."""
    shown: bool
    """Whether the page is told to show it: all guards allow and the arm is treated."""

    def __post_init__(self) -> None:
        if tuple(verdict.guard for verdict in self.verdicts) != GUARDS:
            raise ValueError("a decision wants the verdict of every guard, each once and in their order")
        if self.arm not in ARMS:
            raise ValueError(f"{self.arm!r} is no arm: treated or control")
        if not 0 < self.propensity <= 1:
            raise ValueError(f"propensity {self.propensity} is no probability of something that happened")
        if not (0 <= self.probability <= 1 and math.isfinite(self.probability)):
            raise ValueError(f"probability {self.probability}: nothing is decided where nothing was read")
        if self.decided_at.tzinfo is None or self.second < 0:
            raise ValueError("a decision wants a moment with its time zone and a second from 0 on")
        if self.held_out and self.arm != CONTROL:
            raise ValueError("who is held out is in control of everything")
        if self.shown != (self.arm == TREATED and not self.refusals):
            raise ValueError("shown is what is treated and what no guard refuses, no more and no less")

    @property
    def refusals(self) -> tuple[Verdict, ...]:
        """The verdicts that refuse."""
        return tuple(verdict for verdict in self.verdicts if not verdict.allowed)

    @property
    def counts(self) -> bool:
        """Whether it was shown, or would have been but for chance: what `Past` is made of."""
        return all(verdict.allowed or verdict.guard == "holdout" for verdict in self.verdicts)

    def against(self, past: Sequence[Past]) -> Decision:
        """The same decision, refused where what was decided meanwhile leaves no room for it."""
        caps = self.limits.cap_reached(past, self.session, self.decided_at)
        whys = {"frequency_cap": caps, "cool_down": self.limits.too_soon(past, self.decided_at)}
        if not any(whys.values()):
            return self
        verdicts = tuple(
            Verdict(one.guard, False, why) if (why := whys.get(one.guard)) else one for one in self.verdicts
        )
        return replace(self, verdicts=verdicts, shown=False)
