"""Rules of a policy: a value and where it is from, and which of two rules is the stricter.

A rule without a source is refused: no facts, no policy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from telltale.core.config import MisfitsError
from telltale.strategy.quiet import quiet_minutes

Direction = Literal["more words", "fewer words", "more hours", "yes", "no", "less", "more"]
"""What makes a rule stricter: a longer list (what is needed), a shorter one (what is allowed), ..."""


def _refuse_without_source(source: str) -> None:
    if not source.strip():
        raise MisfitsError([(("source",), "is empty: no facts, no policy; name the article or the reason")])


@dataclass(frozen=True, slots=True)
class Words:
    """A rule whose value is a list."""

    value: tuple[str, ...]
    source: str
    """The article it follows from, or `ours:` and the reason."""

    def __post_init__(self) -> None:
        _refuse_without_source(self.source)


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that is yes or no."""

    value: bool
    source: str

    def __post_init__(self) -> None:
        _refuse_without_source(self.source)


@dataclass(frozen=True, slots=True)
class Number:
    """A rule that is a number, not negative."""

    value: float
    source: str

    def __post_init__(self) -> None:
        _refuse_without_source(self.source)
        if self.value < 0:
            raise MisfitsError([(("value",), f"is {self.value}: choose one from 0 on")])


Rule = Words | Flag | Number
AnyRule = TypeVar("AnyRule", Words, Flag, Number)

STRICTER: Final[dict[str, Direction]] = {
    "consents_needed": "more words",
    "kinds_from_affect": "fewer words",
    "kinds_if_shown_anyway": "fewer words",
    "read_hosts": "no",
    "hosts_self_coaching": "no",
    "disclosure_needed": "yes",
    "release_needed": "yes",
    "least_age": "more",
    "least_confidence": "more",
    "quiet_hours": "more hours",
    "most_per_session": "less",
    "most_per_hour": "less",
    "most_per_day": "less",
    "least_gap_s": "more",
    "rows_days": "less",
    "audit_days": "less",
}
"""Each rule of a policy, and what makes it stricter."""


def at_least_as_strict(rule: str, one: Rule, other: Rule) -> bool:
    """Whether all that `one` allows, `other` allows too.

    >>> at_least_as_strict("least_age", Number(18.0, "a"), Number(16.0, "b"))
    True
    >>> at_least_as_strict("most_per_day", Number(18.0, "a"), Number(16.0, "b"))
    False
    """
    direction = STRICTER[rule]
    if isinstance(one, Words) and isinstance(other, Words):
        if direction == "more hours":
            return quiet_minutes(one.value) >= quiet_minutes(other.value)
        mine, theirs = set(one.value), set(other.value)
        return mine >= theirs if direction == "more words" else mine <= theirs
    greater = direction in ("yes", "more")
    return one.value >= other.value if greater else one.value <= other.value  # type: ignore[operator]


def stricter(rule: str, one: AnyRule, other: AnyRule) -> AnyRule:
    """A rule at least as strict as both, with the sources it is from.

    >>> stricter("consents_needed", Words(("read_face",), "a"), Words(("personalise",), "b"))
    Words(value=('read_face', 'personalise'), source='a; b')
    """
    mine, theirs = at_least_as_strict(rule, one, other), at_least_as_strict(rule, other, one)
    source = one.source if one.source == other.source else f"{one.source}; {other.source}"
    if mine and theirs:
        return replace(one, source=source)
    if mine or theirs or not isinstance(one, Words) or not isinstance(other, Words):
        return one if mine else other
    return replace(one, value=_joined(rule, one.value, other.value), source=source)


def _joined(rule: str, mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    if STRICTER[rule] == "fewer words":
        return tuple(word for word in mine if word in theirs)
    return (*mine, *(word for word in theirs if word not in mine))
