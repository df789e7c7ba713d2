"""How well rendered clips are read: units by side and by skin tone, landmarks, events, confidence.

Frames are set against their truth by their number. A unit counts in a frame that shows the face and at most
half of whose region is covered; a frame that was not read is left out of the scores and counted. All clips
are pooled before they are scored, so differences between people count as much as those within one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from telltale.core.channels import ACTION_UNITS
from telltale.core.progress import Progress, silent
from telltale.face.view import Array
from telltale.units.evaluation_events import score_spotting
from telltale.units.evaluation_reading import ClipReading, Models, read_clips
from telltale.units.evaluation_result import (
    About,
    ConfidenceBin,
    Coverage,
    Evaluation,
    Group,
    Landmarks,
    UnitScore,
)
from telltale.units.features import SLOW_S
from telltale.units.head import CLOSE
from telltale.units.rendered_clips import RenderedClip, RenderedClips
from telltale.units.scores import agree
from telltale.units.spotting_settings import SpottingSettings
from telltale.units.truth import FrameTruths, read_truth

TONES: Final = (("1-3", range(1, 4)), ("4-7", range(4, 8)), ("8-10", range(8, 11)))
"""Groups of the ten Monk skin tones."""
BINS: Final = 10
_IN_SIGHT: Final = 0.5
"""Share of its region from which a unit's truth counts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A clip's truth, NaN where a unit does not count, and what was read."""

    clip: RenderedClip
    true: FrameTruths
    intensity: Array
    """Shape (F, 17, 2)."""
    velocity: Array
    """Shape (F, 17, 2), 1/s."""
    reading: ClipReading


def evaluate(
    found: RenderedClips,
    models: Models,
    work: Path,
    *,
    spotting: SpottingSettings | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Read rendered clips and score what was read.

    Parameters
    ----------
    work
        Folder in which readings are kept.
    spotting
        Other settings of spotting than the usual ones.
    """
    readings = read_clips(found.clips, models, work, workers=workers, progress=progress)
    return score(found, readings, spotting=spotting, workers=workers, progress=progress)


def score(
    found: RenderedClips,
    readings: Sequence[ClipReading],
    *,
    spotting: SpottingSettings | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Score what was read of each clip, in the clips' order."""
    pairs = [_pair(clip, reading) for clip, reading in zip(found.clips, readings, strict=True)]
    events = score_spotting(found.clips, readings, spotting, workers=workers, progress=progress)
    return Evaluation(
        about=_about(found),
        coverage=_coverage(pairs),
        everyone=_group("all", pairs),
        tone_groups=tuple(_groups(pairs, TONES)),
        tones=tuple(_groups(pairs, [(str(tone), range(tone, tone + 1)) for tone in range(1, 11)])),
        landmarks=_landmarks(readings),
        events=events,
        calibration=_calibration(pairs),
        problems=found.problems,
    )


def _pair(clip: RenderedClip, reading: ClipReading) -> _Pair:
    true = read_truth(clip.truth)
    counts = true.in_frame[:, None] & (true.seen >= _IN_SIGHT)
    intensity, velocity = (
        np.where(counts[..., None], values, np.float32(np.nan))
        for values in (true.intensity, true.velocity(SLOW_S))
    )
    return _Pair(clip, true, intensity, velocity, reading)


def _about(found: RenderedClips) -> About:
    clips = found.clips
    widths = [clip.face_width_px for clip in clips]
    return About(
        clips=len(clips),
        identities=found.identities,
        minutes=found.minutes,
        presets=tuple(sorted({clip.preset for clip in clips})),
        makers=tuple(sorted({clip.maker for clip in clips})),
        rates_hz=tuple(sorted({clip.rate_hz for clip in clips})),
        bitrates_kbps=tuple(sorted({clip.bitrate_kbps for clip in clips})),
        sizes=tuple(sorted({f"{clip.width} x {clip.height}" for clip in clips})),
        face_width_px=(min(widths), float(np.mean(widths)), max(widths)),
    )


def _coverage(pairs: Sequence[_Pair]) -> Coverage:
    counts = np.zeros(9, dtype=np.int64)
    for pair in pairs:
        there, read = pair.true.in_frame, pair.reading.read
        in_sight = np.isfinite(pair.intensity[..., 0])
        covered = there[:, None] & ~in_sight
        told = np.isfinite(pair.reading.intensity[..., 0])
        parts = (
            np.ones_like(there), there, there & read, ~there & read,
            in_sight, in_sight & told, covered, covered & told,
        )  # fmt: skip
        counts[:8] += [int(part.sum()) for part in parts]
        counts[8] += len(np.unique(pair.reading.face[read]))
    return Coverage(*counts.tolist())


def _groups(pairs: Sequence[_Pair], tones: Iterable[tuple[str, range]]) -> Iterable[Group]:
    for name, held in tones:
        of_it = [pair for pair in pairs if pair.clip.skin_tone in held]
        if of_it:
            yield _group(name, of_it)


def _group(name: str, pairs: Sequence[_Pair]) -> Group:
    true = np.concatenate([pair.intensity for pair in pairs])
    read = np.concatenate([pair.reading.intensity for pair in pairs])
    moved = np.concatenate([pair.velocity for pair in pairs])
    told = np.concatenate([pair.reading.velocity for pair in pairs])
    return Group(
        name,
        len(pairs),
        len({pair.clip.identity_seed for pair in pairs}),
        sum(pair.clip.duration_s for pair in pairs) / 60,
        tuple(
            UnitScore(
                unit,
                agree(true[:, i, 0], read[:, i, 0]),
                agree(true[:, i, 1], read[:, i, 1]),
                agree(true[:, i], read[:, i]),
                agree(moved[:, i], told[:, i]),
            )
            for i, unit in enumerate(ACTION_UNITS)
        ),
    )


def _landmarks(readings: Sequence[ClipReading]) -> Landmarks:
    refined = np.concatenate([reading.refined_error for reading in readings])
    mesh = np.concatenate([reading.mesh_error for reading in readings])
    there = np.isfinite(mesh)
    if not there.any():
        return Landmarks(0, float("nan"), float("nan"))
    return Landmarks(int(there.sum()), float(refined[there].mean()), float(mesh[there].mean()))


def _calibration(pairs: Sequence[_Pair]) -> tuple[ConfidenceBin, ...]:
    confidence = np.concatenate([pair.reading.confidence.ravel() for pair in pairs])
    off = np.concatenate(
        [np.abs(pair.reading.intensity - pair.intensity).max(axis=2).ravel() for pair in pairs]
    )
    known = np.isfinite(off) & np.isfinite(confidence)
    confidence, close = confidence[known], off[known] <= CLOSE
    bins = []
    for number in np.unique(_bin(confidence)).astype(int).tolist():
        of_it = _bin(confidence) == number
        mean, share = float(confidence[of_it].mean()), float(close[of_it].mean())
        bins.append(ConfidenceBin(number / BINS, (number + 1) / BINS, int(of_it.sum()), mean, share))
    return tuple(bins)


def _bin(confidence: Array) -> Array:
    number: Array = np.minimum(np.floor(confidence * BINS), BINS - 1)
    return number
