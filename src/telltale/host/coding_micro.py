"""How well a coder names micro-expressions, on clips in which they are acted.

A name is only given to what was spotted: first stands the share of acted micro-expressions in which a micro
event was found, then of these the share whose expression is first, or among the first three, and the share
that gets a name at all (its best score is above that of `rest`). What matters as much is how often an event
gets a name where nothing was acted: the movements of a face at rest, and of speech. That can be told of any
clips, whether or not they act micro-expressions, by events and by names a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.channels import RATE_HZ
from telltale.host.acted_clips import Acted, ActedClip
from telltale.host.coding_splits import FEW
from telltale.signs.brief import rows_of
from telltale.signs.coder_prototypes import brief_coding
from telltale.signs.coding import Coder, Coding
from telltale.signs.leading import event_scores
from telltale.signs.micro_macro import Event

Rows = npt.NDArray[np.bool_]

_APART_S = 0.2
"""So far from all that is acted an event is none of it."""
_TALKS = 0.5
"""Share of its rows from which on an event is one of speech."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """Micro events where nothing was acted, nor shortly before or after."""

    minutes: float
    """How long that was, as far as it was coded."""
    events: int
    named: int
    """Those that get a name, wrongly."""

    @property
    def events_a_minute(self) -> float:
        """NaN without a minute."""
        return self.events / self.minutes if self.minutes else float("nan")

    @property
    def named_a_minute(self) -> float:
        """NaN without a minute."""
        return self.named / self.minutes if self.minutes else float("nan")


@dataclass(frozen=True, slots=True)
class MicroEvaluation:
    """All figures; a share of nothing is NaN."""

    acted: int
    """Micro-expressions that the coder names."""
    others: int
    """Acted ones that it does not name."""
    spotted: int
    """Those of the named in which a micro event was found."""
    first: float
    """Share of these in which the right expression ranks first."""
    few: float
    """Share in which it is among the first three."""
    named: float
    """Share that gets a name."""
    silent: AtRest
    talking: AtRest


def evaluate_micro(clips: Sequence[ActedClip], coder: Coder) -> MicroEvaluation:
    """Hold a coder's names of micro events to clips."""
    acted = [one.expression for clip in clips for one in clip.acted if one.kind == "micro"]
    known = sum(name in coder.names for name in acted)
    ranks, named, silent, talking = [], [], AtRest(0.0, 0, 0), AtRest(0.0, 0, 0)
    for clip in clips:
        events = [event for event in clip.spotted if event.kind == "micro"]
        coding = coder.code(clip.read)
        scores = event_scores(coding, events, brief_coding(coder, clip.read, events))
        leads = scores[:, :-1].max(axis=1) > scores[:, -1]
        for one in clip.acted:
            k = _nearest(one, events)
            if one.kind == "micro" and one.expression in coder.names and k is not None:
                own = scores[k, coder.names.index(one.expression)]
                # What ties with it counts as before it; what was not coded is not found.
                ranks.append((scores[k, :-1] >= own).sum() - 1 if np.isfinite(own) else np.inf)
                named.append(leads[k])
        still, spoke = _still(clip, coding), np.array([_talks(event, clip) for event in events], dtype=bool)
        alone = np.array([not any(_meet(event, one) for one in clip.acted) for event in events], dtype=bool)
        silent = _with(silent, still & ~clip.speaking, leads[alone & ~spoke])
        talking = _with(talking, still & clip.speaking, leads[alone & spoke])
    places = np.array(ranks)
    return MicroEvaluation(
        acted=known,
        others=len(acted) - known,
        spotted=len(ranks),
        first=_share(places < 1),
        few=_share(places < FEW),
        named=_share(np.array(named)),
        silent=silent,
        talking=talking,
    )


def _still(clip: ActedClip, coding: Coding) -> Rows:
    """Rows that were coded and lie apart from all that is acted. Shape (T,)."""
    still: Rows = np.isfinite(coding.rest)
    for one in clip.acted:
        near = clip.read.times_s > one.onset_s - _APART_S
        still &= ~(near & (clip.read.times_s < one.offset_s + _APART_S))
    return still


def _talks(event: Event, clip: ActedClip) -> bool:
    rows = clip.speaking[rows_of(clip.read.times_s, event)]
    return bool(len(rows) and rows.mean() >= _TALKS)


def _with(before: AtRest, rows: Rows, leads: Rows) -> AtRest:
    """What one clip adds: its rows at rest, and which events of these have a name."""
    minutes = before.minutes + int(rows.sum()) / RATE_HZ / 60
    return AtRest(minutes, before.events + len(leads), before.named + int(leads.sum()))


def _nearest(one: Acted, events: Sequence[Event]) -> int | None:
    """The event that shares most time with an expression, if any does."""
    shared = [min(one.offset_s, event.offset_s) - max(one.onset_s, event.onset_s) for event in events]
    return int(np.argmax(shared)) if shared and max(shared) > 0 else None


def _meet(event: Event, one: Acted) -> bool:
    return event.onset_s < one.offset_s + _APART_S and event.offset_s > one.onset_s - _APART_S


def _share(where: npt.NDArray[np.bool_]) -> float:
    return float(where.mean()) if len(where) else float("nan")
