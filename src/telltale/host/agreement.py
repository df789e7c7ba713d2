"""How far people who code a host's expressions agree with one another, and Telltale with them.

Everything is on a grid of time (`code_grid`). Over all names at once: kappa for each pair, Fleiss' kappa and
Krippendorff's alpha where there are more than two. For each expression the same on "shows or not", with how
often it was seen and how far coders agree on yes and on no: kappa falls with rarity, and those two say why.
Intervals leave out one recording after another, or one block of time where recordings are few (`jackknifed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.host.code_grid import Array, CodeGrid, lay_reading, majority, votes
from telltale.host.icc import Icc, icc
from telltale.host.kappa import (
    MISSING,
    Codes,
    Interval,
    cohen,
    coincidences,
    crossed,
    fleiss,
    jackknifed,
    krippendorff,
    yes_and_no,
)
from telltale.signs.coding_file import CodedFace

MACHINE: Final = "telltale"
"""The coder whose codes are Telltale's own, in a table or from readings."""
MAJORITY: Final = "majority"
LEAST_RECORDINGS: Final = 5
"""Fewer recordings say too little of how recordings differ: blocks of time are left out instead."""
BLOCK_S: Final = 30.0
"""Length of a block: expressions of one moment are alike, those of half a minute later hardly."""
_LEAST_CELLS: Final = 10


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two coders over all names at once."""

    one: str
    other: str
    cells: int
    """Coded by both."""
    same: float
    """Share of them in which both gave the same."""
    kappa: Interval


@dataclass(frozen=True, slots=True)
class OnOne:
    """Whether coders agree that one expression shows."""

    measure: Interval
    """Cohen's kappa of two, Krippendorff's alpha of more."""
    yes: float
    """Of all yes, the share that another gave too."""
    no: float


@dataclass(frozen=True, slots=True)
class ExpressionAgreement:
    """One expression that somebody saw."""

    name: str
    people_share: float
    """How often people saw it: share of the cells they coded, all people's together."""
    majority_share: float
    """How often people's majority gave it: share of the cells in which it is held against Telltale; NaN
    without it."""
    machine_share: float
    """How often Telltale gave it: share of all cells it read; NaN without it."""
    people: OnOne | None
    """Among the people; None where there is one alone."""
    machine: OnOne | None
    """Telltale against the people's majority."""
    strength: Icc | None
    """Of intensities, among the people."""
    strength_machine: Icc | None
    """Telltale's mean score beside the people's mean intensity."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """All comparisons."""

    people: tuple[str, ...]
    recordings: tuple[str, ...]
    every_s: float
    cells: int
    clusters: int
    by_recording: bool
    """Whether intervals leave out recordings; else blocks of `block_s`."""
    block_s: float
    pairs: tuple[PairAgreement, ...]
    """Of the people."""
    fleiss: float
    """NaN for fewer than three people, or where no cell was coded by all."""
    alpha: Interval | None
    """None for fewer than three people."""
    no_majority: float
    """Share of the cells coded by anybody in which no one code has the most votes."""
    machine: tuple[PairAgreement, ...]
    """Telltale with each of the people and with their majority."""
    expressions: tuple[ExpressionAgreement, ...]
    """Those that anybody saw, most often first."""


def agree(grid: CodeGrid, faces: Mapping[str, CodedFace] | None = None) -> Agreement:
    """Compare all coders of a grid.

    Parameters
    ----------
    grid
        People's codes; a coder named `MACHINE` counts as Telltale.
    faces
        Telltale's codes by recording, in place of that coder.
    """
    people = [k for k, name in enumerate(grid.coders) if name != MACHINE]
    codes = grid.codes[people]
    machine, scores = _machine(grid, faces)
    names = tuple(grid.coders[k] for k in people)
    count = len(grid.names) + 1
    cluster, by_recording, block_s = _clusters(grid)
    most = majority(codes, count)
    coded = (codes != MISSING).any(axis=0)
    compare = partial(_pair, cluster=cluster, count=count)
    against = []
    if machine is not None:
        against = [compare(name, row, MACHINE, machine) for name, row in zip(names, codes, strict=True)]
        against += [compare(MAJORITY, most, MACHINE, machine)] if len(names) > 1 else []
    several = len(names) > 2
    return Agreement(
        people=names,
        recordings=grid.recordings,
        every_s=grid.every_s,
        cells=int(coded.sum()),
        clusters=len(np.unique(cluster[coded])),
        by_recording=by_recording,
        block_s=block_s,
        pairs=tuple(
            compare(names[i], codes[i], names[j], codes[j])
            for i in range(len(names))
            for j in range(i + 1, len(names))
        ),
        fleiss=fleiss(votes(codes[:, (codes != MISSING).all(axis=0)], count)) if several else np.nan,
        alpha=jackknifed(_coincidences(codes, cluster, count), krippendorff) if several else None,
        no_majority=float((most[coded] == MISSING).mean()) if coded.any() else np.nan,
        machine=tuple(against),
        expressions=_expressions(grid, people, machine, most, scores, cluster),
    )


def _machine(grid: CodeGrid, faces: Mapping[str, CodedFace] | None) -> tuple[Codes | None, Array | None]:
    if faces is not None:
        return lay_reading(grid, dict(faces))
    if MACHINE in grid.coders:
        row = grid.coders.index(MACHINE)
        return grid.codes[row], grid.strength[row]
    return None, None


def _clusters(grid: CodeGrid) -> tuple[Codes, bool, float]:
    """Which cluster each cell is of, shape (N,); whether they are recordings; the length of a block."""
    if len(grid.recordings) >= LEAST_RECORDINGS:
        return grid.recording, True, np.nan
    block_s = max(BLOCK_S, _LEAST_CELLS * grid.every_s)
    block = np.floor(grid.start_s / block_s + 1e-9).astype(np.int64)
    _, cluster = np.unique(grid.recording * (block.max() + 1) + block, return_inverse=True)
    return cluster.astype(np.int64), False, block_s


def _pair(
    one: str, one_codes: Codes, other: str, other_codes: Codes, *, cluster: Codes, count: int
) -> PairAgreement:
    tables = _crossed(one_codes, other_codes, cluster, count)
    whole = tables.sum(axis=0)
    cells = int(whole.sum())
    same = float(np.trace(whole) / cells) if cells else np.nan
    return PairAgreement(one, other, cells, same, jackknifed(tables, cohen))


def _crossed(one: Codes, other: Codes, cluster: Codes, count: int) -> Array:
    """A crossed table for each cluster, shape (clusters, count, count)."""
    return np.stack([crossed(one[of], other[of], count) for of in _rows(cluster)])


def _coincidences(codes: Codes, cluster: Codes, count: int) -> Array:
    given = votes(codes, count)
    return np.stack([coincidences(given[of]) for of in _rows(cluster)])


def _rows(cluster: Codes) -> list[npt.NDArray[np.intp]]:
    """The cells of each cluster."""
    order = np.argsort(cluster, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)


def _expressions(
    grid: CodeGrid,
    people: list[int],
    machine: Codes | None,
    most: Codes,
    scores: Array | None,
    cluster: Codes,
) -> tuple[ExpressionAgreement, ...]:
    codes = grid.codes[people]
    given = int((codes != MISSING).sum())
    found = []
    for k, name in enumerate(grid.names):
        yes = [_yes(row, k + 1) for row in codes]
        machine_yes = None if machine is None else _yes(machine, k + 1)
        seen = sum(int((row == 1).sum()) for row in yes)
        by_machine = 0 if machine_yes is None else int((machine_yes == 1).sum())
        if not seen and not by_machine:
            continue
        read = np.nan if machine is None else float((machine != MISSING).sum())
        found.append(
            ExpressionAgreement(
                name=name,
                people_share=seen / max(given, 1),
                majority_share=np.nan if machine is None else _share_of(k + 1, most[machine != MISSING]),
                machine_share=by_machine / read if read else np.nan,
                people=_among(yes, cluster),
                machine=None if machine_yes is None else _on_one(_yes(most, k + 1), machine_yes, cluster),
                strength=_strength(grid.strength[people][..., k]),
                strength_machine=None if scores is None else _beside(grid, people, k, scores),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.people_share, one.name)))


def _share_of(code: int, codes: Codes) -> float:
    """Share of the cells with any code in which it is this one."""
    given = codes[codes != MISSING]
    return float((given == code).mean()) if given.size else np.nan


def _yes(codes: Codes, code: int) -> Codes:
    """1 where this code was given, 0 where another was, `MISSING` where none."""
    return np.where(codes == MISSING, MISSING, (codes == code).astype(np.int64))


def _on_one(one: Codes, other: Codes, cluster: Codes) -> OnOne:
    tables = _crossed(one, other, cluster, 2)
    return OnOne(jackknifed(tables, cohen), *yes_and_no(tables.sum(axis=0)))


def _among(yes: list[Codes], cluster: Codes) -> OnOne | None:
    if len(yes) < 2:
        return None
    if len(yes) == 2:
        return _on_one(yes[0], yes[1], cluster)
    tables = _coincidences(np.stack(yes), cluster, 2)
    return OnOne(jackknifed(tables, krippendorff), *yes_and_no(tables.sum(axis=0)))


def _strength(ratings: Array) -> Icc | None:
    """Of ratings, shape (coders, N): over the cells that all of them rated; None where nobody gave any."""
    rated = np.isfinite(ratings).all(axis=0)
    if not ratings[:, rated].any():
        return None
    return icc(ratings[:, rated].T)


def _beside(grid: CodeGrid, people: list[int], k: int, scores: Array) -> Icc | None:
    mean = grid.strength[people][..., k].mean(axis=0)
    if not np.nan_to_num(mean).any():
        return None
    return _strength(np.stack([mean, scores[:, k]]))
