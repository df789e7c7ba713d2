"""Errors of matching: Abadie & Imbens, Econometrica 74 (2006), and 84 (2016) for an estimated propensity.

With K_j the weight that row j got as a match, K'_j the sum of its squared shares, d_j = 1 for rows whose own
gain is averaged, and s2_j the variance of Y given X and T, from the nearest rows of the same arm,

    V = 1 / n^2 { sum over matched i of (gain_i - tau)^2  +  sum_j (K_j^2 + 2 d_j K_j - K'_j) s2_j }

A propensity that was estimated by maximum likelihood changes V by a term of its own: it can only fall for
the ATE, and may rise for the ATT. With clusters the estimate is written as a sum of what each row adds,
itself (Otsu & Rai, JASA 112, 2017) and through the coefficients, and rows are summed by cluster before they
are squared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.effects.contract import Estimand
from telltale.effects.design import Design
from telltale.effects.neighbours import Found, nearest, nearest_others
from telltale.effects.outcome_models import Choice, fit_outcome
from telltale.effects.propensity import LogisticChances
from telltale.effects.variance import Bools, Floats, Ints, Spread, count_clusters, spread_of_mean

SAME_ARM: Final = 2
"""Rows of the same arm from which the variance at a place is told."""
LIKE: Final = 8
"""Rows of one arm that tell how covariates and outcome go together at a place. Noise in that only ever makes
the errors too small, so it takes more rows than the variance does."""
_CHUNK: Final = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Who was matched, whom each served, and what the matches say."""

    member: Bools
    """Shape (N,): units whose own gain is averaged."""
    served: Floats
    """Shape (N,): K_j, the weight of each row as a match."""
    squared: Floats
    """Shape (N,): K'_j."""
    gain: Floats
    """Shape (N,): outcome treated less outcome not, one seen and one from matches; 0 for who is no member."""
    value: float
    """The mean gain."""
    adjusted: bool
    """Whether what is left between matches was regressed away."""
    weight: Floats
    """Shape (N,): how much of each row is in the sum of gains, as a member and as a match, after that."""


def spread_of_matching(
    design: Design,
    matched: Matched,
    place: Floats,
    group: Ints,
    estimand: Estimand,
    chances: LogisticChances | None,
) -> tuple[Spread, tuple[str, ...]]:
    """The spread of a matching estimate, and what to say of it.

    Parameters
    ----------
    place
        Shape (N, d): where each unit stands for the distance.
    group
        Shape (N,): in which neighbours have to be.
    chances
        The estimated propensity that was matched on, or None.
    """
    through = None if chances is None else _through_the_propensity(design, matched, place, estimand, chances)
    if design.clustered:
        notes: tuple[str, ...] = ("errors by cluster, from what each row adds to the estimate",)
        return _clustered(design, matched, place, through), notes
    inner = np.where(matched.member, matched.gain - matched.value, 0.0)
    weight = matched.served**2 + 2 * matched.member * matched.served - matched.squared
    n = int(matched.member.sum())
    each = inner**2 + weight * _noise(design, _unexplained(design, matched, place), place, group)
    variance = float(each.sum()) / n**2
    notes = ("errors of Abadie & Imbens 2006",)
    # In a small sample the correction can ask for more than there is; then it is left out.
    if through is not None and variance + through.change > 0.25 * variance:
        variance += through.change
        notes = ("errors of Abadie & Imbens 2016",)
    clusters = count_clusters(design.cluster[matched.member | (matched.served > 0)])
    return Spread(float(np.sqrt(variance)), clusters, _freedom(each)), notes


def _freedom(each: Floats) -> float:
    """Degrees of freedom of a sum of terms that each hang on one squared draw (Satterthwaite 1946)."""
    return 3 * float(each.sum()) ** 2 / float(each @ each)


def _unexplained(design: Design, matched: Matched, place: Floats) -> Floats:
    """The outcome, shape (N,); less a line in each arm where what the covariates say was regressed away.

    Who is near in all covariates says it without a line, who is near in the chance alone does not.
    """
    if not matched.adjusted or place.shape[1] > 1:
        return design.outcome
    means = _arm_means(design, design.covariates, "linear")
    return design.outcome - np.where(design.treated, means[True], means[False])


def _noise(design: Design, outcome: Floats, place: Floats, group: Ints) -> Floats:
    """s2 of each row, shape (N,): J / (J + 1) (Y_i - mean of its J nearest of the same arm)^2."""
    found = np.empty(len(design))
    for arm in (False, True):
        rows = np.flatnonzero(design.treated == arm)
        y = outcome[rows]
        near = nearest_others(place[rows], min(SAME_ARM, len(rows) - 1), group[rows])
        there = near.index >= 0
        count = there.sum(axis=1)
        mean = np.where(there, y[near.index], 0.0).sum(axis=1) / np.maximum(count, 1)
        own = count / (count + 1) * (y - mean) ** 2
        found[rows] = np.where(count > 0, own, y.var(ddof=1))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Through:
    """What estimating the coefficients of the propensity does to the estimate."""

    change: float
    """Of the variance."""
    influence: Floats
    """Shape (N,): what each row adds to the estimate through the coefficients, before division by N."""


