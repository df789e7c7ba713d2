"""Facts that stand before a visit begins: the device, the promotion, on request who the person is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import numpy as np

from telltale.factors.columns import Column, Given, by_session
from telltale.factors.factor import BEFORE, Factor
from telltale.factors.grid import Codes, Grid
from telltale.factors.reading import codes_of, column_names, numbers, texts_of
from telltale.study.store import Study

_OF_A_PERSON: Final = ("gender", "age_band", "culture")


def session(
    study: Study,
    grid: Grid,
    now: datetime,  # noqa: ARG001 (the grid has asked)
    known: Collection[str] = (),
) -> Given:
    """The device: one factor for each but the commonest, which all others are compared with.

    Where factors are known it is those, whatever is commonest among these sessions.
    """
    if "device" not in column_names(study, "sessions"):
        return Given(())
    table = study.table("sessions", ["session_id", "device"])
    codes, words = texts_of(table, "sessions", "device")
    of_session = _in_order(
        codes_of(table, "sessions", "session_id", grid.session_ids), codes, len(grid.session_ids)
    )
    return _one_hot(grid, "session", "device", of_session, words, known)


def room(study: Study, grid: Grid, now: datetime) -> Given:  # noqa: ARG001 (the grid has asked)
    """Whether a promotion ran in the broadcast."""
    if "promotion" not in column_names(study, "rooms"):
        return Given(())
    table = study.table("rooms", ["room_id", "promotion"])
    place = codes_of(table, "rooms", "room_id", grid.room_ids)
    promotion = np.full(len(grid.room_ids), np.nan)
    promotion[place[place >= 0]] = numbers(table, "rooms", "promotion")[place >= 0]
    if not np.isfinite(promotion).any():
        return Given(())
    says = "whether a promotion ran in the broadcast"
    factor = Factor("promotion", "room", "session", "binary", BEFORE, "", says, shared=True)
    return Given((by_session(grid, factor, promotion[grid.room_of]),))


def person(
    study: Study,
    grid: Grid,
    now: datetime,  # noqa: ARG001 (the grid has asked)
    known: Collection[str] = (),
) -> Given:
    """Gender, age band and culture as the person stated them, one factor for each word but the commonest.

    Where factors are known it is those, whatever is commonest among these people.
    """
    columns: list[Column] = []
    notes: list[str] = []
    there = column_names(study, "participants")
    for name in (name for name in _OF_A_PERSON if name in there):
        table = study.table("participants", ["participant_id", name])
        codes, words = texts_of(table, "participants", name)
        place = codes_of(table, "participants", "participant_id", grid.person_ids)
        of_session = _in_order(place, codes, len(grid.person_ids))[grid.person_of]
        given = _one_hot(grid, "person", name, of_session, words, known)
        columns += given.columns
        notes += given.notes
    return Given(tuple(columns), tuple(notes))


def _in_order(place: Codes, codes: Codes, size: int) -> Codes:
    """The codes by place; -1 where there is none."""
    found = np.full(size, -1, dtype=np.int64)
    found[place[place >= 0]] = codes[place >= 0]
    return found


def _one_hot(
    grid: Grid, source: str, name: str, code: Codes, words: list[str], known: Collection[str]
) -> Given:
    """A factor for each word but the commonest among the sessions; NaN where a session's is not known.

    With a factor for the commonest too, all of them would add up to one: none could be told from the others.
    """
    count = np.bincount(code[code >= 0], minlength=len(words))
    named = [f"{name}_{word}".strip() for word in words]
    there = [i for i in range(len(words)) if (named[i] in known if known else count[i])]
    compared = ""
    if not known:
        if len(there) < 2:
            return Given(())
        common = max(there, key=lambda i: count[i])
        there.remove(common)
        compared = f"; '{words[common]}' is what it is compared with"
    columns = []
    for i in there:
        says = f"whether {name} is '{words[i]}'{compared}"
        factor = Factor(named[i], source, "session", "binary", BEFORE, "", says, one_of=name)
        columns.append(by_session(grid, factor, np.where(code >= 0, (code == i).astype(np.float64), np.nan)))
    return Given(tuple(columns))
