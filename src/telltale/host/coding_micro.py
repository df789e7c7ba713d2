"""How well a coder names micro-expressions, on clips in which they are acted.

A name is only given to what was spotted: first stands the share of acted micro-expressions in which a micro
event was found, then of these the share whose expression is first, or among the first three, and the share
that gets a name at all (its best score is above that of `rest`). What matters as much is how often an event
gets a name where nothing was acted: the movements of a face at rest, and of speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.host.acted_clips import Acted, ActedClip
from telltale.host.coding_splits import FEW
from telltale.signs.coder_prototypes import brief_coding
from telltale.signs.coding import Coder
from telltale.signs.leading import event_scores
from telltale.signs.micro_macro import Event

_APART_S = 0.2
"""So far from all that is acted an event is none of it."""


@dataclass(frozen=True, slots=True)
class MicroEvaluation:
    """All figures; a share of nothing is NaN."""

    acted: int
    """Micro-expressions."""
    spotted: int
    """Those of them in which a micro event was found."""
    first: float
    """Share of these in which the right expression ranks first."""
    few: float
    """Share in which it is among the first three."""
    named: float
    """Share that gets a name."""
    at_rest: int
    """Micro events found where nothing was acted, nor shortly before or after."""
    named_at_rest: float
    """Share of these that gets a name, wrongly."""


def evaluate_micro(clips: Sequence[ActedClip], coder: Coder) -> MicroEvaluation:
    """Hold a coder's names of micro events to clips."""
    acted = [one for clip in clips for one in clip.acted if one.kind == "micro"]
    if not acted:
        raise FormatError(
            "no micro-expression is acted in these clips", hint="render some with --preset expressions-micro"
        )
    ranks, named, at_rest = [], [], []
    for clip in clips:
        events = [event for event in clip.spotted if event.kind == "micro"]
        scores = event_scores(coder.code(clip.read), events, brief_coding(coder, clip.read, events))
        leads = scores[:, :-1].max(axis=1) > scores[:, -1]
        for one in clip.acted:
            k = _nearest(one, events)
            if one.kind == "micro" and k is not None:
                own = scores[k, coder.names.index(one.expression)]
                # What ties with it counts as before it; what was not coded is not found.
                ranks.append((scores[k, :-1] >= own).sum() - 1 if np.isfinite(own) else np.inf)
                named.append(leads[k])
        alone = [k for k, event in enumerate(events) if not any(_meet(event, one) for one in clip.acted)]
        at_rest += leads[alone].tolist()
    places = np.array(ranks)
    return MicroEvaluation(
        acted=len(acted),
        spotted=len(ranks),
        first=_share(places < 1),
        few=_share(places < FEW),
        named=_share(np.array(named)),
        at_rest=len(at_rest),
        named_at_rest=_share(np.array(at_rest)),
    )


def _nearest(one: Acted, events: Sequence[Event]) -> int | None:
    """The event that shares most time with an expression, if any does."""
    shared = [min(one.offset_s, event.offset_s) - max(one.onset_s, event.onset_s) for event in events]
    return int(np.argmax(shared)) if shared and max(shared) > 0 else None


def _meet(event: Event, one: Acted) -> bool:
    return event.onset_s < one.offset_s + _APART_S and event.offset_s > one.onset_s - _APART_S


def _share(where: npt.NDArray[np.bool_]) -> float:
    return float(where.mean()) if len(where) else float("nan")
