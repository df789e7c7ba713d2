"""What the hosts of a study showed: their signals coded, or the shares that the study holds as room factors.

Signals are coded one broadcast at a time, on several processes, each through the door of consent; only the
shares on the grid are kept of them. What is sold belongs to a broadcast, so hosts who share one are taken
together (`shown.together`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from telltale.core import pool
from telltale.core.errors import ConsentError, FormatError
from telltale.core.progress import Progress, silent
from telltale.factors.reading import codes_of, column_names, ids_of, numbers, times_ms
from telltale.host.coders import HostCoders, coder_of
from telltale.host.points import NONE
from telltale.host.shown import Array, Array32, Codes, HostShown, together
from telltale.signs.coding import Coder, Coding
from telltale.signs.expressions import Evidence, ExpressionTable, load_table
from telltale.study.room_voice import VOICE
from telltale.study.store import Study

Held = Literal["host_signals", "room_factors"]

SIGNAL_STEP_S: Final = 1.0
"""Grid of shares that are coded from signals."""
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class StudyShown:
    """What was shown, where it was held, and how much the hosts spoke on the same grid."""

    shown: HostShown
    held: Held
    voice: Array | None
    """Shape (all steps,); None where the study does not tell it."""
    notes: tuple[str, ...]


def study_shown(
    study: Study,
    coder: Coder,
    now: datetime,
    *,
    room: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> StudyShown:
    """What the hosts of a study showed, of those whose consent for `research` holds.

    Parameters
    ----------
    coder
        Codes the signals, each host by a coder of their own where it is `HostCoders`; shares that the study
        holds already are taken as they are.
    room
        The one broadcast to look at; all if left out.
    """
    rooms = study.table("rooms", ["room_id", "host_id", "duration_s"])
    ids = every = [str(name) for name in ids_of(rooms, "rooms", "room_id")]
    length_s = numbers(rooms, "rooms", "duration_s")
    if room is not None:
        length_s, ids = length_s[[name == room for name in ids]], [name for name in ids if name == room]
    if any(study.hosts_with_signal(room) for room in ids):
        return _coded(study, coder, ids, length_s, now, workers, progress)
    table = load_table()
    names = _share_columns(study, table) if study.has("room_factors") else []
    if room is not None and (others := _with_face(study, names, every)) and room not in others:
        raise FormatError(
            f"broadcast {room} of {study.folder} has neither a signal of its host nor shares",
            hint=f"these have: {', '.join(others[:_MOST_NAMED])}{', ...' * (len(others) > _MOST_NAMED)}",
        )
    if names:
        return _held(study, names, table, ids, length_s, now)
    raise FormatError(
        f"{study.folder} tells nothing of what hosts showed",
        hint="add signals (telltale host read VIDEO --into STUDY --room ID) or room_factors.host_NAME",
    )


def _with_face(study: Study, columns: Sequence[str], ids: Sequence[str]) -> list[str]:
    """The broadcasts of which a study holds a host's signal or any share, whoever may read them."""
    told = np.zeros(len(ids), dtype=bool)
    if columns:
        room = codes_of(study.table("room_factors", ["room_id"]), "room_factors", "room_id", ids)
        for name in columns:
            values = numbers(study.table("room_factors", [name]), "room_factors", name)
            told[room[(room != NONE) & np.isfinite(values)]] = True
    return [name for name, shares in zip(ids, told, strict=True) if shares or study.hosts_with_signal(name)]


def _coded(
    study: Study,
    coder: Coder,
    ids: Sequence[str],
    length_s: Array,
    now: datetime,
    workers: int | None,
    progress: Progress,
) -> StudyShown:
    code = partial(_code_room, study, coder, now)
    tasks = list(zip(ids, length_s.tolist(), strict=True))
    blocks = list(progress(pool.imap(code, tasks, workers=workers), total=len(tasks), label="coding hosts"))
    kept = [i for i, block in enumerate(blocks) if not isinstance(block, str)]
    lost = [block for block in blocks if isinstance(block, str)]
    notes = [f"{lost.count(why)} broadcasts left out: {why}" for why in dict.fromkeys(lost)]
    if not kept:
        raise FormatError("no host's signal could be coded", hint="; ".join(notes))
    notes += _of_hosts(study, coder, [ids[i] for i in kept], now)
    rows = [block for block in blocks if not isinstance(block, str)]
    shown = HostShown(
        room_ids=tuple(ids[i] for i in kept),
        step_s=SIGNAL_STEP_S,
        steps=np.array([len(block) for block in rows]),
        names=coder.names,
        evidence=coder.evidence,
        shares=np.concatenate([block[:, :-1] for block in rows]),
        read=np.concatenate([block[:, -1] for block in rows]),
    )
    voice = _voice(study, shown)
    return StudyShown(shown, "host_signals", voice, (*notes, *_unheard(voice, shown)))


