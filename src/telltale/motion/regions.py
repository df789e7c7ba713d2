"""Where each unit shows: 17 regions, one for each unit in the order of `channels.ACTION_UNITS`.

A region is a parallelogram that lies across the face's midline, so that the mirrored face has the same
regions. It is laid out from the 68 points: its middle is the mean of some of them, shifted down the face by
a share of the nose's length N (from its root, point 27, to its base, point 33); its half width is a share of
the distance E between the outer corners of the eyes (points 36 and 45), its half height a share of N.
Neither E nor N changes with expression; the middle goes along with what moves.

All of it is linear in the points: one small matrix gives all the regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import ACTION_UNITS
from telltale.core.errors import FormatError

Array = npt.NDArray[np.float32]

CELLS: Final = 3
"""Cells of a region in each direction."""

CELL_SAMPLES: Final = 4
"""Samples of a cell in each direction."""

SAMPLES: Final = CELLS * CELL_SAMPLES
"""Samples of a region in each direction."""


@dataclass(frozen=True, slots=True)
class Region:
    """The region of one action unit."""

    action_unit: int
    middle: tuple[int, ...]
    """Of the 68 points, counted from 0; both of a pair or neither."""
    down: float
    """Shift of the middle towards the chin, as a share of N."""
    half_width: float
    """As a share of E."""
    half_height: float
    """As a share of N."""
    anatomy: str
    """What lies in it."""


REGION_TABLE: Final = (
    Region(1, (21, 22), -0.30, 0.36, 0.50, "inner brows and the middle of the forehead (inner frontalis)"),
    Region(2, tuple(range(17, 27)), -0.25, 0.74, 0.45, "brows, temples, outer forehead (outer frontalis)"),
    Region(4, (21, 22), 0.10, 0.55, 0.40, "inner half of the brows and the glabella (corrugator, procerus)"),
    Region(5, (37, 38, 43, 44), -0.10, 0.62, 0.22, "upper lids and their fold (levator palpebrae)"),
    Region(
        6, (40, 41, 46, 47), 0.45, 0.76, 0.42, "cheeks below the eyes, crow's feet (outer orbicularis oculi)"
    ),
    Region(7, (40, 41, 46, 47), 0.08, 0.62, 0.20, "lower lids and their pouch (inner orbicularis oculi)"),
    Region(9, (28, 29), 0.0, 0.30, 0.50, "bridge and sides of the nose (levator labii alaeque nasi)"),
    Region(
        10, (31, 35, 50, 52), -0.05, 0.44, 0.35, "nostrils, upper lip, upper nasolabial fold (levator labii)"
    ),
    Region(12, (48, 54), -0.25, 0.66, 0.50, "lip corners and the cheeks above them (zygomaticus major)"),
    Region(14, (48, 54), 0.0, 0.62, 0.25, "lip corners and the cheeks beside them (buccinator)"),
    Region(15, (48, 54), 0.30, 0.52, 0.35, "lip corners and the skin below them (depressor anguli oris)"),
    Region(17, (8, 57), -0.05, 0.32, 0.40, "chin boss and the skin below the lower lip (mentalis)"),
    Region(20, (48, 54), 0.10, 0.66, 0.35, "mouth, lower cheeks to the jaw (risorius, platysma)"),
    Region(23, (51, 57), 0.0, 0.40, 0.32, "both lips (orbicularis oris)"),
    Region(25, (57, 66), 0.05, 0.34, 0.28, "opening of the mouth and lower lip (depressor labii)"),
    Region(26, (8, 57), 0.0, 0.52, 0.55, "lower lip, chin, jaw line (masseter at rest)"),
    Region(
        45, tuple(range(36, 48)), 0.0, 0.62, 0.22, "eyes between the lids (lid part of orbicularis oculi)"
    ),
)
"""The regions and why they lie where they do."""


def region_samples(points68: Array) -> Array:
    """Where the flow is read: 12 x 12 places in each region, 4 x 4 in each of 3 x 3 cells.

    Parameters
    ----------
    points68
        Shape (68, 2), pixels of the crop.

    Returns
    -------
    Shape (17, 12, 12, 2), pixels of the crop: region, row from brow to chin, column from the subject's right
    to left, x and y.
    """
    middle, across, down = _frames(points68)
    samples: Array = (
        middle[:, None, None]
        + STEPS[None, None, :, None] * across[:, None, None]
        + STEPS[None, :, None, None] * down[:, None, None]
    )
    return samples


def inside_picture(points68: Array, size_px: tuple[int, int]) -> Array:
    """The share of each region that lies within a picture, shape (17,).

    Parameters
    ----------
    points68
        Shape (68, 2), pixels of the picture.
    size_px
        Its width and height.
    """
    places = region_samples(points68)
    within = (places > -0.5) & (places < np.array(size_px, dtype=np.float32) - 0.5)
    share: Array = within.all(axis=-1).mean(axis=(1, 2), dtype=np.float32)
    return share


def region_outlines(points68: Array) -> Array:
    """Corners of the regions for drawing, shape (17, 4, 2), pixels of the crop.

    From the brow's end on the subject's right, then the subject's left, clockwise in the picture.
    """
    middle, across, down = _frames(points68)
    return np.stack(
        [middle - across - down, middle + across - down, middle + across + down, middle - across + down],
        axis=1,
    )


def layout() -> Array:
    """The linear map from 68 points to middles, half widths and half heights, shape (3, 17, 68)."""
    return _LAYOUT.reshape(3, len(REGION_TABLE), 68)


def _frames(points68: Array) -> tuple[Array, Array, Array]:
    """Middle, half width and half height as vectors, shape (17, 2) each."""
    if points68.shape != (68, 2):
        raise FormatError(
            f"landmarks have shape {points68.shape}", hint="regions need the 68 points, (68, 2)"
        )
    frames = (_LAYOUT @ np.asarray(points68, np.float32)).reshape(3, len(REGION_TABLE), 2)
    return frames[0], frames[1], frames[2]


def _layout() -> Array:
    """The linear map from 68 points to middles, half widths and half heights, shape (51, 68)."""
    nose, eyes = np.zeros(68), np.zeros(68)
    nose[33], nose[27] = 1, -1
    eyes[45], eyes[36] = 1, -1
    rows = np.zeros((3, len(REGION_TABLE), 68))
    for i, region in enumerate(REGION_TABLE):
        rows[0, i, list(region.middle)] = 1 / len(region.middle)
        rows[0, i] += region.down * nose
        rows[1, i] = region.half_width * eyes
        rows[2, i] = region.half_height * nose
    return rows.reshape(-1, 68).astype(np.float32)


if tuple(region.action_unit for region in REGION_TABLE) != ACTION_UNITS:  # pragma: no cover
    raise AssertionError("the regions must stand in the order of the channels' action units")

_LAYOUT: Final = _layout()
STEPS: Final[Array] = ((np.arange(SAMPLES) + 0.5) / SAMPLES * 2 - 1).astype(np.float32)
"""Middles of the samples from -1 to 1 across a region."""
