"""A reference that the bootstrap over people is checked against: DeLong's AUCs, clustered by person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telltale.intent.intervals import number_people
from telltale.intent.metrics import Floats, Ints, Ranking, rank, ranked_auc


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredDelong:
    """AUCs of one or several scores on the same windows, and how they vary together."""

    auc: Floats
    """Shape (k,)."""
    covariance: Floats
    """Shape (k, k)."""

    @property
    def standard_error(self) -> Floats:
        """Shape (k,)."""
        # Rounding may leave a perfect score a variance just below zero.
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))


def clustered_delong(label: npt.ArrayLike, scores: npt.ArrayLike, people: npt.ArrayLike) -> ClusteredDelong:
    """AUCs and their covariance when windows cluster in people (Obuchowski, Biometrics 53, 1997).

    V10 of a positive is the share of the N negatives that score below it, V01 of a negative the share of the
    M positives above it, ties half. Person i has m_i positives with sum V10_i and n_i negatives with sum
    V01_i; d10_i = V10_i - m_i AUC, d01_i = V01_i - n_i AUC. I10 people have a positive, I01 a negative, I
    either:

        cov = I10 / (I10 - 1) sum_i d10_i d10_i' / M^2  +  I01 / (I01 - 1) sum_i d01_i d01_i' / N^2
              + I / (I - 1) sum_i (d10_i d01_i' + d01_i d10_i') / (M N)

    With one window a person this is DeLong's. Nothing is drawn: it checks the bootstrap.

    Parameters
    ----------
    scores
        Shape (n,), or (k, n) for k models.
    """
    table = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    rankings = [rank(label, score) for score in table]
    person, count = number_people(people, windows=rankings[0].rows)
    positive = np.asarray(label) == 1
    with_positive, with_negative = (len(np.unique(person[side])) for side in (positive, ~positive))
    found = np.array([ranked_auc(ranking, np.ones(ranking.rows)) for ranking in rankings])
    d10 = np.array([_excess(r, a, person, count) for r, a in zip(rankings, found, strict=True)])
    # Seen from the negatives everything is the same with labels and scores turned round.
    turned = [rank(~positive, -score) for score in table]
    d01 = np.array([_excess(r, a, person, count) for r, a in zip(turned, found, strict=True)])
    crossed = _spread(d10, d01, count)
    covariance = _spread(d10, d10, with_positive) + _spread(d01, d01, with_negative) + crossed + crossed.T
    return ClusteredDelong(found, covariance)


def _excess(ranking: Ranking, auc: float, person: Ints, people: int) -> Floats:
    """(V10_i - m_i AUC) / M of each person, shape (people,)."""
    share_below = (ranking.below + ranking.up_to) / (2 * len(ranking.negative))
    excess = np.bincount(person[ranking.positive], share_below - auc, minlength=people)
    return excess / len(ranking.positive)


def _spread(one: Floats, other: Floats, people: int) -> Floats:
    spread: Floats = one @ other.T * (people / (people - 1))
    return spread
