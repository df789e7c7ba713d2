"""Visits of viewers to broadcasts whose host was read: when each came and left, who came, what they did.

Only people whose consent for `research` holds, and only broadcasts that `HostShown` has: those of hosts who
took theirs back are not among them. All times are seconds from the broadcast's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core.errors import FormatError
from telltale.factors.reading import codes_of, ids_of, moments_ms, numbers, texts_of, times_ms
from telltale.host.points import NONE
from telltale.host.shown import Array, Codes, HostShown
from telltale.host.stretches import on_show
from telltale.host.study_points import TRAITS, RoomFacts
from telltale.study.store import Study

Act = Literal["purchase", "add_to_cart"]
Mask = npt.NDArray[np.bool_]

ACTS: Final[tuple[Act, ...]] = ("purchase", "add_to_cart")
GRID_S: Final = 10.0
"""Grid on which it is known what was on show."""
END_SLACK_S: Final = 2.0
"""A visit that ends so near the broadcast's end ended with it."""
_APART_S: Final = 1e7
"""Longer than any broadcast: sets visits apart on one axis of time."""


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """S visits, by session id. Codes are places in the tuples of ids."""

    session_ids: tuple[str, ...]
    room: Codes
    """Places in the `room_ids` of what was shown."""
    start_s: Array
    stop_s: Array
    left: Mask
    """Whether the viewer left before the broadcast ended."""
    rooms: RoomFacts
    product: Codes
    """What was on show at each step of `GRID_S` of all broadcasts; `NONE` where nothing was."""
    product_first: Codes
    """Shape (rooms + 1,): the first such step of each broadcast."""
    product_ids: tuple[str, ...]
    price: Array
    """Shape (products,)."""
    traits: dict[str, tuple[Codes, tuple[str, ...]]]
    """Gender, age_band, culture where the study has them: each visit's code (`NONE`: unknown), the words."""
    acts: dict[Act, Array]
    """When each was done, ascending, on one axis: visit x `_APART_S` + seconds of the broadcast."""
    simulated: bool
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.room)

    @property
    def host(self) -> Codes:
        """Shape (S,)."""
        return self.rooms.host[self.room]

    def first(self, act: Act) -> Array:
        """When each visit first did so, shape (S,); infinite where it never did."""
        axis = self.acts[act]
        begin = np.arange(len(self)) * _APART_S
        place = np.searchsorted(axis, begin)
        found = np.append(axis, np.inf)[place] - begin
        return np.where(found < _APART_S / 2, found, np.inf)

    def count(self, act: Act, visit: Codes, after_s: Array, until_s: Array) -> Array:
        """How often it was done in (after_s, until_s], shape (N,)."""
        axis, begin = self.acts[act], visit * _APART_S
        until = np.searchsorted(axis, begin + until_s, side="right")
        return (until - np.searchsorted(axis, begin + after_s, side="right")).astype(np.float64)

    def shown_at(self, room: Codes, at_s: Array) -> Codes:
        """The product on show at a moment, shape (N,); `NONE` where nothing was."""
        step = np.floor(at_s / GRID_S).astype(np.int64)
        last = self.product_first[room + 1] - self.product_first[room] - 1
        return self.product[self.product_first[room] + np.clip(step, 0, last)]


def read_visits(study: Study, shown: HostShown, now: datetime) -> Visits:
    """The visits of a study to the broadcasts of `shown`."""
    columns = ["session_id", "participant_id", "room_id", "started_at", "duration_s"]
    table = study.table("sessions", columns)
    rooms = RoomFacts.of(study, shown.room_ids)
    people = ids_of(table, "sessions", "participant_id")
    agreed = study.consents.holding("research", now)
    agrees = np.array([name in agreed for name in people.tolist()], dtype=bool)
    known = codes_of(table, "sessions", "room_id", shown.room_ids) != NONE
    kept = np.flatnonzero(agrees & known)
    notes = (
        [] if agrees.all() else [f"{int((~agrees).sum()):,} visits left out: no consent for 'research' holds"]
    )
    if unread := int((agrees & ~known).sum()):
        notes.append(f"{unread:,} visits left out: their broadcast's host was not read")
    if not len(kept):
        raise FormatError("no visit is left to ask about", hint="; ".join(notes) or "see sessions.parquet")
    ids = ids_of(table, "sessions", "session_id")
    kept = kept[np.argsort(ids[kept].astype(str), kind="stable")]
    table = table.take(kept)
    room = codes_of(table, "sessions", "room_id", shown.room_ids)
    start_s = (moments_ms(table, "sessions", "started_at") - rooms.started_ms[room]) / 1000.0
    stop_s = start_s + numbers(table, "sessions", "duration_s")
    end_s = (shown.steps * shown.step_s)[room]
    product_first, product, product_ids = _products(study, shown)
    prices = numbers(study.table("products", ["price"]), "products", "price")
    session_ids = tuple(str(name) for name in ids[kept].tolist())
    return Visits(
        session_ids=session_ids,
        room=room,
        start_s=start_s,
        stop_s=np.minimum(stop_s, end_s),
        left=stop_s < end_s - END_SLACK_S,
        rooms=rooms,
        product=product,
        product_first=product_first,
        product_ids=product_ids,
        price=prices,
        traits=_traits(study, people[kept].tolist()),
        acts=_acts(study, session_ids, start_s),
        simulated=study.manifest.simulated,
        notes=tuple(notes),
    )


def _products(study: Study, shown: HostShown) -> tuple[Codes, Codes, tuple[str, ...]]:
    """What was on show in each step of `GRID_S`, as the viewers' pins say."""
    many = np.maximum(np.ceil(shown.steps * shown.step_s / GRID_S - 1e-9), 1).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(many)])
    room = np.repeat(np.arange(len(many)), many)
    start_s = (np.arange(first[-1]) - first[room]) * GRID_S
    names = ids_of(study.table("products", ["product_id"]), "products", "product_id")
    ids = tuple(str(name) for name in names.tolist())
    return first, on_show(study, room, start_s, start_s + GRID_S, shown.room_ids, ids), ids


def _traits(study: Study, people: list[str]) -> dict[str, tuple[Codes, tuple[str, ...]]]:
    table = study.table("participants")
    place = {str(name): row for row, name in enumerate(ids_of(table, "participants", "participant_id"))}
    rows = pa.array([place.get(str(name)) for name in people], pa.int64())
    found = {}
    for trait in TRAITS:
        if trait in table.column_names:
            codes, words = texts_of(table.take(rows), "participants", trait)
            if len(words) > 1:
                found[trait] = (codes, tuple(words))
    return found


def _acts(study: Study, session_ids: tuple[str, ...], start_s: Array) -> dict[Act, Array]:
    table = study.table("events", ["session_id", "time_s", "type"])
    visit = codes_of(table, "events", "session_id", session_ids)
    kind, words = texts_of(table, "events", "type")
    time_s = times_ms(table, "events") / 1000.0
    found: dict[Act, Array] = {}
    for act in ACTS:
        mine = (visit != NONE) & (kind == (words.index(act) if act in words else NONE - 1))
        found[act] = np.sort(visit[mine] * _APART_S + start_s[visit[mine]] + time_s[mine])
    return found
