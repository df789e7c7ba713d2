"""What the law of a place, and our own caution, allow: one data file a place, each rule with its source.

`default` is the strictest of all that ship and holds wherever no other does. Where two hold, the stricter
rule of each kind counts (`most_strict`). Not legal advice: a shop's lawyers write its own file from
`policies/template.toml`, which is refused as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final

from telltale.core import config
from telltale.core.config import MisfitsError, Problem
from telltale.strategy.catalogue import KINDS
from telltale.strategy.policy_rules import STRICTER, Flag, Number, Words, at_least_as_strict, stricter
from telltale.strategy.quiet import quiet_minutes
from telltale.study.schema import PURPOSES

EVERYWHERE: Final = "*"
AUDIT_AT_LEAST_DAYS: Final = 183
"""Logs of a high-risk system are kept six months at least: EU AI Act, articles 19(1) and 26(6)."""
SHIPPED: Final = ("default", "eu", "us-il")
_MOST_FOUND: Final = 1000
_BASE_CONSENTS: Final = ("read_face", "personalise")


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a place."""

    name: str
    version: str
    places: tuple[str, ...]
    """ISO 3166 codes of countries or their parts, such as `DE` or `US-IL`; `*` is everywhere."""
    consents_needed: Words
    """Purposes of `study/schema.py` that a viewer must have agreed to."""
    kinds_from_affect: Words
    """Kinds of intervention that may follow from what a face shows."""
    kinds_if_shown_anyway: Words
    """Kinds that may be shown only where true, and where everyone would be shown them without any reading."""
    read_hosts: Flag
    """Whether the face of a host, an employee, may be read for others to see."""
    hosts_self_coaching: Flag
    """Whether a host's face may be read for the host alone to see."""
    disclosure_needed: Flag
    """Whether the viewer must have been told that emotion recognition runs."""
    release_needed: Flag
    """Whether the viewer must have signed a written release."""
    least_age: Number
    """Years that the viewer must have said to be, at least."""
    least_confidence: Number
    """How well the face must have been read in the last seconds, 0 to 1."""
    quiet_hours: Words
    """Ranges of the viewer's local time in which nothing is shown."""
    most_per_session: Number
    """Of all interventions together, whatever the catalogue says; so are the next three."""
    most_per_hour: Number
    most_per_day: Number
    least_gap_s: Number
    """Between any two."""
    rows_days: Number
    """How long rows of a face and visits are kept."""
    audit_days: Number
    """How long decisions are kept."""

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        problems += _unknown("consents_needed", self.consents_needed, PURPOSES)
        problems += _unknown("kinds_from_affect", self.kinds_from_affect, KINDS)
        problems += _unknown("kinds_if_shown_anyway", self.kinds_if_shown_anyway, KINDS)
        for purpose in _BASE_CONSENTS:
            if purpose not in self.consents_needed.value:
                text = f"lacks {purpose!r}: nobody is read or shown anything without it, anywhere"
                problems.append((("consents_needed",), text))
        if "limited_time_badge" in self.kinds_from_affect.value:
            text = "holds 'limited_time_badge': it belongs to 'kinds_if_shown_anyway' in every place"
            problems.append((("kinds_from_affect",), text))
        try:
            quiet_minutes(self.quiet_hours.value)
        except ValueError as error:
            problems.append((("quiet_hours",), str(error)))
        if self.audit_days.value < AUDIT_AT_LEAST_DAYS:
            text = f"is {self.audit_days.value:g}: keep decisions {AUDIT_AT_LEAST_DAYS} days at least"
            problems.append((("audit_days",), text))
        if self.least_confidence.value > 1:
            problems.append((("least_confidence",), "is over 1: choose one from 0 to 1"))
        if not self.places or not self.name or not self.version:
            problems.append(((), "wants 'name', 'version' and 'places', none of them empty"))
        if problems:
            raise MisfitsError(problems)

    def holds_in(self, place: str) -> bool:
        """Whether it holds in a place; that of a country holds in its parts.

        >>> shipped_policies().default.holds_in("BR"), shipped_policies().for_place("de-BY").name
        (True, 'eu')
        """
        wanted = place.upper()
        return any(
            own == EVERYWHERE or wanted == own.upper() or wanted.startswith(f"{own.upper()}-")
            for own in self.places
        )

    def may_read_host(self, *, only_host_sees: bool) -> bool:
        """Whether a host's face may be read, if only the host sees what comes of it or if others do too."""
        return self.read_hosts.value or (only_host_sees and self.hosts_self_coaching.value)


