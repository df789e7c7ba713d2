"""A face that was found in a picture, and what every detector promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.media.frame import Picture

Array = npt.NDArray[np.float32]

POINTS: Final = ("right_eye", "left_eye", "nose", "mouth")
"""The first four points of every detection, right and left being the subject's own. Each detector has two
more: BlazeFace the ears, RetinaFace the corners of the mouth, right first."""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face.

    Lengths are pixels of the picture: x right, y down, (0, 0) the outer corner of the first pixel. A face
    that is cut off by the picture's edge has a box and points beyond it.
    """

    box: Array
    """Shape (4,): x0, y0, x1, y1."""
    score: float
    """How sure the detector is, 0 to 1; scores of different detectors do not compare."""
    points: Array
    """Shape (6, 2): see `POINTS`."""

    def point(self, name: str) -> Array:
        """One of the four points that each detector gives, shape (2,).

        >>> box = np.array([0, 0, 9, 9], dtype=np.float32)
        >>> face = Detection(box, 0.9, np.arange(12, dtype=np.float32).reshape(6, 2))
        >>> face.point("nose")
        array([4., 5.], dtype=float32)
        """
        found: Array = self.points[POINTS.index(name)]
        return found


def check_picture(rgb: Picture) -> None:
    """Refuse what is no picture.

    >>> check_picture(np.zeros((4, 4), np.uint8))
    Traceback (most recent call last):
        ...
    telltale.core.errors.FormatError: a picture was given as uint8 (4, 4): give RGB as uint8 (H, W, 3)
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        message = f"a picture was given as {rgb.dtype} {rgb.shape}"
        raise FormatError(message, hint="give RGB as uint8 (H, W, 3)")


class Detector(Protocol):
    """Finds faces in a picture of any size."""

    def detect(self, rgb: Picture) -> list[Detection]:
        """The faces, the surest first; none where there is none."""
        ...
