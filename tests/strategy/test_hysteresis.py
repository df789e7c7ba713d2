"""A probability rises once it has stayed, is over below the release, and NaN moves nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategy.builder import note

from telltale.strategy.catalogue import Catalogue
from telltale.strategy.hysteresis import DOWN, Rise, Rises, step

NAN = math.nan


def states(probabilities: list[float], *, hold_s: float = 2.0, every_s: float = 1.0) -> list[bool]:
    rise, found = DOWN, []
    for place, probability in enumerate(probabilities):
        rise = step(rise, probability, place * every_s, threshold=0.6, release=0.4, hold_s=hold_s)
        found.append(rise.on)
    return found


@pytest.mark.parametrize(
    ("probabilities", "on"),
    [
        ([0.6, 0.6, 0.6], [False, False, True]),
        ([0.6, 0.59, 0.6, 0.6, 0.6], [False, False, False, False, True]),
        ([0.9, 0.9, 0.9, 0.5, 0.4, 0.39, 0.5], [False, False, True, True, True, False, False]),
        ([0.9, NAN, NAN, 0.9, 0.9], [False, False, False, False, True]),
        ([0.9, 0.9, 0.9, NAN, NAN, 0.5], [False, False, True, True, True, True]),
        ([NAN] * 4, [False] * 4),
    ],
)
def test_it_enters_and_leaves(probabilities: list[float], on: list[bool]) -> None:
    assert states(probabilities) == on


def test_without_a_hold_it_enters_at_once() -> None:
    assert states([0.59, 0.6, 0.3], hold_s=0.0) == [False, True, False]


def test_time_that_no_probability_spoke_for_is_not_counted() -> None:
    assert states([0.9, 0.9, 0.9], every_s=100.0) == [False, False, True]


def test_a_second_that_comes_twice_or_late_changes_nothing() -> None:
    rise = step(DOWN, 0.9, 5.0, threshold=0.6, release=0.4, hold_s=1.0)
    for now_s in (5.0, 4.0):
        assert step(rise, 0.1, now_s, threshold=0.6, release=0.4, hold_s=1.0) is rise


PROBABILITIES = st.lists(st.one_of(st.just(NAN), st.floats(0, 1)), max_size=60)


@given(PROBABILITIES)
def test_it_flips_only_for_a_reason(probabilities: list[float]) -> None:
    before = False
    for place, (probability, on) in enumerate(zip(probabilities, states(probabilities), strict=True)):
        if on and not before:
            read = [p for p in probabilities[: place + 1] if not math.isnan(p)]
            assert len(read) >= 3
            assert all(p >= 0.6 for p in read[-3:])
        if before and not on:
            assert probability < 0.4
        before = on


@given(PROBABILITIES, st.integers(0, 60))
def test_a_gap_changes_nothing_but_the_time(probabilities: list[float], place: int) -> None:
    gapped = probabilities[:place] + [NAN] * 7 + probabilities[place:]
    found = states(gapped)
    assert found[:place] + found[place + 7 :] == states(probabilities) or place > len(probabilities)


def test_a_session_is_told_what_rises_and_only_once() -> None:
    catalogue = Catalogue((note("low", threshold=0.5, hold_s=1.0), note("high", threshold=0.8, hold_s=0.0)))
    rises = Rises(catalogue)
    told = [rises.step(p, second) for second, p in enumerate([0.6, 0.6, 0.9, 0.9, 0.3, 0.9, NAN, 0.9])]
    assert told == [(), ("low",), ("high",), (), (), ("high",), (), ("low",)]
    assert Rise() == DOWN or math.isnan(Rise().held_s)
