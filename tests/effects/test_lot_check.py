"""Lots are held against their record as they were drawn: rows, rooms, moments, or nobody knows how."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.effects.design import Design
from telltale.effects.drawn import Drawn
from telltale.effects.lot_check import lot_as_recorded

NAMES = ("a", "b", "c")


def by_moments(name: int, *, chance: float = 0.5, slips: float = 0.0, drawn: Drawn | None = None) -> Design:
    """60 rooms, each drawn at two moments for all five who are there; what they share tells both."""
    draw = stream(21, "moments", name)
    room, moment = np.repeat(np.arange(60), 10), np.repeat(np.arange(120), 5)
    treated = (draw.random(120) < chance)[moment]
    treated = np.where(draw.random(600) < slips, draw.random(600) < chance, treated)
    shared = draw.normal(size=120)[moment]
    x = np.column_stack([shared + 0.5 * draw.normal(size=600), draw.normal(size=(600, 2))])
    return Design(
        treated, shared + draw.normal(size=600), x, NAMES, room, np.full(600, chance),
        drawn=drawn or Drawn("room", "all of a room got it at one moment", "moment"), lot=moment,
    )  # fmt: skip


def fails(designs: list[Design]) -> int:
    return [lot_as_recorded(design).verdict for design in designs].count("fail")


def test_rooms_drawn_at_moments_are_a_lot_each_time() -> None:
    """One in a hundred is to be expected; row by row it would be two in five."""
    designs = [by_moments(name) for name in range(150)]
    assert fails(designs) <= 5
    assert fails([replace(design, lot=np.arange(600)) for design in designs]) > 30
    assert fails([replace(design, propensity=np.full(600, 0.7)) for design in designs[:20]]) == 20


def test_of_lots_with_both_arms_nothing_is_assumed() -> None:
    designs = [by_moments(name, chance=0.3, slips=0.1) for name in range(150)]
    assert fails(designs) <= 5
    assert fails([replace(design, propensity=np.full(600, 0.6)) for design in designs[:20]]) == 20


def test_runs_of_one_arm_are_held_by_their_rows() -> None:
    """Runs take turns, so every second one is treated whatever the chance is."""
    stretch = Drawn("room", "rooms got it for stretches of time", "stretch")
    runs = []
    for name in range(100):
        design = by_moments(name, chance=0.2, drawn=stretch)
        change = np.diff(design.treated) | (np.diff(design.cluster) > 0)
        runs.append(replace(design, lot=np.cumsum(np.concatenate([[0], change]))))
    assert fails(runs) <= 4
    assert fails([replace(design, propensity=np.full(600, 0.5)) for design in runs[:20]]) == 20


def test_a_table_may_name_its_lots() -> None:
    design = by_moments(1)
    rows = {
        "t": design.treated, "y": design.outcome, "room": design.cluster, "lot": design.lot,
        "p": design.propensity,
    }  # fmt: skip
    ask = partial(Design.from_frame, treatment="t", outcome="y", cluster="room", propensity="p")
    told = ask(rows, lot="lot")
    assert told.lots.tolist() == np.repeat(np.arange(120), 5).tolist()
    assert told.take(np.arange(300, 600)).lots.tolist() == np.repeat(np.arange(60), 5).tolist()
    assert ask(rows).lots.tolist() == list(range(600))
    whole = rows | {"t": design.cluster % 2}
    assert (ask(whole).lots == design.cluster).all()
    with pytest.raises(FormatError, match="no column 'draw'"):
        ask(rows, lot="draw")
    with pytest.raises(FormatError, match="lots are no codes from 0"):
        replace(design, lot=np.full(600, 0.5))
    with pytest.raises(FormatError, match="lot has shape"):
        replace(design, lot=np.arange(5))
