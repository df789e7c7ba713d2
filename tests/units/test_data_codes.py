"""Action units as coders write them."""

from __future__ import annotations

import pytest

from telltale.core.errors import FormatError
from telltale.units.data_codes import CodedUnit, every_reading, on_side, parse_units

U = CodedUnit

READ: list[tuple[object, tuple[CodedUnit, ...]]] = [
    ("4", (U(4),)),
    (12, (U(12),)),
    (12.0, (U(12),)),
    (None, ()),
    ("", ()),
    ("  ", ()),
    ("0", ()),
    ("none", ()),
    ("/", ()),
    ("4+7", (U(4), U(7))),
    ("1+2+25", (U(1), U(2), U(25))),
    (" 4 + 5 + 7 ", (U(4), U(5), U(7))),
    ("26+25", (U(26), U(25))),
    ("L14", (U(14, "L"),)),
    ("4+R12", (U(4), U(12, "R"))),
    ("l2+r2", (U(2, "L"), U(2, "R"))),
    ("L10+R12A", (U(10, "L"), U(12, "R", "A"))),
    ("R 12 B", (U(12, "R", "B"),)),
    ("12L+6", (U(12, "L"), U(6))),
    ("12BL", (U(12, "L", "B"),)),
    ("12LB", (U(12, "L", "B"),)),
    ("AU4", (U(4),)),
    ("AU4+AU7", (U(4), U(7))),
    ("AU 12, AU 25", (U(12), U(25))),
    ("AUL12", (U(12, "L"),)),
    ("LAU12", (U(12, "L"),)),
    ("AU4?", (U(4, sure=False),)),
    ("?4+12", (U(4, sure=False), U(12))),
    ("4B?", (U(4, level="B", sure=False),)),
    ("A23", (U(23),)),
    ("T23+B17", (U(23), U(17))),
    ("AD19", (U(19),)),
    ("5B or 7A", (U(5, level="B", alternatives=(U(7, level="A"),)),)),
    ("4+6 or 7+12", (U(4), U(6, alternatives=(U(7),)), U(12))),
    ("4or7", (U(4, alternatives=(U(7),)),)),
    ("R12 OR L12", (U(12, "R", alternatives=(U(12, "L"),)),)),
    ("7 or 9 or 10", (U(7, alternatives=(U(9), U(10))),)),
    ("1 and 2", (U(1), U(2))),
    ("12E", (U(12, level="E"),)),
    ("4＋7，12？", (U(4), U(7), U(12, sure=False))),
]


@pytest.mark.parametrize(("text", "units"), READ, ids=[repr(text) for text, _ in READ])
def test_codes_are_read(text: object, units: tuple[CodedUnit, ...]) -> None:
    assert parse_units(text) == units


@pytest.mark.parametrize(
    "text",
    ["x2", "4+", "+4", "4++5", "99", "123", "12F", "12.5", 12.5, "LR12", "L12R", "4/7", "5 or", "or 5", "U12",
     "12A/B", "smile", "4 7", "00"],
)  # fmt: skip
def test_what_is_no_code_is_refused_and_named(text: object) -> None:
    with pytest.raises(FormatError) as error:
        parse_units(text)
    assert str(text) in str(error.value)


def test_every_reading_gives_alternatives_too() -> None:
    assert [unit.number for unit in every_reading(parse_units("4+5 or 7+12"))] == [4, 5, 7, 12]


def test_a_side_goes_to_units_that_name_none() -> None:
    assert on_side(parse_units("6+R12"), "Left") == (U(6, "L"), U(12, "R"))
    assert on_side(parse_units("6"), "") == (U(6),)
    with pytest.raises(FormatError, match="side 'up' is none of left, right, both"):
        on_side(parse_units("6"), "up")
