"""How much a broadcast's hosts speak, as a room factor: a column beside what `room_factors` holds already.

Rows that are there keep all they hold. The voice goes onto their grid, each row the mean over its step; where
the broadcast has no rows, a row is added for each step: as long as the study's own steps, else a second.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.study.store import Study, cast_table

Array = npt.NDArray[np.float64]

VOICE: Final = "host_voice"
"""The room factor that tells how much the hosts of a broadcast speak, 0 to 1."""
STEP_S: Final = 1.0
"""Length of a step where the study's room factors have none of their own."""
_HEARD: Final = 0.5
"""Share of a step that must have been heard."""


def voice_told(study: Study, room: str) -> tuple[Array, float]:
    """The ends (steps,) of a broadcast's steps of which a study tells the voice, and how long they are."""
    table = study.table("room_factors") if study.has("room_factors") else None
    if table is None or VOICE not in table.column_names:
        return np.empty(0), STEP_S
    rooms, ends = table.column("room_id").to_pylist(), _numbers(table, "time_s")
    told = np.array([str(name) == room for name in rooms], dtype=bool) & np.isfinite(_numbers(table, VOICE))
    return ends[told], _step(rooms, ends, room)


def with_voice(study: Study, room: str, times_s: Array, voice: Array) -> pa.Table:
    """The study's room factors with the voice of one broadcast; what is told of it already stays.

    Parameters
    ----------
    times_s
        Ends of tenths of a second from the broadcast's start, shape (T,).
    voice
        Share of each of them in which somebody spoke, shape (T,); NaN where nothing was heard.
    """
    held = cast_table("room_factors", study.table("room_factors")) if study.has("room_factors") else None
    if held is None:
        held = pa.table({"room_id": pa.array([], pa.string()), "time_s": pa.array([], pa.float64())})
    rooms = held.column("room_id").to_pylist()
    ends = _numbers(held, "time_s")
    mine = np.array([str(name) == room for name in rooms], dtype=bool)
    step_s = _step(rooms, ends, room)
    values = _numbers(held, VOICE) if VOICE in held.column_names else np.full(len(ends), np.nan)
    values[mine] = np.where(
        np.isfinite(values[mine]), values[mine], _means(times_s, voice, ends[mine], step_s)
    )
    last_s = min(float(np.max(times_s, initial=0.0)) + step_s, _length(study, room))
    added = _free_ends(ends[mine], step_s, last_s)
    spoken = _means(times_s, voice, added, step_s)
    added, spoken = added[np.isfinite(spoken)], spoken[np.isfinite(spoken)]
    column = pa.array(values, from_pandas=True)
    place = held.schema.get_field_index(VOICE)
    held = held.append_column(VOICE, column) if place < 0 else held.set_column(place, VOICE, column)
    more = pa.table({"room_id": pa.array([room] * len(added), pa.string()), "time_s": added, VOICE: spoken})
    return pa.concat_tables([held, more], promote_options="default")


def _length(study: Study, room: str) -> float:
    rooms = study.table("rooms", ["room_id", "duration_s"])
    ids = [str(name) for name in rooms.column("room_id").to_pylist()]
    return float(rooms.column("duration_s")[ids.index(room)].as_py())


def _numbers(table: pa.Table, column: str) -> Array:
    """A column as numbers, NaN where there is none."""
    values: Array = np.array(table.column(column).cast(pa.float64()).to_numpy(), dtype=np.float64)
    return values


def _step(rooms: list[str], ends: Array, room: str) -> float:
    """The usual distance between two rows of this broadcast, else of any."""
    names, code = np.unique(np.array([str(name) for name in rooms], dtype=object), return_inverse=True)
    order = np.lexsort((ends, code))
    apart, same = np.diff(ends[order]), np.diff(code[order]) == 0
    steps, of_room = apart[same & (apart > 0)], code[order][1:][same & (apart > 0)]
    own = steps[names[of_room] == room]
    return float(np.median(own if len(own) else steps)) if len(steps) else STEP_S


def _free_ends(taken: Array, step_s: float, last_s: float) -> Array:
    """Ends of a broadcast's steps up to a moment that no row tells of, on the grid of the rows there are."""
    first = taken[0] % step_s if len(taken) else 0.0
    count = int(np.ceil((last_s - first) / step_s - 1e-6))
    ends = first + step_s * np.arange(1 if first < 1e-9 else 0, count + 1)
    around = np.concatenate([[-np.inf], np.sort(taken), [np.inf]])
    after = np.searchsorted(around, ends)
    free: Array = ends[np.minimum(ends - around[after - 1], around[after] - ends) > step_s / 2]
    return free


def _means(times_s: Array, voice: Array, ends: Array, step_s: float) -> Array:
    """Means over the steps (end - step, end], shape (steps,); NaN where less than half was heard.

    >>> _means(np.arange(1, 21) / 10, np.repeat([0.0, 1.0], 10), np.array([1.0, 2.0, 3.0]), 1.0).tolist()
    [0.0, 1.0, nan]
    """
    heard = np.isfinite(voice)
    order = np.argsort(times_s[heard])
    times, sums = times_s[heard][order], np.concatenate([[0.0], np.cumsum(voice[heard][order])])
    low, high = (np.searchsorted(times, ends - back + 1e-6) for back in (step_s, 0.0))
    count = high - low
    enough = count >= _HEARD * 10 * step_s - 1e-6
    return np.where(enough & (count > 0), (sums[high] - sums[low]) / np.maximum(count, 1), np.nan)
