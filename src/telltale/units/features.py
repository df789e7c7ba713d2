"""What the head is told of one frame: motion, distance from the neutral, geometry, and how well all was seen.

Two flows are measured between aligned faces. From the frame about 1/30 s before, times the rate: how the
face moves. From the person's neutral, less what the head's turn alone would do: how far it is from rest,
which is what keeps a held smile. The second starts from what landmarks know, so that a dropped jaw
is not lost.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.stages import Timer, untimed
from telltale.face.pose import place
from telltale.face.view import Array, FaceView, to_crop_points
from telltale.motion import planes
from telltale.motion.flow import FlowField, FlowSettings, Reference, lucas_kanade, pyramid, reference
from telltale.motion.head import remove_head_motion, steady_mask
from telltale.motion.regions import region_samples
from telltale.units.feature_vector import Seen, vectors_of
from telltale.units.neutral import Look, Neutral, NeutralSettings, activity_of, learn
from telltale.units.unturn import blend_68, depth_origin, unturn

BASELINE_S: Final = 1 / 30
"""Motion is measured over this time, or one frame where frames are further apart."""
GAP_S: Final = 0.25
"""After a longer break there is no motion to speak of: what was before is forgotten."""
_SLACK_S: Final = 0.004

FROM_BEFORE: Final = FlowSettings(side_px=112, turns=(1, 1, 1))
"""Between frames motion is small, and what it adds to the neutral's is speed: half the size will do."""
FROM_NEUTRAL: Final = FlowSettings(turns=(1, 1, 1))
"""Landmarks give the start, so no more turns are needed; small acts need the full size."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameFeatures:
    """One frame's vectors."""

    vectors: Array
    """Shape (2, D): left, right."""
    speed_px_s: float
    """Mean motion of the face's skin."""


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """A frame that motion is measured from."""

    time_s: float
    ready: Reference
    samples: Array
    steady: Array


class FeatureMaker:
    """Follows one face and makes its vectors, looking only back."""

    def __init__(
        self,
        *,
        neutral: NeutralSettings | None = None,
        timer: Timer = untimed,
    ) -> None:
        self.neutral: Neutral | None = None
        self._settings = neutral or NeutralSettings()
        self._past: deque[_Past] = deque()
        self._timer = timer

    def step(self, view: FaceView) -> FrameFeatures:
        """The vectors of the face's next frame that could be read."""
        look = look_of(view)
        with self._timer("flow from before"):
            moved, samples, rate_hz = self._motion(look)
        speed = _speed(moved) * rate_hz
        with self._timer("neutral"):
            activity = activity_of(look.still, speed)
            self.neutral = learn(self.neutral, look, activity, self._settings, FROM_NEUTRAL)
        with self._timer("flow from neutral"):
            away = away_from(self.neutral, look, view)
        with self._timer("descriptors"):
            seen = Seen(view, look, self.neutral, moved, samples, rate_hz, away)
            vectors = vectors_of(seen)
        return FrameFeatures(vectors, speed)

    def _motion(self, look: Look) -> tuple[FlowField | None, Array, float]:
        """Flow from the frame about `BASELINE_S` before, head motion removed; where to read it; 1 / time."""
        past = self._past
        if past and look.time_s - past[-1].time_s > GAP_S:
            past.clear()
        while len(past) > 1 and look.time_s - past[1].time_s >= BASELINE_S - _SLACK_S:
            past.popleft()
        levels = pyramid(look.luma, FROM_BEFORE)
        samples = region_samples(look.points68_crop)
        moved, rate_hz, read_at = None, 0.0, samples
        if past:
            before = past[0]
            moved, _ = remove_head_motion(lucas_kanade(before.ready, levels), before.steady)
            rate_hz, read_at = 1.0 / (look.time_s - before.time_s), before.samples
        steady = steady_mask(look.points68_crop)
        past.append(_Past(look.time_s, reference(levels, FROM_BEFORE), samples, steady))
        return moved, read_at, rate_hz


def look_of(view: FaceView) -> Look:
    """What a neutral could be made of, from a view."""
    origin = depth_origin(view.mesh, view.pose)
    points = np.column_stack([view.points68, blend_68(view.mesh)[:, 2]]).astype(np.float32)
    return Look(
        time_s=view.time_s,
        luma=view.luma,
        mesh=unturn(view.mesh, view.pose, origin),
        mesh_crop=to_crop_points(view.mesh[:, :2], view.to_crop),
        points68=unturn(points, view.pose, origin),
        points68_crop=to_crop_points(view.points68, view.to_crop),
        turned=np.array([view.pose.yaw, view.pose.pitch, view.pose.roll], dtype=np.float32),
        still=view.still,
    )


def away_from(neutral: Neutral, look: Look, view: FaceView) -> FlowField:
    """Flow from the neutral to a frame, less what the turn of the head alone would do."""
    turned = to_crop_points(place(view.pose, neutral.look.mesh), view.to_crop)
    by_turn = neutral.spread(turned - neutral.look.mesh_crop)
    start = neutral.spread(look.mesh_crop - neutral.look.mesh_crop)
    field = lucas_kanade(neutral.ready, pyramid(look.luma, FROM_NEUTRAL), start=start)
    side = field.weight.shape[0]
    less = FlowField(field.flow - _stretched(by_turn, side), field.weight)
    return remove_head_motion(less, neutral.steady)[0]


def _stretched(coarse: Array, side: int) -> Array:
    u, v = planes.split(coarse)
    return planes.join(planes.stretch(u, side), planes.stretch(v, side))


def _speed(moved: FlowField | None) -> float:
    if moved is None:
        return 0.0
    length = np.sqrt((moved.flow * moved.flow).sum(axis=2))
    return float((length * moved.weight).sum() / max(float(moved.weight.sum()), 1e-6))
