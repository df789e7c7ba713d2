"""What the head is told of one frame: distance from the neutral, geometry, looks, and how well all was seen.

One flow is measured for each frame: from the person's neutral, less what the head's turn alone would do. It
is how far the face is from rest, which is what keeps a held smile. It starts from what landmarks know, so
that a dropped jaw is not lost. How that distance changes is the face's motion: over the last 1/30 s, and over
the last tenth of a second, which tells of slow motion what one frame's noise would hide.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telltale.core.stages import Timer, untimed
from telltale.face.pose import place
from telltale.face.view import Array, FaceView, to_crop_points
from telltale.motion import planes
from telltale.motion.descriptors import displacements
from telltale.motion.flow import FlowField, FlowSettings, lucas_kanade, pyramid
from telltale.motion.head import remove_head_motion
from telltale.units.feature_vector import Seen, vectors_of
from telltale.units.head import HIDDEN_BELOW
from telltale.units.neutral import Look, Neutral, NeutralLearner, NeutralSettings, first_neutral
from telltale.units.unturn import blend_68, depth_origin, unturn

QUICK_S: Final = 1 / 30
"""Motion is measured over this time, or one frame where frames are further apart ..."""
SLOW_S: Final = 0.1
"""... and over this."""
GAP_S: Final = 0.25
"""After a longer break there is no motion to speak of: what was before is forgotten."""
_SLACK_S: Final = 0.004

FROM_NEUTRAL: Final = FlowSettings(turns=(1, 1, 1))
"""Landmarks give the start, so no more turns are needed; small acts need the full size."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameFeatures:
    """One frame's vectors."""

    vectors: Array
    """Shape (2, D): left, right."""
    speed_px_s: float
    """Mean motion of the face's skin."""
    alone: bool
    """Nothing before can be compared: the first frame, after a break, or against a new neutral."""


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """How a face was at one time."""

    time_s: float
    away: FlowField
    """From its neutral."""
    distance: Array
    code: Array
    points68: Array
    """Shape (68, 2): the head's turn taken back."""


class FeatureMaker:
    """Follows one face and makes its vectors, looking only back."""

    def __init__(
        self,
        *,
        neutral: NeutralSettings | None = None,
        timer: Timer = untimed,
    ) -> None:
        self._learner = NeutralLearner(neutral or NeutralSettings(), FROM_NEUTRAL)
        self._past: deque[_Past] = deque()
        self._timer = timer

    @property
    def neutral(self) -> Neutral | None:
        """The face's neutral so far."""
        return self._learner.neutral

    def step(self, view: FaceView) -> FrameFeatures:
        """The vectors of the face's next frame that could be read."""
        look = look_of(view)
        neutral = self.neutral or first_neutral(look, FROM_NEUTRAL)
        with self._timer("flow"):
            self._forget_before(look.time_s)
            now = _past_of(neutral, look, view)
            moved, rate_hz = self._moved(now)
            speed = _mean_length(moved) * rate_hz
        with self._timer("neutral"):
            hidden = int((view.seen < HIDDEN_BELOW).sum())
            learnt = self._learner.step(look, None if moved is None else speed, hidden)
        if learnt.look is not neutral.look:
            with self._timer("flow"):
                now = self._held_against(learnt, now, _past_of(learnt, look, view))
                moved, rate_hz = self._moved(now)
        with self._timer("descriptors"):
            vectors = vectors_of(self._seen(view, look, learnt, now, moved, rate_hz))
        alone = not self._past
        self._past.append(now)
        return FrameFeatures(vectors, speed, alone)

    def _held_against(self, neutral: Neutral, before: _Past, now: _Past) -> _Past:
        """This frame against its new neutral; what is known of the frames before is held against it too."""
        if neutral.frames == 1:
            # All distances are from another face now: there is no telling how they changed.
            self._past.clear()
            return now
        flow, distance = now.away.flow - before.away.flow, now.distance - before.distance
        for index, then in enumerate(self._past):
            away = FlowField(then.away.flow + flow, then.away.weight)
            self._past[index] = replace(then, away=away, distance=then.distance + distance)
        return now

    def _forget_before(self, time_s: float) -> None:
        past = self._past
        if past and time_s - past[-1].time_s > GAP_S:
            past.clear()
        while len(past) > 1 and time_s - past[1].time_s >= SLOW_S - _SLACK_S:
            past.popleft()

    def _then(self, now: _Past, over_s: float) -> _Past | None:
        """The last frame at least so long ago, or the oldest there is; None where there is none."""
        long_ago = (then for then in reversed(self._past) if now.time_s - then.time_s >= over_s - _SLACK_S)
        return next(long_ago, self._past[0] if self._past else None)

    def _seen(
        self,
        view: FaceView,
        look: Look,
        neutral: Neutral,
        now: _Past,
        moved: FlowField | None,
        rate_hz: float,
    ) -> Seen:
        just, before = self._then(now, QUICK_S), self._then(now, SLOW_S)
        return Seen(
            view=view,
            look=look,
            neutral=neutral,
            distance=now.distance,
            quick=_change(now, just, "distance"),
            slow=_change(now, before, "distance"),
            code_change=_change(now, before, "code"),
            geometry_change=_change(now, before, "points68"),
            moved=moved,
            rate_hz=rate_hz,
        )

    def _moved(self, now: _Past) -> tuple[FlowField | None, float]:
        """The skin's motion since about `QUICK_S` ago, and one over the time it took."""
        then = self._then(now, QUICK_S)
        if then is None:
            return None, 0.0
        weight = np.minimum(now.away.weight, then.away.weight)
        return FlowField(now.away.flow - then.away.flow, weight), 1.0 / (now.time_s - then.time_s)


def _past_of(neutral: Neutral, look: Look, view: FaceView) -> _Past:
    away = away_from(neutral, look, view)
    distance = displacements(away, neutral.samples)
    return _Past(look.time_s, away, distance, look.code, look.points68[:, :2])


def _change(now: _Past, then: _Past | None, what: str) -> Array | None:
    """How fast something changes, a second; None where nothing was before."""
    if then is None:
        return None
    change: Array = (getattr(now, what) - getattr(then, what)) * np.float32(1.0 / (now.time_s - then.time_s))
    return change


def _mean_length(moved: FlowField | None) -> float:
    if moved is None:
        return 0.0
    u, v = planes.split(moved.flow)
    length = np.sqrt(u * u + v * v)
    return float((length * moved.weight).sum() / max(float(moved.weight.sum()), 1e-6))


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
        code=view.code,
    )


def away_from(neutral: Neutral, look: Look, view: FaceView) -> FlowField:
    """Flow from the neutral to a frame, less what the turn of the head alone would do."""
    turned = to_crop_points(place(view.pose, neutral.look.mesh), view.to_crop)
    resting = neutral.look.mesh_crop
    moved = neutral.spread(np.concatenate([look.mesh_crop - resting, turned - resting], axis=1))
    start, by_turn = moved[..., :2], moved[..., 2:]
    field = lucas_kanade(neutral.ready, pyramid(look.luma, FROM_NEUTRAL), start=np.ascontiguousarray(start))
    less = FlowField(field.flow - planes.stretch(by_turn, field.weight.shape[0]), field.weight)
    return remove_head_motion(less, neutral.steady)[0]
