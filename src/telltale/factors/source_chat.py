"""Chat of a broadcast: how much, how fast, how long. What the words say is for another source.

Each number of a step looks back only: at the messages of the step, or of the half minute that ends with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from telltale.factors.columns import Given, by_room, count_at
from telltale.factors.factor import BROADCAST, Factor
from telltale.factors.grid import NOWHERE, Codes, Grid
from telltale.factors.reading import Array, codes_of, numbers, times_ms
from telltale.study.store import Study

LOOK_MS: Final = 30_000
"""How far back rhythm and length look."""
_FAR_MS: Final = 10**12
"""Longer than any broadcast: room x this + time sorts by room and then by time."""

_MESSAGES = Factor(
    "chat_messages", "chat", "room", "count", BROADCAST, "messages", "messages of the broadcast in the step"
)
_GAP = Factor(
    "chat_gap_s", "chat", "room", "continuous", BROADCAST, "s",
    "mean gap between messages in the last 30 s; 30 where fewer than two came",
)  # fmt: skip
_LENGTH = Factor(
    "chat_length", "chat", "room", "continuous", BROADCAST, "characters",
    "mean length of the messages of the last 30 s, or of the last one before",
)  # fmt: skip


def chat(study: Study, grid: Grid, now: datetime) -> Given:
    """Messages a step, mean gap and mean length; a broadcast without any message counts as not logged."""
    table = study.table("chat")
    table, taken_back = allowed_messages(study, table, now)
    room = codes_of(table, "chat", "room_id", grid.room_ids)
    known = np.flatnonzero(room != NOWHERE)
    time_ms, length = times_ms(table, "chat"), _lengths(table)
    order = known[np.lexsort((time_ms[known], room[known]))]
    room, time_ms, length = room[order], time_ms[order], length[order]
    silent = np.bincount(room, minlength=len(grid.room_ids)) == 0
    messages = count_at(grid.place_in_rooms(room, grid.step_at(time_ms)), grid.room_rows)
    gap_s, mean_length = _looking_back(grid, room, time_ms, length)
    unlogged = np.repeat(silent, grid.room_steps)
    messages[unlogged] = gap_s[unlogged] = np.nan
    columns = ((_MESSAGES, messages), (_GAP, gap_s), (_LENGTH, mean_length))
    notes = (
        [f"chat of {int(silent.sum())} broadcasts holds no message: not seen there"] if silent.any() else []
    )
    if taken_back:
        notes.append(f"{taken_back} messages left out: their writers' consent for 'research' does not hold")
    return Given(tuple(by_room(grid, factor, values) for factor, values in columns), tuple(notes))


def allowed_messages(study: Study, table: pa.Table, now: datetime) -> tuple[pa.Table, int]:
    """The messages of people who agree or are not of the study, and how many others there are."""
    if "participant_id" not in table.column_names:
        return table, 0
    writers = table.column("participant_id").cast(pa.string())
    named = [name for name in pc.unique(writers).to_pylist() if name is not None]
    refused = [name for name in named if not study.consents.may(name, "research", now)]
    theirs = pc.fill_null(pc.is_in(writers, value_set=pa.array(refused, pa.string())), False)
    return table.filter(pc.invert(theirs)), int(pc.sum(theirs).as_py() or 0)


def _lengths(table: pa.Table) -> Array:
    characters = pc.utf8_length(table.column("text").cast(pa.string()))
    return numbers(pa.table({"characters": characters}), "chat", "characters")


def _looking_back(grid: Grid, room: Codes, time_ms: Codes, length: Array) -> tuple[Array, Array]:
    """Mean gap in seconds and mean length, shape (moments,) each, of messages sorted by room and time."""
    owner = np.repeat(np.arange(len(grid.room_ids)), grid.room_steps)
    end_ms = (np.arange(grid.room_rows) - grid.room_first[owner] + 1) * grid.step_ms
    key, end = room * _FAR_MS + time_ms, owner * _FAR_MS + end_ms
    stop = np.searchsorted(key, end, side="right")
    start = np.searchsorted(key, end - LOOK_MS, side="right")
    count = stop - start
    gap_s = np.full(grid.room_rows, LOOK_MS / 1000)
    several = count > 1
    span_ms = time_ms[stop[several] - 1] - time_ms[start[several]]
    gap_s[several] = span_ms / 1000 / (count[several] - 1)
    return gap_s, _mean_length(owner, room, length, start, stop)


def _mean_length(
    owner: Codes, room: Codes, length: Array, start: npt.NDArray[np.intp], stop: npt.NDArray[np.intp]
) -> Array:
    found = np.full(len(owner), np.nan)
    if not len(room):
        return found
    # Where nothing came for half a minute, the last message before speaks, if it was in the same room.
    last = np.maximum(stop - 1, 0)
    start = np.where((stop == start) & (stop > 0) & (room[last] == owner), last, start)
    total = np.concatenate([[0.0], np.cumsum(np.nan_to_num(length))])
    some = stop > start
    found[some] = (total[stop[some]] - total[start[some]]) / (stop[some] - start[some])
    return found
