"""A face that is followed: its name, where it was last, and how it is known again after it has left.

A face is known again by its shape and its colours: the mesh in the mean face's frame, pose and size taken
out, and a thumbnail of the aligned face, both averaged over frames in which the head is nearly frontal. The
nearest lost face must be near, and clearly nearer than any other; else the face is a new one and gets a new
name. A wrong new name loses a person's own neutral, a wrong old one mixes two people: the bounds are tight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from telltale.face.iris import IrisFollower
from telltale.face.mean_face import MEAN
from telltale.face.mesh import Square
from telltale.face.view import Array, Pose
from telltale.media.frame import Picture

_KEPT: Final = 30
"""Frames that go into a signature."""
_FRONTAL_RAD: Final = math.radians(20)
_SAME: Final = 0.108
"""Distance within which two signatures are one person's. Of 24 rendered people 22 came back within it (9
frames against 5, other light, pose and units), and 0.5 % of the other 552 pairs did."""
_SHAPE_GAIN: Final = 4.0
"""How much an eyes' distance of shape counts against a factor of e in colour."""
_HUE_GAIN: Final = 4.0
"""How much the colour of the whole face counts against that of its parts."""
_CLEARLY: Final = 1.4
"""How much farther the second nearest lost face must be."""
_THUMB: Final = (9, 10)
_CUT: Final = 0.15
"""Difference of two glimpses, one frame after the other, above which the picture may have been cut. Of 2,904
pairs of different rendered faces 99 % were above; but so was a face that quickly shows something at 15 frames
a second, with twice the time to move that it has at 30 (up to .26 in 33 clips): `goes_on` looks again."""
_EYES: Final = (slice(40, 124), slice(44, 180))
"""Forehead, eyes and bridge of the nose in the aligned face, which move least."""
_REACH: Final = 16
"""How many pixels of the aligned face they may have moved."""
_SAME_EYES: Final = 0.75
_SAME_BONES: Final = 0.035
"""How alike the eyes and how far apart the shapes of one face are, a fifteenth of a second apart. Of 27 quick
movements none was beyond (.80 and more, .029 and less); of the 2,904 pairs .4 % lay within both."""
_QUICK_S: Final = 1 / 15
_EYES_LOSE: Final = 2.5
"""Likeness that eyes may lose a second where frames are further apart than `_QUICK_S` ..."""
_LEAST_EYES: Final = 0.5
"""... down to this, at which 5 % of the pairs would pass; nothing better parts them at 5 frames a second."""
_BACK: Final = 0.2
"""The same after an absence of up to half a second: 1 % of one face's pairs are above, 95 % of two faces'."""
_DARKEST: Final = 8.0
"""Added to colours before their logarithm, so that the noise of dark ones does not count."""


@dataclass(slots=True, eq=False)
class Signature:
    """What a face is known by; grows with the frames seen."""

    shape: Array = field(default_factory=lambda: np.zeros((len(MEAN), 2), dtype=np.float32))
    """Shape (468, 2): where each point lies against the mean face's, eyes' distances."""
    thumbnail: Array = field(default_factory=lambda: np.zeros((10, 9, 3), dtype=np.float32))
    """Shape (10, 9, 3): logarithms of its colours."""
    frames: int = 0

    def wants(self, pose: Pose) -> bool:
        """Whether a frame would help: the head is nearly frontal and there are not yet enough."""
        return self.frames < _KEPT and max(abs(pose.yaw), abs(pose.pitch)) <= _FRONTAL_RAD

    def add(self, mesh: Array, pose: Pose, crop: Picture) -> None:
        """Take in one frame, if it helps."""
        if not self.wants(pose):
            return
        self.frames += 1
        self.shape += (_shape(mesh, pose) - self.shape) / self.frames
        self.thumbnail += (_thumbnail(crop) - self.thumbnail) / self.frames

    def distance(self, other: Signature) -> float:
        """Below 1 where they are one person's; infinite where one was not seen well.

        >>> Signature().distance(Signature())
        inf
        """
        if not self.frames or not other.frames:
            return math.inf
        shape = float(((self.shape - other.shape) ** 2).sum(axis=1).mean())
        colours = self.thumbnail - other.thumbnail
        tint = colours.mean(axis=(0, 1))
        parts = float(((colours - tint) ** 2).mean())
        # How bright the whole face is says more of the lamp than of the person.
        hue = float(((tint - tint.mean()) ** 2).mean())
        return math.sqrt(_SHAPE_GAIN**2 * shape + parts + _HUE_GAIN**2 * hue) / _SAME


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """A face in one frame, to see whether it is the same in the next."""

    time_s: float
    mesh: Array
    pose: Pose
    luma: Array
    """Shape (224, 224): the aligned face."""


@dataclass(slots=True, eq=False)
class Track:
    """A face of the picture, followed now or lost."""

    name: str
    box: Array
    """Shape (4,): left, top, right, bottom, pixels of the picture."""
    seen_s: float
    """When it was last seen."""
    square: Square | None = None
    """Where to look for its landmarks; None for a face that may not be read."""
    irises: IrisFollower | None = None
    signature: Signature = field(default_factory=Signature)
    glimpse: Array | None = None
    """What its box showed when it was last seen."""
    looks: Looks | None = None
    """How it looked when it last gave a view."""
    since_s: float = math.inf
    """When it came, where it is not yet clear whether it came back; infinite once its name is settled."""


