"""Stretches of broadcasts and what was counted in each, before anything of a face is known.

From the platform's table as it stands, or put together to longer stretches where every piece is there; or
from the study's own events, by stretches of one length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core.errors import FormatError
from telltale.factors.reading import codes_of, ids_of, moments_ms, numbers, texts_of, times_ms
from telltale.factors.source_chat import allowed_messages
from telltale.host.points import MINUTE_S, NONE
from telltale.host.shown import Array, Codes
from telltale.study.display import displays
from telltale.study.store import Study

COUNTED: Final = ("purchases", "revenue", "comments", "likes", "shares", "gifts")
"""Columns of `room_counts` that are sums."""
_OF_EVENT: Final = {
    "purchase": "purchases",
    "like": "likes",
    "share": "shares",
    "gift": "gifts",
    "chat": "comments",
}
_SLACK_S: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """N stretches, a broadcast's together and in order of time."""

    room: Codes
    start_s: Array
    end_s: Array
    """Seconds from the broadcast's start."""
    counts: dict[str, Array]
    """NaN where it was not counted."""
    viewers: Array
    """Mean number present; NaN where it is not known."""
    promotion: Array
    """1, 0, or NaN where the table does not say."""
    product: Codes
    product_ids: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def only(self, rows: npt.NDArray[np.bool_] | Codes) -> Stretches:
        """Some of them."""
        return replace(
            self,
            room=self.room[rows],
            start_s=self.start_s[rows],
            end_s=self.end_s[rows],
            counts={name: values[rows] for name, values in self.counts.items()},
            viewers=self.viewers[rows],
            promotion=self.promotion[rows],
            product=self.product[rows],
        )


def from_room_counts(study: Study, room_ids: Sequence[str], every_s: float | None) -> Stretches:
    """The platform's stretches, put together to `every_s`, or to a minute where they are shorter."""
    table = study.table("room_counts")
    room = codes_of(table, "room_counts", "room_id", room_ids)
    end_s = times_ms(table, "room_counts") / 1000.0
    length_s = numbers(table, "room_counts", "length_s")
    there = [name for name in COUNTED if name in table.column_names]
    if not there:
        raise FormatError(
            f"room_counts of {study.folder} counts nothing", hint=f"give one of {', '.join(COUNTED)}"
        )
    columns = {name: _column(table, name) for name in (*there, "viewers", "promotion")}
    order = np.lexsort((end_s, room))
    order = order[room[order] != NONE]
    if not len(order):
        raise FormatError(
            "room_counts holds no broadcast whose host was read", hint="are the ids those of rooms?"
        )
    product, product_ids = _products(study, table, room, end_s - length_s, end_s, room_ids)
    found = Stretches(
        room=room[order],
        start_s=(end_s - length_s)[order],
        end_s=end_s[order],
        counts={name: columns[name][order] for name in there},
        viewers=columns["viewers"][order],
        promotion=columns["promotion"][order],
        product=product[order],
        product_ids=product_ids,
    )
    found = replace(found, notes=_gaps(found))
    if every_s is None and (usual_s := _usual_s(found)) < MINUTE_S:
        whole_s = usual_s * ceil(MINUTE_S / usual_s - _SLACK_S)
        told = f"the platform counted every {usual_s:g} s: put together to stretches of {whole_s:g} s"
        found = put_together(found, whole_s)
        return replace(found, notes=(*found.notes, told))
    return found if every_s is None else put_together(found, every_s)


def counted_every_s(study: Study) -> float | None:
    """Usual length of the platform's stretches; None where there is no such table."""
    if not study.has("room_counts"):
        return None
    return float(np.median(numbers(study.table("room_counts", ["length_s"]), "room_counts", "length_s")))


def _usual_s(found: Stretches) -> float:
    return float(np.median(found.end_s - found.start_s))


