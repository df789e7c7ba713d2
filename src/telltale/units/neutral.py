"""The person's own neutral: the calmest this face has been seen, learnt while looking.

No frame is known to be neutral, and some faces are never fully at rest. So each frame gets an activity (how
far it looks from rest by itself, and how fast it moves), and the neutral is

- at first the first frame, whose own motion nobody knows: for .3 s the next only tell how calm it was,
- then replaced by a frame that is clearly calmer than all before it, or nearly as calm and no
  longer covered,
- averaged with frames about as calm and turned the same way (averaging takes the camera's noise out),
- allowed to age, so that after minutes in other light a new calm frame takes its place.

A frame with something before the face is not learnt, nor is one with nothing just before it, which may be
in the midst of an act; where frames are so far apart that all are such, their motion counts for nothing.

The neutral carries what it looked like itself (`still`): a clip that opens with a smile has a smiling
neutral, and the head is told so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from telltale.face.view import Array
from telltale.motion.flow import FlowSettings, Reference, pyramid, reference
from telltale.motion.head import steady_mask
from telltale.motion.regions import region_samples
from telltale.motion.spread import Spreader


@dataclass(frozen=True, slots=True)
class NeutralSettings:
    """When a frame becomes the neutral, or part of it."""

    calmer_by: float = 0.05
    """A frame this much calmer takes the neutral's place."""
    as_calm_by: float = 0.03
    """A frame no more active than the neutral plus this is averaged in ..."""
    turned_by_rad: float = 0.10
    """... if the head is turned no further than this from where the neutral was seen."""
    frames: int = 20
    """Frames averaged at most."""
    every_s: float = 0.2
    """Frames closer in time hold the same noise of the codec; they are passed over."""
    ages_by: float = 0.001
    """Activity that the neutral is charged for each second since it last changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a frame shows of a face, as far as a neutral is made of it."""

    time_s: float
    luma: Array
    """Shape (224, 224), the crop."""
    mesh: Array
    """Shape (468, 3): the mesh with the head's turn taken back."""
    mesh_crop: Array
    """Shape (468, 2): the same points in the crop."""
    points68: Array
    """Shape (68, 3): the refined points with the head's turn taken back."""
    points68_crop: Array
    """Shape (68, 2)."""
    turned: Array
    """Shape (3,): yaw, pitch, roll, radians."""
    still: Array
    """Shape (17, 2): what the units look like in this picture alone."""
    code: Array
    """Shape (CODE, 2): what the refinement network makes of each half."""


_AVERAGED: Final = ("luma", "mesh", "mesh_crop", "points68", "points68_crop", "turned", "still", "code")


@dataclass(frozen=True, eq=False)
class Neutral:
    """A face at its calmest, and what is computed from it once."""

    look: Look
    activity: float
    frames: int
    flow: FlowSettings

    @cached_property
    def ready(self) -> Reference:
        """The picture, ready to measure motion from."""
        return reference(pyramid(self.look.luma, self.flow), self.flow)

    @cached_property
    def spread(self) -> Spreader:
        """Spreads displacements of the 468 points over the crop."""
        return Spreader(self.look.mesh_crop)

    @cached_property
    def samples(self) -> Array:
        """Shape (17, 12, 12, 2): where flow is read in each region."""
        return region_samples(self.look.points68_crop)

    @cached_property
    def steady(self) -> Array:
        """Shape (g, g): where the face moves with the head alone."""
        return steady_mask(self.look.points68_crop)


USUAL_S: Final = 0.3
"""A face's activity is averaged over this: of noisy frames the calmest is no calmer than the others."""
_LUCKY: Final = 0.05
"""So much calmer than it is a frame looks at most by noise."""
_FEW: Final = 2
"""From fewer frames it is not told how calm a face is."""
_COVERED: Final = 3
"""So many more regions out of sight than in the neutral: something is before the face."""
_HALF_SEEN: Final = 0.5
"""Activity that a neutral is charged which shows so much less of the face."""
_ALL_ALONE: Final = 3
"""After so many frames in a row with nothing just before them, that is how this face comes."""
MOVES_AT_PX_S: Final = 60.0
"""Skin that moves this fast makes a frame as active as one unit at its fullest."""


