"""What refines the landmarks in the aligned face, and what stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from telltale.face.view import REGIONS, Array

CODE: Final = 64
"""Numbers that stand for how each half of a face looks."""
INPUT_PX: Final = 112
"""Width and height of the picture that the refinement network takes ..."""
WINDOW_PX: Final = 160
"""... of this much of the crop: brows to chin, ear to ear. Hair and walls say nothing of units."""
WINDOW_MIDDLE: Final = (111.5, 125.5)
"""Crop pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """What was made of one aligned face."""

    points68: Array
    """Shape (68, 2), crop pixels."""
    seen: Array
    """Shape (17,): how far each region is in sight, 0 hidden to 1."""
    still: Array
    """Shape (17, 2): what each unit looks like in this picture alone, left and right."""
    code: Array
    """Shape (CODE, 2): how the left and the right half look, to be held against another picture's code."""


class Refiner(Protocol):
    """Makes the most of one aligned face."""

    def refine(self, luma: Array, mesh68_in_crop: Array, /) -> Refined:
        """
        Parameters
        ----------
        luma
            Shape (224, 224), 0 to 255.
        mesh68_in_crop
            Shape (68, 2), FaceMesh's points in crop pixels.
        """
        ...


class PlainRefiner:
    """Takes FaceMesh's points as they are, every region as in sight, every unit as at rest.

    >>> points = np.ones((68, 2), dtype=np.float32)
    >>> refined = PlainRefiner().refine(np.zeros((224, 224), dtype=np.float32), points)
    >>> bool((refined.points68 == points).all()), float(refined.seen.min()), float(refined.still.max())
    (True, 1.0, 0.0)
    """

    def refine(self, luma: Array, mesh68_in_crop: Array, /) -> Refined:
        del luma
        return Refined(
            mesh68_in_crop,
            np.ones(REGIONS, dtype=np.float32),
            np.zeros((REGIONS, 2), dtype=np.float32),
            np.zeros((CODE, 2), dtype=np.float32),
        )
