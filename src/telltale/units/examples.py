"""Examples to train from: rendered clips read as any video is read, beside what they truly show.

Nothing is taken from the renderer but truth: pictures went through a codec, faces were found, followed and
aligned, and the neutral was learnt as it would be on a stranger's video.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.reader import FaceReader
from telltale.face.refine_net import window_of
from telltale.face.view import Array, FaceView, to_crop_points
from telltale.media.open import open_source
from telltale.units.features import SLOW_S, FeatureMaker
from telltale.units.truth import FrameTruths, read_truth

LEAST_IN_SIGHT: Final = 0.5
"""A frame that shows less than this of the face teaches nothing about its units."""


@dataclass(frozen=True, slots=True, eq=False)
class RefineExamples:
    """For the refinement network, from one clip."""

    picture: npt.NDArray[np.uint8]
    """Shape (n, 112, 112)."""
    points: Array
    """Shape (n, 68, 2): FaceMesh's, crop pixels."""
    true_points: Array
    """Shape (n, 68, 2), crop pixels."""
    seen: Array
    """Shape (n, 17)."""
    intensity: Array
    """Shape (n, 17, 2)."""
    person: npt.NDArray[np.int64]
    """Shape (n,): who it is."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadExamples:
    """For the head, from one clip."""

    time_s: npt.NDArray[np.float64]
    """Shape (n,)."""
    vectors: npt.NDArray[np.float16]
    """Shape (n, 2, SIZE)."""
    intensity: Array
    """Shape (n, 17, 2)."""
    velocity: Array
    """Shape (n, 17, 2), 1/s."""
    seen: Array
    """Shape (n, 17), true."""


def views_of(video: Path, reader: FaceReader) -> Iterator[FaceView]:
    """The one face of a rendered clip, in each frame in which it was read."""
    with open_source(video) as source:
        for frame in source:
            views = reader.step(frame)
            if views:
                yield max(views, key=lambda view: view.quality.face_size)


def refine_examples(
    video: Path, truth: Path, reader: FaceReader, *, every: int, person: int
) -> RefineExamples | None:
    """One frame in `every` of a clip, or None if its face was never read."""
    true = read_truth(truth)
    rows = []
    for view in views_of(video, reader):
        if view.index % every or not true.in_frame[view.index]:
            continue
        rows.append(
            (
                np.clip(window_of(view.luma) + 0.5, 0, 255).astype(np.uint8),
                to_crop_points(view.points68, view.to_crop),
                to_crop_points(true.points68[view.index], view.to_crop),
                true.seen[view.index],
                true.intensity[view.index],
                np.int64(person),
            )
        )
    if not rows:
        return None
    return RefineExamples(*(np.stack(column) for column in zip(*rows, strict=True)))


def head_examples(video: Path, truth: Path, reader: FaceReader, *, every: int = 1) -> HeadExamples | None:
    """The vectors of a clip's frames, or None if its face was never read."""
    true = read_truth(truth)
    velocity = true.velocity(SLOW_S)
    maker, track = FeatureMaker(), ""
    rows = []
    for view in views_of(video, reader):
        if view.track != track:
            maker, track = FeatureMaker(), view.track
        vectors = maker.step(view).vectors
        if view.index % every == 0 and _teaches(true, view.index):
            at = view.index
            rows.append(
                (view.time_s, vectors.astype(np.float16), true.intensity[at], velocity[at], true.seen[at])
            )
    if not rows:
        return None
    return HeadExamples(*(np.stack(column) for column in zip(*rows, strict=True)))


def _teaches(true: FrameTruths, index: int) -> bool:
    return bool(true.in_frame[index]) and float(true.seen[index].mean()) >= LEAST_IN_SIGHT