def activity_of(still: Array, speed_px_s: float) -> float:
    """How far a frame is from rest: units that show by themselves, and motion.

    Parameters
    ----------
    still
        Shape (17, 2).
    speed_px_s
        Mean motion of the face's skin, crop pixels a second.

    >>> activity_of(np.zeros((17, 2), np.float32), 6.0)
    0.1
    """
    shown = float(np.clip(still, 0.0, 1.0).mean(axis=1).sum())
    return shown + speed_px_s / MOVES_AT_PX_S


def first_neutral(look: Look, flow: FlowSettings) -> Neutral:
    """The first frame, until a calmer one comes: how it moved nobody knows."""
    return Neutral(look, activity_of(look.still, 0.0), 1, flow)


def learn(
    neutral: Neutral, look: Look, activity: float, settings: NeutralSettings, flow: FlowSettings
) -> Neutral:
    """The neutral after one more frame."""
    age_s = look.time_s - neutral.look.time_s
    if activity < neutral.activity + settings.ages_by * age_s - settings.calmer_by:
        return Neutral(look, activity, 1, flow)
    if age_s < settings.every_s or neutral.frames >= settings.frames:
        return neutral
    turned_rad = float(np.abs(look.turned - neutral.look.turned).max())
    if activity > neutral.activity + settings.as_calm_by or turned_rad > settings.turned_by_rad:
        return neutral
    return _averaged(neutral, look, activity)


def _averaged(neutral: Neutral, look: Look, activity: float) -> Neutral:
    share = np.float32(1.0 / (neutral.frames + 1))
    old = neutral.look
    means = {
        name: getattr(old, name) + share * (getattr(look, name) - getattr(old, name)) for name in _AVERAGED
    }
    return Neutral(
        replace(old, time_s=look.time_s, **means),
        neutral.activity + float(share) * (activity - neutral.activity),
        neutral.frames + 1,
        neutral.flow,
    )


class NeutralLearner:
    """Learns the neutral of one face, frame by frame."""

    def __init__(self, settings: NeutralSettings, flow: FlowSettings) -> None:
        self.neutral: Neutral | None = None
        self._settings, self._flow = settings, flow
        self._usual, self._usual_s = 0.0, -math.inf
        self._after_first: list[tuple[float, float]] = []
        """Activity and the part of it that is motion, of the frames by which the first is judged."""
        self._judged = False
        self._alone = 0
        self._hidden = 0

    def step(self, look: Look, speed_px_s: float | None, hidden: int) -> Neutral:
        """The neutral after one more frame.

        Parameters
        ----------
        speed_px_s
            Mean motion of the face's skin; None where there is nothing just before to compare with.
        hidden
            Regions that are not in sight.
        """
        self._alone = self._alone + 1 if speed_px_s is None else 0
        if self.neutral is None:
            self.neutral, self._hidden = first_neutral(look, self._flow), hidden
            return self.neutral
        if hidden >= self._hidden + _COVERED or 0 < self._alone < _ALL_ALONE:
            return self.neutral
        activity = self._steady(look.time_s, activity_of(look.still, speed_px_s or 0.0))
        uncovered = hidden <= self._hidden - _COVERED
        if self._judged or uncovered:
            held = replace(self.neutral, activity=self.neutral.activity + _HALF_SEEN) if uncovered else None
            learnt = learn(held or self.neutral, look, activity, self._settings, self._flow)
            if learnt.look is look:
                self.neutral, self._hidden, self._judged = learnt, hidden, True
            elif not uncovered:
                self.neutral = learnt
        else:
            self._judge(self.neutral, look.time_s, activity, (speed_px_s or 0.0) / MOVES_AT_PX_S)
        return self.neutral

    def _judge(self, first: Neutral, time_s: float, activity: float, motion: float) -> None:
        """How the first frame moved nobody knows: about as the calmest just after it, luck allowed for."""
        if time_s - first.look.time_s < USUAL_S:
            self._after_first.append((activity, motion))
            return
        self._judged = True
        if len(self._after_first) >= _FEW:
            calmest = min(activity for activity, _ in self._after_first)
            most = first.activity + _LUCKY + min(motion for _, motion in self._after_first)
            self.neutral = replace(first, activity=max(first.activity, min(calmest, most)))

    def _steady(self, time_s: float, activity: float) -> float:
        """How active a face is, lucky frames not counted: the more of this frame's and of what is usual."""
        share = 1.0 - math.exp(-(time_s - self._usual_s) / USUAL_S)
        self._usual += share * (activity - self._usual)
        self._usual_s = time_s
        return max(activity, self._usual)