def _of_hosts(study: Study, coder: Coder, rooms: Sequence[str], now: datetime) -> list[str]:
    """What is told of those who host the broadcasts that are kept."""
    read = {room: study.hosts_with_signal(room) for room in rooms}
    refused = {h for hosts in read.values() for h in hosts if not study.host_consents.may(h, "research", now)}
    notes = []
    if refused:
        notes.append(f"the faces of {len(refused)} hosts left out: they have not agreed to 'research'")
    if several := sum(len(study.teams[room]) > 1 for room in rooms):
        notes.append(f"{several} broadcasts have several hosts: shares are the mean of those who were read")
    unread = sum(len(hosts) < len(study.teams[room]) for room, hosts in read.items())
    if unread:
        notes.append(f"in {unread} broadcasts not every host has a signal: those who have stand for all")
    if isinstance(coder, HostCoders):
        notes.append(coder.told({h for hosts in read.values() for h in hosts} - refused))
    return notes


def _code_room(study: Study, coder: Coder, now: datetime, task: tuple[str, float]) -> Array32 | str:
    """Shares on the grid and the share that was read, shape (steps, E + 1); or why there are none."""
    room, length_s = task
    if not (hosts := study.hosts_with_signal(room)):
        return "they have no signal of their host"
    steps = max(int(np.ceil(length_s / SIGNAL_STEP_S - 1e-6)), 1)
    found = []
    for host in hosts:
        try:
            signal = study.host_signal(room, host, now=now)
        except ConsentError:
            continue
        found.append(pooled(coder_of(coder, host).code(signal), steps))
    return together(found) if found else "their hosts have not agreed to 'research'"


def pooled(coding: Coding, steps: int) -> Array32:
    """Means of a coding over steps of `SIGNAL_STEP_S`: shares of what was read, and the share that was read.

    Returns
    -------
    Shape (steps, E + 1); shares are NaN where nothing was read.
    """
    rows = round(SIGNAL_STEP_S * 10)
    step = np.ceil(np.round(coding.times_s / SIGNAL_STEP_S, 6)).astype(np.int64) - 1
    inside = (step >= 0) & (step < steps) & (coding.read > 0)
    seen = np.bincount(step[inside], minlength=steps).astype(np.float64)
    out = np.full((steps, len(coding.names) + 1), np.nan, dtype=np.float32)
    out[:, -1] = np.minimum(seen / rows, 1.0)
    some = seen > 0
    for k in range(len(coding.names)):
        total = np.bincount(step[inside], coding.scores[inside, k].astype(np.float64), minlength=steps)
        out[some, k] = total[some] / seen[some]
    return out


def _share_columns(study: Study, table: ExpressionTable) -> list[str]:
    known = {expression.share_name for expression in table.expressions}
    return [name for name in column_names(study, "room_factors") if name in known]


