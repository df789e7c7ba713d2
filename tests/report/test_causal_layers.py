"""Layers of a graph: time runs down, no arrow goes through a factor's name, marks say what they should."""

from __future__ import annotations

import numpy as np
import pytest
from tests.report.svg_reading import curve, number, parts, read, words

from telltale.causal.discovery import FactorEdge
from telltale.core.rng import stream
from telltale.report.causal_arrows import MOST, graph_figure
from telltale.report.layered import SLOT, lay_out
from telltale.report.svg import COLOURS

TIERS = {f"factor_{k}": min(k // 5, 3) for k in range(20)}


def some_edges(seed: int, count: int = MOST) -> list[FactorEdge]:
    """Arrows among 20 factors: within the step down the order, from the step before any way."""
    draw = stream(seed, "some edges")
    found: dict[tuple[int, int, int], float] = {}
    while len(found) < count:
        i, j = (int(k) for k in draw.integers(0, 20, 2))
        lag = int(draw.random() < 0.3)
        i, j = (j, i) if not lag and i > j else (i, j)
        if i != j:
            found[i, j, lag] = float(draw.normal())
    return [edge(f"factor_{i}", f"factor_{j}", weight, lag=lag) for (i, j, lag), weight in found.items()]


def edge(
    cause: str, effect: str, weight: float, *, lag: int = 0, seen: float = 1.0, oriented: bool = True
) -> FactorEdge:
    return FactorEdge(cause, effect, lag, weight, weight - 0.1, weight + 0.1, seen, 1.0, oriented)


@pytest.mark.parametrize("seed", range(6))
def test_no_arrow_goes_through_a_name_and_no_names_meet(seed: int) -> None:
    root = read(graph_figure(some_edges(seed), TIERS, 5.0))
    boxes = [
        (number(box, "x"), number(box, "y"), number(box, "width"), number(box, "height"))
        for box in parts(root, "rect")
    ]
    arrows = [one for one in parts(root, "path") if one.get("fill") == "none" and "C" in one.attrib["d"]]
    assert len(boxes) == 20
    assert len(arrows) == MOST
    for arrow in arrows:
        half = number(arrow, "stroke-width") / 2
        for x, y in curve(arrow.attrib["d"]):
            assert not [
                left
                for left, top, wide, high in boxes
                if left - half < x < left + wide + half and top + 0.1 < y < top + high - 0.1
            ]
    for k, (x, y, wide, _) in enumerate(boxes):
        assert not [b for b in boxes[:k] if b[1] == y and b[0] < x + wide and x < b[0] + b[2]]


@pytest.mark.parametrize("seed", range(4))
def test_time_runs_down(seed: int) -> None:
    edges = some_edges(seed)
    root = read(graph_figure(edges, TIERS, 5.0))
    top = {text.text: number(text, "y") for text in parts(root, "text")}
    for one in edges:
        if not one.lag:
            assert top[one.cause.replace("_", " ")] < top[one.effect.replace("_", " ")]
    rows = [(tier, top[name.replace("_", " ")]) for name, tier in TIERS.items()]
    assert all(y < other for tier, y in rows for later, other in rows if tier < later)


def test_marks_tell_sign_strength_stability_lag_and_doubt() -> None:
    names = {"a": 0, "b": 1, "c": 2, "d": 3}
    root = read(
        graph_figure(
            [
                edge("a", "b", 0.4),
                edge("b", "c", -0.2, lag=1, seen=0.5),
                edge("c", "d", 0.1, oriented=False),
            ],
            names,
            5.0,
        )
    )
    groups = {title.text: group for group in parts(root, "g") for title in parts(group, "title")}
    told = ("a to b: +0.40 SD", "b to c, 1 step later: -0.20 SD", "c with d: +0.10 SD")
    strong, later, open_ = (groups[one] for one in told)
    lines = [parts(one, "path")[0] for one in (strong, later, open_)]
    assert [one.attrib["stroke"] for one in lines] == [COLOURS[0], COLOURS[1], COLOURS[0]]
    widths = [number(one, "stroke-width") for one in lines]
    assert widths[0] > widths[1] > widths[2]
    assert number(strong, "opacity") > number(later, "opacity")
    assert ["stroke-dasharray" in one.attrib for one in lines] == [False, False, True]
    heads = [parts(one, "path")[1:] for one in (strong, later, open_)]
    assert heads[0][0].attrib["fill"] == COLOURS[0]
    assert heads[1][0].attrib["fill"] == "none"
    assert not heads[2]
    assert [len(parts(one, "circle")) for one in (strong, later, open_)] == [0, 1, 0]
    assert {"raises", "lowers", "5 s later", "either way"} <= set(words(root))


def test_only_the_strongest_are_drawn() -> None:
    edges = [edge(f"factor_{k % 19}", f"factor_{k % 19 + 1}", 1.0 - k / 100, lag=k // 19) for k in range(55)]
    root = read(graph_figure(edges, TIERS, 5.0))
    told = [title.text or "" for title in parts(root, "title")]
    drawn = {float(one.rpartition(": ")[2].removesuffix(" SD")) for one in told if one.endswith(" SD")}
    assert drawn == {round(1.0 - k / 100, 2) for k in range(MOST)}


def test_circles_of_lagged_arrows_are_laid_out_and_drawn_both_ways() -> None:
    names = {"a": 2, "b": 2}
    root = read(graph_figure([edge("a", "b", 0.4), edge("b", "a", 0.3, lag=1)], names, 5.0))
    assert len([one for one in parts(root, "path") if "C" in one.attrib["d"]]) == 2


def test_an_arrow_over_layers_gets_a_slot_in_each_and_straight_ones_do_not() -> None:
    found = lay_out([0, 1, 2, 3], [60.0] * 4, [(0, 1), (1, 2), (2, 3), (0, 3)], room=400)
    assert found.layer.tolist() == [0, 1, 2, 3]
    assert [len(route) for route in found.routes] == [0, 0, 0, 2]
    for layer, slot in zip((1, 2), found.routes[3], strict=True):
        assert abs(found.x[layer] - slot) >= (60 + SLOT) / 2 - 1e-9


def test_what_needs_more_room_than_there_is_goes_a_layer_down() -> None:
    found = lay_out([0] * 6, [100.0] * 6, [], room=350)
    assert np.bincount(found.layer).max() <= 3


def test_two_crossed_pairs_are_uncrossed() -> None:
    found = lay_out([0, 0, 1, 1], [50.0] * 4, [(0, 3), (1, 2)], room=400)
    assert (found.x[0] < found.x[1]) == (found.x[3] < found.x[2])
