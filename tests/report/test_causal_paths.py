"""The picture of paths: every chain once, as wide as it should be, XML whatever factors are called."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from telltale.causal.path_intervals import Band, SurePaths
from telltale.causal.paths import Chain, Paths
from telltale.report.causal_paths import paths_figure
from telltale.report.svg import COLOURS
from telltale.report.svg_alone import alone

SVG = "{http://www.w3.org/2000/svg}"


def told(*chains: tuple[tuple[str, ...], float, float, float], other: float = 0.0) -> SurePaths:
    """Paths of host to desire, each a way with its value, low and high."""
    listed = tuple(Chain(("host", *way, "desire"), np.array([value])) for way, value, _, _ in chains)
    whole = sum(value for _, value, _, _ in chains) + other
    direct = sum(value for way, value, _, _ in chains if not way)
    paths = Paths("host", "desire", "held", np.array([whole]), np.array([direct]), listed)

    def band(low: float, high: float) -> Band:
        return Band(np.array([low]), np.array([high]))

    around = band(whole - 0.1, whole + 0.1)
    bands = tuple(band(low, high) for _, _, low, high in chains)
    return SurePaths(paths, around, around, around, bands, band(other - 0.01, other + 0.01), 0.95, 60)


def drawn(found: SurePaths, note: str = "") -> ElementTree.Element:
    return ElementTree.fromstring(paths_figure(found, seconds=60, note=note))


def words(tree: ElementTree.Element) -> list[str]:
    return ["".join(element.itertext()) for element in tree.iter(f"{SVG}text")]


def test_each_chain_stands_with_its_factors_value_and_interval() -> None:
    tree = drawn(told(((), 0.2, 0.1, 0.3), (("chat_mood", "attention"), -0.05, -0.08, -0.02), other=0.04))
    said = words(tree)
    assert said.count("chat mood") == said.count("attention") == said.count("host") == 1
    assert "directly +0.200 (0.100 to 0.300)" in said
    assert "-0.050 (-0.080 to -0.020)" in said
    assert "all other chains +0.040 (0.030 to 0.050)" in said
    assert "+0.190 SD" in said
    assert "0.090 to 0.290" in said
    assert {"after 60 s", "from then on", "raises", "lowers"} <= set(said)


def flows(tree: ElementTree.Element) -> list[tuple[str, float]]:
    """Colour and width of each bed, from its first edge's height to its last."""
    out = []
    for path in tree.iter(f"{SVG}path"):
        if path.get("fill") != "none":
            upper = re.match(r"M[\d.]+ ([\d.]+)", path.get("d", ""))
            lower = re.search(r" ([\d.]+) Z", path.get("d", ""))
            assert upper
            assert lower
            out.append((path.get("fill", ""), float(lower[1]) - float(upper[1])))
    return out


def test_widths_are_shares_and_colours_are_signs() -> None:
    found = told(((), 0.30, 0.2, 0.4), (("chat",), -0.15, -0.2, -0.1), (("mood",), 0.05, 0.01, 0.09))
    (teal, first), (orange, second), (_, third) = flows(drawn(found))
    assert (teal, orange) == COLOURS[:2]
    assert first / second == pytest.approx(2.0, rel=0.02)
    assert second / third == pytest.approx(3.0, rel=0.03)


def test_what_may_be_nothing_is_dashed_and_said_to_be() -> None:
    sure = paths_figure(told(((), 0.2, 0.1, 0.3)), seconds=60)
    unsure = paths_figure(told(((), 0.2, -0.1, 0.3)), seconds=60)
    assert "stroke-dasharray" not in sure
    assert "may be nothing" not in sure
    assert "stroke-dasharray" in unsure
    assert "dashed: may be nothing" in unsure


@pytest.mark.parametrize("count", [0, 1, 5])
def test_no_two_labels_of_a_bed_overlap_and_all_stand_inside(count: int) -> None:
    way = tuple(f"a_factor_with_name_{k}" for k in range(count))
    tree = drawn(told((way, 0.2, 0.1, 0.3), ((), 0.1, 0.05, 0.2), other=0.1))
    _, _, width, height = map(float, tree.attrib["viewBox"].split())
    boxes = [
        (float(box.attrib["x"]), float(box.attrib["x"]) + float(box.attrib["width"]))
        for box in tree.iter(f"{SVG}rect")
        if box.get("rx") == "6"
    ]
    assert len(boxes) == count
    assert all(one[1] < other[0] for one, other in pairwise(boxes))
    for element in (*tree.iter(f"{SVG}text"), *tree.iter(f"{SVG}rect")):
        assert 0 <= float(element.attrib["x"]) <= width
        assert 0 <= float(element.attrib["y"]) <= height
    heights = sorted(float(t.attrib["y"]) for t in tree.iter(f"{SVG}text") if "(" in "".join(t.itertext()))
    assert (np.diff(heights) > 16).all()


def test_names_are_no_markup_and_a_note_is_told() -> None:
    tree = drawn(told((("<b>&",), 0.2, 0.1, 0.3)), note="simulated viewers")
    assert "<b>&" in words(tree)
    assert "simulated viewers" in words(tree)


def test_where_no_way_leads_it_says_so() -> None:
    assert words(drawn(told())) == ["No way was found from host to desire."]


def test_a_figure_alone_brings_its_colours() -> None:
    tree = ElementTree.fromstring(alone(paths_figure(told(((), 0.2, 0.1, 0.3)), seconds=60)))
    style = tree.find(f"{SVG}style")
    assert style is not None
    assert style.text is not None
    assert "prefers-color-scheme: dark" in style.text
    assert "background: var(--paper)" in style.text
