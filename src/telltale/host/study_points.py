"""A study's data points: what hosts showed, joined on one clock with what the platform or the viewers did.

The platform's own table (`room_counts`) is taken where the study has one, in its own stretches or in longer
ones put together of whole ones. Without it the study's own events are counted, in stretches of a minute: the
acts of its viewers alone. A stretch counts if all of it lies within the broadcast and enough of it was read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from telltale.core.errors import ConfigError, FormatError
from telltale.factors.reading import codes_of, ids_of, moments_ms, numbers, texts_of
from telltale.host.points import COUNTS, MINUTE_S, NONE, HostPoints
from telltale.host.shown import LEAST_READ, Array, Codes
from telltale.host.stretches import Stretches, counted_every_s, from_events, from_room_counts
from telltale.host.study_shown import StudyShown
from telltale.study.store import Study

EVERY_S: Final = 60.0
"""Length of a stretch where nothing else says so."""
TRAITS: Final = ("gender", "age_band", "culture")
_ENGAGEMENT: Final = ("comments", "likes", "shares", "gifts")
_SLACK_S: Final = 1e-3
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PointSettings:
    """How a study is cut into points."""

    every_s: float | None = None
    """Length of a stretch; if left out as the platform counted, but a minute at least."""
    timezone: str = "UTC"
    """Whose hours of the day."""

    def __post_init__(self) -> None:
        if self.every_s is not None and not 1 <= self.every_s <= 3600:
            raise ConfigError(f"stretches of {self.every_s:g} s", hint="give 1 to 3600 seconds")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigError(
                f"no time zone {self.timezone!r}", hint="write one such as Asia/Shanghai"
            ) from error


def finer_points(study: Study, seen: StudyShown, now: datetime, settings: PointSettings) -> HostPoints | None:
    """The same as the platform counted, where that was finer than a minute; None where it was not."""
    counted_s = counted_every_s(study)
    if counted_s is None or counted_s >= MINUTE_S or settings.every_s is not None:
        return None
    return study_points(study, seen, now, replace(settings, every_s=counted_s))


def study_points(study: Study, seen: StudyShown, now: datetime, settings: PointSettings) -> HostPoints:
    """The points of a study."""
    if study.has("room_counts"):
        stretches, counted_by = from_room_counts(study, seen.shown.room_ids, settings.every_s), "room_counts"
    else:
        stretches = from_events(study, seen.shown.room_ids, settings.every_s or EVERY_S, now)
        counted_by = "events"
    shares, read = seen.shown.over(stretches.room, stretches.start_s, stretches.end_s)
    outside, late_s = _outside(study, seen.shown.room_ids, stretches)
    kept: Mask = ~outside & np.isfinite(shares).all(axis=1)
    notes = [*seen.notes, *stretches.notes, *_left_out(study, outside, kept, read, late_s)]
    return _joined(
        study, seen, stretches.only(kept), shares[kept], read[kept], settings, counted_by, tuple(notes)
    )


def _outside(study: Study, room_ids: tuple[str, ...], at: Stretches) -> tuple[Mask, float]:
    """Which stretches reach out of their broadcasts, shape (N,); by how much the middle one comes late."""
    table = study.table("rooms", ["room_id", "duration_s"])
    room = codes_of(table, "rooms", "room_id", room_ids)
    # A broadcast's last second is a whole one: durations have parts of seconds, and tables of counts none.
    length_s = np.empty(len(room_ids))
    length_s[room[room != NONE]] = np.ceil(numbers(table, "rooms", "duration_s"))[room != NONE]
    outside: Mask = (at.start_s < -_SLACK_S) | (at.end_s > length_s[at.room] + _SLACK_S)
    return outside, float(np.median((at.start_s + at.end_s - length_s[at.room]) / 2))


def _left_out(study: Study, out: Mask, kept: Mask, read: Array, late_s: float) -> list[str]:
    """What is told of the stretches that were left out; refused where none is kept."""
    outside, unread = int(out.sum()), int((~out & ~kept).sum())
    clocks = "is the table in another time zone, or of other broadcasts?"
    if outside == len(kept):
        raise FormatError(
            f"all {outside:,} stretches that {study.folder} counts lie outside their broadcasts, about "
            f"{abs(late_s) / 3600:.1f} hours {'late' if late_s > 0 else 'early'}",
            hint=f"{clocks} mend its times",
        )
    if not kept.any():
        most = float(read[~out].max())
        if 0 < most < LEAST_READ:
            raise FormatError(
                f"the face was read in {_at_most(most)} of any stretch that {study.folder} counts, "
                f"and {100 * LEAST_READ:g} % is needed",
                hint="read more of the broadcasts, or count in shorter stretches",
            )
        raise FormatError(
            f"no stretch of {study.folder} has both counts and a face that was read",
            hint="are the broadcasts of both the same, and their clocks?",
        )
    notes = []
    if outside:
        asked = f": {clocks}" if 2 * outside > len(kept) else ""
        notes.append(
            f"{outside:,} of {len(kept):,} stretches left out: they reach out of the broadcast{asked}"
        )
    if unread:
        notes.append(f"{unread:,} of {len(kept):,} stretches left out: hardly any face was read in them")
    return notes


def _at_most(share: float) -> str:
    """A share that is too small, never said as large as what is needed.

    >>> _at_most(0.2333), _at_most(0.4999), _at_most(0.0004)
    ('at most 23 %', 'at most 49 %', 'less than 1 %')
    """
    whole = math.floor(100 * share + 1e-6)
    return f"at most {whole} %" if whole else "less than 1 %"


def _joined(
    study: Study,
    seen: StudyShown,
    at: Stretches,
    shares: Array,
    read: Array,
    settings: PointSettings,
    counted_by: str,
    notes: tuple[str, ...],
) -> HostPoints:
    rooms = RoomFacts.of(study, seen.shown.room_ids)
    hosts, traits = _hosts(study, rooms.host_ids)
    promotion = np.where(np.isnan(at.promotion), rooms.promotion[at.room], at.promotion)
    counts: dict[str, Array] = {name: at.counts[name] for name in COUNTS if name in at.counts}
    if parts := [counts[name] for name in _ENGAGEMENT if name in counts]:
        counts["engagement"] = np.sum(parts, axis=0)
    return HostPoints(
        step_s=float(np.median(at.end_s - at.start_s)),
        shown=seen.shown,
        room=at.room,
        host=rooms.host[at.room],
        host_ids=hosts,
        product=at.product,
        product_ids=at.product_ids,
        category=rooms.category[at.room],
        categories=rooms.categories,
        platform=rooms.platform[at.room],
        platforms=rooms.platforms,
        hour=hours_of(rooms.started_ms[at.room] + (1000 * at.start_s).astype(np.int64), settings.timezone),
        promotion=promotion,
        start_s=at.start_s,
        end_s=at.end_s,
        viewers=at.viewers,
        voice=_voice(seen, at),
        shares=shares.astype(np.float32),
        read=read,
        counts=counts,
        host_traits=traits,
        counted_by=counted_by,
        simulated=study.manifest.simulated,
        notes=notes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class RoomFacts:
    """Facts on the broadcasts, shape (R,) each."""

    host: Codes
    host_ids: tuple[str, ...]
    category: Codes
    categories: tuple[str, ...]
    platform: Codes
    platforms: tuple[str, ...]
    started_ms: Codes
    promotion: Array

    @classmethod
    def of(cls, study: Study, room_ids: tuple[str, ...]) -> RoomFacts:
        table = study.table("rooms")
        ids = ids_of(table, "rooms", "room_id").tolist()
        place = {name: row for row, name in enumerate(ids)}
        rows = pa.array([place[name] for name in room_ids])
        table = table.take(rows)
        # Who hosts is the team: what several hosts of one broadcast are like together is taken out as one.
        host_ids, host = np.unique([study.team(name) for name in room_ids], return_inverse=True)
        category, categories = texts_of(table, "rooms", "category")
        platform, platforms = texts_of(table, "rooms", "platform")
        there = "promotion" in table.column_names
        return cls(
            host=host.astype(np.int64),
            host_ids=tuple(host_ids.tolist()),
            category=category,
            categories=tuple(categories),
            platform=platform,
            platforms=tuple(platforms),
            started_ms=moments_ms(table, "rooms", "started_at"),
            promotion=numbers(table, "rooms", "promotion") if there else np.full(len(room_ids), np.nan),
        )


def _hosts(
    study: Study, ids: tuple[str, ...]
) -> tuple[tuple[str, ...], dict[str, tuple[Codes, tuple[str, ...]]]]:
    """The hosts, and what the study says of each."""
    table = study.table("hosts")
    place = {str(name): row for row, name in enumerate(ids_of(table, "hosts", "host_id"))}
    rows = pa.array([place.get(name) for name in ids], pa.int64())
    traits = {}
    for trait in TRAITS:
        if trait in table.column_names:
            codes, words = texts_of(table.take(rows), "hosts", trait)
            if len(words):
                traits[trait] = (codes, tuple(words))
    return ids, traits


def hours_of(moment_ms: Codes, timezone: str) -> Codes:
    """Hour of the day, shape (N,); a clock is asked once for each quarter of an hour that comes."""
    zone, quarter = ZoneInfo(timezone), moment_ms // 900_000
    different, which = np.unique(quarter, return_inverse=True)
    hours = [datetime.fromtimestamp(float(q) * 900, zone).hour for q in different.tolist()]
    return np.array(hours, dtype=np.int64)[which]


def _voice(seen: StudyShown, at: Stretches) -> Array:
    """Mean of the voice over each stretch; NaN where any of it is not known."""
    if seen.voice is None:
        return np.full(len(at.room), np.nan)
    first = np.concatenate([[0], np.cumsum(seen.shown.steps)])[at.room]
    sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(seen.voice))])
    unknown = np.concatenate([[0], np.cumsum(np.isnan(seen.voice))])
    low = first + np.rint(at.start_s / seen.shown.step_s).astype(np.int64)
    high = np.maximum(first + np.rint(at.end_s / seen.shown.step_s).astype(np.int64), low + 1)
    high = np.minimum(high, len(sums) - 1)
    mean: Array = (sums[high] - sums[low]) / np.maximum(high - low, 1)
    return np.where(unknown[high] == unknown[low], mean, np.nan)
