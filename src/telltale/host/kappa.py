"""How far coders agree beyond chance: kappas of Cohen and Fleiss, Krippendorff's alpha; yes and no apart.

    kappa = (P_o - P_e) / (1 - P_e)

P_o is how often two agree, P_e how often two who code at random would with the same habits: each with its own
(Cohen), all with one (Fleiss, and Krippendorff with a correction for few codes; he also admits missing ones).
Codes are whole numbers from 0; `MISSING` is no code. A measure is NaN where nobody ever coded a second thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

MISSING: Final = -1
LEAST: Final = 5
"""Clusters in which coders gave more than one code: fewer have no interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and where it may lie."""

    value: float
    low: float
    high: float
    """NaN where there are too few clusters to tell."""


def crossed(one: Codes, other: Codes, count: int) -> Array:
    """How often the one coder gave i where the other gave j, where both coded. Shape (count, count).

    >>> crossed(np.array([0, 0, 1, -1]), np.array([0, 1, 1, 1]), 2).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    both = (one != MISSING) & (other != MISSING)
    cells = np.bincount(one[both] * count + other[both], minlength=count * count)
    return cells.reshape(count, count).astype(np.float64)


def cohen(table: Array) -> float:
    """Cohen's kappa of a crossed table, shape (K, K).

    >>> round(cohen(np.array([[20.0, 5.0], [10.0, 15.0]])), 3)
    0.4
    """
    total = table.sum()
    if total == 0:
        return np.nan
    observed = np.trace(table) / total
    expected = float(table.sum(axis=1) @ table.sum(axis=0)) / total**2
    return _beyond(observed, expected)


def fleiss(counts: Array) -> float:
    """Fleiss' kappa of votes, shape (N, K): each thing coded by the same number of coders, at least two."""
    coders = counts[0].sum() if len(counts) else 0.0
    if coders < 2:
        return np.nan
    observed = float(((counts * (counts - 1)).sum(axis=1) / (coders * (coders - 1))).mean())
    shares = counts.sum(axis=0) / counts.sum()
    return _beyond(observed, float((shares**2).sum()))


def coincidences(counts: Array) -> Array:
    """Krippendorff's pairs within things, shape (K, K), of votes, shape (N, K); one vote pairs with none."""
    votes = counts.sum(axis=1)
    paired = counts[votes >= 2] / np.maximum(votes[votes >= 2] - 1, 1)[:, None]
    table: Array = counts[votes >= 2].T @ paired
    table -= np.diag(paired.sum(axis=0))
    return table


def krippendorff(table: Array) -> float:
    """Krippendorff's alpha for names, of a table of coincidences."""
    given = table.sum(axis=1)
    total = given.sum()
    if total <= 1:
        return np.nan
    expected = float((given * (given - 1)).sum() / (total * (total - 1)))
    return _beyond(float(np.trace(table) / total), expected)


def yes_and_no(table: Array) -> tuple[float, float]:
    """Of all codes yes, and of all no, the share that the other gave too. Table of shape (2, 2), yes last.

    >>> yes_and_no(np.array([[80.0, 5.0], [5.0, 10.0]]))
    (0.666..., 0.941...)
    """
    apart = table[0, 1] + table[1, 0]
    (yes, no) = (2 * table[k, k] for k in (1, 0))
    return (
        float(yes / (yes + apart)) if yes + apart else np.nan,
        float(no / (no + apart)) if no + apart else np.nan,
    )


def jackknifed(tables: Array, measure: Callable[[Array], float], level: float = 0.95) -> Interval:
    """A measure of the sum of clusters' tables, and its interval by leaving out one cluster after another.

    Parameters
    ----------
    tables
        Shape (clusters, K, K).

    The spread of the leave-one-out values gives the standard error; Student's t, with one degree less than
    there are clusters that differ within, the width. There is no interval where those are fewer than `LEAST`
    or where all rests on one of them: what was seen in two recordings says nothing of how recordings differ.
    """
    whole = tables.sum(axis=0)
    value = measure(whole)
    held = tables[tables.any(axis=(1, 2))]
    telling = int((held.max(axis=(1, 2)) < held.sum(axis=(1, 2))).sum())
    left = np.array([measure(whole - table) for table in held])
    if telling < LEAST or not np.isfinite([value, *left]).all():
        return Interval(value, np.nan, np.nan)
    error = np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum())
    reach = float(stdtrit(telling - 1, (1 + level) / 2) * error)
    return Interval(value, max(value - reach, -1.0), min(value + reach, 1.0))


def _beyond(observed: float, expected: float) -> float:
    return float((observed - expected) / (1 - expected)) if expected < 1 - 1e-12 else np.nan