def _gaps(found: Stretches) -> tuple[str, ...]:
    """What was not counted though the platform's table is there."""
    empty = {name: int(np.isnan(values).sum()) for name, values in found.counts.items()}
    notes = [
        f"{name} were not counted in {many:,} of {len(found.room):,} stretches"
        for name, many in empty.items()
        if many
    ]
    between_s = (found.start_s[1:] - found.end_s[:-1])[np.diff(found.room) == 0]
    between_s = between_s[between_s > _SLACK_S]
    if len(between_s):
        notes.append(
            f"the platform's table leaves out {between_s.sum() / 60:.0f} minutes between its stretches, in "
            f"{len(between_s):,} {'gap' if len(between_s) == 1 else 'gaps'}: nothing is known of that time"
        )
    return tuple(notes)


def put_together(found: Stretches, every_s: float) -> Stretches:
    """Longer stretches of whole shorter ones, from the first of each broadcast on; gaps are left out.

    Sums are added, viewers and promotion averaged by time, the product is the one that stood longest.
    """
    length_s = found.end_s - found.start_s
    usual_s = _usual_s(found)
    if every_s < usual_s - _SLACK_S:
        raise FormatError(
            f"the platform counted in stretches of {usual_s:g} s, not of {every_s:g} s",
            hint=f"ask for {usual_s:g} s or a multiple of it",
        )
    first = np.concatenate([[True], np.diff(found.room) != 0])
    begin_s = found.start_s[first][np.cumsum(first) - 1]
    slot = np.floor((found.start_s - begin_s + _SLACK_S) / every_s).astype(np.int64)
    new = first | np.concatenate([[True], np.diff(slot) != 0])
    starts = np.flatnonzero(new)
    whole_s = np.add.reduceat(length_s, starts)
    last = np.concatenate([starts[1:], [len(slot)]]) - 1
    complete = np.abs(whole_s - every_s) < _SLACK_S * np.maximum(every_s, 1)
    complete &= np.abs(found.end_s[last] - found.start_s[starts] - every_s) < 0.5
    mean = {
        name: np.add.reduceat(values * length_s, starts) / whole_s
        for name, values in (("viewers", found.viewers), ("promotion", found.promotion))
    }
    longer = replace(
        found,
        room=found.room[starts],
        start_s=found.start_s[starts],
        end_s=found.end_s[last],
        counts={name: np.add.reduceat(values, starts) for name, values in found.counts.items()},
        viewers=mean["viewers"],
        promotion=mean["promotion"],
        product=_longest(found.product, length_s, np.cumsum(new) - 1, len(starts)),
    )
    if not complete.any():
        raise FormatError(
            f"no {every_s:g} s are counted without a gap",
            hint=f"the platform counts in {usual_s:g} s: ask for a multiple",
        )
    lost = int((~complete).sum())
    note = f"{lost:,} stretches of {every_s:g} s left out: parts of them were not counted"
    return replace(longer.only(complete), notes=(*found.notes, note) if lost else found.notes)


