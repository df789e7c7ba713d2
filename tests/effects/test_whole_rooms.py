"""Whose sessions are drawn together: by room where whole rooms got it, else by person."""

from __future__ import annotations

import math

import numpy as np
import pytest

from telltale.core.rng import stream
from telltale.effects.drawn import Drawn
from telltale.effects.exposed import Exposed
from telltale.effects.whole_rooms import agreement, drawn_by, lots_of


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
    assert drawn_by(found, "auto") == Drawn("room", "whole rooms got it", "room")
    assert drawn_by(found, "person") == Drawn("person", lot="room")
    assert drawn_by(found, "room") == Drawn("room", lot="room")
    rooms = np.unique(found.room, return_inverse=True)[1]
    assert (lots_of(found, drawn_by(found, "person"), np.arange(120)) == rooms).all()


def test_who_was_there_at_one_moment_is_one_draw() -> None:
    """Six viewers a room, assigned two by two: rooms hold both arms, moments do not."""
    moments = lots(60, 0.5)
    treated, moment = np.repeat(moments, 2), np.repeat(np.arange(60) * 7000, 2)
    found = exposed(treated, 6, moment)
    assert agreement(found.room, found.treated) < 0.5
    drawn = drawn_by(found, "auto")
    assert drawn == Drawn("room", "all of a room got it at one moment", "moment")
    lot = lots_of(found, drawn, np.arange(120))
    assert len(np.unique(lot)) == 60
    assert (lot[::2] == lot[1::2]).all()


@pytest.mark.parametrize(("rooms", "got"), [(200, 4), (40, 4), (60, 3), (30, 3)])
def test_whole_rooms_are_seen_where_few_got_it(rooms: int, got: int) -> None:
    """Pairs are few that could disagree, so their number is far from normal; chance makes 1 in 10,000 so."""
    treated = np.repeat(stream(4, "rare", rooms).permutation(rooms) < got, 2)
    assert drawn_by(exposed(treated, 2), "auto") == Drawn("room", "whole rooms got it", "room")


@pytest.mark.parametrize(("rooms", "got", "chance"), [(8, 2, 28 / 1820), (12, 6, 924 / 2704156)])
def test_what_chance_may_have_made_is_none(rooms: int, got: int, chance: float) -> None:
    """Of R pairs k are treated whole in C(R, k) of C(2 R, 2 k) deals: counted by hand."""
    treated = np.repeat(np.arange(rooms) < got, 2)
    assert chance == pytest.approx(math.comb(rooms, got) / math.comb(2 * rooms, 2 * got))
    assert agreement(np.repeat(np.arange(rooms), 2), treated) == (1.0 if chance < 6e-4 else 0.0)


def switching(chance: float, name: int, per: int = 4) -> Exposed:
    """40 rooms that draw an arm anew every 10 minutes, six times; viewers come whenever they come."""
    window = np.repeat(np.arange(240), per)
    moment = window * 600_000 + stream(5, "switching", name).integers(0, 600_000, len(window))
    return exposed(lots(240, chance, 5, name)[window], 6 * per, moment)


@pytest.mark.parametrize(("chance", "per"), [(0.5, 4), (0.2, 4), (0.5, 2)])
def test_rooms_that_switch_arms_now_and_then_are_drawn_by_room(chance: float, per: int) -> None:
    found = switching(chance, 1, per)
    drawn = drawn_by(found, "auto")
    assert drawn == Drawn("room", "rooms got it for stretches of time", "stretch")
    lot, n = lots_of(found, drawn, np.arange(len(found.treated))), len(found.treated)
    # A lot ends where the arm or the room changes, and never comes again.
    order = np.lexsort((found.moment_ms, np.arange(n) // (6 * per)))
    change = np.diff(found.treated[order]) | (np.diff(order // (6 * per)) > 0)
    assert ((np.diff(lot[order]) != 0) == change).all()
    assert len(np.unique(lot)) == change.sum() + 1


def test_one_arm_a_person_makes_a_person_one_lot() -> None:
    person = stream(6, "who").permutation(np.repeat(np.arange(60), 3))
    sticky = exposed(lots(60, 0.5, 6)[person], 3)
    assert drawn_by(sticky, "auto") == Drawn("person")
    assert (lots_of(sticky, drawn_by(sticky, "auto"), person) == person).all()
    anew = exposed(lots(180, 0.5, 7), 3)
    assert len(np.unique(lots_of(anew, drawn_by(anew, "auto"), person))) == 180


def test_some_slips_leave_a_room_one_draw() -> None:
    treated = np.repeat(lots(40, 0.5), 6) ^ lots(240, 0.04, 1)
    assert drawn_by(exposed(treated, 6), "auto") == Drawn("room", "most of a room got it together", "room")


@pytest.mark.parametrize(("chance", "per_room"), [(0.5, 5), (0.1, 5), (0.5, 2), (0.3, 1)])
def test_lots_for_each_are_not_taken_for_rooms(chance: float, per_room: int) -> None:
    """Of a thousand studies, at most a few by mere chance; each is small, where chance can do most."""
    told = [
        drawn_by(exposed(lots(60, chance, per_room, k), per_room), "auto").by == "room" for k in range(1000)
    ]
    assert sum(told) <= 5


def test_words_are_of_people_or_rooms() -> None:
    assert Drawn("person").words(1, 5, "viewer") == ", of 1 person"
    assert Drawn("person").words(1500, 3000, "viewer") == ", of 1,500 people"
    assert Drawn("room").words(30, 600, "viewer") == ", of 30 rooms, drawn by room"
    assert Drawn().words(40, 80, "viewer") == ", of 40 clusters"
    assert Drawn().words(80, 80, "viewer") == ""
