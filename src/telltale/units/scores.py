"""Scores: how well classes, intensities and spotted events agree with what a coder or a renderer says.

Classes are scored as the Micro-Expression Grand Challenges do (See et al., FG 2019), over the predictions of
all folds together. Whatever was not read is NaN: it is left out and counted, never filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.units.data_clips import ClipLabel

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class: `f1` = 2 TP / (2 TP + FP + FN), `recall` = TP / (TP + FN)."""

    name: str
    count: int
    """How many there truly are."""
    f1: float
    """NaN where the class neither occurs nor is predicted."""
    recall: float
    """NaN where the class does not occur."""


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How well classes were told apart."""

    classes: tuple[ClassScore, ...]
    accuracy: float
    count: int

    @property
    def uf1(self) -> float:
        """Unweighted F1: the mean over classes, a rare one counting as much as a common one."""
        return _mean([score.f1 for score in self.classes])

    @property
    def uar(self) -> float:
        """Unweighted average recall."""
        return _mean([score.recall for score in self.classes])


def score_classes(truth: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> ClassScores:
    """Scores of all predictions together, those of every fold in one list.

    >>> scores = score_classes(["a", "a", "a", "b"], ["a", "a", "b", "b"], ["a", "b"])
    >>> round(scores.uf1, 3), round(scores.uar, 3)
    (0.733, 0.833)
    """
    if len(truth) != len(predicted):
        raise ValueError(f"{len(truth)} truths and {len(predicted)} predictions")
    if strange := {*truth, *predicted} - set(classes):
        raise ValueError(f"{sorted(strange)} are none of the classes {list(classes)}")
    true, said = np.array(truth, dtype=object), np.array(predicted, dtype=object)
    scores = []
    for name in classes:
        hits = int(((true == name) & (said == name)).sum())
        there, claimed = int((true == name).sum()), int((said == name).sum())
        scores.append(ClassScore(name, there, _ratio(2 * hits, there + claimed), _ratio(hits, there)))
    return ClassScores(tuple(scores), _ratio(int((true == said).sum()), len(true)), len(true))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One round of leaving somebody out."""

    left_out: str
    train: npt.NDArray[np.intp]
    """Indices of the clips to learn from."""
    test: npt.NDArray[np.intp]
    """Indices of the clips left out."""


def leave_one_out(groups: Sequence[str]) -> Iterator[Fold]:
    """One fold for each group, in the order of their names.

    >>> [(fold.left_out, fold.test.tolist()) for fold in leave_one_out(["b", "a", "b"])]
    [('a', [1]), ('b', [0, 2])]
    """
    names = np.array(groups, dtype=object)
    if len(set(groups)) < 2:
        raise ValueError("nobody can be left out where there are fewer than two")
    for name in sorted(set(groups)):
        yield Fold(name, np.flatnonzero(names != name), np.flatnonzero(names == name))


def leave_one_subject_out(clips: Sequence[ClipLabel]) -> Iterator[Fold]:
    """One fold for each person; subject 6 of one data set is not subject 6 of another."""
    return leave_one_out([clip.person for clip in clips])


def leave_one_dataset_out(clips: Sequence[ClipLabel]) -> Iterator[Fold]:
    """One fold for each data set; sets that film the same people are left out together."""
    return leave_one_out([clip.collection for clip in clips])


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two series of intensities agree, where both are there."""

    count: int
    left_out: int
    """Pairs of which one or both are NaN."""
    correlation: float
    """Pearson's; NaN where one of the two never changes."""
    icc: float
    """ICC(3,1); NaN where the correlation is."""
    mae: float
    rmse: float


def agree(truth: npt.ArrayLike, read: npt.ArrayLike) -> Agreement:
    """Compare what was read with what was there.

    Parameters
    ----------
    truth, read
        Shape (n,) each, or any shape that both have; NaN where there is nothing.

    >>> agree([0.0, 0.5, 1.0, np.nan], [0.1, 0.6, 1.1, 0.3])
    Agreement(count=3, left_out=1, correlation=1.0, icc=1.0, mae=0.1, rmse=0.1)
    """
    true, said = np.asarray(truth, dtype=np.float64), np.asarray(read, dtype=np.float64)
    if true.shape != said.shape:
        raise ValueError(f"shapes {true.shape} and {said.shape} differ")
    both = ~(np.isnan(true) | np.isnan(said))
    x, y = true[both], said[both]
    error, r = y - x, correlation(x, y)
    return Agreement(
        count=len(x),
        left_out=int(both.size - both.sum()),
        correlation=_tidy(r),
        icc=_tidy(icc31(np.stack([x, y], axis=1)) if np.isfinite(r) else r),
        mae=_tidy(float(np.abs(error).mean())) if len(x) else float("nan"),
        rmse=_tidy(float(np.sqrt((error**2).mean()))) if len(x) else float("nan"),
    )


def _tidy(value: float) -> float:
    """To twelve digits: sums of thousands of floats hold no more."""
    return float(f"{value:.12g}")


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's correlation of two series without gaps, NaN where one is constant or shorter than 2."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    return float(dx @ dy / np.sqrt((dx @ dx) * (dy @ dy)))


def icc31(ratings: npt.ArrayLike) -> float:
    """ICC(3,1): two-way mixed, consistency, a single rater (Shrout and Fleiss, Psychol Bull 86(2), 1979).

    ICC(3,1) = (BMS - EMS) / (BMS + (k - 1) EMS), with BMS the mean square between targets, n - 1 degrees of
    freedom, and EMS that of the residual, (n - 1)(k - 1). A constant offset between raters costs nothing, a
    different scale does. NaN where nothing varies.

    Parameters
    ----------
    ratings
        Shape (n, k): n targets by k raters; a row with a NaN is left out.
    """
    table = np.asarray(ratings, dtype=np.float64)
    table = table[~np.isnan(table).any(axis=1)]
    n, k = table.shape
    if n < 2 or k < 2:
        return float("nan")
    rows, columns, mean = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True), table.mean()
    between = k * float(((rows - mean) ** 2).sum()) / (n - 1)
    residual = float(((table - rows - columns + mean) ** 2).sum()) / ((n - 1) * (k - 1))
    return _ratio(between - residual, between + (k - 1) * residual)
