"""How an expression's name is marked where what it looks like is not published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from telltale.signs.expressions import Evidence

_ORDER: Final[tuple[Evidence, ...]] = ("own", "ours", "recalled", "published")
_MARKS: Final[dict[Evidence, str]] = {"ours": "°", "own": "†"}
_WORDS: Final[dict[Evidence, str]] = {"ours": " (ours)", "own": " (own)"}
_MEANINGS: Final[dict[Evidence, str]] = {
    "ours": "how it looks is our inference, not published",
    "own": "as your own classifier names it; nothing is known here of how it looks",
}


def weakest(known: Iterable[Evidence]) -> Evidence:
    """Of several the one to warn of.

    >>> weakest(["published", "ours"])
    'ours'
    """
    found = set(known)
    return next((one for one in _ORDER if one in found), "published")


def marked(name: str, evidence: Evidence) -> str:
    """In a figure, where there is room for one character.

    >>> marked("elation", "ours"), marked("anger", "published")
    ('elation°', 'anger')
    """
    return f"{name}{_MARKS.get(evidence, '')}"


def worded(name: str, evidence: Evidence) -> str:
    """In a line of text.

    >>> worded("smirk", "own")
    'smirk (own)'
    """
    return f"{name}{_WORDS.get(evidence, '')}"


def mark_legend(evidence: Iterable[Evidence]) -> str:
    """What the marks of a figure mean; begins with a space, and is empty where there is none.

    >>> mark_legend(["published", "ours"])
    ' ° how it looks is our inference, not published.'
    """
    there = set(evidence)
    return "".join(f" {mark} {_MEANINGS[one]}." for one, mark in _MARKS.items() if one in there)


def word_legend(evidence: Iterable[Evidence]) -> list[str]:
    """What the marks of lines mean, a line each.

    >>> word_legend(["own", "own"])
    ['(own): as your own classifier names it; nothing is known here of how it looks']
    """
    there = set(evidence)
    return [f"{word.strip()}: {_MEANINGS[one]}" for one, word in _WORDS.items() if one in there]
