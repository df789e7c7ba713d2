"""Action units as coders write them: `4+R12`, `L10+R12A`, `AU4?`, `5B or 7A`.

A sheet's words are turned into numbers, sides and levels, or refused with the part that cannot be read; no
part is left out in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from telltale.core.errors import FormatError

Side = Literal["L", "R", "both"]
Level = Literal["A", "B", "C", "D", "E"]
Kind = Literal["micro", "macro"]

_NONE: Final = {"", "0", "-", "/", "none", "neutral", "n/a", "nan"}
_BETWEEN: Final = re.compile(r"[+,;&]|(?<![a-z])and(?![a-z])", re.IGNORECASE)
_EITHER: Final = re.compile(r"(?<![a-z])or(?![a-z])", re.IGNORECASE)
_SIDES: Final[Mapping[str, Side]] = {
    "": "both", "both": "both", "l": "L", "left": "L", "r": "R", "right": "R",
}  # fmt: skip
_HIGHEST: Final = 98
"""The highest number that the FACS manual of 2002 gives."""

# T and B (upper or lower lip alone, or bilateral), and A (uneven), stand before a number and name no side.
_CODE: Final = re.compile(
    r"(?P<doubt>\?)? *(?:AU|AD)? *(?P<side>[LR])?(?:[TBA](?=\d))? *(?:AU)? *(?P<number>\d{1,2}) *"
    r"(?:(?P<level>[A-E])? *(?P<after>[LR])?|(?P<first>[LR]) *(?P<second>[A-E])) *(?P<doubts>\?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CodedUnit:
    """One action unit that a coder saw."""

    number: int
    """Its FACS number."""
    side: Side = "both"
    """The subject's own left or right; `both` where the coder named none."""
    level: Level | None = None
    """A trace to E maximum; None where the coder gave none."""
    alternatives: tuple[CodedUnit, ...] = ()
    """What else it may have been, where the coder wrote `or`."""
    sure: bool = True
    """False where the coder put a question mark."""


def parse_units(text: object) -> tuple[CodedUnit, ...]:
    """The units in a cell of a coding sheet.

    `+`, commas and `and` stand between units; `or` binds the two units it stands between and no others.
    An empty cell, `0`, `/` and `none` hold no unit.

    >>> [(u.number, u.side, u.level) for u in parse_units("L10+R12A")]
    [(10, 'L', None), (12, 'R', 'A')]
    >>> [(u.number, [a.number for a in u.alternatives]) for u in parse_units("4+5B or 7A")]
    [(4, []), (5, [7])]
    >>> parse_units(12.0)
    (CodedUnit(number=12, side='both', level=None, alternatives=(), sure=True),)
    >>> parse_units("4+x2")
    Traceback (most recent call last):
    telltale.core.errors.FormatError: 'x2' in '4+x2' is no action unit: write it as 4, L12 or R12B
    """
    plain = _plain(text)
    if plain.lower() in _NONE:
        return ()
    return tuple(_choice(part, plain) for part in _BETWEEN.split(plain))


def _plain(text: object) -> str:
    """A cell as text: a spreadsheet keeps a lone `12` as a number, and a plus sign may be a Chinese one."""
    if text is None:
        return ""
    if isinstance(text, float) and text.is_integer():
        return str(int(text))
    return " ".join(unicodedata.normalize("NFKC", str(text)).split())


def _choice(part: str, whole: str) -> CodedUnit:
    first, *others = (_one(word.strip(), whole) for word in _EITHER.split(part))
    return replace(first, alternatives=tuple(others))


def _one(word: str, whole: str) -> CodedUnit:
    found = _CODE.fullmatch(word)
    sides = [found[name] for name in ("side", "after", "first") if found[name]] if found else []
    if not found or len(sides) > 1 or not 1 <= int(found["number"]) <= _HIGHEST:
        raise FormatError(
            f"{word!r} in {whole!r} is no action unit" if word else f"{whole!r} has an empty place",
            hint="write it as 4, L12 or R12B",
        )
    level = found["level"] or found["second"]
    return CodedUnit(
        int(found["number"]),
        cast(Side, sides[0].upper()) if sides else "both",
        cast(Level, level.upper()) if level else None,
        sure=not (found["doubt"] or found["doubts"]),
    )


def every_reading(units: tuple[CodedUnit, ...]) -> Iterator[CodedUnit]:
    """The units, and behind each one what else it may have been.

    >>> [unit.number for unit in every_reading(parse_units("4+5 or 7"))]
    [4, 5, 7]
    """
    for unit in units:
        yield replace(unit, alternatives=())
        yield from unit.alternatives


def on_side(units: tuple[CodedUnit, ...], side: str) -> tuple[CodedUnit, ...]:
    """The units, those that name no side on the given one: `left`, `R`, `both` or an empty word.

    >>> [unit.side for unit in on_side(parse_units("6+12R"), "left")]
    ['L', 'R']
    """
    if side.lower() not in _SIDES:
        raise FormatError(f"side {side!r} is none of left, right, both")
    known = _SIDES[side.lower()]
    return tuple(replace(unit, side=known) if unit.side == "both" else unit for unit in units)


def read_kind(text: str | None) -> Kind | None:
    """Micro or macro, as the data sets write it.

    >>> read_kind("Micro - 1/2"), read_kind("Macro"), read_kind("macro-expression"), read_kind("?")
    ('micro', 'macro', 'macro', None)
    """
    word = (text or "").lower()
    return "micro" if word.startswith("micro") else "macro" if word.startswith("macro") else None
