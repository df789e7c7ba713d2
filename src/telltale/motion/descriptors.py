"""What a flow field says of each region, in numbers.

`describe` turns motion into histograms of directions: each region has 3 x 3 cells, each cell 8 directions,
45 degrees apart, the first towards the picture's right (the subject's left), then on towards the chin. A
sample adds its length to the two directions next to its own, in proportion to how near they are. The
directions lie so that the mirrored face has the same numbers in another order, exactly.

    h(cell, k) = sum_i w_i max(|u_i| - dead, 0) max(0, 1 - |angle_i - 45 k| / 45) / sum_i w_i

Flow of a still face is never quite 0: lengths below `DEAD_ZONE_PX` count as none, and all others are
shortened by as much, so that nothing jumps.

`displacements` keeps the vectors themselves, for flow against the neutral: a mean for each cell of each half.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.face.view import REGIONS
from telltale.motion import planes
from telltale.motion.flow import FlowField
from telltale.motion.regions import CELL_SAMPLES, CELLS, SAMPLES

Array = npt.NDArray[np.float32]

DIRECTIONS: Final = 8
DESCRIPTOR_SIZE: Final = REGIONS * CELLS * CELLS * DIRECTIONS
"""1,224 numbers a frame."""

DEAD_ZONE_PX: Final = 0.03
"""About the median error of flow at 0.1 px under noise of 2 grey levels (`benchmarks/flow_accuracy.py`)."""

LEAST_WEIGHT: Final = 0.02
"""Mean trust at which a cell counts half: what cannot be seen has not moved."""

_MIRRORED_DIRECTIONS: Final = (DIRECTIONS // 2 - np.arange(DIRECTIONS)) % DIRECTIONS


def describe(field: FlowField, samples: Array) -> Array:
    """Histograms of directions, weighted by length of motion and by trust.

    Parameters
    ----------
    field
        Flow of the crop.
    samples
        Shape (17, 12, 12, 2), of `region_samples`.

    Returns
    -------
    Shape (17, 3, 3, 8), pixels of the crop: region, row, column from the subject's right, direction.
    `.reshape(1224)` is the frame's descriptor.
    """
    u, v, weight = (plane.ravel() for plane in _read(field, samples))
    length = np.sqrt(u * u + v * v)
    size = np.maximum(length - np.float32(DEAD_ZONE_PX), 0) * weight
    turn = np.arctan2(v, u) * np.float32(DIRECTIONS / (2 * np.pi))
    first = np.floor(turn)
    upper = size * (turn - first)
    bins = _CELL_OF_SAMPLE * DIRECTIONS + (first.astype(np.intp) & (DIRECTIONS - 1))
    after = _CELL_OF_SAMPLE * DIRECTIONS + ((first.astype(np.intp) + 1) & (DIRECTIONS - 1))
    sums = np.bincount(bins, size - upper, DESCRIPTOR_SIZE) + np.bincount(after, upper, DESCRIPTOR_SIZE)
    total = np.bincount(_CELL_OF_SAMPLE, weight, REGIONS * CELLS * CELLS)
    shares = sums.reshape(-1, DIRECTIONS) / (total + LEAST_WEIGHT * CELL_SAMPLES**2)[:, None]
    return shares.astype(np.float32).reshape(REGIONS, CELLS, CELLS, DIRECTIONS)


def mirror_descriptors(descriptors: Array) -> Array:
    """Descriptors of the mirrored face, shape (..., 17, 3, 3, 8): the same numbers in another order."""
    mirrored: Array = descriptors[..., ::-1, :][..., _MIRRORED_DIRECTIONS]
    return mirrored


MIRROR_ORDER: Final[npt.NDArray[np.intp]] = (
    np.arange(DESCRIPTOR_SIZE)
    .reshape(REGIONS, CELLS, CELLS, DIRECTIONS)[:, :, ::-1][..., _MIRRORED_DIRECTIONS]
    .ravel()
)
"""Shape (1224,): a frame's descriptor `d` of the mirrored face is `d[MIRROR_ORDER]`."""


def displacements(field: FlowField, samples: Array) -> Array:
    """Mean motion in 3 x 3 cells of each half of each region, weighted by trust.

    Parameters
    ----------
    field
        Flow of the crop, against the neutral face as a rule.
    samples
        Shape (17, 12, 12, 2), of `region_samples`.

    Returns
    -------
    Shape (17, 2, 3, 3, 2), pixels of the crop: region, the subject's left then right half, row, column from
    the outside to the midline, then motion away from the midline and motion down. Mirroring the face swaps
    the halves and changes nothing else.
    """
    u, v, weight = _read(field, samples)
    values = np.empty((3, *weight.shape), np.float32)
    np.multiply(u, weight, out=values[0])
    np.multiply(v, weight, out=values[1])
    values[2] = weight
    # Added slice by slice: sums along short inner axes are slow.
    lines = values.reshape(-1, CELL_SAMPLES, SAMPLES)
    rows = sum((lines[:, k] for k in range(1, CELL_SAMPLES)), start=lines[:, 0])
    halves = rows.reshape(-1, CELL_SAMPLES // 2)
    sums = sum((halves[:, k] for k in range(1, CELL_SAMPLES // 2)), start=halves[:, 0])
    across, down, total = sums.reshape(3, REGIONS, CELLS, 2 * CELLS)
    total = total + np.float32(LEAST_WEIGHT * CELL_SAMPLES**2 / 2)
    means = np.empty((REGIONS, 2, CELLS, CELLS, 2), np.float32)
    for plane, sign, into in ((across / total, -1, means[..., 0]), (down / total, 1, means[..., 1])):
        into[:, 0] = plane[:, :, : CELLS - 1 : -1]
        np.multiply(plane[:, :, :CELLS], np.float32(sign), out=into[:, 1])
    return means


def _read(field: FlowField, samples: Array) -> tuple[Array, Array, Array]:
    """u, v and weight at the samples, shape (17 * 12, 12) each."""
    scale = np.float32(1 / field.step_px)
    places = (samples.reshape(REGIONS * SAMPLES, SAMPLES, 2) + np.float32(0.5)) * scale - np.float32(0.5)
    x, y = planes.split(places)
    u, v = planes.split(field.flow)
    return planes.sample(u, x, y), planes.sample(v, x, y), planes.sample(field.weight, x, y)


def _cell_of_sample() -> npt.NDArray[np.intp]:
    """The number of each sample's cell, shape (17 * 12 * 12,)."""
    region, row, column = np.unravel_index(
        np.arange(REGIONS * SAMPLES * SAMPLES), (REGIONS, SAMPLES, SAMPLES)
    )
    cell: npt.NDArray[np.intp] = (region * CELLS + row // CELL_SAMPLES) * CELLS + column // CELL_SAMPLES
    return cell


_CELL_OF_SAMPLE: Final = _cell_of_sample()
