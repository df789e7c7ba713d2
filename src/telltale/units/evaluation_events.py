"""How well events are spotted in rendered clips, whose events are known to the millisecond.

An event shorter than two or three frames can be seen and yet not be measured, so besides all of a kind the
micro-expressions of 100 ms and more are scored by themselves: spotted events that belong to a shorter one are
then neither right nor wrong. Of the shorter ones what counts is whether the apex was hit within a frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core import pool
from telltale.core.progress import Progress, silent
from telltale.signs.micro_macro import Event, Kind
from telltale.units.data_clips import ClipLabel
from telltale.units.evaluation_reading import UNREAD, ClipReading
from telltale.units.rendered_clips import RenderedClip
from telltale.units.scores_events import EventScores, Times, score_events
from telltale.units.spotting import spot
from telltale.units.spotting_settings import SpottingSettings

MEASURABLE_S: Final = 0.1
"""From this length on a micro-expression spans three frames at 30 a second."""
KINDS: Final[tuple[Kind, ...]] = ("micro", "macro")
_SLACK_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events of one kind in some clips."""

    kind: str
    """"micro", "macro", "micro from 100 ms" or "micro below 100 ms"."""
    clips: str
    """Which clips: "all", one of the presets, or those that hold no event of the kind."""
    minutes: float
    """How long the face was read."""
    scores: EventScores


@dataclass(frozen=True, slots=True)
class _Job:
    reading: ClipReading
    settings: SpottingSettings | None


def score_spotting(
    clips: Sequence[RenderedClip],
    readings: Sequence[ClipReading],
    settings: SpottingSettings | None = None,
    *,
    workers: int | None = None,
    progress: Progress = silent,
) -> tuple[EventGroup, ...]:
    """Spot events in what was read, and score them by kind, of all clips and by preset and frame rate."""
    jobs = [_Job(reading, settings) for reading in readings]
    spotted = progress(pool.imap(_spot, jobs, workers=workers), total=len(jobs), label="spotting events")
    scores: defaultdict[tuple[str, str], EventScores] = defaultdict(EventScores)
    for clip, reading, events in zip(clips, readings, spotted, strict=True):
        watched_s = float(reading.read.sum()) / clip.rate_hz
        for kind, score in _score_clip(clip, events, watched_s).items():
            for group in _groups(clip, kind):
                scores[kind, group] += score
    return tuple(
        EventGroup(kind, group, score.watched_s / 60, score)
        for (kind, group), score in sorted(scores.items(), key=_order)
    )


def _order(item: tuple[tuple[str, str], EventScores]) -> tuple[bool, str, str]:
    (kind, group), _ = item
    return group != "all", kind, group


def _groups(clip: RenderedClip, kind: str) -> list[str]:
    quiet = kind in KINDS and not any(label.kind == kind for label in clip.events)
    groups = ["all", f"{clip.preset} at {clip.rate_hz:g} Hz"]
    return [*groups, "without one, talking" if clip.speaks else "without one, silent"] if quiet else groups


def _spot(job: _Job) -> list[Event]:
    return spot_events(job.reading, job.settings)


def spot_events(reading: ClipReading, settings: SpottingSettings | None = None) -> list[Event]:
    """The events of each face that was read, all together by onset."""
    events: list[Event] = []
    for face in np.unique(reading.face[reading.face != UNREAD]):
        his = reading.face == face
        since = int(np.flatnonzero(his)[0])
        intensity = np.where(his[:, None, None], reading.intensity, np.float32(np.nan))
        pose = np.where(his[:, None], reading.pose, np.float32(np.nan))
        events += spot(reading.times_s[since:], intensity[since:], pose[since:], settings)
    return sorted(events, key=lambda event: event.onset_s)


def _score_clip(clip: RenderedClip, events: Sequence[Event], watched_s: float) -> dict[str, EventScores]:
    frame_s = 1 / clip.rate_hz

    def score(true: Sequence[ClipLabel], said: Sequence[Event]) -> EventScores:
        return score_events(
            [_times(label) for label in true],
            [(event.onset_s, event.offset_s, event.apex_s) for event in said],
            watched_s=watched_s,
            frame_s=frame_s,
        )

    found: dict[str, EventScores] = {}
    for kind in KINDS:
        true = [label for label in clip.events if label.kind == kind]
        found[kind] = score(true, [event for event in events if event.kind == kind])
    micro = [label for label in clip.events if label.kind == "micro"]
    said = [event for event in events if event.kind == "micro"]
    long = [label for label in micro if _length_s(label) >= MEASURABLE_S - _SLACK_S]
    short = [label for label in micro if _length_s(label) < MEASURABLE_S - _SLACK_S]
    of_short = [event for event in said if _belongs(event, short, long, frame_s)]
    found["micro from 100 ms"] = score(long, [event for event in said if event not in of_short])
    found["micro below 100 ms"] = score(short, of_short)
    return found


def _belongs(event: Event, short: Sequence[ClipLabel], long: Sequence[ClipLabel], frame_s: float) -> bool:
    """Whether a spotted event shows one of the short ones and none of the long: which it touches most."""

    def shared_s(labels: Sequence[ClipLabel]) -> float:
        # A frame on either side: what a short event moves is seen in the frames around it.
        overlaps = [
            min(event.offset_s, label.offset_s + frame_s) - max(event.onset_s, label.onset_s - frame_s)
            for label in labels
        ]
        return max([0.0, *overlaps])

    return shared_s(short) > shared_s(long)


def _times(label: ClipLabel) -> Times:
    return label.onset_s, label.offset_s, label.apex_s


def _length_s(label: ClipLabel) -> float:
    return label.offset_s - label.onset_s
