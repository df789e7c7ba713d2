"""Whether a strategy was given to viewers one by one, or to whole rooms: what is not independent then.

An error is told by what was drawn as one (Abadie, Athey, Imbens and Wooldridge, QJE 138, 2023): where a whole
room gets a strategy or does not, its viewers are one draw, whatever they do afterwards. So pairs of one arm
are counted among sessions of one room, among those assigned at one moment of it, and among neighbours in the
order in which a room's sessions were assigned: of rooms that change their arm now and then these agree. With
a share p treated, a pair of sessions drawn one by one would agree with chance e = 1 - 2 p (1 - p), and

    share = (agreeing / pairs - e) / (1 - e)

is 0 by chance and 1 where all agree. How often chance makes as many agree is counted by dealing the same arms
out anew. What agrees by more than chance makes, and for the most part, was not drawn one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.effects.drawn import Drawn, Lot
from telltale.effects.exposed import Exposed
from telltale.effects.variance import Bools, Ints

Cluster = Literal["auto", "person", "room"]

_DEALS: Final = 4999
_BY_CHANCE: Final = 2
"""Of these deals, in how many as many may agree: a chance of 3 in 5,000 at most."""
_FIRST: Final = 100
_FAR: Final = 50.0
"""Standard deviations of the first deals at which no more are needed: of any shape no more than 1 in 2,501
lies that far up (Cantelli)."""
_MOSTLY: Final = 0.5
"""Share of the way from chance to full agreement from which on a room is one draw."""
_STRETCH: Final = 1 / 3
"""The same of neighbours: of stretches of w sessions about 1 - 1 / w of them agree."""


def drawn_by(exposed: Exposed, asked: Cluster) -> Drawn:
    """Whose sessions are drawn together: as asked, or by room where whole rooms were assigned.

    What arms were drawn for is as the data say, also where somebody asked.
    """
    found = _found(exposed)
    return found if asked == "auto" else Drawn(asked, lot=found.lot)


def lots_of(exposed: Exposed, drawn: Drawn, person: Ints) -> Ints:
    """Codes of what one arm was drawn for, of n sessions that `person` (n,) watched: of one lot, one code.

    Of rooms that switch arms it is not known when they drew: each run of one arm counts as a lot.
    """
    treated = exposed.treated
    if drawn.lot == "room":
        return _codes(exposed.room)
    if drawn.lot == "moment":
        return _moments(exposed)
    if drawn.lot == "stretch":
        order, same = _in_order(exposed)
        run = np.empty(len(treated), dtype=np.int64)
        run[order] = np.cumsum(np.concatenate([[0], ~(same & (treated[order][1:] == treated[order][:-1]))]))
        return run
    code = _codes(person)
    got = np.bincount(code, weights=treated)
    one_arm = bool(((got == 0) | (got == np.bincount(code))).all())
    return code if one_arm or agreement(code, treated) >= _MOSTLY else np.arange(len(treated))


def agreement(group: Sequence[str] | Ints, treated: Bools) -> float:
    """How far arms of shape (n,) agree in groups: 0 as by chance, 1 wholly; 0 where chance may have made it.

    >>> rooms = [f"r{k // 4}" for k in range(40)]
    >>> agreement(rooms, np.arange(40) // 4 % 2 == 0), agreement(rooms, np.arange(40) % 2 == 0)
    (1.0, 0.0)
    """
    code = _codes(group)
    size: Ints = np.bincount(code)

    def alike(arms: Bools) -> float:
        got = np.bincount(code, weights=arms)
        return float((got * (got - 1) + (size - got) * (size - got - 1)).sum()) / 2

    return _beyond_chance(alike, float((size * (size - 1)).sum()) / 2, treated)


def _found(exposed: Exposed) -> Drawn:
    treated = exposed.treated
    by_room, at_once = agreement(exposed.room, treated), agreement(_moments(exposed), treated)
    if by_room == 1:
        return Drawn("room", "whole rooms got it", "room")
    if at_once == 1:
        return Drawn("room", "all of a room got it at one moment", "moment")
    if max(by_room, at_once) >= _MOSTLY:
        lot: Lot = "room" if by_room >= _MOSTLY else "moment"
        return Drawn("room", "most of a room got it together", lot)
    if _of_neighbours(exposed) >= _STRETCH:
        return Drawn("room", "rooms got it for stretches of time", "stretch")
    return Drawn("person")


def _of_neighbours(exposed: Exposed) -> float:
    """How far sessions agree with the next of their room: 0 as by chance, 1 wholly."""
    order, same = _in_order(exposed)
    first, second = order[:-1][same], order[1:][same]

    def alike(arms: Bools) -> float:
        return float(np.count_nonzero(arms[first] == arms[second]))

    return _beyond_chance(alike, float(len(first)), exposed.treated)


def _beyond_chance(alike: Callable[[Bools], float], pairs: float, treated: Bools) -> float:
    """The share of the module's formula; 0 where the same arms dealt anew agree as much too often."""
    p = float(np.mean(treated))
    e = 1 - 2 * p * (1 - p)
    if not pairs or e == 1:
        return 0.0
    found, rng = alike(treated), stream(0, "arms dealt anew")
    dealt: list[float] = []
    as_many = 0
    for deal in range(_DEALS):
        dealt.append(alike(rng.permutation(treated)))
        as_many += dealt[-1] >= found
        if as_many > _BY_CHANCE:
            return 0.0
        if deal + 1 == _FIRST and found - np.mean(dealt) > _FAR * np.std(dealt):
            break
    return (found / pairs - e) / (1 - e)


def _in_order(exposed: Exposed) -> tuple[Ints, Bools]:
    """Places of sessions by room and moment, shape (n,); whether each next is of the same room, (n - 1,)."""
    room = _codes(exposed.room)
    order = np.lexsort((exposed.moment_ms, room))
    return order, room[order][1:] == room[order][:-1]


def _moments(exposed: Exposed) -> Ints:
    """Codes of rooms at moments."""
    pairs = np.column_stack([_codes(exposed.room), exposed.moment_ms])
    code: Ints = np.unique(pairs, axis=0, return_inverse=True)[1].ravel()
    return code


def _codes(names: Sequence[str] | npt.NDArray[Any]) -> Ints:
    code: Ints = np.unique(np.array(names), return_inverse=True)[1]
    return code