def glimpse(rgb: Picture, box: Array) -> Array | None:
    """Logarithms of a box's coarse colours less their mean, which is the lamp's. Shape (10, 9, 3)."""
    left, top, right, bottom = (max(int(edge), 0) for edge in box.tolist())
    inside = rgb[top:bottom, left:right]
    if not inside.size:
        return None
    small = cv2.resize(inside, _THUMB, interpolation=cv2.INTER_AREA)
    logarithms = np.log(small.astype(np.float32) + np.float32(_DARKEST))
    tinted: Array = logarithms - logarithms.mean()
    return tinted


def was_cut(track: Track, now: Array | None, *, absent: bool = False) -> bool:
    """Whether a place that showed one face shows something else all of a sudden.

    Parameters
    ----------
    absent
        Whether the face was lost in between.

    >>> checks = np.indices((60, 60)).sum(axis=0)[..., None].repeat(3, axis=2).astype(np.uint8)
    >>> box = np.array([0, 0, 60, 60], dtype=np.float32)
    >>> track = Track("0", box, 0.0, glimpse=glimpse(checks, box))
    >>> was_cut(track, glimpse(checks, box)), was_cut(track, glimpse(255 - checks, box))
    (False, True)
    """
    if track.glimpse is None or now is None:
        return False
    difference = float(np.sqrt(((track.glimpse - now) ** 2).mean()))
    return difference > (_BACK if absent else _CUT)


def goes_on(before: Looks | None, now: Looks) -> bool:
    """Whether a face that changed much from one frame to the next is the same all the same.

    A quick expression or turn of the head changes a glimpse the more, the fewer frames there are a second.
    The eyes, sought around where they were, and the bones stay.

    >>> from telltale.face.mean_face import MEAN
    >>> frontal = Pose(0.0, 0.0, 0.0, np.eye(3, dtype=np.float32), 1.0, np.zeros(2, dtype=np.float32))
    >>> checks = (np.indices((224, 224)).sum(axis=0) % 9).astype(np.float32)
    >>> face = Looks(0.0, MEAN * np.float32((1, -1, 1)), frontal, checks)
    >>> goes_on(face, face), goes_on(face, Looks(0.1, face.mesh, frontal, -checks)), goes_on(None, face)
    (True, False, False)
    """
    if before is None:
        return False
    later_s = max(now.time_s - before.time_s - _QUICK_S, 0.0)
    least = max(_SAME_EYES - _EYES_LOSE * later_s, _LEAST_EYES)
    return bones_apart(before, now) <= _SAME_BONES and eyes_alike(before, now) >= least


def eyes_alike(before: Looks, now: Looks) -> float:
    """The largest correlation of the eyes with a part of the later face near where they were, up to 1.

    Eyes of one grey are like nothing.
    """
    if not np.ptp(before.luma[_EYES]):
        return 0.0
    rows, columns = _EYES
    around = now.luma[
        rows.start - _REACH : rows.stop + _REACH, columns.start - _REACH : columns.stop + _REACH
    ]
    return float(cv2.matchTemplate(around, before.luma[_EYES], cv2.TM_CCOEFF_NORMED).max())


def bones_apart(before: Looks, now: Looks) -> float:
    """How far apart the shapes of two faces are: root mean square over the points, eyes' distances."""
    moved = _shape(before.mesh, before.pose) - _shape(now.mesh, now.pose)
    return math.sqrt(float((moved**2).sum(axis=1).mean()))


def find_again(signature: Signature, lost: list[Track]) -> Track | None:
    """The lost track that the signature clearly belongs to; None when unsure."""
    ranked = sorted((signature.distance(track.signature), i) for i, track in enumerate(lost))
    if not ranked or ranked[0][0] >= 1.0:
        return None
    if len(ranked) > 1 and ranked[1][0] < _CLEARLY * ranked[0][0]:
        return None
    return lost[ranked[0][1]]


def overlap(a: Array, b: Array) -> float:
    """Intersection over union of two boxes.

    >>> box = np.array([0, 0, 2, 2], dtype=np.float32)
    >>> round(overlap(box, box + np.array([1, 0, 1, 0], dtype=np.float32)), 3)
    0.333
    """
    width = min(float(a[2]), float(b[2])) - max(float(a[0]), float(b[0]))
    height = min(float(a[3]), float(b[3])) - max(float(a[1]), float(b[1]))
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(a) + _area(b) - shared)


def box_of(mesh: Array) -> Array:
    """The box around a mesh. Shape (4,)."""
    return np.concatenate([mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)])


def in_picture(box: Array, rgb: Picture) -> bool:
    """Whether at least half of a box lies in the picture.

    >>> in_picture(np.array([-8, 0, 2, 10], dtype=np.float32), np.zeros((20, 20, 3), dtype=np.uint8))
    False
    """
    height, width = rgb.shape[:2]
    inside = np.clip(box, 0, (width, height, width, height))
    return _area(inside) >= 0.5 * _area(box) > 0


def _area(box: Array) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _shape(mesh: Array, pose: Pose) -> Array:
    """The points as they would lie on a frontal face, less those of the mean face. Shape (468, 2)."""
    flat = (mesh[:, :2] - pose.shift_px) / pose.scale_px * np.array([1, -1], dtype=np.float32)
    flat = flat - MEAN[:, 2:] * pose.rotation[:2, 2]
    own: Array = np.linalg.solve(pose.rotation[:2, :2], flat.T).T - MEAN[:, :2]
    return own.astype(np.float32)


def _thumbnail(crop: Picture) -> Array:
    """Shape (10, 9, 3)."""
    small = cv2.resize(crop[40:200, 40:184], _THUMB, interpolation=cv2.INTER_AREA)
    logarithms: Array = np.log(small.astype(np.float32) + np.float32(_DARKEST))
    return logarithms
