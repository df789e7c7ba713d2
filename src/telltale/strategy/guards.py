"""Guards: each says whether one intervention may be shown now, and why. All are always asked.

The first that refuses would do to show nothing. The audit wants every reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telltale.strategy.assignment import Assignment
from telltale.strategy.catalogue import Intervention
from telltale.strategy.decision import GUARDS, Verdict
from telltale.strategy.limits import Limits
from telltale.strategy.moment import Moment
from telltale.strategy.policy import Policy
from telltale.strategy.quiet import is_quiet


@dataclass(frozen=True, slots=True)
class Question:
    """What a guard is asked about."""

    moment: Moment
    intervention: Intervention
    policy: Policy
    assignment: Assignment


Answer = tuple[bool, str]
"""Whether it is allowed, and why or why not."""


def consent(asked: Question) -> Answer:
    """The viewer agrees, now, to all that the policy wants agreed to."""
    missing = [one for one in asked.policy.consents_needed.value if one not in asked.moment.consents]
    if missing:
        return False, f"no consent to {', '.join(missing)}"
    return True, "all consents that are needed hold"


def opt_out(asked: Question) -> Answer:
    """The viewer has not asked for nothing to be shown."""
    if asked.moment.opted_out:
        return False, "the viewer has opted out"
    return True, "the viewer has not opted out"


def jurisdiction(asked: Question) -> Answer:
    """The policy holds where the viewer is, and allows this kind to this viewer."""
    moment, policy, kind = asked.moment, asked.policy, asked.intervention.kind
    if not policy.holds_in(moment.jurisdiction):
        return False, f"policy {policy.name} does not hold in {moment.jurisdiction or 'an unknown place'}"
    if kind not in policy.kinds_from_affect.value and kind not in policy.kinds_if_shown_anyway.value:
        return False, f"policy {policy.name} lets no {kind} follow from affect"
    if policy.disclosure_needed.value and not moment.disclosed:
        return False, f"policy {policy.name} wants the viewer told that emotion recognition runs"
    if policy.release_needed.value and not moment.released:
        return False, f"policy {policy.name} wants a written release"
    if moment.age_at_least < policy.least_age.value:
        return False, f"policy {policy.name} wants an age of {policy.least_age.value:g} confirmed"
    return True, f"policy {policy.name} allows it"


def fact(asked: Question) -> Answer:
    """What it says is stated by the shop, still holds, is about this place, and is so for everyone."""
    moment, intervention = asked.moment, asked.intervention
    name, kind = intervention.fact, intervention.kind
    if not name:
        return True, "it states no fact"
    stated = moment.facts.get(name)
    if stated is None or stated.name != name:
        return False, f"the fact {name} is missing"
    if stated.about not in (moment.room, moment.product):
        return False, f"the fact {name} is about {stated.about}, which is not on show"
    if not stated.holds(moment.now):
        return False, f"the fact {name} has expired"
    if not stated.true_for_everyone:
        return False, f"the fact {name} is not true for everyone"
    wants_shown = kind == "limited_time_badge" or kind in asked.policy.kinds_if_shown_anyway.value
    if wants_shown and not stated.shown_without_inference:
        return False, f"the fact {name} would not be shown without the inference"
    return True, f"the fact {name} holds, says {stated.source}"


def limits_of(intervention: Intervention, policy: Policy) -> Limits:
    """How often an intervention may be shown under a policy."""
    return Limits(
        intervention.name,
        intervention.most_per_session,
        intervention.cool_down_s,
        policy.most_per_session.value,
        policy.most_per_hour.value,
        policy.most_per_day.value,
        policy.least_gap_s.value,
    )


def frequency_cap(asked: Question) -> Answer:
    """Neither the policy's caps over all interventions nor the catalogue's for this one are reached."""
    moment = asked.moment
    why = limits_of(asked.intervention, asked.policy).cap_reached(moment.past, moment.session, moment.now)
    return not why, why or "no cap is reached"


def cool_down(asked: Question) -> Answer:
    """Long enough after the last of its kind, and after the last of any."""
    why = limits_of(asked.intervention, asked.policy).too_soon(asked.moment.past, asked.moment.now)
    return not why, why or "nothing was too recent"


def reading_confidence(asked: Question) -> Answer:
    """The face was read well enough over the last seconds."""
    confidence, least = asked.moment.confidence, asked.policy.least_confidence.value
    # Written so that NaN, nothing read, is refused.
    if not confidence >= least:
        return False, f"the face was read at {confidence:.2f}, and {least:g} is due"
    return True, f"the face was read at {confidence:.2f}"


def quiet_hours(asked: Question) -> Answer:
    """It is no time of rest where the viewer is."""
    if is_quiet(asked.policy.quiet_hours.value, asked.moment.local_time):
        return False, f"{asked.moment.local_time:%H:%M} is in quiet hours"
    return True, "no quiet hours"


def holdout(asked: Question) -> Answer:
    """The viewer is not held out of everything."""
    if asked.assignment.held_out:
        return False, "the viewer is held out of everything"
    return True, "the viewer is not held out"


def kill_switch(asked: Question) -> Answer:
    """Nobody has switched off everything, this room or this intervention."""
    moment = asked.moment
    for scope in ("all", f"room:{moment.room}", f"intervention:{asked.intervention.name}"):
        if scope in moment.switched_off:
            return False, f"switched off ({scope}): {moment.switched_off[scope]}"
    return True, "nothing is switched off"


REGISTRY: Final[tuple[Callable[[Question], Answer], ...]] = (
    consent,
    opt_out,
    jurisdiction,
    fact,
    frequency_cap,
    cool_down,
    reading_confidence,
    quiet_hours,
    holdout,
    kill_switch,
)
assert tuple(guard.__name__ for guard in REGISTRY) == GUARDS


def ask_all(asked: Question) -> tuple[Verdict, ...]:
    """The verdict of every guard."""
    return tuple(Verdict(name, *guard(asked)) for name, guard in zip(GUARDS, REGISTRY, strict=True))
