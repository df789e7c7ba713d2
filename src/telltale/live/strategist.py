"""From a second that was told to a decision: the bridge from the live windows to the rules of `strategy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from telltale.live.messages import Show
from telltale.live.rolling import Told
from telltale.live.visitor import Agreement, Visitor
from telltale.strategy.assignment import Experiments
from telltale.strategy.catalogue import Catalogue
from telltale.strategy.decide import decide
from telltale.strategy.decision import Decision
from telltale.strategy.facts import Fact
from telltale.strategy.hysteresis import Rises
from telltale.strategy.moment import Moment
from telltale.strategy.policy import Policies, Policy

_DAY: Final = timedelta(days=1)
SHOWN_FOR_S: Final = 12.0
"""How long an intervention may stay on the screen."""


@dataclass(frozen=True, slots=True, eq=False)
class Risen:
    """A second at which something rose, as it was then: facts may be waited for before it is decided."""

    visitor: Visitor
    told: Told
    names: tuple[str, ...]
    """Of the interventions."""
    confidence: float
    inputs: str
    """The window's digest."""


@dataclass(frozen=True, slots=True)
class Strategist:
    """What may be shown, where, and to whom by chance."""

    catalogue: Catalogue
    policies: Policies
    experiments: Experiments
    model: str
    """Which model tells, with its version."""

    def rises(self) -> Rises:
        """Where a new session stands."""
        return Rises(self.catalogue)

    def policy_of(self, place: str) -> Policy:
        """The rules of a place."""
        return self.policies.for_place(place)

    def why_unread(self, place: str, agreement: Agreement) -> str:
        """Why the face of a viewer may not be read; empty where it may."""
        policy = self.policy_of(place)
        if "read_face" not in agreement.purposes:
            return "no consent to read_face"
        if policy.disclosure_needed.value and not agreement.disclosed:
            return "the viewer was not told that emotion recognition runs"
        if policy.release_needed.value and not agreement.released:
            return "no written release"
        if agreement.age_at_least < policy.least_age.value:
            return f"no age of {policy.least_age.value:g} was confirmed"
        return ""

    def agrees_to_be_shown(self, visitor: Visitor) -> bool:
        """Whether the viewer agrees, now, to all that the place's policy wants agreed to."""
        needed = self.policy_of(visitor.token.jurisdiction).consents_needed.value
        return visitor.agreement.purposes.issuperset(needed)

    def risen(self, visitor: Visitor, told: Told) -> Risen | None:
        """What rises at a second, and is to be decided; nothing where the second is no news."""
        names = visitor.rises.step(told.probability, float(told.second))
        if not (names and told.fresh and told.second > visitor.decided_until):
            return None
        return Risen(visitor, told, names, visitor.rolled.confidence, visitor.digest.text())

    def decide(
        self, risen: Risen, now: datetime, *, facts: Mapping[str, Fact], switched_off: Mapping[str, str]
    ) -> Decision | None:
        """What follows from a second at which something rose."""
        visitor, told = risen.visitor, risen.told
        if told.second <= visitor.decided_until:
            return None
        visitor.past = [past for past in visitor.past if now - past.at < _DAY]
        moment = Moment(
            session=visitor.session,
            room=visitor.token.room,
            viewer=visitor.token.viewer,
            second=told.second,
            now=now,
            local_time=visitor.local_time(now),
            probability=told.probability,
            model=self.model,
            confidence=risen.confidence,
            consents=visitor.agreement.purposes,
            opted_out=visitor.opted_out,
            jurisdiction=visitor.token.jurisdiction,
            inputs=risen.inputs,
            risen=risen.names,
            product=visitor.product,
            disclosed=visitor.agreement.disclosed,
            released=visitor.agreement.released,
            age_at_least=visitor.agreement.age_at_least,
            past=tuple(visitor.past),
            facts=facts,
            switched_off=switched_off,
        )
        policy = self.policy_of(visitor.token.jurisdiction)
        decision = decide(moment, self.catalogue, policy, self.experiments)
        if decision is not None:
            visitor.decided_until = told.second
        return decision

    def show(self, name: str, intervention: str, language: str, facts: Mapping[str, Fact]) -> Show:
        """What the page is told to show, in the viewer's language."""
        one = self.catalogue.by_name[intervention]
        words = one.say(language, facts.get(one.fact))
        return Show(decision=name, intervention=one.name, kind=one.kind, text=words, for_s=SHOWN_FOR_S)
