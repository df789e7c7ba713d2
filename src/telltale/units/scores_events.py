"""Scores of spotting: events that were spotted against events that are there.

A spotted event counts as a hit where it overlaps a true one by at least half of what both cover together,
each event being used once (IoU >= 0.5, as the spotting tasks of the Micro-Expression Grand Challenges ask).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Times = tuple[float, float, float | None]
"""Onset, offset and apex of an event, seconds; the apex may be None or NaN."""

MIN_IOU: Final = 0.5
_SLACK: Final = 1e-6
"""Times are read back from decimals: an overlap of exactly a half may come out a little less."""


@dataclass(frozen=True, slots=True)
class EventScores:
    """Counts that add over recordings, and the shares made of them."""

    true: int = 0
    spotted: int = 0
    hits: int = 0
    apexes: int = 0
    """True events whose apex is known."""
    apex_hits: int = 0
    """Of those, the ones with a spotted apex no more than one frame away, whatever the overlap."""
    watched_s: float = 0.0
    """How long the face was read."""

    def __add__(self, other: EventScores) -> EventScores:
        return EventScores(
            self.true + other.true,
            self.spotted + other.spotted,
            self.hits + other.hits,
            self.apexes + other.apexes,
            self.apex_hits + other.apex_hits,
            self.watched_s + other.watched_s,
        )

    @property
    def precision(self) -> float:
        """Share of the spotted that are there; NaN where nothing was spotted."""
        return _share(self.hits, self.spotted)

    @property
    def recall(self) -> float:
        """Share of the true that were spotted; NaN where there is nothing to spot."""
        return _share(self.hits, self.true)

    @property
    def f1(self) -> float:
        """2 hits / (true + spotted); NaN where both are none."""
        return _share(2 * self.hits, self.true + self.spotted)

    @property
    def false_alarms_per_min(self) -> float:
        """Spotted events that are no hit, for each minute watched."""
        return _share(60.0 * (self.spotted - self.hits), self.watched_s)

    @property
    def apex_rate(self) -> float:
        """Share of the known apexes that were hit within a frame."""
        return _share(self.apex_hits, self.apexes)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def score_events(
    true: Sequence[Times],
    spotted: Sequence[Times],
    *,
    watched_s: float,
    frame_s: float,
    min_iou: float = MIN_IOU,
) -> EventScores:
    """Score one recording. Give micro- and macro-expressions apart.

    Parameters
    ----------
    watched_s
        How long the face was read.
    frame_s
        From one frame to the next.

    >>> scores = score_events(
    ...     [(1.0, 1.2, 1.1), (5.0, 5.3, 5.1)],
    ...     [(1.0, 1.25, 1.13), (8.0, 8.2, 8.1)],
    ...     watched_s=60,
    ...     frame_s=1 / 30,
    ... )
    >>> scores.f1, scores.apex_rate, scores.false_alarms_per_min
    (0.5, 0.5, 1.0)
    """
    there, said = _array(true), _array(spotted)
    apexes, claims = there[:, 2][~np.isnan(there[:, 2])], said[:, 2][~np.isnan(said[:, 2])]
    away_s = np.abs(apexes[:, None] - claims[None, :])
    return EventScores(
        true=len(there),
        spotted=len(said),
        hits=len(match(overlaps(there, said), min_iou - _SLACK)),
        apexes=len(apexes),
        apex_hits=len(match(-away_s, -frame_s - _SLACK)),
        watched_s=watched_s,
    )


def _array(events: Sequence[Times]) -> Floats:
    """Shape (n, 3), a missing apex as NaN."""
    rows = [[on, off, np.nan if apex is None else apex] for on, off, apex in events]
    array: Floats = np.array(rows, dtype=np.float64).reshape(-1, 3)
    if not np.isfinite(array[:, :2]).all() or (array[:, 1] < array[:, 0]).any():
        raise ValueError("an event needs an onset and an offset that does not come before it")
    return array


def overlaps(a: Floats, b: Floats) -> Floats:
    """Intersection over union of each event of `a` with each of `b`.

    Parameters
    ----------
    a, b
        Shape (n, 2 or more) and (m, 2 or more): onset and offset first.

    Returns
    -------
    Shape (n, m). Two moments without length overlap wholly where they are the same.
    """
    first, last = np.maximum.outer(a[:, 0], b[:, 0]), np.minimum.outer(a[:, 1], b[:, 1])
    both = np.maximum(last - first, 0.0)
    either = np.add.outer(a[:, 1] - a[:, 0], b[:, 1] - b[:, 0]) - both
    same: Floats = (first == last).astype(np.float64)
    shares: Floats = np.divide(both, either, out=same, where=either > 0)
    return shares


def match(score: Floats, least: float) -> list[tuple[int, int]]:
    """Pairs of rows and columns, the highest score first, each row and each column used once.

    >>> match(np.array([[0.9, 0.8], [0.7, 0.1]]), 0.5)
    [(0, 0)]
    """
    pairs: list[tuple[int, int]] = []
    rows: set[int] = set()
    columns: set[int] = set()
    for flat in np.argsort(-score, axis=None, kind="stable"):
        row, column = divmod(int(flat), score.shape[1])
        if score[row, column] < least:
            break
        if row not in rows and column not in columns:
            pairs.append((row, column))
            rows.add(row)
            columns.add(column)
    return pairs