def _through_the_propensity(
    design: Design,
    matched: Matched,
    place: Floats,
    estimand: Estimand,
    chances: LogisticChances,
) -> _Through:
    """Theorems 1 and 2 of 2016: the variance changes by (d' I^-1 d - c' I^-1 c) / N.

    c is the covariance of the estimate with the score, d how the effect on the treated moves with the
    coefficients (0 for the ATE): together they say that the estimate moves with them by d - c.
    """
    z = chances.logit.design(chances.basis.columns(design.covariates))
    e = chances.chance(design.covariates)
    information = (z * (e * (1 - e))[:, None]).T @ z / len(design)
    members = int(matched.member.sum())
    smooth = estimand == "ATE" or _follows_odds(design, matched)
    weight = _shares(matched, e, estimand, smooth)
    # A wide window would claim for pairs what F itself explains; a narrow one errs to wider intervals.
    near = {arm: _near_in_arm(design, place, arm, LIKE if smooth else SAME_ARM) for arm in (False, True)}
    c = np.sum([_covariance(design, z, near[arm], weight[arm]) for arm in near], axis=0)
    if estimand == "ATE":
        return _put_together(design, z, e, information, c / members, np.zeros_like(c))
    effect = {arm: np.take(design.outcome, found.index).mean(axis=1) for arm, found in near.items()}
    c += z.T @ (weight[True] * (effect[True] - effect[False] - matched.value))
    means = _arm_means(design, design.covariates, "linear")
    moved = z.T @ (weight[True] * (means[True] - means[False] - matched.value))
    return _put_together(design, z, e, information, c / members, moved / members)


def _follows_odds(design: Design, matched: Matched) -> bool:
    """Whether controls serve as often as their odds say: not in pairs of which some treated find none."""
    return bool(matched.served.max() > 1 or matched.member.sum() == design.treated.sum())


def _shares(matched: Matched, e: Floats, estimand: Estimand, smooth: bool) -> dict[bool, Floats]:
    """What the covariance of z and Y at each row counts in c, by the arm it is of; each shape (N,)."""
    # e (1 - e) over the chance of the arm; no division, as a chance may be 1 to the last digit.
    if estimand == "ATE":
        return {True: 1 - e, False: e}
    if smooth:
        return {True: e * (1 - e), False: e * e}
    return {True: matched.member * (1 - e), False: matched.served * e}


def _put_together(
    design: Design, z: Floats, e: Floats, information: Floats, c: Floats, moved: Floats
) -> _Through:
    by_c, by_d = np.linalg.lstsq(information, np.column_stack([c, moved]), rcond=None)[0].T
    score = (design.treated - e)[:, None] * z
    return _Through(float(moved @ by_d - c @ by_c) / len(design), score @ (by_d - by_c))


def _near_in_arm(design: Design, place: Floats, arm: bool, count: int) -> Found:
    """The nearest rows of one arm to every row, itself among them where it is of that arm."""
    rows = np.flatnonzero(design.treated == arm)
    none = np.zeros(len(place), dtype=np.int64)
    near = nearest(place, place[rows], min(count, len(rows)), none, none[rows])
    return Found(rows[near.index], near.distance)


def _covariance(design: Design, z: Floats, near: Found, weight: Floats) -> Floats:
    """sum_i weight_i Cov(z, Y | place_i), shape (q,), from the rows near i."""
    total = np.zeros(z.shape[1])
    k = near.index.shape[1]
    for first in range(0, len(z), _CHUNK):
        index, w = near.index[first : first + _CHUNK], weight[first : first + _CHUNK]
        y = design.outcome[index]
        y = (y - y.mean(axis=1, keepdims=True)) * w[:, None]
        # The mean of z falls out, as the centred y add up to 0.
        for j in range(k):
            total += y[:, j] @ z[index[:, j]]
    found: Floats = total / max(k - 1, 1)
    return found


def _arm_means(design: Design, at: Floats, choice: Choice) -> dict[bool, Floats]:
    """Mean outcomes of both arms given what stands in `at`, shape (N, q); each shape (N,)."""
    found = {}
    for arm in (False, True):
        rows = design.treated == arm
        model = fit_outcome(at[rows], design.outcome[rows], design.cluster[rows], "continuous", choice)
        found[arm] = model.predict(at)
    return found


def influence_of_matching(
    design: Design, member: Bools, weight: Floats, place: Floats | None = None
) -> Floats:
    """d_i (m1 - m0 - tau) + (2 T_i - 1) w_i (Y_i - m_T), shape (N,): what each row adds to an estimate.

    Parameters
    ----------
    member
        Shape (N,): d, units whose own gain is averaged.
    weight
        Shape (N,): w, how much of each row is in the sum of gains, as a member and as a match.
    place
        Shape (N, 1): where m, the mean outcome of an arm, is taken from; from all covariates if not given.
    """
    if place is None:
        means = _arm_means(design, design.covariates, "linear")
    else:
        means = _arm_means(design, place, "curved")
    own = np.where(design.treated, means[True], means[False])
    sign = np.where(design.treated, 1.0, -1.0)
    n = int(member.sum())
    gain = np.where(member, means[True] - means[False], 0.0)
    gain -= member * (gain.sum() / n)
    # Sums over all rows, for a mean over the members.
    found: Floats = (gain + sign * weight * (design.outcome - own)) * (len(design) / n)
    return found


def _clustered(design: Design, matched: Matched, place: Floats, through: _Through | None) -> Spread:
    """What each row adds, summed by cluster; m is given what was balanced: the line, or all covariates."""
    on_line = place.shape[1] == 1 and not matched.adjusted
    weight = matched.member + matched.served
    influence = influence_of_matching(design, matched.member, weight, place if on_line else None)
    if through is not None:
        influence += through.influence
    return spread_of_mean(influence, design.cluster)