def _unknown(name: str, rule: Words, allowed: tuple[str, ...]) -> list[Problem]:
    return [
        ((name,), f"holds {word!r}: choose of {', '.join(allowed)}")
        for word in rule.value
        if word not in allowed
    ]


def weaker_rules(one: Policy, other: Policy) -> list[str]:
    """The rules in which `one` allows something that `other` does not."""
    return [
        name for name in STRICTER if not at_least_as_strict(name, getattr(one, name), getattr(other, name))
    ]


def most_strict(one: Policy, other: Policy) -> Policy:
    """A policy at least as strict as both in each rule; it holds wherever one of them does.

    >>> shipped = shipped_policies()
    >>> most_strict(shipped.by_name["eu"], shipped.by_name["us-il"]).name
    'eu+us-il'
    """
    rules: dict[str, Any] = {
        name: stricter(name, getattr(one, name), getattr(other, name)) for name in STRICTER
    }
    places = tuple(dict.fromkeys((*one.places, *other.places)))
    return Policy(f"{one.name}+{other.name}", f"{one.version}+{other.version}", places, **rules)


@dataclass(frozen=True)
class Policies:
    """All policies of a service. Get the shipped ones from `shipped_policies`."""

    default: Policy
    others: tuple[Policy, ...]

    def __post_init__(self) -> None:
        if EVERYWHERE not in self.default.places:
            raise ValueError(f"policy {self.default.name!r} must hold everywhere: set places = ['*']")

    @property
    def by_name(self) -> dict[str, Policy]:
        """Each by its name."""
        return {policy.name: policy for policy in (self.default, *self.others)}

    def with_own(self, own: Iterable[Policy]) -> Policies:
        """These and further ones. They cannot weaken: where several hold, the stricter rule counts."""
        return Policies(self.default, (*self.others, *own))

    def for_place(self, place: str) -> Policy:
        """The policy of a place: the default where no other holds, the strictest rules where several do."""
        wanted = place.upper()
        found = self._found.get(wanted)
        if found is None:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            found = self._found[wanted] = self._strictest(wanted)
        return found

    @functools.cached_property
    def _found(self) -> dict[str, Policy]:
        """Of places that were asked for: a service asks at each message, and hashing policies is slow."""
        return {}

    def _strictest(self, place: str) -> Policy:
        holding = [policy for policy in self.others if policy.holds_in(place)]
        if all(EVERYWHERE in policy.places for policy in holding):
            # Whoever writes of everywhere does not know the law of this place any better.
            holding.insert(0, self.default)
        return functools.reduce(most_strict, holding)


def load_policy(path: Path) -> Policy:
    """Read a policy of one's own; every fault of it is in the one error that is raised."""
    return config.load(Policy, path)


@functools.lru_cache(maxsize=1)
def shipped_policies() -> Policies:
    """The policies that ship: `default`, `eu` and `us-il`."""
    folder = resources.files("telltale.strategy").joinpath("policies")
    texts = {name: folder.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in SHIPPED}
    found = {name: config.parse(Policy, text, source=f"{name}.toml") for name, text in texts.items()}
    return Policies(found["default"], tuple(found[name] for name in SHIPPED if name != "default"))


assert set(STRICTER) == {field.name for field in fields(Policy)} - {"name", "version", "places"}
