"""The door before any reading of a host's face: does the law of the place, as its policy has it, allow it?

A host is an employee, and many a place forbids to read employees' emotions. `host read`, `host report` and
`host live` ask here first, all alike; a simulated study shows nobody's face and needs no door.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.strategy.policy import Policy

_OWN_FILES_ONLY = 0o077
_CODE: Final = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?")
"""ISO 3166-1, and with a part of the country ISO 3166-2; in small letters too, as policies take them."""

Place = Annotated[
    str | None,
    typer.Option(
        "--place", metavar="CODE", help="Where the host works, such as DE or US-IL: its law decides."
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="Policy of that place, written by your lawyers."),
]
SelfCoaching = Annotated[
    bool,
    typer.Option("--self-coaching", help="You are the host, and nobody else sees what comes of it."),
]


@dataclass(frozen=True, slots=True)
class HostDoor:
    """An answer that was yes."""

    place: str
    policy: str
    """Name of the policy that allowed it."""
    source: str
    """What its rule goes by."""
    only_host_sees: bool
    """Whether it is for self-coaching: files are for the host's eyes, and nothing joins a study."""

    def line(self) -> str:
        """For a person.

        >>> HostDoor("DE", "eu", "EU AI Act 5(1)(f)", True).line()
        'allowed in DE by policy eu as self-coaching that the host alone sees (EU AI Act 5(1)(f))'
        """
        how = " as self-coaching that the host alone sees" if self.only_host_sees else ""
        return f"allowed in {self.place} by policy {self.policy}{how} ({self.source})"


def refuse_host(place: str | None, policy_file: Path | None, self_coaching: bool) -> HostDoor:
    """Open the door, or raise ConfigError in one line that names the rule and what can be done.

    Parameters
    ----------
    place
        ISO 3166 code of a country or of a part of it; every place of the policy file if left out.
    """
    from telltale.strategy.policy import load_policy, shipped_policies

    if place is not None and not _CODE.fullmatch(place):
        what = place if re.fullmatch(r"[\w-]+", place) else repr(place)
        raise ConfigError(f"{what} is no code of a place", hint="give ISO 3166 codes such as DE or US-IL")
    own = None if policy_file is None else load_policy(policy_file)
    if place is None and own is None:
        hint = "name it with --place, such as --place DE or --place US-IL"
        raise ConfigError(
            "reading a host is a matter of the law of the place where the host works", hint=hint
        )
    if place is not None and own is not None and not own.holds_in(place):
        hint = f"add {place} to its places if that is its law, or leave --policy out"
        raise ConfigError(f"{policy_file} does not hold in {place}", hint=hint)
    policies = shipped_policies().with_own([] if own is None else [own])
    places = (place,) if place is not None else own.places if own is not None else ()
    for one in places:
        _refuse_closed(one, policies.for_place(one), self_coaching, own, policy_file)
    return _door(", ".join(places), policies.for_place(places[0]), self_coaching)


@contextlib.contextmanager
def for_own_eyes(*, only: bool) -> Iterator[None]:
    """Where `only`, new files are the user's alone (0600, folders 0700), from the first byte on."""
    if not only:
        yield
        return
    before = os.umask(_OWN_FILES_ONLY)
    try:
        yield
    finally:
        os.umask(before)


def _refuse_closed(
    place: str, policy: Policy, self_coaching: bool, own: Policy | None, file: Path | None
) -> None:
    if not policy.may_read_host(only_host_sees=self_coaching):
        rule = policy.hosts_self_coaching if self_coaching else policy.read_hosts
        what = "for the host alone" if self_coaching else "for others to see"
        raise ConfigError(
            f"policy {policy.name} does not allow to read a host's face {what} in {place} ({rule.source})",
            hint=_what_to_do(policy, self_coaching, own, file),
        )


def _door(place: str, policy: Policy, self_coaching: bool) -> HostDoor:
    rule = policy.hosts_self_coaching if self_coaching else policy.read_hosts
    # Who asks for self-coaching gets it as such, also where more is allowed.
    source = rule.source if rule.value else policy.read_hosts.source
    return HostDoor(place, policy.name, source, self_coaching)


def _what_to_do(policy: Policy, self_coaching: bool, own: Policy | None, file: Path | None) -> str:
    coach = "if you are the host and nobody else sees it, add --self-coaching"
    may_coach = policy.hosts_self_coaching.value and not self_coaching
    if own is not None and not own.may_read_host(only_host_sees=self_coaching):
        rules = "read_hosts and hosts_self_coaching are" if self_coaching else "read_hosts is"
        return f"{rules} false in {file}{f'; {coach}' if may_coach else ''}"
    if may_coach:
        return coach
    if own is not None:
        return f"{file} allows it, but of several policies the stricter rule counts"
    return "give --policy a file for this place, written by your lawyers from strategy/policies/template.toml"
