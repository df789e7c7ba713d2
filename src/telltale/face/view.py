"""What is known of one face in one frame, handed from the face to motion and to the units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

CROP_PX: Final = 224
"""Width and height of the aligned face."""

REGIONS: Final = 17
"""One region for each action unit, in the order of `channels.ACTION_UNITS`."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where a head stands: a rigid mean face, turned, scaled and put into the picture.

    A point p of the mean face (unit: its eyes' distance; x to the subject's left, y up, z out of the face)
    lies at `scale_px * (rotation @ p)[:2] * (1, -1) + shift_px` in the picture.
    """

    yaw: float
    """Radians, positive when the head turns to the subject's own left."""
    pitch: float
    """Radians, positive up."""
    roll: float
    """Radians, positive when it leans to the subject's left shoulder."""
    rotation: Array
    """Shape (3, 3)."""
    scale_px: float
    """Pixels of the picture for one eyes' distance."""
    shift_px: Array
    """Shape (2,)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a face can be seen."""

    face_size: float
    """Width of the face as a share of the picture's width."""
    brightness: float
    """Mean luma of the face, 0 to 1."""
    noise: float
    """Standard deviation of the picture's noise in luma, 0 to 1."""
    blur: float
    """0 sharp to 1 nothing but blur."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """One face in one frame that was found and may be read.

    Points are pixels of the picture (x right, y down) or of the aligned crop, as said; whole numbers are the
    centres of pixels. The subject's left is the picture's right.
    """

    track: str
    """Who of those in the picture: the same name as long as the face is followed or found again."""
    index: int
    time_s: float
    mesh: Array
    """Shape (468, 3): FaceMesh points in the picture, z on the same scale, negative towards the camera."""
    points68: Array
    """Shape (68, 2): the 68 points in the picture, refined."""
    presence: float
    """How sure it is that a face is here, 0 to 1."""
    pose: Pose
    gaze: Array
    """Shape (2,): gaze_x, gaze_y in radians; NaN where the eyes were shut or not seen."""
    to_crop: Array
    """Shape (2, 3): the affine map from picture to crop pixels."""
    luma: Array
    """Shape (224, 224): luma of the aligned face, 0 to 255."""
    quality: Quality
    size_px: tuple[int, int]
    """Width and height of the picture."""
    seen: Array
    """Shape (17,): how far each region seems to be in sight, 0 hidden to 1, where the picture reaches."""
    still: Array
    """Shape (17, 2): what each unit looks like in this picture alone, left and right."""
    code: Array
    """Shape (CODE, 2): how the left and the right half look, as the refinement network sees it."""


def to_crop_points(points: Array, to_crop: Array) -> Array:
    """Points of the picture in crop pixels.

    Parameters
    ----------
    points
        Shape (N, 2).
    to_crop
        Shape (2, 3).

    >>> shift = np.array([[1, 0, 5], [0, 1, -5]], dtype=np.float32)
    >>> to_crop_points(np.array([[1, 9]], dtype=np.float32), shift)
    array([[6., 4.]], dtype=float32)
    """
    moved: Array = points @ to_crop[:, :2].T + to_crop[:, 2]
    return moved
