"""Whose sessions are drawn together: by room where whole rooms got it, else by person."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.core.rng import stream
from telltale.effects.drawn import Drawn
from telltale.effects.exposed import Exposed
from telltale.effects.whole_rooms import agreement, drawn_by


def exposed(treated: np.ndarray, per_room: int, moment: np.ndarray | None = None) -> Exposed:
    """Sessions in rooms of so many, assigned a second apart where nothing else is said."""
    n = len(treated)
    return Exposed(
        "note",
        tuple(f"s{k}" for k in range(n)),
        tuple(f"r{k // per_room}" for k in range(n)),
        np.full(n, 60.0),
        np.arange(n) * 1000 if moment is None else moment,
        treated.astype(bool),
        np.full(n, 0.5),
    )


def lots(n: int, chance: float, *names: int) -> np.ndarray:
    return stream(3, "lots", *names).random(n) < chance


def test_whole_rooms_are_one_draw_each() -> None:
    found = exposed(np.repeat(lots(20, 0.5), 6), 6)
    assert drawn_by(found, "auto") == Drawn("room", "whole rooms got it")
    assert drawn_by(found, "person") == Drawn("person")
    assert drawn_by(found, "room") == Drawn("room")


def test_who_was_there_at_one_moment_is_one_draw() -> None:
    """Six viewers a room, assigned two by two: rooms hold both arms, moments do not."""
    moments = lots(60, 0.5)
    treated, moment = np.repeat(moments, 2), np.repeat(np.arange(60) * 7000, 2)
    found = exposed(treated, 6, moment)
    assert agreement(found.room, found.treated) < 0.5
    assert drawn_by(found, "auto").because == "all of a room got it at one moment"


def test_some_slips_leave_a_room_one_draw() -> None:
    treated = np.repeat(lots(40, 0.5), 6) ^ lots(240, 0.04, 1)
    assert drawn_by(exposed(treated, 6), "auto") == Drawn("room", "most of a room got it together")


@pytest.mark.parametrize(("chance", "per_room"), [(0.5, 5), (0.1, 5), (0.5, 2), (0.3, 1)])
def test_lots_for_each_are_not_taken_for_rooms(chance: float, per_room: int) -> None:
    """Of a thousand studies, at most a few by mere chance; each is small, where chance can do most."""
    told = [
        drawn_by(exposed(lots(60, chance, per_room, k), per_room), "auto").by == "room" for k in range(1000)
    ]
    assert sum(told) <= 5


def test_the_spread_of_agreement_is_that_of_lots() -> None:
    """The variance in the module's formula, by drawing: else its 3 standard errors would be others."""
    size, chance = np.array([2, 3, 3, 5, 8, 13]), 0.2
    room = np.repeat(np.arange(len(size)), size)
    pairs, triples = (size * (size - 1)).sum() / 2, (size * (size - 1) * (size - 2)).sum()
    e = 1 - 2 * chance * (1 - chance)
    variance = e * (1 - e) * pairs + chance * (1 - chance) * (1 - 2 * chance) ** 2 * triples
    alike = []
    for k in range(4000):
        got = np.bincount(room, weights=lots(len(room), chance, 9, k))
        alike.append((got * (got - 1) + (size - got) * (size - got - 1)).sum() / 2)
    assert np.mean(alike) == pytest.approx(e * pairs, rel=0.01)
    assert np.var(alike) == pytest.approx(variance, rel=0.06)


def test_words_are_of_people_or_rooms() -> None:
    assert Drawn("person").words(1, 5, "viewer") == ", of 1 person"
    assert Drawn("person").words(1500, 3000, "viewer") == ", of 1,500 people"
    assert Drawn("room").words(30, 600, "viewer") == ", of 30 rooms, drawn by room"
    assert Drawn().words(40, 80, "viewer") == ", of 40 clusters"
    assert Drawn().words(80, 80, "viewer") == ""
