"""Where detectors look: the fixed grid of places and sizes which their outputs are relative to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def cell_centres(rows: int, columns: int) -> Array:
    """Centres of a grid's cells, row by row.

    Returns
    -------
    Array
        Shape (rows * columns, 2): x, y in cells.

    >>> cell_centres(1, 3).tolist()
    [[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]]
    """
    y, x = np.mgrid[:rows, :columns]
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32) + np.float32(0.5)


def blazeface_anchors(input_px: int, layers: Sequence[tuple[int, int]]) -> Array:
    """Centres of BlazeFace's anchors; it has no anchor sizes, its boxes are relative to the input.

    Parameters
    ----------
    input_px
        Width and height of the network's input.
    layers
        Stride in pixels and anchors in a cell, of each grid.

    Returns
    -------
    Array
        Shape (N, 2): x, y as shares of the input.

    Notes
    -----
    Bazarevsky et al. (2019), "BlazeFace: sub-millisecond neural face detection on mobile GPUs": two anchors
    in each of the 16 x 16 cells and six in each of the 8 x 8.

    >>> len(blazeface_anchors(128, [(8, 2), (16, 6)])), len(blazeface_anchors(192, [(4, 1)]))
    (896, 2304)
    """
    grids = []
    for stride_px, in_cell in layers:
        cells = input_px // stride_px
        grids.append(np.repeat(cell_centres(cells, cells) / np.float32(cells), in_cell, axis=0))
    return np.concatenate(grids)


def retinaface_priors(
    width_px: int, height_px: int, strides_px: Sequence[int], sizes_px: Sequence[Sequence[int]]
) -> Array:
    """RetinaFace's priors: at each cell of each grid one square of each of the grid's sizes.

    Returns
    -------
    Array
        Shape (N, 3): x, y of the centre and side, pixels of the input; by grid, row, column, size.

    Notes
    -----
    Deng et al. (2020), "RetinaFace: single-shot multi-level face localisation in the wild".

    >>> retinaface_priors(16, 8, [8], [(16, 32)]).tolist()
    [[4.0, 4.0, 16.0], [4.0, 4.0, 32.0], [12.0, 4.0, 16.0], [12.0, 4.0, 32.0]]
    """
    grids = []
    for stride_px, sides in zip(strides_px, sizes_px, strict=True):
        centres = cell_centres(-(-height_px // stride_px), -(-width_px // stride_px)) * np.float32(stride_px)
        side_px = np.tile(np.array(sides, np.float32), len(centres))
        grids.append(np.column_stack([np.repeat(centres, len(sides), axis=0), side_px]))
    return np.concatenate(grids)
