"""Factors that the study holds as tables: `viewer_factors` and `room_factors`, each column one factor.

Times are ends of steps. Where a table is finer than the grid its rows are averaged over each step; where it
is coarser, the steps between have no value: nothing is filled in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import numpy as np

from telltale.core.errors import FormatError
from telltale.factors.columns import Column, Given, by_room, mean_at
from telltale.factors.factor import BROADCAST, VIEWER, Factor
from telltale.factors.frames import guess_kind
from telltale.factors.grid import NOWHERE, Grid
from telltale.factors.reading import Array, codes_of, column_names, numbers, times_ms
from telltale.study.store import Study

Table = Literal["viewer_factors", "room_factors"]


def viewer_factors(study: Study, grid: Grid, now: datetime) -> Given:  # noqa: ARG001 (the grid has asked)
    """Slow factors of the viewers."""
    table = study.table("viewer_factors", ["session_id", "time_s"])
    session = codes_of(table, "viewer_factors", "session_id", grid.session_ids)
    place = grid.place(session, grid.step_at(times_ms(table, "viewer_factors")))
    columns = []
    for name in _further(study, "viewer_factors", "session_id"):
        values = mean_at(place, _column(study, "viewer_factors", name), grid.rows)
        says = f"'{name}' of the viewer, as the study holds it"
        columns.append(
            Column(Factor(name, "viewer_factors", "viewer", guess_kind(values), VIEWER, "", says), values)
        )
    return Given(tuple(columns))


def room_factors(study: Study, grid: Grid, now: datetime) -> Given:
    """Slow factors of the broadcasts, such as the shares of time in which a host's expressions show."""
    table = study.table("room_factors", ["room_id", "time_s"])
    room = codes_of(table, "room_factors", "room_id", grid.room_ids)
    shut = study.closed_rooms(now)
    closed = np.flatnonzero([name in shut for name in grid.room_ids])
    # What a host took back is gone for every viewer of theirs.
    room[np.isin(room, closed)] = NOWHERE
    place = grid.place_in_rooms(room, grid.step_at(times_ms(table, "room_factors")))
    columns = []
    for name in _further(study, "room_factors", "room_id"):
        values = mean_at(place, _column(study, "room_factors", name), grid.room_rows)
        says = f"'{name}' of the broadcast, as the study holds it"
        factor = Factor(name, "room_factors", "room", guess_kind(values), BROADCAST, "", says)
        columns.append(by_room(grid, factor, values))
    note = f"room_factors of {len(closed)} broadcasts left out: their hosts have not agreed to 'research'"
    return Given(tuple(columns), (note,) if len(closed) else ())


def _further(study: Study, table: Table, key: str) -> list[str]:
    return [name for name in column_names(study, table) if name not in (key, "time_s")]


def _column(study: Study, table: Table, name: str) -> Array:
    # One at a time: the whole of a table would be held twice.
    values = numbers(study.table(table, [name]), table, name)
    if np.isinf(values).any():
        raise FormatError(f"{table}.{name} holds infinite numbers", hint="leave out what was not seen")
    return values
