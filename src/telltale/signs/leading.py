"""Stretches in which one expression leads, and what led while units moved.

An expression leads in a row where its score is the highest of all, that of none included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import RATE_HZ
from telltale.core.signal import Times
from telltale.signs.brief import rows_of
from telltale.signs.coding import Coding
from telltale.signs.micro_macro import Event, Kind
from telltale.signs.posed import PosedScore

UNREAD: Final = -2
NONE: Final = -1
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Led:
    """A stretch in which one expression led without a break."""

    start_s: float
    end_s: float
    expression: str
    mean_score: float
    kind: Kind | None = None
    """That of the facial event which shares most time with it; None where none does. How long an expression
    leads does not make it micro: it may lead for a moment of a long movement."""
    smile: PosedScore | None = None
    """The smile that it is, if it is one that was seen whole."""


@dataclass(frozen=True, slots=True)
class CodedEvent:
    """A facial event and what it looked like."""

    event: Event
    expression: str | None
    """That of the highest mean score within it; None where the face was not coded."""
    mean_score: float
    mean_rest: float
    """That of none of them: where it is higher, the event is better taken for none."""
    smile: PosedScore | None = None


def leader(coding: Coding) -> npt.NDArray[np.int64]:
    """Which expression leads in each row, shape (T,): its column, `NONE` or `UNREAD`.

    >>> scores = np.array([[0.7, 0.1], [0.2, 0.3], [np.nan, np.nan]], dtype=np.float32)
    >>> rest = np.array([0.2, 0.5, np.nan], dtype=np.float32)
    >>> leader(Coding(np.array([0.1, 0.2, 0.3]), ("love", "awe"), scores, rest)).tolist()
    [0, -1, -2]
    """
    read = np.isfinite(coding.rest)
    scores = np.where(read[:, None], np.column_stack([coding.rest, coding.scores]), 0.0)
    return np.where(read, scores.argmax(axis=1) - 1, UNREAD)


def led_stretches(
    coding: Coding, events: Sequence[Event] = (), smiles: Sequence[PosedScore] = ()
) -> tuple[Led, ...]:
    """Every stretch in which one expression leads, in the order of time.

    Parameters
    ----------
    events
        Those of the face.
    smiles
        Those of the face; one belongs to a stretch that shares half of the time of the shorter of the two.
    """
    if not len(coding.times_s):
        return ()
    leads = leader(coding)
    apart = np.diff(coding.times_s) > 1.5 / RATE_HZ
    starts = np.flatnonzero(np.concatenate([[True], (leads[1:] != leads[:-1]) | apart]))
    stops = np.append(starts[1:], len(leads))
    times_s = np.array([[e.onset_s for e in events], [e.offset_s for e in events]])
    found = []
    for first, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        column = int(leads[first])
        if column < 0:
            continue
        start_s, end_s = float(coding.times_s[first]) - 1 / RATE_HZ, float(coding.times_s[stop - 1])
        mean = float(coding.scores[first:stop, column].mean())
        kind = _kind_within(start_s, end_s, events, times_s)
        smile = _smile_within(start_s, end_s, smiles)
        found.append(Led(start_s, end_s, coding.names[column], mean, kind, smile))
    return tuple(found)


def coded_events(
    coding: Coding,
    events: Sequence[Event],
    smiles: Sequence[PosedScore] = (),
    brief: Coding | None = None,
) -> tuple[CodedEvent, ...]:
    """What each event looked like, by the rows that lie in it or reach over its ends.

    Parameters
    ----------
    brief
        One row an event, by which those that are micro go: scores of rows are means over half a second, in
        which they are lost. All go by `coding` where a coder has no such rows.
    """
    found = []
    for event, scores in zip(events, event_scores(coding, events, brief), strict=True):
        smile = _smile_within(event.onset_s, event.offset_s, smiles) if 12 in event.numbers else None
        top = int(scores[:-1].argmax())
        name = None if np.isnan(scores[top]) else coding.names[top]
        found.append(CodedEvent(event, name, float(scores[top]), float(scores[-1]), smile))
    return tuple(found)


def event_scores(coding: Coding, events: Sequence[Event], brief: Coding | None = None) -> Times:
    """Mean scores of each event, `rest` last, as `coded_events` goes by them. Shape (events, E + 1).

    NaN where the face was not coded.
    """
    scores = np.full((len(events), len(coding.names) + 1), np.nan)
    for k, event in enumerate(events):
        of, rows = coding, rows_of(coding.times_s, event)
        if brief is not None and event.kind == "micro":
            of, rows = brief, slice(k, k + 1)
        read = np.isfinite(of.rest[rows])
        if read.any():
            scores[k, :-1] = of.scores[rows][read].mean(axis=0)
            scores[k, -1] = of.rest[rows][read].mean()
    return scores


def _kind_within(start_s: float, end_s: float, events: Sequence[Event], times_s: Times) -> Kind | None:
    """Kind of the event that shares most time with a stretch; `times_s`: onsets and offsets, shape (2, N)."""
    shared = np.minimum(times_s[1], end_s) - np.maximum(times_s[0], start_s)
    if not len(events) or shared.max() <= 0:
        return None
    # Of two that share as much the shorter one is nearer to it.
    most = np.lexsort((times_s[1] - times_s[0], -shared))[0]
    return events[int(most)].kind


def _smile_within(start_s: float, end_s: float, smiles: Sequence[PosedScore]) -> PosedScore | None:
    """The smile that shares most time with a stretch, if it is half of the shorter one's."""
    shared = [(min(end_s, s.end_s) - max(start_s, s.start_s), s) for s in smiles]
    most_s, smile = max(shared, key=lambda pair: pair[0], default=(0.0, None))
    if smile is None or most_s < _HALF * min(end_s - start_s, smile.end_s - smile.start_s):
        return None
    return smile
