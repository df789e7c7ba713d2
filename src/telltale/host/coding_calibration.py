"""How honest a coder's probabilities are, in all rows and in parts of them.

    ECE = sum over bins of (rows in the bin / all rows) |mean probability - share that was right|

of the strongest probability of each row. Parts are picked in two ways. By what the coder says (an expression
leads, rest leads), or with rest left out where an expression is known to show: there an honest coder's ECE is
0 but for chance. And by what truly shows (expressions, rest in silence, rest while talking): there it is not.
Whoever picks the rows that are at rest has told the coder's doubt apart from its cause, and a coder that is
right in .95 of the rows where it says .87 may still be honest in all rows. So beside stands what a coder
would get whose probabilities p are exactly right, from these same probabilities:

    row i is in the part with the weight w_i = p_i(part), and right there with p_i(strongest, part) / w_i
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Part = Literal["all", "expression told", "rest told", "which", "expressions", "rest", "talking"]

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose strongest probability lies in one range."""

    low: float
    rows: int
    probability: float
    """Mean of it."""
    right: float
    """Share in which what it is of was shown."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probabilities in one part of the rows."""

    part: Part
    bins: tuple[Bin, ...]
    """Those that have rows."""
    of_honest: float
    """The ECE of a coder whose probabilities are exactly right; 0 where the part is not picked by truth."""

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(one.rows for one in self.bins)

    @property
    def error(self) -> float:
        """The ECE; NaN without rows."""
        apart = sum(one.rows * abs(one.probability - one.right) for one in self.bins)
        return apart / self.rows if self.rows else float("nan")


def calibrations(
    scores: Array, label: npt.NDArray[np.intp], talks: npt.NDArray[np.bool_]
) -> tuple[Calibration, ...]:
    """Of all rows, and of each part.

    Parameters
    ----------
    scores
        Shape (T, E + 1): expressions, `rest` last.
    label
        Shape (T,): which of them shows.
    talks
        Shape (T,).

    >>> scores = np.array([[0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    >>> every, *_ = calibrations(scores, np.array([0, 1, 1]), np.array([False, False, True]))
    >>> every.rows, round(every.error, 3)
    (3, 0.133)
    """
    rest = scores.shape[1] - 1
    leads, shown = scores.argmax(axis=1) < rest, label < rest
    which = scores[shown, :-1] / np.maximum(scores[shown, :-1].sum(axis=1, keepdims=True), 1e-9)
    quiet, spoken = ~shown & ~talks, ~shown & talks
    return (
        Calibration("all", _bins(scores, label), 0.0),
        Calibration("expression told", _bins(scores[leads], label[leads]), 0.0),
        Calibration("rest told", _bins(scores[~leads], label[~leads]), 0.0),
        Calibration("which", _bins(which, label[shown]), 0.0),
        Calibration("expressions", _bins(scores[shown], label[shown]), _of_honest(scores, shown=True)),
        Calibration("rest", _bins(scores[quiet], label[quiet]), _of_honest(scores[~talks])),
        Calibration("talking", _bins(scores[spoken], label[spoken]), _of_honest(scores[talks])),
    )


def _bins(scores: Array, label: npt.NDArray[np.intp]) -> tuple[Bin, ...]:
    if not len(scores):
        return ()
    sure, right = scores.max(axis=1), scores.argmax(axis=1) == label
    place = _place(sure)
    return tuple(
        Bin(k / BINS, int(own.sum()), float(sure[own].mean()), float(right[own].mean()))
        for k in range(BINS)
        if (own := place == k).any()
    )


def _of_honest(scores: Array, *, shown: bool = False) -> float:
    """The ECE that is expected where rows show an expression, or none, if all probabilities are right."""
    if not len(scores):
        return float("nan")
    rest, sure = scores[:, -1], scores.max(axis=1)
    leads = scores.argmax(axis=1) < scores.shape[1] - 1
    weight = 1 - rest if shown else rest
    right = np.where(leads == shown, sure, 0.0)
    apart = np.bincount(_place(sure), weights=weight * sure - right, minlength=BINS)
    return float(np.abs(apart).sum() / weight.sum())


def _place(sure: Array) -> npt.NDArray[np.intp]:
    place: npt.NDArray[np.intp] = np.minimum((sure * BINS).astype(np.intp), BINS - 1)
    return place
