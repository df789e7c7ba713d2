"""What the shop says is so: a badge or a note may only say what a fact says, and only while it holds.

A fact is the shop's own statement, made for everyone, with a name under it. Nothing here looks at a viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal, get_args

from telltale.strategy.wording import bare_number_in, foreign_in, money_in

FactName = Literal["stock_left", "sale_ends_at", "people_watching", "bought_in_last_hour", "product_sentence"]
FACTS: Final[tuple[str, ...]] = get_args(FactName)
COUNTS: Final = ("stock_left", "people_watching", "bought_in_last_hour")
"""Facts that are a count of at least one: that nobody has bought is no note."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of the shop.

    >>> from datetime import UTC
    >>> until = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)
    >>> Fact("stock_left", "lamp-7", 3, until, True, "warehouse").value
    3
    >>> Fact("product_sentence", "lamp-7", "Now cheaper", until, True, "shop")
    Traceback (most recent call last):
    ValueError: the value of 'product_sentence' speaks of money or terms ('cheaper'): a fact may not
    """

    name: str
    """One of `FACTS`."""
    about: str
    """The room or the product it is about."""
    value: str | int
    """What stands in the text for `{fact}`: a count, or words, in which a number must measure something.

    The end of a sale is a time as the viewers' clocks show it, by ISO 8601: `20:15`, or `2026-03-01 20:15`.
    """
    valid_until: datetime
    """From this moment on it is not said any more."""
    true_for_everyone: bool
    """Whether it is so for every viewer; one that is not is refused when it would be said."""
    source: str
    """Who or what says so, such as the shop's warehouse system."""
    shown_without_inference: bool = False
    """Whether the shop shows it to everyone in any case, read or not; a limited-time badge needs it."""

    def __post_init__(self) -> None:
        if self.name not in FACTS:
            raise ValueError(f"unknown fact {self.name!r}: choose one of {', '.join(FACTS)}")
        if self.valid_until.tzinfo is None:
            raise ValueError(f"'valid_until' of {self.name!r} has no time zone: give one")
        if not self.about or not self.source:
            raise ValueError(f"{self.name!r} wants 'about' and 'source': what it is about and who says so")
        if self.name in COUNTS and (type(self.value) is not int or self.value < 1):
            raise ValueError(f"the value of {self.name!r} is {self.value!r}: give a count of at least 1")
        if self.name not in COUNTS and (type(self.value) is not str or not self.value.strip()):
            raise ValueError(f"the value of {self.name!r} is {self.value!r}: give words")
        if letter := foreign_in(str(self.value), "zh-Hans"):
            raise ValueError(f"the value of {self.name!r} holds {letter!r}: use English or Chinese letters")
        if found := money_in(str(self.value)):
            raise ValueError(
                f"the value of {self.name!r} speaks of money or terms ({found!r}): a fact may not"
            )
        if self.name == "sale_ends_at" and not _is_time(str(self.value)):
            raise ValueError(f"the value of {self.name!r} is {self.value!r}: give a time, as in 20:15")
        if self.name == "product_sentence" and (number := bare_number_in(str(self.value))):
            raise ValueError(
                f"the value of {self.name!r} holds {number!r}, which may be a price: give a unit, as 2 years"
            )

    def holds(self, now: datetime) -> bool:
        """Whether it may still be said."""
        return now < self.valid_until


def _is_time(text: str) -> bool:
    """Whether it is a time of the day, a date before it or not; 20 alone would be taken for an hour.

    >>> [_is_time(text) for text in ("20:15", "2026-03-01T20:15+08:00", "19.99", "20", "25:00", "tonight")]
    [True, True, False, False, False, False]
    """
    try:
        (datetime if "-" in text[:5] else time).fromisoformat(text)
    except ValueError:
        return False
    return text.isascii() and ":" in text
