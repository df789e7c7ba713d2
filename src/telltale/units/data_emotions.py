"""Emotion words of the data sets as classes that can be compared between them.

Three classes, of the composite data set of the Micro-Expression Grand Challenge 2019: See, Yap, Li, Hong,
Wang, MEGC 2019 - The Second Facial Micro-Expressions Grand Challenge, FG 2019. The challenge worked with its
own list of 442 clips; the words alone give a few more.

Seven objective classes, by units and not by emotion: Davison, Merghani, Yap, Objective Classes for
Micro-Facial Expression Recognition, Journal of Imaging 4(10): 119, 2018.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

MEGC_CLASSES: Final = ("negative", "positive", "surprise")

_WORDS: Final = {
    "negative": "negative anger angry contempt disgust fear repression sad sadness",
    "positive": "positive happiness happy",
    "surprise": "surprise",
}
MEGC_OF: Final = MappingProxyType({word: name for name, words in _WORDS.items() for word in words.split()})
"""Class of each published word in lower case. `others` and everything else belong to none."""

_OBJECTIVE: Final = {
    "I": "6 12 6+12 6+7+12 7+12",
    "II": "1+2 5 25 1+2+25 25+26 5+24",
    "III": "23 4 4+7 4+5 4+5+7 17+24 4+6+7 4+38",
    "IV": "10 9 4+9 4+40 4+5+40 4+7+9 4+9+17 4+7+10 4+5+7+9 7+10",
    "V": "1 15 1+4 6+15 15+17",
    "VI": "1+2+4 20",
}
OBJECTIVE_CLASSES: Final = (*_OBJECTIVE, "VII")
"""VII holds every other combination."""
_OBJECTIVE_OF: Final = {
    frozenset(int(number) for number in units.split("+")): name
    for name, combinations in _OBJECTIVE.items()
    for units in combinations.split()
}


def megc_class(emotion: str | None) -> str | None:
    """The challenge's class of a published word, None where it has none.

    >>> megc_class("Happiness"), megc_class("repression"), megc_class("others"), megc_class(None)
    ('positive', 'negative', None, None)
    """
    return MEGC_OF.get((emotion or "").strip().lower())


def objective_class(numbers: Iterable[int]) -> str:
    """The objective class of a combination of units, sides and levels apart.

    >>> objective_class([12, 6]), objective_class([4]), objective_class([4, 12])
    ('I', 'III', 'VII')
    """
    return _OBJECTIVE_OF.get(frozenset(numbers), "VII")