def from_events(study: Study, room_ids: Sequence[str], every_s: float, now: datetime) -> Stretches:
    """Counts of the study's own viewers, by stretches of one length."""
    rooms = study.table("rooms", ["room_id", "started_at", "duration_s"])
    order = np.argsort(codes_of(rooms, "rooms", "room_id", room_ids), kind="stable")[-len(room_ids) :]
    length_s = numbers(rooms, "rooms", "duration_s")[order]
    started_ms = moments_ms(rooms, "rooms", "started_at")[order]
    many = np.floor(length_s / every_s + 1e-9).astype(np.int64)
    if not many.any():
        raise FormatError(f"no broadcast lasts {every_s:g} s", hint="ask for shorter stretches")
    first = np.concatenate([[0], np.cumsum(many)])
    room = np.repeat(np.arange(len(room_ids)), many)
    start_s = (np.arange(len(room)) - first[room]) * every_s
    session = _sessions(study, room_ids, started_ms, now)
    counts = _counted(study, session, first, many, every_s)
    notes = ["counts are of the study's own viewers: the platform's own table (room_counts) is not there"]
    if session.refused:
        notes.append(f"{session.refused:,} visits left out: no consent for 'research' holds")
    if study.has("chat"):
        chat, taken_back = allowed_messages(study, study.table("chat"), now)
        if taken_back:
            notes.append(f"{taken_back:,} messages left out: no consent for 'research' holds")
        where = codes_of(chat, "chat", "room_id", room_ids)
        at_s = times_ms(chat, "chat") / 1000.0
        counts["comments"] = _count(where, at_s, first, many, every_s)
        silent = np.bincount(where[where != NONE], minlength=len(room_ids)) == 0
        counts["comments"][silent[room]] = np.nan
        if silent.any():
            notes.append(f"chat of {int(silent.sum()):,} broadcasts holds no message: not counted there")
    product, product_ids = _products(study, None, room, start_s, start_s + every_s, room_ids)
    return Stretches(
        room=room,
        start_s=start_s,
        end_s=start_s + every_s,
        counts=counts,
        viewers=_present(session, room, start_s, every_s),
        promotion=np.full(len(room), np.nan),
        product=product,
        product_ids=product_ids,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sessions:
    """Visits of people whose consent for `research` holds, on the clock of their broadcast."""

    place: dict[str, int]
    room: Codes
    start_s: Array
    stop_s: Array
    refused: int
    """Visits of others."""


def _sessions(study: Study, room_ids: Sequence[str], started_ms: Codes, now: datetime) -> _Sessions:
    table = study.table("sessions", ["session_id", "participant_id", "room_id", "started_at", "duration_s"])
    room = codes_of(table, "sessions", "room_id", room_ids)
    agreed = study.consents.holding("research", now)
    people = ids_of(table, "sessions", "participant_id")
    agrees = np.array([name in agreed for name in people.tolist()], dtype=bool)
    refused = int(((room != NONE) & ~agrees).sum())
    rows = np.flatnonzero((room != NONE) & agrees)
    table, room = table.take(rows), room[rows]
    start_s = (moments_ms(table, "sessions", "started_at") - started_ms[room]) / 1000.0
    ids = ids_of(table, "sessions", "session_id").tolist()
    stop_s = start_s + numbers(table, "sessions", "duration_s")
    return _Sessions({name: i for i, name in enumerate(ids)}, room, start_s, stop_s, refused)


def _counted(study: Study, session: _Sessions, first: Codes, many: Codes, every_s: float) -> dict[str, Array]:
    names = ["session_id", "time_s", "type"]
    has_value = "value" in study.table("events").column_names
    table = study.table("events", [*names, "value"] if has_value else names)
    whose = codes_of(table, "events", "session_id", list(session.place))
    kind, words = texts_of(table, "events", "type")
    time_s = times_ms(table, "events") / 1000.0
    value = numbers(table, "events", "value") if has_value else None
    known = whose != NONE
    room, at_s = np.full(len(whose), NONE), np.full(len(whose), np.nan)
    room[known] = session.room[whose[known]]
    at_s[known] = session.start_s[whose[known]] + time_s[known]
    counts = {}
    for word, name in _OF_EVENT.items():
        # A log without a single like kept no likes; one without a purchase sold nothing.
        if word not in words and word != "purchase":
            continue
        mine = known & (kind == (words.index(word) if word in words else -2))
        counts[name] = _count(room[mine], at_s[mine], first, many, every_s)
        if word == "purchase" and value is not None and not np.isnan(value[mine]).any():
            counts["revenue"] = _count(room[mine], at_s[mine], first, many, every_s, value[mine])
    return counts


def _count(
    room: Codes, at_s: Array, first: Codes, many: Codes, every_s: float, weight: Array | None = None
) -> Array:
    """How many (or how much) fell into each stretch (start, end], the first from 0 on. Shape (N,)."""
    slot = np.maximum(np.ceil(np.round(at_s / every_s, 9)).astype(np.int64) - 1, 0)
    inside = (room != NONE) & (at_s >= 0)
    inside[inside] &= slot[inside] < many[room[inside]]
    place = first[room[inside]] + slot[inside]
    total = np.bincount(place, None if weight is None else weight[inside], minlength=int(first[-1]))
    return total.astype(np.float64)


def _present(session: _Sessions, room: Codes, start_s: Array, every_s: float) -> Array:
    """Mean number of viewers in each stretch."""
    mean = np.zeros(len(room))
    for i in np.unique(session.room):
        mine, rows = session.room == i, np.flatnonzero(room == i)
        low = np.maximum(session.start_s[mine][:, None], start_s[rows])
        high = np.minimum(session.stop_s[mine][:, None], start_s[rows] + every_s)
        mean[rows] = np.maximum(high - low, 0).sum(axis=0) / every_s
    return mean


def _products(
    study: Study,
    table: pa.Table | None,
    room: Codes,
    start_s: Array,
    end_s: Array,
    room_ids: Sequence[str],
) -> tuple[Codes, tuple[str, ...]]:
    """What was on show for most of each stretch: as the table says, else as the viewers' pins say."""
    ids = tuple(
        str(name) for name in ids_of(study.table("products", ["product_id"]), "products", "product_id")
    )
    if (
        table is not None
        and "product_id" in table.column_names
        and table["product_id"].null_count < len(table)
    ):
        return codes_of(table, "room_counts", "product_id", ids), ids
    return on_show(study, room, start_s, end_s, room_ids, ids), ids


def on_show(
    study: Study, room: Codes, start_s: Array, end_s: Array, room_ids: Sequence[str], ids: tuple[str, ...]
) -> Codes:
    """What viewers saw on show longest in each stretch, shape (N,); `NONE` where nobody saw anything."""
    shown = displays(study)
    where = codes_of(shown, "events", "room_id", room_ids)
    which = codes_of(shown, "events", "product_id", ids)
    begin_s, stop_s = numbers(shown, "events", "start_s"), numbers(shown, "events", "stop_s")
    product = np.full(len(room), NONE, dtype=np.int64)
    for i in np.unique(room[room != NONE]):
        rows, mine = np.flatnonzero(room == i), np.flatnonzero((where == i) & (which != NONE))
        if not len(mine):
            continue
        here = np.unique(which[mine])
        seconds = np.zeros((len(here), len(rows)))
        for code, one in enumerate(here.tolist()):
            shows = mine[which[mine] == one]
            for low_s, high_s in _merged(begin_s[shows], stop_s[shows]):
                seconds[code] += np.maximum(
                    np.minimum(high_s, end_s[rows]) - np.maximum(low_s, start_s[rows]), 0
                )
        best = seconds.argmax(axis=0)
        product[rows] = np.where(seconds.max(axis=0) > 0, here[best], NONE)
    return product


def _merged(begin_s: Array, stop_s: Array) -> Iterator[tuple[float, float]]:
    """The same time without overlaps: many viewers see one display."""
    order = np.argsort(begin_s, kind="stable")
    begin_s, reach_s = begin_s[order], np.maximum.accumulate(stop_s[order])
    first = np.concatenate([[True], begin_s[1:] > reach_s[:-1]])
    last = np.concatenate([first[1:], [True]])
    yield from zip(begin_s[first].tolist(), reach_s[last].tolist(), strict=True)


def _longest(product: Codes, length_s: Array, group: Codes, groups: int) -> Codes:
    """The product with the most seconds of each group."""
    pairs, which = np.unique(np.stack([group, product]), axis=1, return_inverse=True)
    seconds = np.bincount(which, length_s)
    order = np.lexsort((seconds, pairs[0]))
    best = np.full(groups, NONE, dtype=np.int64)
    best[pairs[0][order]] = pairs[1][order]
    return best


def _column(table: pa.Table, name: str) -> Array:
    if name not in table.column_names:
        return np.full(len(table), np.nan)
    return numbers(table, "room_counts", name)
