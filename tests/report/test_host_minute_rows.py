"""Rows of parts of the stream: bars as long as the shares, dots where the rates are, nothing unknown."""

from __future__ import annotations

import math

import pytest
from tests.report.svg_reading import number, parts, read, words

from telltale.host.efficiency import Bin, Rate
from telltale.report.host_minute_rows import minute_rows
from telltale.report.svg import COLOURS

NAN = math.nan
ALL = Bin("all", 1.0, 1.0, 2, Rate(5.0, 4.0, 6.0), Rate(0.5, 0.4, 0.6))
PARTS = [
    Bin("morning", 0.75, 0.30, 2, Rate(2.0, 1.0, 4.0), Rate(0.2, 0.1, 0.4)),
    Bin("evening", 0.25, 0.70, 2, Rate(14.0, 9.0, 300.0), Rate(1.4, 0.9, 2.0)),
]


def drawn(bins: list[Bin]) -> str:
    return minute_rows("What a minute brings", [("hour", bins)], "likes", ALL)


def test_bars_dots_and_numbers_are_those_of_the_parts() -> None:
    root = read(drawn(PARTS))
    bars = [bar for bar in parts(root, "rect") if "opacity" in bar.attrib]
    long = [number(bar, "width") for bar in bars]
    shares = [0.75, 0.30, 0.25, 0.70]
    assert [value / long[0] for value in long] == pytest.approx([share / 0.75 for share in shares], abs=2e-3)
    assert [bar.attrib["fill"] for bar in bars] == [COLOURS[5], COLOURS[0]] * 2
    said = words(root)
    assert [word for word in said if "%" in word] == ["75 %", "30 %", "25 %", "70 %"]
    assert {"morning", "evening", "hour", "likes a minute", "of all likes", "0.20", "1.4"} <= set(said)
    dots = [number(dot, "cx") for dot in parts(root, "circle")]
    ticks = {
        float(one.text or ""): number(one, "x")
        for one in parts(root, "text")
        if one.attrib["text-anchor"] == "middle" and one.text
    }
    for dot, rate in zip(dots, (2.0, 14.0), strict=True):
        assert dot == pytest.approx(ticks[0.0] + rate * (ticks[10.0] - ticks[0.0]) / 10, abs=0.2)
    # One wild interval ends at the edge of its chart.
    wide = max(number(line, "x2") for line in parts(root, "line") if line.attrib.get("stroke-width") == "3")
    assert wide == pytest.approx(640 - 84, abs=0.1)


def test_what_is_not_known_is_not_drawn() -> None:
    alone = [
        Bin(one.name, one.share_of_time, one.share_of_all, 1, Rate(2.0, NAN, NAN), None) for one in PARTS
    ]
    svg = drawn(alone)
    assert "nan" not in svg
    root = read(svg)
    assert len(parts(root, "circle")) == 2
    assert not [line for line in parts(root, "line") if line.attrib.get("stroke-width") == "3"]
    assert not any("viewer watches" in word for word in words(root))


def test_nothing_sold_in_a_part_is_a_row_all_the_same() -> None:
    none = Bin("night", 0.1, 0.0, 2, Rate(0.0, NAN, NAN), Rate(0.0, NAN, NAN))
    said = words(read(drawn([*PARTS, none])))
    assert "0 %" in said
    assert said.count("0.0") == 1
