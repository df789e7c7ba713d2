"""One factor: where it is from, whose it is, what kind of number it holds and when in a step it comes.

Time has two scales here. From step to step, what is later never causes what is earlier. Within a step of a
few seconds nothing tells what came first, so a tier does:

    0  what was there before: the promotion, the device, the price of what is on show
    1  what the broadcast and the shop do: host, chat, a strategy that is shown
    2  what goes on in the viewer: attention, desire, hesitation
    3  what the viewer does: clicks, messages
    4  outcomes: the cart, the purchase

A later tier never causes an earlier one within a step. A viewer among hundreds does not move the host within
five seconds; where a broadcast has three viewers, that is an assumption to think about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from telltale.core.errors import ConfigError

Level = Literal["session", "room", "viewer"]
"""session: a fact that no time changes; room: shared by all viewers of a broadcast; viewer: one's own."""
Kind = Literal["continuous", "count", "binary"]

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

BEFORE: Final = 0
BROADCAST: Final = 1
VIEWER: Final = 2
DOING: Final = 3
OUTCOME: Final = 4


@dataclass(frozen=True, slots=True)
class Factor:
    """One column of a panel.

    >>> Factor("device_phone", "session", "session", "binary", BEFORE).tier
    0
    >>> Factor("device_phone", "session", "session", "binary", OUTCOME)
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: 'device_phone' is a fact of the session in tier 4: give it tier 0, ...
    """

    name: str
    source: str
    """Which source of `sources.py` it is from, or `frame`."""
    level: Level
    kind: Kind
    tier: int
    unit: str = ""
    """Of its values, such as `s`; empty where there is none."""
    says: str = ""
    """What it is, in one line of a report."""
    shared: bool = False
    """A fact of the session that all viewers of a broadcast share: a promotion is one, a device is not."""
    one_of: str = ""
    """Of which column it is one word, such as `device`: then another holds where it does not."""

    @property
    def called(self) -> str:
        """Its name, and of one word among several what they are of.

        >>> Factor("device_laptop", "session", "session", "binary", BEFORE, one_of="device").called
        'device laptop'
        """
        word = self.name.removeprefix(f"{self.one_of}_")
        return f"{self.one_of} {word}" if self.one_of else self.name

    @property
    def of_room(self) -> bool:
        """Whether it is the broadcast's, not a viewer's own."""
        return self.level == "room" or self.shared

    def __post_init__(self) -> None:
        if not self.name.strip() or self.name != self.name.strip() or "->" in self.name:
            raise ConfigError(
                f"{self.name!r} cannot name a factor",
                hint="take words without '->' and without blanks around",
            )
        if self.level not in LEVELS or self.kind not in KINDS:
            raise ConfigError(
                f"'{self.name}' is of level '{self.level}' and kind '{self.kind}'",
                hint=f"levels are {', '.join(LEVELS)}; kinds are {', '.join(KINDS)}",
            )
        if self.tier < 0:
            raise ConfigError(f"'{self.name}' is in tier {self.tier}", hint="tiers count from 0")
        if self.shared and self.level == "viewer":
            raise ConfigError(f"'{self.name}' is the viewer's and shared", hint="give it the level 'room'")
        if self.level == "session" and self.tier != BEFORE:
            raise ConfigError(
                f"'{self.name}' is a fact of the session in tier {self.tier}",
                hint="give it tier 0, for nothing in a visit causes what does not change in it",
            )
