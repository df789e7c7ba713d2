"""Codes of people and of Telltale on one grid of time, cell by cell, so that they can be compared.

A cell holds what a coder saw for most of it: of the names and none what took most of its time, if half of it
was coded. Telltale's is what has the highest mean score over its rows, if half of them were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.channels import RATE_HZ
from telltale.host.human_codes import NONE, HumanCode
from telltale.host.kappa import MISSING, Codes
from telltale.signs.coding_file import CodedFace

Array = npt.NDArray[np.float64]

_COVERED: Final = 0.5
_SLACK: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class CodeGrid:
    """N cells: those of the first recording, then of the second, ..."""

    every_s: float
    names: tuple[str, ...]
    """The expressions; code 0 is none, code k the k-th of them from 1."""
    coders: tuple[str, ...]
    recordings: tuple[str, ...]
    recording: Codes
    """Shape (N,): which recording each cell is of."""
    start_s: Array
    """Shape (N,): where each cell begins."""
    codes: Codes
    """Shape (coders, N); `MISSING` where not coded."""
    strength: Array
    """Shape (coders, N, E): intensity of each expression, 0 where another shows; NaN where not known."""


def lay(
    codes: Sequence[HumanCode], names: Sequence[str], *, every_s: float, unmarked_is_none: bool = False
) -> CodeGrid:
    """People's codes on a grid.

    Parameters
    ----------
    unmarked_is_none
        Whether a coder saw none of the expressions wherever they marked nothing, up to anybody's last mark in
        that recording. Otherwise that time counts as not coded.
    """
    coders = tuple(dict.fromkeys(code.coder for code in codes))
    recordings = tuple(dict.fromkeys(code.recording for code in codes))
    reached = [(code, *_cells(code, every_s)) for code in codes]
    cells = [max(int(w[-1]) for code, w, _ in reached if code.recording == name) + 1 for name in recordings]
    first = np.concatenate([[0], np.cumsum(cells)])
    time = np.zeros((len(coders), int(first[-1]), len(names) + 1))
    strength = np.zeros_like(time)
    for code, which, share in reached:
        row, place = coders.index(code.coder), int(first[recordings.index(code.recording)])
        column = 0 if code.expression == NONE else 1 + list(names).index(code.expression)
        time[row, place + which, column] += share
        strength[row, place + which, column] += share * (np.nan if code.intensity is None else code.intensity)
    if unmarked_is_none:
        pairs = {(code.coder, code.recording) for code in codes}
        took = np.array([[(name, recording) in pairs for recording in recordings] for name in coders])
        coded = np.repeat(took, cells, axis=1)
        time[..., 0] += np.where(coded, np.clip(1 - time.sum(axis=2), 0.0, 1.0), 0.0)
    return CodeGrid(
        every_s=every_s,
        names=tuple(names),
        coders=coders,
        recordings=recordings,
        recording=np.repeat(np.arange(len(recordings)), cells),
        start_s=np.concatenate([every_s * np.arange(count) for count in cells]),
        codes=_most(time),
        strength=_strength(time, strength),
    )


def lay_reading(grid: CodeGrid, faces: dict[str, CodedFace]) -> tuple[Codes, Array]:
    """Telltale's codes on a grid of people's.

    Parameters
    ----------
    faces
        By recording, as the people name it.

    Returns
    -------
    Codes, shape (N,), and mean scores, shape (N, E), NaN where less than half was read.
    """
    codes = np.full(len(grid.recording), MISSING)
    scores = np.full((len(grid.recording), len(grid.names)), np.nan)
    for number, name in enumerate(grid.recordings):
        if name in faces:
            cells = np.flatnonzero(grid.recording == number)
            means = _means(faces[name], grid, len(cells))
            read = np.isfinite(means[:, 0])
            codes[cells[read]] = means[read].argmax(axis=1)
            scores[cells] = means[:, 1:]
    return codes, scores


def majority(codes: Codes, count: int) -> Codes:
    """What most coders gave in each cell, shape (N,); `MISSING` where no one code has the most of the votes.

    >>> majority(np.array([[1, 1, 0, -1], [1, 2, 0, 2], [0, 0, -1, -1]]), 3).tolist()
    [1, -1, 0, 2]
    """
    given = votes(codes, count)
    best = given.max(axis=1)
    alone = (given == best[:, None]).sum(axis=1) == 1
    return np.where(alone & (best > 0), given.argmax(axis=1), MISSING)


def votes(codes: Codes, count: int) -> Array:
    """How many coders gave each code, shape (N, count)."""
    return np.stack([(codes == code).sum(axis=0) for code in range(count)], axis=1).astype(np.float64)


def _cells(code: HumanCode, every_s: float) -> tuple[Codes, Array]:
    """The cells that a code reaches into, and how much of each it takes; a moment takes its cell whole."""
    if code.end_s == code.start_s:
        return np.array([int(code.start_s / every_s + _SLACK)]), np.ones(1)
    first, stop = int(code.start_s / every_s + _SLACK), int(np.ceil(code.end_s / every_s - _SLACK))
    which = np.arange(first, max(stop, first + 1))
    start, end = np.maximum(which, code.start_s / every_s), np.minimum(which + 1, code.end_s / every_s)
    return which, end - start


def _most(time: Array) -> Codes:
    """What took most of each cell, shape (coders, N)."""
    coded = time.sum(axis=2) >= _COVERED - _SLACK
    return np.where(coded, time.argmax(axis=2), MISSING)


def _strength(time: Array, strength: Array) -> Array:
    """Mean intensity over the coded part of each cell, shape (coders, N, E)."""
    coded = time.sum(axis=2, keepdims=True)
    mean: Array = strength[..., 1:] / np.maximum(coded, _SLACK)
    # Where one expression has no intensity the coder gave none in this cell, of whatever showed.
    known = np.isfinite(mean).all(axis=2, keepdims=True) & (coded >= _COVERED - _SLACK)
    return np.where(known, mean, np.nan)


def _means(face: CodedFace, grid: CodeGrid, cells: int) -> Array:
    """Mean scores of none and of each expression of the grid in each cell, shape (cells, 1 + E)."""
    coding = face.coding
    columns = np.array([coding.names.index(name) if name in coding.names else -1 for name in grid.names])
    scores = np.where(columns >= 0, coding.scores[:, columns], 0.0)
    values = np.column_stack([coding.rest, scores]).astype(np.float64)
    cell = np.ceil(coding.times_s / grid.every_s - _SLACK).astype(np.int64) - 1
    good = np.isfinite(coding.rest) & (cell >= 0) & (cell < cells)
    sums, rows = np.zeros((cells, values.shape[1])), np.zeros(cells)
    np.add.at(sums, cell[good], values[good])
    np.add.at(rows, cell[good], 1.0)
    enough = rows >= _COVERED * grid.every_s * RATE_HZ - _SLACK
    return np.where(enough[:, None], sums / np.maximum(rows, 1)[:, None], np.nan)
