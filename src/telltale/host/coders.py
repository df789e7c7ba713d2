"""Which coder codes which host: by the culture that the study names, where a profile of it exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from telltale.core.signal import Signal
from telltale.signs.coding import Coder, Coding
from telltale.signs.expressions import Evidence


@dataclass(frozen=True, slots=True)
class HostCoders:
    """A coder for each host; as a coder itself it is the one for whoever is not known."""

    usual: Coder
    by_host: Mapping[str, Coder] = field(default_factory=dict)
    """Coders of the same expressions."""
    profiles: Mapping[str, str] = field(default_factory=dict)
    """By host: what they are coded by, in words."""

    @property
    def names(self) -> tuple[str, ...]:
        """The expressions."""
        return self.usual.names

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How well each is known."""
        return self.usual.evidence

    def code(self, signal: Signal) -> Coding:
        """Code a face of which nothing is known."""
        return self.usual.code(signal)

    def told(self, hosts: Iterable[str]) -> str:
        """By what these hosts are coded, in one line."""
        return told_of([self.profiles.get(host, "none") for host in sorted(hosts)])


def told_of(profiles: Sequence[str]) -> str:
    """How many hosts are coded by each profile.

    >>> told_of(["none", "east_asia", "none"])
    'coded by the culture that the study names: 2 hosts by none, 1 by east_asia'
    """
    parts = [f"{count} by {name}" for name, count in Counter(profiles).most_common()]
    parts[0] = parts[0].replace(" by", " host by" if parts[0].startswith("1 ") else " hosts by", 1)
    return f"coded by the culture that the study names: {', '.join(parts)}"


def coder_of(coder: Coder, host: str) -> Coder:
    """The coder of one host."""
    return coder.by_host.get(host, coder.usual) if isinstance(coder, HostCoders) else coder
