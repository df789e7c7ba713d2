"""What one session says of its clocks, and how the sessions of a study say it together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from telltale.core.rng import stream
from telltale.core.signal import Signal, Times
from telltale.study.align_combine import Combined, combine
from telltale.study.align_estimate import Offset, enough_moves, estimate, gumbel_tail, p_within
from telltale.study.align_evidence import (
    KINDS,
    ROW_S,
    Floats,
    Kind,
    activity,
    event_curves,
    lags_s,
    shift_curve,
    window_rows,
)

Evidence = Literal["both", "screen", "touch"]

_MOVES: Final = 50
"""Random moves of each session from which the study learns what chance gives."""


@dataclass(frozen=True, slots=True)
class AlignSettings:
    """How offsets are looked for."""

    max_lag_s: float = 10.0
    evidence: Evidence = "both"
    """Screen changes hang on the picture alone, touches also on how a person moves."""
    dip_middle_s: float = 0.0
    """Where the middle of a head's dip lies after the moment of the touch."""
    min_events: int = 5
    """A kind of evidence with fewer events in a session is not asked there, only over the study."""
    draws: int = 200
    """Bootstrap draws."""
    false_share: float = 0.05
    """Largest expected share of false ones among the sessions that are told apart from chance; also the level
    at which a kind of evidence is told apart and joined with the other."""
    smallest_s: float = ROW_S
    """A smaller offset is left alone: it lies within a row."""
    largest_sd_s: float = 0.5
    """An offset known no better than this is left alone: the correction could do more harm than the clock."""
    seed: int = 0

    def __post_init__(self) -> None:
        lowest = {
            "max_lag_s": 1.0,
            "min_events": 3,
            "draws": 20,
            "smallest_s": 0,
            "largest_sd_s": 0,
            "seed": 0,
        }
        for name, low in lowest.items():
            if not getattr(self, name) >= low:
                raise ValueError(f"{name} must be at least {low}, not {getattr(self, name)}")
        if not 0 < self.false_share < 1:
            raise ValueError(f"false_share must lie between 0 and 1, not {self.false_share}")

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of evidence that are asked for."""
        return KINDS if self.evidence == "both" else (self.evidence,)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One session to look at."""

    session_id: str
    events_s: dict[Kind, Times]
    """Moments on the log's clock, by kind of evidence."""

    @property
    def events(self) -> int:
        """How many there are."""
        return sum(len(times_s) for times_s in self.events_s.values())


@dataclass(frozen=True, slots=True, eq=False)
class KindEvidence:
    """One kind of evidence in one session."""

    kind: Kind
    curves: Floats
    """Shape (E, L): activity around each event."""
    circle: Floats
    """Shape (T,): summed activity when all events are moved by 0, 1, ... rows around the session."""


@dataclass(frozen=True, slots=True, eq=False)
class KindShare:
    """A session's part in one kind of evidence of the whole study."""

    kind: Kind
    sums: Floats
    """Shape (L,): summed activity by lag."""
    counts: Floats
    """Shape (L,)"""
    moved: Floats
    """Shape (1 + moves, rows): summed activity by row of lag where the log says, then after each move."""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What is kept of a session."""

    events: int
    own: Combined
    """Its own offset, empty when it has too few events."""
    evidence: tuple[KindShare, ...] = ()
    readable: bool = True
    """Whether its signal could be read at all."""

    @property
    def left(self) -> Offset | None:
        """Its own offset by all kinds together."""
        return self.own.left


def look(signal: Signal, task: Task, settings: AlignSettings) -> Finding:
    """Read one session's evidence."""
    found = list(_found(signal, task, settings))
    moves = stream(settings.seed, "align", task.session_id, "moves").random(_MOVES)
    return Finding(
        events=task.events,
        own=combine(_own_offsets(task.session_id, found, settings), settings.false_share),
        evidence=tuple(_share(evidence, moves, settings) for evidence in found),
    )


def _found(signal: Signal, task: Task, settings: AlignSettings) -> Iterator[KindEvidence]:
    """The kinds of evidence that this signal and this log have."""
    if not len(signal):
        return
    for kind, times_s in task.events_s.items():
        at_s = times_s + (settings.dip_middle_s if kind == "touch" else 0.0)
        series = activity(signal, kind)
        curves = event_curves(series, at_s, settings.max_lag_s)
        if np.isfinite(curves).any():
            yield KindEvidence(kind, curves, shift_curve(series, at_s))


def _own_offsets(session_id: str, found: list[KindEvidence], settings: AlignSettings) -> dict[Kind, Offset]:
    """What each kind with events enough says by itself."""
    width = window_rows(settings.max_lag_s)
    offsets = {}
    for evidence in found:
        if len(evidence.curves) >= settings.min_events:
            read = np.isfinite(evidence.curves)
            offsets[evidence.kind] = estimate(
                np.where(read, evidence.curves, 0.0),
                read.astype(np.float64),
                lags_s(settings.max_lag_s),
                p_within(evidence.circle, width),
                draws=settings.draws,
                names=(settings.seed, session_id, evidence.kind),
            )
    return offsets


def _share(evidence: KindEvidence, moves: Floats, settings: AlignSettings) -> KindShare:
    lags = window_rows(settings.max_lag_s)
    rows = len(evidence.circle)
    moved = np.zeros((1 + len(moves), lags), dtype=np.float64)
    if enough_moves(rows, lags):
        # At least two windows away from where the log says, on either side.
        starts = np.concatenate([[0], 2 * lags + np.floor(moves * (rows - 4 * lags))]).astype(np.int64)
        window = np.arange(lags) - lags // 2
        moved[:] = evidence.circle[(starts[:, None] + window) % rows]
    read = np.isfinite(evidence.curves)
    return KindShare(evidence.kind, np.where(read, evidence.curves, 0.0).sum(axis=0), read.sum(axis=0), moved)


class StudyEvidence:
    """Gathers the sessions' shares; asks of all of them together what each was asked alone."""

    def __init__(self, settings: AlignSettings) -> None:
        self.settings = settings
        self._shares: list[dict[Kind, tuple[Floats, Floats]]] = []
        shape = (1 + _MOVES, window_rows(settings.max_lag_s))
        self._moved = {kind: np.zeros(shape) for kind in KINDS}

    def add(self, shares: tuple[KindShare, ...]) -> None:
        """Take one session's shares; its random moves are only summed."""
        self._shares.append({share.kind: (share.sums, share.counts) for share in shares})
        for share in shares:
            self._moved[share.kind] += share.moved

    def combined(self) -> Combined:
        """One offset for the study by each kind that speaks in two sessions or more, and jointly."""
        found = {kind: self._offset(kind) for kind in self.settings.kinds}
        spoken = {kind: offset for kind, offset in found.items() if offset is not None}
        return combine(spoken, self.settings.false_share)

    def _offset(self, kind: Kind) -> Offset | None:
        speaking = [shares[kind] for shares in self._shares if kind in shares]
        if len(speaking) < 2:
            return None
        highest = self._moved[kind].max(axis=1)
        return estimate(
            np.array([sums for sums, _ in speaking]),
            np.array([counts for _, counts in speaking]),
            lags_s(self.settings.max_lag_s),
            gumbel_tail(float(highest[0]), highest[1:]),
            draws=self.settings.draws,
            names=(self.settings.seed, "study", kind),
        )
