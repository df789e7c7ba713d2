"""Whether a strategy was given to viewers one by one, or to whole rooms: what is not independent then.

An error is told by what was drawn as one (Abadie, Athey, Imbens and Wooldridge, QJE 138, 2023): where a whole
room gets a strategy or does not, its viewers are one draw, whatever they do afterwards. So among sessions of
one room, and among those assigned at one moment of it, pairs of one arm are counted. Were each session's arm
drawn by itself with chance p, a pair would agree with chance e = 1 - 2 p (1 - p), and

    E   = e sum_g C(k_g, 2)
    Var = e (1 - e) sum_g C(k_g, 2) + p (1 - p) (1 - 2 p)^2 sum_g k_g (k_g - 1) (k_g - 2)

for groups of k_g sessions, for two pairs that share one go along by p^3 + (1 - p)^3 - e^2. What agrees by
more than chance makes, and for the most part, was not drawn one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from telltale.effects.drawn import Drawn
from telltale.effects.exposed import Exposed
from telltale.effects.variance import Bools, Ints

Cluster = Literal["auto", "person", "room"]

_SURE: Final = 3.0
"""Standard errors by which pairs must agree beyond chance: one study in a thousand does so by lot."""
_MOSTLY: Final = 0.5
"""Share of the way from chance to full agreement from which on a room is one draw."""


def drawn_by(exposed: Exposed, asked: Cluster) -> Drawn:
    """Whose sessions are drawn together: as asked, or by room where whole rooms were assigned."""
    if asked != "auto":
        return Drawn(asked)
    moments = [f"{room} {at}" for room, at in zip(exposed.room, exposed.moment_ms.tolist(), strict=True)]
    by_room, at_once = (agreement(names, exposed.treated) for names in (exposed.room, moments))
    if by_room == 1:
        return Drawn("room", "whole rooms got it")
    if at_once == 1:
        return Drawn("room", "all of a room got it at one moment")
    if max(by_room, at_once) >= _MOSTLY:
        return Drawn("room", "most of a room got it together")
    return Drawn("person")


def agreement(group: Sequence[str], treated: Bools) -> float:
    """How far arms of shape (n,) agree in groups: 0 as by chance, 1 wholly; 0 where chance may have made it.

    >>> rooms = [f"r{k // 4}" for k in range(40)]
    >>> agreement(rooms, np.arange(40) // 4 % 2 == 0), agreement(rooms, np.arange(40) % 2 == 0)
    (1.0, 0.0)
    """
    code = np.unique(np.array(group, dtype=str), return_inverse=True)[1]
    size: Ints = np.bincount(code)
    got = np.bincount(code, weights=treated)
    pairs = float((size * (size - 1)).sum()) / 2
    alike = float((got * (got - 1) + (size - got) * (size - got - 1)).sum()) / 2
    p = float(np.mean(treated))
    e = 1 - 2 * p * (1 - p)
    triples = float((size * (size - 1) * (size - 2)).sum())
    variance = e * (1 - e) * pairs + p * (1 - p) * (1 - 2 * p) ** 2 * triples
    if variance <= 0 or alike - e * pairs < _SURE * math.sqrt(variance):
        return 0.0
    return (alike / pairs - e) / (1 - e)