def _held(
    study: Study,
    columns: list[str],
    table: ExpressionTable,
    ids: Sequence[str],
    length_s: Array,
    now: datetime,
) -> StudyShown:
    shut = study.closed_rooms(now)
    closed = [name in shut for name in ids]
    told = f"{sum(closed)} broadcasts left out: their hosts have not agreed to 'research'"
    notes = (told,) if any(closed) else ()
    room, time_s = _room_times(study, ids)
    step_s = _step_of(room, time_s)
    kept = [i for i in range(len(ids)) if not closed[i] and (room == i).any()]
    if not kept:
        raise FormatError(
            "room_factors hold no broadcast that may be read", hint="; ".join(notes) or "see rooms"
        )
    place = np.full(len(ids), -1)
    place[kept] = np.arange(len(kept))
    steps = np.ceil(length_s[kept] / step_s - 1e-6).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(steps)])
    # A row goes to the step that it overlaps most.
    step = np.floor(time_s / step_s + 0.5).astype(np.int64) - 1
    new = place[room]
    inside = (room >= 0) & (new >= 0) & (step >= 0)
    inside[inside] &= step[inside] < steps[new[inside]]
    at = first[new[inside]] + step[inside]
    shares = np.full((first[-1], len(columns)), np.nan, dtype=np.float32)
    for k, name in enumerate(columns):
        shares[at, k] = _checked_share(
            numbers(study.table("room_factors", [name]), "room_factors", name), name
        )[inside]
    by_share = {expression.share_name: expression for expression in table.expressions}
    evidence: tuple[Evidence, ...] = tuple(by_share[name].evidence for name in columns)
    shown = HostShown(
        room_ids=tuple(ids[i] for i in kept),
        step_s=step_s,
        steps=steps,
        names=tuple(by_share[name].name for name in columns),
        evidence=evidence,
        shares=shares,
        read=np.asarray(np.isfinite(shares).all(axis=1), dtype=np.float32),
    )
    voice = _voice(study, shown)
    return StudyShown(shown, "room_factors", voice, (*notes, *_unheard(voice, shown)))


def _room_times(study: Study, ids: Sequence[str]) -> tuple[Codes, Array]:
    table = study.table("room_factors", ["room_id", "time_s"])
    return codes_of(table, "room_factors", "room_id", ids), times_ms(table, "room_factors") / 1000.0


def _step_of(room: Codes, time_s: Array) -> float:
    """The usual distance between two rows of one broadcast."""
    order = np.lexsort((time_s, room))
    room, time_s = room[order], time_s[order]
    apart = np.diff(time_s)[(np.diff(room) == 0) & (room[1:] != NONE)]
    if not (apart > 0).any():
        raise FormatError(
            "room_factors holds no two moments of one broadcast", hint="give a row for each step of time"
        )
    return float(np.median(apart[apart > 0]))


def _checked_share(values: Array, name: str) -> Array:
    outside = (values < -1e-6) | (values > 1 + 1e-6)
    if outside.any():
        raise FormatError(
            f"room_factors.{name} holds {outside.sum()} values that are no share: {values[outside][0]:g}",
            hint="give the share of the step in which it shows, 0 to 1",
        )
    return values


def _voice(study: Study, shown: HostShown) -> Array | None:
    """The study's own measure of the host's voice, on the grid of what was shown."""
    if not study.has("room_factors") or VOICE not in column_names(study, "room_factors"):
        return None
    room, time_s = _room_times(study, shown.room_ids)
    values = numbers(study.table("room_factors", [VOICE]), "room_factors", VOICE)
    first = np.concatenate([[0], np.cumsum(shown.steps)])
    voice = np.full(first[-1], np.nan)
    step_s = _step_of(room, time_s)
    for i in range(len(shown.room_ids)):
        mine = room == i
        if not mine.any():
            continue
        # Each step of the grid takes the row in which its middle lies.
        middle = (np.arange(shown.steps[i]) + 0.5) * shown.step_s
        ends, own = time_s[mine], values[mine]
        order = np.argsort(ends)
        found = np.searchsorted(ends[order], middle)
        near = found < len(ends)
        near[near] &= ends[order][found[near]] - middle[near] <= step_s
        voice[first[i] : first[i + 1]][near] = own[order][found[near]]
    return voice


def _unheard(voice: Array | None, shown: HostShown) -> list[str]:
    """What is told where it is not known how much the hosts spoke."""
    first = np.concatenate([[0], np.cumsum(shown.steps)])
    heard = [voice is not None and bool(np.isfinite(voice[a:b]).any()) for a, b in pairwise(first.tolist())]
    if all(heard):
        return []
    if not any(heard):
        return ["voice is not known: what comes with speaking may pass for the face"]
    return [f"voice is not known in {heard.count(False):,} of {len(heard):,} broadcasts"]
