"""Whether two units together go with carts beyond what each does alone: combinations tested as interactions.

With e the size of a unit in a second (the logarithm of its greatest energy, 0 at none), over the window's
seconds, all five numbers standardised:

    logit P(cart) = b0 + b1 a + b2 b + b3 a^2 + b4 b^2 + b5 together
    a, b = greatest e of either unit,   together = greatest product of both in one second

b5 is the interaction. The squares stand there because a bend in a or b alone would else pass for one. It
can say that in windows like these carts go with both units in one second more, or less, often than each of
them alone lets expect. It cannot say that the combination makes people buy, nor what it means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import t as student

from telltale.core import channels
from telltale.core.errors import ConfigError
from telltale.intent.evidence import Evidence, Span
from telltale.intent.feature_models import chunks
from telltale.intent.intervals import holm, number_people
from telltale.intent.ridge import moments_of, standardised
from telltale.intent.summaries import ACTIVE_ABOVE, second_maxima

Floats = npt.NDArray[np.float64]
Pair = tuple[int, int]
"""FACS numbers."""

PAPER_PAIRS: Final[tuple[Pair, ...]] = ((4, 12), (4, 6), (6, 12), (4, 20), (5, 12), (15, 20))
"""The combinations that the purchase paper names."""
_RIDGE: Final = 1e-4
"""Keeps coefficients finite where a line tells the classes apart without a miss."""


@dataclass(frozen=True, slots=True)
class UnitInteraction:
    """What two units do together beyond each alone."""

    units: Pair
    """The smaller FACS number first."""
    coefficient: float
    """Log odds of a cart for one standard deviation of both in one second."""
    standard_error: float
    """Clustered by person."""
    z: float
    p_value: float
    """Two-sided, by Student's t of people - 1: of few people the error is itself unsure."""
    corrected_p: float
    """Holm's, over the pairs asked."""


def unit_interactions(
    evidence: Evidence, *, pairs: Sequence[Pair] = PAPER_PAIRS
) -> tuple[UnitInteraction, ...]:
    """Test pairs of units, the least p first. A pair asked twice counts once."""
    return interactions_of_sizes(unit_sizes(evidence), evidence.label, evidence.people, pairs)


def interactions_of_sizes(
    sizes: Floats, label: npt.NDArray[np.integer[Any]], people: npt.NDArray[np.str_], pairs: Sequence[Pair]
) -> tuple[UnitInteraction, ...]:
    """The same of what `unit_sizes` gives, shape (n, seconds, 17); `label` and `people` have shape (n,)."""
    wanted = distinct_pairs(pairs)
    found = [_tested(sizes, label, people, pair) for pair in wanted]
    corrected = holm([p for *_, p in found]) if found else np.zeros(0)
    tested = (
        UnitInteraction(pair, b, error, z, p, float(many))
        for pair, (b, error, z, p), many in zip(wanted, found, corrected, strict=True)
    )
    return tuple(sorted(tested, key=lambda interaction: interaction.p_value))


def distinct_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """Each pair once, the smaller number first; units without channels are refused.

    >>> distinct_pairs([(12, 4), (4, 12), (6, 12)])
    [(4, 12), (6, 12)]
    """
    found = []
    for one, other in pairs:
        if one == other or not {one, other} <= set(channels.ACTION_UNITS):
            raise ConfigError(
                f"units {one} and {other} are no pair", hint=f"choose two of {channels.ACTION_UNITS}"
            )
        found.append((min(one, other), max(one, other)))
    return list(dict.fromkeys(found))


def unit_sizes(evidence: Evidence) -> Floats:
    """log(1 + energy / 0.1) of each unit's greatest energy in each second; 0 where it was not read.

    Returns
    -------
    Shape (n, 30, 17).
    """
    parts = [second_maxima(evidence.faces.take(rows, Span())) for rows in chunks(len(evidence))]
    energy = np.nan_to_num(np.concatenate(parts).astype(np.float64))
    return np.log1p(energy / ACTIVE_ABOVE).reshape(len(evidence), -1, len(channels.ACTION_UNITS))


def _tested(
    sizes: Floats, label: npt.NDArray[np.integer[Any]], people: npt.NDArray[np.str_], pair: Pair
) -> tuple[float, float, float, float]:
    """The interaction's coefficient, its error, z and p."""
    one, other = (sizes[..., channels.ACTION_UNITS.index(unit)] for unit in pair)
    a, b = one.max(axis=1), other.max(axis=1)
    columns = np.column_stack([a, b, a**2, b**2, (one * other).max(axis=1)])
    weight, covariance = clustered_logistic(standardised(columns, *moments_of(columns)), label, people)
    error = float(np.sqrt(covariance[-1, -1]))
    z = float(weight[-1]) / error if error > 0 else 0.0
    p = 2 * student.sf(abs(z), len(np.unique(people)) - 1)
    return float(weight[-1]), error, z, float(p)


def clustered_logistic(
    x: Floats, label: npt.NDArray[np.integer[Any]], people: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Logistic regression with errors that allow for moments of one person being alike.

    With X of a column of ones and x, p = 1 / (1 + exp(-X b)), and sums over the P people i

        V = (P - 1) / P sum_i d_i d_i',   d_i = (H - H_i)^-1 X_i' (y - p),   H_i = X_i' diag(p (1 - p)) X_i

    where H is the sum of all H_i. d_i is by how much b moves without person i, to first order: the sandwich
    by person, its leverage allowed for (CR3; Bell and McCaffrey, Survey Methodology 28, 2002). Without that,
    few people of whom one or two show a unit give errors too small.

    Parameters
    ----------
    x
        Shape (n, k), standardised.

    Returns
    -------
    The intercept and k coefficients, shape (k + 1,), and their covariance, shape (k + 1, k + 1).

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]] * 10)
    >>> weight, _ = clustered_logistic(x, np.tile([0, 1, 0, 1], 10), np.repeat(np.arange(10), 4))
    >>> weight.round(2).tolist()
    [-1.36, 0.91]
    """
    from sklearn.linear_model import LogisticRegression

    person, count = number_people(people, windows=len(x))
    fit = LogisticRegression(C=1 / _RIDGE, solver="newton-cholesky", tol=1e-9, max_iter=1000).fit(x, label)
    weight = np.concatenate([fit.intercept_, fit.coef_[0]])
    columns = np.column_stack([np.ones(len(x)), x])
    p = expit(columns @ weight)
    score = (label - p)[:, None] * columns
    curvature = np.einsum("n,nj,nk->njk", p * (1 - p), columns, columns)
    each = np.zeros((count, *curvature.shape[1:]))
    np.add.at(each, person, curvature)
    pull = np.zeros((count, len(weight)))
    np.add.at(pull, person, score)
    without = each.sum(axis=0) - each + _RIDGE * np.eye(len(weight))
    moved = np.linalg.solve(without, pull[..., None])[..., 0]
    return weight, moved.T @ moved * ((count - 1) / count)
