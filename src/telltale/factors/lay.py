"""Lays the grid of a study: the sessions that were asked for and whose people agree, and their broadcasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core.errors import ConfigError, FormatError
from telltale.factors.grid import Codes, Grid
from telltale.factors.reading import codes_of, ids_of, milliseconds, moments_ms, numbers
from telltale.study.store import Study

Ids = npt.NDArray[np.object_]

_CHECK: Final = "run 'telltale study check' on the study"
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Laid:
    """A grid, and who is not on it."""

    grid: Grid
    notes: tuple[str, ...]


def lay_grid(study: Study, grid_s: float, session_ids: Sequence[str] | None, now: datetime) -> Laid:
    """The grid of the sessions whose people's consent to research holds at the moment `now`.

    Parameters
    ----------
    grid_s
        Length of a step, a whole number of milliseconds.
    session_ids
        Which sessions; all when None.
    """
    step_ms = step_of(grid_s)
    table = study.table("sessions")
    chosen, notes = _chosen(study, table, session_ids, now)
    table = table.take(chosen)
    sessions, people = ids_of(table, "sessions", "session_id"), ids_of(table, "sessions", "participant_id")
    room_ids = tuple(sorted(set(ids_of(table, "sessions", "room_id").tolist())))
    person_ids = tuple(sorted(set(people.tolist())))
    rooms = _rooms(study, room_ids)
    room_of = codes_of(table, "sessions", "room_id", room_ids)
    began_ms, room_began_ms = (
        moments_ms(table, "sessions", "started_at"),
        moments_ms(rooms, "rooms", "started_at"),
    )
    grid = Grid(
        step_ms=step_ms,
        session_ids=tuple(sessions.tolist()),
        room_ids=room_ids,
        person_ids=person_ids,
        room_of=room_of,
        person_of=codes_of(table, "sessions", "participant_id", person_ids),
        offset_ms=began_ms - room_began_ms[room_of],
        steps=_whole_steps(table, "sessions", step_ms),
        room_steps=_whole_steps(rooms, "rooms", step_ms),
    )
    if short := int((grid.steps == 0).sum()):
        notes.append(f"{short} sessions are shorter than one step of {grid_s:g} s")
    return Laid(grid, tuple(notes))


def step_of(grid_s: float) -> int:
    """A step's length in milliseconds.

    >>> step_of(0.25)
    250
    """
    step_ms = round(grid_s * 1000) if np.isfinite(grid_s) else 0
    if step_ms <= 0 or abs(step_ms - grid_s * 1000) > 1e-6:
        raise ConfigError(f"a grid of {grid_s:g} s is none", hint="give whole milliseconds, more than 0")
    return step_ms


def _chosen(
    study: Study, table: pa.Table, session_ids: Sequence[str] | None, now: datetime
) -> tuple[Codes, list[str]]:
    """Places of the sessions, by id, and what is to be said of the others."""
    sessions, people = ids_of(table, "sessions", "session_id"), ids_of(table, "sessions", "participant_id")
    if len(set(sessions.tolist())) < len(sessions):
        raise FormatError("sessions.session_id holds an id twice", hint=_CHECK)
    asked = np.ones(len(sessions), dtype=np.bool_)
    if session_ids is not None:
        _refuse_unknown(session_ids, sessions)
        asked = np.isin(sessions.astype(str), list(session_ids))
    agrees = {person: study.consents.may(person, "research", now) for person in set(people[asked].tolist())}
    agreed = np.array([agrees.get(person, False) for person in people.tolist()], dtype=np.bool_)
    chosen = np.flatnonzero(asked & agreed)
    notes = []
    if refused := int(asked.sum()) - len(chosen):
        who = sum(not holds for holds in agrees.values())
        notes.append(f"{refused} sessions of {who} people left out: no consent for 'research' holds")
    if not len(chosen):
        raise FormatError("; ".join(["no session is left", *notes]), hint="see sessions and consents")
    return chosen[np.argsort(sessions[chosen].astype(str), kind="stable")], notes


def _refuse_unknown(asked: Sequence[str], sessions: Ids) -> None:
    unknown = sorted(set(asked) - set(sessions.tolist()))
    if unknown:
        some = ", ".join(unknown[:_SHOWN]) + (" ..." if len(unknown) > _SHOWN else "")
        raise FormatError(f"no session {some}", hint="see sessions.parquet")


def _rooms(study: Study, room_ids: Sequence[str]) -> pa.Table:
    """The broadcasts of the sessions, by id."""
    rooms = study.table("rooms")
    found = codes_of(rooms, "rooms", "room_id", room_ids)
    rooms, found = rooms.take(np.flatnonzero(found >= 0)), found[found >= 0]
    if not np.array_equal(np.sort(found), np.arange(len(room_ids))):
        raise FormatError("sessions name rooms that are not there once each", hint=_CHECK)
    return rooms.take(np.argsort(found))


def _whole_steps(table: pa.Table, name: str, step_ms: int) -> Codes:
    duration_s = numbers(table, name, "duration_s")
    if not np.isfinite(duration_s).all() or (duration_s < 0).any():
        raise FormatError(f"{name}.duration_s is empty or below 0 somewhere", hint=_CHECK)
    return milliseconds(duration_s) // step_ms
